"""Leases of rows and of names, on both databases."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import func, insert, select, update

from retrieval.errors import ArchiveError
from retrieval.storage import leases
from retrieval.storage.leases import LeaseHolder, LeaseLostError, NamedLeases
from retrieval.storage.tables import feed, lease
from tests.support.waiting import forever, until

if TYPE_CHECKING:
    from retrieval.storage.database import Database
    from tests.support.waiting import Renewals

NOW = datetime(2024, 11, 12, tzinfo=UTC)
SHORT = timedelta(seconds=0.4)
ALL = select(feed).order_by(feed.c.id)


async def fill(database: Database, rows: int) -> None:
    values = [
        {"url": f"https://a.example/{n}", "host": "a.example", "title": "A", "state": "active",
         "added_by": "test", "added_at": NOW, "wishes": {}, "interval_s": 60, "next_at": NOW,
         "failures": 0}
        for n in range(rows)
    ]  # fmt: skip
    async with database.write() as connection:
        await connection.execute(insert(feed), values)


async def ids(holder: LeaseHolder, query: Any = ALL) -> list[int]:
    return [row.id for row in (await holder.claim(query))[1]]


async def test_of_many_who_claim_at_once_each_row_is_one_programs(database: Database) -> None:
    await fill(database, 30)
    holders = [LeaseHolder(database, feed) for _ in range(4)]
    found = [
        number
        for several in await asyncio.gather(*(ids(one, ALL.limit(4)) for one in holders * 4))
        for number in several
    ]
    while more := await ids(holders[0], ALL.limit(4)):  # what was skipped while locked
        found += more
    assert sorted(found) == list(range(1, 31))


async def test_a_lease_is_free_when_its_time_is_over_and_its_old_token_writes_nothing(
    database: Database,
) -> None:
    await fill(database, 1)
    clock = [NOW]
    first, second = (LeaseHolder(database, feed, now=lambda: clock[0]) for _ in range(2))
    token, _ = await first.claim(ALL)
    clock[0] = NOW + leases.LASTING - timedelta(seconds=1)
    assert await ids(second) == []
    await first.hold(1, token)
    clock[0] = NOW + leases.LASTING + timedelta(seconds=1)
    assert await ids(second) == []
    clock[0] += leases.LASTING
    assert await ids(second) == [1]
    with pytest.raises(LeaseLostError):
        await first.hold(1, token)


async def test_a_lease_lasts_as_long_as_the_work_and_not_longer(
    database: Database, renewals: Renewals
) -> None:
    await fill(database, 2)
    one, other = (LeaseHolder(database, feed, lasting=SHORT) for _ in range(2))
    token, rows = await one.claim(ALL)
    async with one.holding(token, *(row.id for row in rows)) as lost:
        await renewals.outlive_a_lease()
        assert await ids(other) == []
    assert lost == set()
    assert await until(lambda: ids(other)) == [1, 2]


async def test_work_whose_lease_is_lost_is_ended_and_of_several_only_when_all_are(
    database: Database,
) -> None:
    await fill(database, 2)
    holder = LeaseHolder(database, feed, lasting=SHORT)
    token, _ = await holder.claim(ALL)

    async def taken(number: int) -> None:
        async with database.write() as connection:
            theirs = update(feed).where(feed.c.id == number).values(claimed_by="other/1")
            await connection.execute(theirs)

    async def work() -> None:
        async with asyncio.timeout(20), holder.holding(token, 1, 2) as lost:
            await taken(1)
            await until(lambda: lost)
            assert lost == {1}
            await taken(2)
            await forever()

    with pytest.raises(LeaseLostError):
        await work()


async def test_what_is_lost_while_the_work_swallows_its_end_is_still_noticed(
    database: Database,
) -> None:
    await fill(database, 1)
    holder = LeaseHolder(database, feed, lasting=SHORT)
    token, _ = await holder.claim(ALL)

    async def work() -> None:
        async with holder.holding(token, 1):
            await leases.free_all(database, feed)
            with suppress(asyncio.CancelledError):
                await forever()

    with pytest.raises(LeaseLostError):
        await work()


async def test_an_error_of_the_work_stays_what_it_is(database: Database) -> None:
    await fill(database, 1)
    holder = LeaseHolder(database, feed)
    token, _ = await holder.claim(ALL)
    with pytest.raises(TimeoutError):
        async with holder.holding(token, 1), asyncio.timeout(0.01):
            await forever()
    assert holder.held == set()


async def test_a_database_that_fails_for_a_while_costs_no_lease_and_no_work_begins_twice(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database, 1)
    holder, real, failures = LeaseHolder(database, feed, lasting=SHORT), leases.renew, 0

    async def away(*asked: Any) -> set[Any]:
        nonlocal failures
        failures += 1
        if failures < 8:
            raise ArchiveError("The database is away.")
        return await real(*asked)

    monkeypatch.setattr(leases, "renew", away)
    token, _ = await holder.claim(ALL)
    async with asyncio.timeout(20), holder.holding(token, 1) as lost:
        await until(lambda: failures > leases._BEATS)
        assert await ids(holder) == []  # its own, although its time is over
        await until(lambda: failures >= 9)
        assert await ids(LeaseHolder(database, feed)) == []
    assert lost == set()


async def test_a_program_that_stops_frees_what_it_had_and_nothing_of_others(
    database: Database,
) -> None:
    await fill(database, 3)
    one, other, next_one = (LeaseHolder(database, feed) for _ in range(3))
    assert await ids(one, ALL.limit(1)) == [1]
    token, _ = await one.claim(ALL.limit(1))
    assert await ids(other) == [3]
    await one.release(token, 2)
    assert await ids(next_one) == [2]
    await one.release()
    assert await ids(next_one) == [1]


async def test_when_to_look_again_is_when_a_row_is_due_or_its_lease_ends(
    database: Database,
) -> None:
    await fill(database, 2)
    holder = LeaseHolder(database, feed, now=lambda: NOW)
    assert await leases.next_instant(database, feed, feed.c.next_at) == NOW
    await holder.claim(ALL)
    assert await leases.next_instant(database, feed, feed.c.next_at) == NOW + leases.LASTING
    later = NOW + timedelta(hours=1)
    async with database.write() as connection:
        await connection.execute(update(feed).values(next_at=later))
    assert await leases.next_instant(database, feed, feed.c.next_at) == later
    assert await leases.next_instant(database, feed, feed.c.next_at, feed.c.id > 2) is None


async def test_what_has_a_name_is_done_by_one_and_taken_over_from_one_that_died(
    database: Database, renewals: Renewals
) -> None:
    one, other = NamedLeases(database, SHORT), NamedLeases(database, SHORT)
    async with one.alone("a") as first, other.alone("a") as second, other.alone("b") as third:
        await renewals.outlive_a_lease()
        async with other.alone("a") as late:
            assert (first, second, third, late) == (True, False, True, False)
    async with database.write() as connection:
        old = {"claimed_by": "dead/1", "claimed_until": datetime.now(UTC) - SHORT}
        await connection.execute(insert(lease), [{"name": name, **old} for name in "ac"])
    async with other.alone("a") as taken_over:
        assert taken_over
    async with database.read() as connection:
        query = select(func.count()).select_from(lease)
        assert (await connection.execute(query)).scalar_one() == 0
