"""Questions without an answer are asked again after the next briefing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from bot.background import Clock
from bot.features.saved_questions import SavedQuestions
from bot.tables import noted
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import RunningBot, running_bot
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.local_api import Message, Person
    from bot.local_api.messages import Chat

NOON = datetime(2024, 11, 23, 12, 0, tzinfo=UTC)
BUTTON = "Ask again after the next briefing"
QUESTION = "How many goals did Dynamo Kyiv score?"
ANSWER = "Dynamo Kyiv scored three goals on Saturday, the club said after the match."
OLD = "A bridge over the Seym was closed to lorries, the governor said at noon."


def news(title: str, text: str, at: datetime) -> ArticleDraft:
    published = Published(at, Precision.MINUTE)
    return ArticleDraft(title, text, "Meridian Wire", None, published=published, language="en")


@pytest.fixture
def clock() -> Clock:
    return Clock(NOON)


@pytest.fixture
async def bot(tmp_path: Path, clock: Clock) -> AsyncIterator[RunningBot]:
    async with running_bot(tmp_path, [news("Bridge closed", OLD, NOON)], clock) as running:
        yield running


async def says(person: Person, text: str, chat: Chat | None = None) -> Message:
    await person.send(text, chat=chat)
    return await person.wait_for_reply(chat=chat, timeout=20)


async def the_match_is_reported(bot: RunningBot, clock: Clock) -> None:
    at = clock.now()
    one = news("Dynamo Kyiv win", f"{ANSWER} The next match is in a week.", at)
    await bot.library.archive.articles.store(one, cut(one.text), added_by="test")
    await bot.library.indexer.work()


async def open_questions(bot: RunningBot) -> int:
    async with bot.library.database.read() as connection:
        query = select(func.count()).select_from(noted)
        return int((await connection.execute(query)).scalar_one())


async def asked_and_noted(bot: RunningBot, chat: Chat | None = None) -> Message:
    refusal = await says(bot.reader, f"/ask {QUESTION}" if chat else QUESTION, chat)
    assert "I found no answer" in refusal.text
    said = await bot.reader.press(refusal, BUTTON)
    assert said.text.startswith("Saved: for 30 days")
    return refusal


async def test_after_the_next_briefing_the_answer_comes_once_with_its_source(
    bot: RunningBot, clock: Clock
) -> None:
    await asked_and_noted(bot)
    first = await says(bot.reader, "/briefing")
    assert "Bridge closed" in first.text
    await the_match_is_reported(bot, clock)
    second = await says(bot.reader, "/briefing")
    assert " · 1 story" in second.text
    answer = await bot.reader.wait_for_reply(timeout=20)
    assert answer.text.startswith(f"You asked on 23 Nov 2024: {QUESTION}")
    assert f"“{ANSWER}” Meridian Wire, 23 Nov 2024 [1]" in answer.text
    button = next(b for row in answer.buttons for b in row if b.text.startswith("[1]"))
    await bot.reader.press(answer, button.text)
    passage = await bot.reader.wait_for_reply(timeout=20)
    assert ANSWER in passage.text
    assert await open_questions(bot) == 0
    third = await says(bot.reader, "/briefing")
    assert third.text.startswith("Nothing new")
    assert sum("You asked on" in one.text for one in bot.reader.messages()) == 1


async def test_a_briefing_that_comes_by_itself_is_followed_by_the_answer(
    bot: RunningBot, clock: Clock
) -> None:
    await says(bot.reader, "/subscribe 7:30 Europe/Kyiv")
    await asked_and_noted(bot)
    await the_match_is_reported(bot, clock)
    clock.forward(datetime(2024, 11, 24, 5, 30, 1, tzinfo=UTC))
    briefing = await bot.reader.wait_for(
        lambda one: " stor" in one.text.partition("\n")[0], timeout=20
    )
    clock.forward(clock.now() + timedelta(minutes=1))
    answer = await bot.reader.wait_for(lambda one: "You asked on" in one.text, timeout=20)
    assert answer.id > briefing.id
    assert ANSWER in answer.text


async def test_what_still_has_no_answer_waits_in_silence_and_is_given_up_after_a_month(
    bot: RunningBot, clock: Clock
) -> None:
    await asked_and_noted(bot)
    await says(bot.reader, "/briefing")
    again = SavedQuestions(bot.library.database)

    async def asked_again() -> bool:
        return not await again.due(clock.now())  # not before the next briefing

    await until(asked_again)
    assert await open_questions(bot) == 1
    assert await again.due(NOON + timedelta(days=31)) == []
    assert await open_questions(bot) == 0
    assert not any("You asked on" in one.text for one in bot.reader.messages())


async def test_a_second_press_takes_it_back(bot: RunningBot) -> None:
    refusal = await asked_and_noted(bot)
    assert await open_questions(bot) == 1
    assert (await bot.reader.press(refusal, BUTTON)).text == "Undone."
    assert await open_questions(bot) == 0


async def test_in_a_group_only_who_asked_can_have_it_noted(bot: RunningBot) -> None:
    group = bot.api.group("Readers", bot.reader, [bot.admin])
    refusal = await asked_and_noted(bot, group)
    said = await bot.admin.press(refusal, BUTTON)
    assert said.text == "Only the person who asked can save it."
    assert await open_questions(bot) == 1


async def test_nobody_has_more_than_so_many_noted(
    bot: RunningBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.features.saved_questions.MOST_OPEN", 1)
    await asked_and_noted(bot)
    other = await says(bot.reader, "How many goals did Shakhtar Donetsk score on Sunday?")
    assert "undo one first" in (await bot.reader.press(other, BUTTON)).text
    assert await open_questions(bot) == 1


async def test_who_is_forgotten_has_nothing_noted(bot: RunningBot) -> None:
    await asked_and_noted(bot)
    page = await says(bot.reader, "/forget")
    await bot.reader.press(page, "Delete everything")
    await page.wait_until(lambda one: not one.buttons, 20)
    assert await open_questions(bot) == 0
