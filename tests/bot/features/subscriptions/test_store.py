"""Subscriptions in SQL, with a clock that the test moves, on SQLite and Postgres."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest

from bot.features.subscriptions.schedule import ChatThread, SubscriptionState, Terms
from bot.features.subscriptions.store import (
    CAUGHT_UP,
    DRAFTS_KEPT,
    MOST_IN_A_CHAT,
    Confirmed,
    Subscriptions,
    TooMany,
    Twice,
)
from retrieval.models import Length
from retrieval.storage.database import open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.features.subscriptions.schedule import Subscription

CHAT = 1001
HERE = ChatThread(CHAT)
TERMS = Terms(minute=450, zone="Europe/Kyiv", topics=("Kursk",), length=Length.DEPTH, silent=True)


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2024, 11, 23, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def changes() -> list[None]:
    return []


@pytest.fixture(params=["sqlite", "postgres"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, clock: Clock, changes: list[None]
) -> AsyncIterator[Subscriptions]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    if request.param == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    database = await open_database(url)
    yield Subscriptions(database, clock, lambda: changes.append(None))
    await database.close()


async def active(
    store: Subscriptions, terms: Terms = TERMS, where: ChatThread = HERE
) -> Subscription:
    await store.set_zone(where.chat_id, terms.zone)
    draft = await store.begin(where, 7, terms)
    result = await store.confirm(draft.id, where.chat_id)
    assert isinstance(result, Confirmed)
    return result.subscription


async def test_a_confirmed_draft_is_due_at_its_time_and_covers_the_day_before(
    store: Subscriptions, clock: Clock, changes: list[None]
) -> None:
    await store.set_zone(CHAT, "Europe/Kyiv")
    draft = await store.begin(HERE, 7, TERMS)
    assert draft.state is SubscriptionState.DRAFT
    assert await store.listed(HERE) == []
    clock.now += timedelta(minutes=5)
    changes.clear()
    result = await store.confirm(draft.id, CHAT)
    assert isinstance(result, Confirmed)
    one = result.subscription
    assert (one.state, one.terms, one.created_by) == (SubscriptionState.ACTIVE, TERMS, 7)
    assert one.next_due_at == datetime(2024, 11, 24, 5, 30, tzinfo=UTC)
    assert one.covered_until == clock.now - timedelta(days=1)
    assert await store.listed(HERE) == [one] == [await store.get(one.id, CHAT)]
    assert changes
    assert await store.confirm(one.id, CHAT) == Confirmed(one)


@pytest.mark.parametrize(("told", "covered"), [(5, 5), (30, 24), (-1, 0)])
async def test_who_was_told_of_the_day_is_not_told_of_it_again_by_a_new_subscription(
    tmp_path: Path, clock: Clock, told: int, covered: int
) -> None:
    async def informed(where: ChatThread) -> datetime:
        assert where == HERE
        return clock.now - timedelta(hours=told)

    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    one = await active(Subscriptions(database, clock, informed=informed))
    assert one.covered_until == clock.now - timedelta(hours=covered)
    await database.close()


async def test_another_chat_can_do_nothing_with_the_number(store: Subscriptions) -> None:
    one = await active(store)
    assert await store.get(one.id, 5) is None
    assert await store.change(one.id, 5, minute=0) is None
    assert await store.pause(one.id, 5) is None
    assert await store.resume(one.id, 5) is None
    assert await store.confirm(one.id, 5) is None
    assert not await store.delete(one.id, 5)
    assert not await store.discard(one.id, 5)
    assert await store.get(one.id, CHAT) == one


async def test_the_same_twice_is_one(store: Subscriptions) -> None:
    one = await active(store)
    again = replace(TERMS, topics=("KURSK",), weekdays=0b1, length=Length.STANDARD)
    draft = await store.begin(HERE, 8, again)
    assert await store.confirm(draft.id, CHAT) == Twice(one)
    assert await store.get(draft.id, CHAT) is None
    for other in (replace(TERMS, minute=451), replace(TERMS, topics=())):
        await active(store, other)
    await active(store, TERMS, ChatThread(CHAT, 12))
    assert len(await store.listed(HERE)) == 3


async def test_the_same_confirmed_at_the_same_instant_is_one(store: Subscriptions) -> None:
    await store.set_zone(CHAT, "Europe/Kyiv")
    drafts = [await store.begin(HERE, 7, TERMS) for _ in range(4)]
    results = await asyncio.gather(*(store.confirm(one.id, CHAT) for one in drafts))
    assert sorted(type(one).__name__ for one in results) == ["Confirmed", "Twice", "Twice", "Twice"]
    assert len(await store.listed(HERE)) == 1


async def test_a_chat_may_have_so_many(store: Subscriptions) -> None:
    for minute in range(MOST_IN_A_CHAT):
        await active(store, replace(TERMS, minute=minute))
    draft = await store.begin(HERE, 7, TERMS)
    assert await store.confirm(draft.id, CHAT) == TooMany()
    assert await store.get(draft.id, CHAT) == draft


async def test_pausing_resuming_and_deleting(
    store: Subscriptions, clock: Clock, changes: list[None]
) -> None:
    one = await active(store)
    changes.clear()
    paused = await store.pause(one.id, CHAT)
    assert paused
    assert (paused.state, paused.next_due_at) == (SubscriptionState.PAUSED, None)
    clock.now += timedelta(days=1)
    resumed = await store.resume(one.id, CHAT)
    assert resumed
    assert resumed.covered_until == one.covered_until
    assert resumed.next_due_at == datetime(2024, 11, 25, 5, 30, tzinfo=UTC)
    await store.pause(one.id, CHAT)
    clock.now += timedelta(days=100)
    resumed = await store.resume(one.id, CHAT)
    assert resumed
    assert resumed.covered_until == clock.now - CAUGHT_UP
    assert await store.delete(one.id, CHAT)
    assert not await store.delete(one.id, CHAT)
    assert await store.listed(HERE) == []
    assert len(changes) == 6


async def test_a_number_is_never_given_out_again(store: Subscriptions) -> None:
    first = await active(store)
    assert await store.delete(first.id, CHAT)
    second = await store.begin(HERE, 7, TERMS)
    assert await store.discard(second.id, CHAT)
    third = await active(store)
    assert len({first.id, second.id, third.id}) == 3


async def test_a_draft_stays_one_until_it_is_confirmed(store: Subscriptions, clock: Clock) -> None:
    draft = await store.begin(HERE, 7, Terms())
    for act in (store.pause, store.resume):
        unchanged = await act(draft.id, CHAT)
        assert unchanged == draft
    with pytest.raises(ValueError, match="no time zone"):
        await store.confirm(draft.id, CHAT)
    clock.now += timedelta(days=1)
    other = await store.begin(HERE, 7, Terms())
    clock.now += DRAFTS_KEPT - timedelta(hours=23)
    await store.begin(HERE, 7, Terms())
    assert await store.get(draft.id, CHAT) is None
    assert await store.discard(other.id, CHAT)
    one = await active(store)
    assert not await store.discard(one.id, CHAT)


async def test_a_change_of_the_time_moves_the_due_instant_and_another_does_not(
    store: Subscriptions, clock: Clock
) -> None:
    one = await active(store)
    changed = await store.change(one.id, CHAT, minute=600, topics=())
    assert changed
    assert changed.next_due_at == datetime(2024, 11, 24, 8, 0, tzinfo=UTC)
    assert changed == await store.get(one.id, CHAT)
    # it is due, and nobody came to serve it yet
    clock.now = datetime(2024, 11, 24, 8, 0, 5, tzinfo=UTC)
    longer = await store.change(one.id, CHAT, length=Length.HEADLINES)
    assert longer
    assert longer.next_due_at == datetime(2024, 11, 24, 8, 0, tzinfo=UTC)


async def test_a_chat_that_moves_takes_its_subscriptions_along(store: Subscriptions) -> None:
    one = await active(store)
    elsewhere = await active(store, TERMS, ChatThread(5))
    draft = await store.begin(HERE, 7, Terms())
    paused = await active(store, replace(TERMS, minute=0))
    await store.pause(paused.id, CHAT)
    await store.set_zone(CHAT, "America/New_York")
    moved = await store.get(one.id, CHAT)
    assert moved
    assert moved.next_due_at == datetime(2024, 11, 23, 12, 30, tzinfo=UTC)
    assert await store.zone_of(CHAT) == "America/New_York"
    assert await store.get(elsewhere.id, 5) == elsewhere
    for other in (draft, paused):
        known = await store.get(other.id, CHAT)
        assert known
        assert known.terms.zone == "America/New_York"
        assert known.next_due_at is None


async def test_two_who_tell_the_first_zone_at_the_same_time(store: Subscriptions) -> None:
    assert await store.zone_of(CHAT) is None
    await asyncio.gather(*(store.set_zone(CHAT, "Europe/Kyiv") for _ in range(4)))
    assert await store.zone_of(CHAT) == "Europe/Kyiv"


async def test_who_was_asked_for_the_zone_lately(store: Subscriptions, clock: Clock) -> None:
    since = clock.now
    assert await store.asked_for_zone(CHAT, since) is None
    draft = await store.begin(HERE, 7, Terms())
    assert await store.asked_for_zone(CHAT, since) == draft
    assert await store.asked_for_zone(5, since) is None
    assert await store.asked_for_zone(CHAT, since + timedelta(seconds=1)) is None
    await store.set_zone(CHAT, "Europe/Kyiv")
    assert await store.asked_for_zone(CHAT, since) is None


async def test_through_a_year_of_changed_clocks_it_stays_at_the_local_time(
    store: Subscriptions, clock: Clock
) -> None:
    # clocks change in the night to Sunday
    one = await active(store, replace(TERMS, weekdays=0b1000001))
    kyiv = ZoneInfo("Europe/Kyiv")
    days = set()
    for _ in range(52 * 2):
        current = await store.get(one.id, CHAT)
        assert current
        assert current.next_due_at
        clock.now = current.next_due_at + timedelta(seconds=1)
        local = current.next_due_at.astimezone(kyiv)
        assert (local.hour, local.minute) == (7, 30)
        days.add(local.date())
        # as a delivery would move it on
        await store.pause(one.id, CHAT)
        await store.resume(one.id, CHAT)
    assert len(days) == 52 * 2
