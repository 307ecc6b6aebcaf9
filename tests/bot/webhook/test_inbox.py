"""The inbox of updates, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from bot.tables import inbox as table
from bot.webhook.inbox import CLAIM_FOR, KEEP_FOR, Inbox, Received
from retrieval.storage.database import open_database
from retrieval.storage.leases import hold

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

NOW = datetime(2024, 11, 12, tzinfo=UTC)
LATER = NOW + CLAIM_FOR


@pytest.fixture(params=["sqlite", "postgresql"])
async def inbox(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Inbox]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres").new_database()
    database = await open_database(url)
    yield Inbox(database)
    await database.close()


async def put(inbox: Inbox, *updates: tuple[int, int]) -> list[bool]:
    return [await inbox.put(Received(n, chat, {"update_id": n}), NOW) for n, chat in updates]


async def ids(inbox: Inbox, name: str, at: datetime = NOW) -> list[int]:
    return [one.update_id for one in await inbox.claim(name, at, 64)]


async def test_an_update_that_comes_again_is_known(inbox: Inbox) -> None:
    assert await put(inbox, (1, 7), (1, 7)) == [True, False]
    assert await ids(inbox, "a") == [1]
    await inbox.done(1, NOW)
    assert await put(inbox, (1, 7)) == [False]
    assert await ids(inbox, "a") == []


async def test_a_chat_keeps_its_order_and_others_do_not_wait_for_it(inbox: Inbox) -> None:
    await put(inbox, (3, 7), (1, 7), (2, 8), (4, 0), (5, 0))
    assert await ids(inbox, "a") == [1, 2, 4, 5]
    assert await ids(inbox, "b") == []
    await inbox.done(1, NOW)
    assert await ids(inbox, "b") == [3]


async def test_what_a_dead_program_had_is_taken_over_and_what_a_living_one_has_is_not(
    inbox: Inbox,
) -> None:
    await put(inbox, (1, 7), (2, 8))
    assert await ids(inbox, "a") == [1, 2]
    await inbox.done(2, NOW)
    async with inbox._database.write() as connection:
        later = NOW + timedelta(seconds=10) + CLAIM_FOR
        await hold(connection, table, 1, "a", later)
    assert await ids(inbox, "b", LATER) == []
    assert await ids(inbox, "b", LATER + timedelta(seconds=10)) == [1]


async def test_what_a_program_gives_back_is_free_at_once(inbox: Inbox) -> None:
    await put(inbox, (1, 7))
    await ids(inbox, "a")
    await inbox.give_back("a")
    assert await ids(inbox, "b") == [1]


async def test_what_was_dealt_with_long_ago_is_forgotten(inbox: Inbox) -> None:
    await put(inbox, (1, 7), (2, 8))
    await inbox.done(1, NOW)
    await inbox.forget(NOW + KEEP_FOR + timedelta(seconds=1))
    assert await put(inbox, (1, 7), (2, 8)) == [True, False]
