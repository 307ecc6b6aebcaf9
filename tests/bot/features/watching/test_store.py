"""Watches in SQL, on SQLite and Postgres."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from bot.features.subscriptions.schedule import ChatThread
from bot.features.subscriptions.store import Subscriptions
from bot.features.watching.store import MOST_IN_A_CHAT, Hours, Watches

if TYPE_CHECKING:
    from retrieval.storage.database import Database

NOW = datetime(2024, 11, 23, 12, tzinfo=UTC)
HERE, TOPIC_OF_A_FORUM, USUAL = ChatThread(1001), ChatThread(1001, 7), Hours(22 * 60, 7 * 60)


@pytest.fixture
def watches(database: Database) -> Watches:
    return Watches(database, lambda: NOW, USUAL)


async def test_a_topic_is_watched_once_however_it_is_written(watches: Watches) -> None:
    assert await watches.add(HERE, 7, ["Kursk", "grain"])
    assert await watches.add(HERE, 7, ["KURSK"])
    assert await watches.add(TOPIC_OF_A_FORUM, 7, ["Kursk"])
    assert [one.topic for one in await watches.listed(HERE)] == ["Kursk", "grain"]
    assert len(await watches.active()) == 3


async def test_ending_is_for_ones_own_chat(watches: Watches) -> None:
    await watches.add(HERE, 7, ["Kursk"])
    (one,) = await watches.active()
    assert await watches.end(TOPIC_OF_A_FORUM, [one.id]) == []
    assert await watches.end(HERE, [one.id]) == ["Kursk"]
    assert await watches.active() == []


async def test_too_many_are_none_of_them(watches: Watches) -> None:
    assert await watches.add(HERE, 7, [f"topic {n}" for n in range(MOST_IN_A_CHAT - 1)])
    assert not await watches.add(HERE, 7, ["one", "two"])
    assert len(await watches.listed(HERE)) == MOST_IN_A_CHAT - 1


async def test_quiet_hours_are_the_chats_own_or_the_usual(
    database: Database, watches: Watches
) -> None:
    assert await watches.hours(1001) == (USUAL, None)
    await watches.set_hours(1001, Hours(60, 120))
    await watches.set_hours(1001, Hours(0, 0))
    await Subscriptions(database).set_zone(1001, "Europe/Kyiv")
    assert await watches.hours(1001) == (Hours(0, 0), "Europe/Kyiv")


@pytest.mark.parametrize(
    ("hours", "minute", "quiet"),
    [
        (USUAL, 22 * 60, True),
        (USUAL, 3 * 60, True),
        (USUAL, 7 * 60, False),
        (USUAL, 12 * 60, False),
        (Hours(60, 120), 60, True),
        (Hours(60, 120), 120, False),
        (Hours(0, 0), 0, False),
    ],
)
def test_when_it_is_quiet(hours: Hours, minute: int, quiet: bool) -> None:
    assert (minute in hours) is quiet
