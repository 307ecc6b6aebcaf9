"""Whose conversation a question belongs to, on SQLite and Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.features.questions.conversations import MOST_TURNS, Conversations, Speaker
from retrieval.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

RITA = Speaker(1, -100, 0)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["sqlite", "postgres"])
async def talks(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock
) -> AsyncIterator[Conversations]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    database = await open_database(url)
    yield Conversations(database, timedelta(hours=6), clock)
    await database.close()


async def ask(
    talks: Conversations, question: str, message: int, speaker: Speaker = RITA, **reply: int
) -> list[str]:
    """Ask, keep the answer as two messages, and give the questions that came before."""
    before = await talks.before(speaker, reply.get("to"))
    last = before[-1].id if before else None
    await talks.keep(speaker, question, (7,), (message, message + 1), last)
    return [one.question for one in before]


async def test_a_question_knows_those_before_it_oldest_first(talks: Conversations) -> None:
    await ask(talks, "one", 10)
    await ask(talks, "two", 20)
    before = await talks.before(RITA)
    assert [(one.question, one.articles) for one in before] == [("one", (7,)), ("two", (7,))]


async def test_a_reply_to_an_old_answer_continues_from_there_and_branches(
    talks: Conversations,
) -> None:
    for n, question in enumerate(["one", "two", "three"], start=1):
        await ask(talks, question, 10 * n)
    assert await ask(talks, "of one", 40, to=11) == ["one"]
    assert await ask(talks, "and then", 50) == ["one", "of one"]


async def test_a_reply_reaches_an_answer_of_an_ended_conversation(
    talks: Conversations, clock: Clock
) -> None:
    await ask(talks, "one", 10)
    await talks.end(RITA)
    assert await talks.before(RITA) == []
    clock.now += timedelta(days=3)
    assert [one.question for one in await talks.before(RITA, 10)] == ["one"]


async def test_a_conversation_ends_after_its_time(talks: Conversations, clock: Clock) -> None:
    await ask(talks, "one", 10)
    clock.now += timedelta(hours=6)
    assert await ask(talks, "two", 20) == ["one"]
    clock.now += timedelta(hours=6, seconds=1)
    assert await talks.before(RITA) == []


@pytest.mark.parametrize(
    "other", [Speaker(2, -100, 0), Speaker(1, -100, 5), Speaker(1, -200, 0), Speaker(1, 1, 0)]
)
async def test_persons_chats_and_threads_are_kept_apart(
    talks: Conversations, other: Speaker
) -> None:
    await ask(talks, "one", 10)
    assert await talks.before(other) == []
    assert await talks.before(other, 10) == []
    await talks.end(other)
    assert len(await talks.before(RITA)) == 1


async def test_a_long_conversation_is_remembered_in_part(talks: Conversations) -> None:
    for n in range(2 * MOST_TURNS):
        await ask(talks, f"question {n}", 10 * n)
    before = await talks.before(RITA)
    assert [one.question for one in before] == [f"question {n}" for n in range(4, 8)]
