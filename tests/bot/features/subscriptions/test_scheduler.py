"""The scheduler on real databases."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import update

from bot.features.subscriptions.scheduler import Scheduler, SchedulerConfig, claim_due
from bot.tables import subscription
from bot.telegram.outbox import OutgoingMessage, payloads
from bot.telegram.rich_text import RichText
from retrieval.errors import ModelError
from retrieval.storage.leases import LASTING, LeaseHolder
from tests.support.deliveries import (
    DUE,
    FakeWriter,
    daily,
    kept_briefing,
    ledger,
    rows,
    subscribe,
    subscriptions,
)
from tests.support.waiting import forever

if TYPE_CHECKING:
    import pytest

    from bot.telegram.outbox import Prepared
    from retrieval.storage.database import Database
    from tests.support.waiting import Renewals

DAY = timedelta(days=1)


def scheduler(
    database: Database,
    writer: FakeWriter,
    now: datetime = DUE,
    rounds: SchedulerConfig | None = None,
) -> Scheduler:
    return Scheduler(database, writer, daily, rounds=rounds, now=lambda: now)


async def test_a_due_subscription_is_written_queued_told_and_moved_on(database: Database) -> None:
    briefing = await kept_briefing(database)
    (one,) = await subscribe(database, [11], topics=["Kursk"])
    writer = FakeWriter(briefing_id=briefing)
    pause = await scheduler(database, writer).work()
    assert writer.asked == [("telegram:11:0", ("Kursk",), "standard", DUE - DAY, DUE, "UTC", False)]
    found = await rows(database)
    assert [row.once for row in found] == [
        f"sub:{one}:2026-11-23T07.00Z:1",
        f"sub:{one}:2026-11-23T07.00Z:2",
    ]
    assert found[0].payload["entities"] == [["bold", 0, 8, None]]
    assert found[1].payload["buttons"] == [[["More", "more:2"]]]
    (after,) = await subscriptions(database)
    assert (after.next_due_at, after.covered_until) == (DUE + DAY, DUE)
    assert await ledger(database) == [("telegram:11:0", briefing)]
    assert pause == SchedulerConfig().look_s


async def test_who_is_not_due_paused_or_blocked_gets_nothing(database: Database) -> None:
    await subscribe(database, [1], due=DUE + timedelta(seconds=20))
    await subscribe(database, [2], state="paused")
    await subscribe(database, [3], state="blocked")
    writer = FakeWriter()
    assert await scheduler(database, writer).work() == 20
    assert writer.asked == []


async def test_on_a_quiet_day_a_silent_subscription_only_moves_on(database: Database) -> None:
    await subscribe(database, [1], silent=True)
    await subscribe(database, [2], silent=False)
    await scheduler(database, FakeWriter(parts=1, quiet=True)).work()
    assert [row.chat_id for row in await rows(database)] == [2]
    assert [one.covered_until for one in await subscriptions(database)] == [DUE, DUE]


async def test_missed_within_the_grace_one_late_briefing_covers_the_gap(
    database: Database,
) -> None:
    await subscribe(database, [1])
    now = DUE + 3 * DAY + timedelta(hours=2, seconds=9)
    writer = FakeWriter(parts=1)
    await scheduler(database, writer, now).work()
    await scheduler(database, writer, now).work()
    ((*_, start, end, _, late),) = writer.asked
    assert (start, end, late) == (DUE - DAY, DUE + 3 * DAY + timedelta(hours=2), True)
    assert "Late briefing" in (await rows(database))[0].payload["text"]
    (after,) = await subscriptions(database)
    assert (after.next_due_at, after.covered_until) == (DUE + 4 * DAY, end)


async def test_missed_by_more_the_next_one_covers_the_gap(database: Database) -> None:
    await subscribe(database, [1])
    writer = FakeWriter(parts=1)
    await scheduler(database, writer, DUE + timedelta(hours=13)).work()
    assert writer.asked == []
    await scheduler(database, writer, DUE + DAY).work()
    ((*_, start, end, _, late),) = writer.asked
    assert (start, end, late) == (DUE - DAY, DUE + DAY, False)


async def test_several_schedulers_write_and_queue_each_briefing_once(database: Database) -> None:
    await subscribe(database, list(range(1, 121)))
    rounds, writers = SchedulerConfig(batch=13), [FakeWriter() for _ in range(3)]
    for _ in range(2):  # what one skipped while another held it is found in the next round
        await asyncio.gather(*(scheduler(database, one, rounds=rounds).work() for one in writers))
    assert sum(len(one.asked) for one in writers) == 120
    found = [row.once for row in await rows(database)]
    assert len(found) == len(set(found)) == 240
    assert {one.next_due_at for one in await subscriptions(database)} == {DUE + DAY}


async def test_what_a_program_that_died_had_begun_is_written_by_another_when_its_lease_ends(
    database: Database,
) -> None:
    await subscribe(database, [1, 2])
    dead = LeaseHolder(database, subscription, now=lambda: DUE)
    await claim_due(dead, DUE, None, 1)
    writer = FakeWriter(parts=1)
    assert await scheduler(database, writer).work() == LASTING.total_seconds()
    assert [row.chat_id for row in await rows(database)] == [2]
    await scheduler(database, writer, DUE + LASTING).work()
    assert [row.chat_id for row in await rows(database)] == [2, 1]


async def test_what_another_program_took_over_meanwhile_is_not_queued(database: Database) -> None:
    await subscribe(database, [1, 2])

    class HeldUp(FakeWriter):
        async def write(self, reader: str, *asked: Any) -> Prepared:
            async with database.write() as connection:
                first = update(subscription).where(subscription.c.chat_id == 1)
                await connection.execute(first.values(claimed_by="other/1"))
            return await super().write(reader, *asked)

    await scheduler(database, HeldUp(parts=1)).work()
    assert [row.chat_id for row in await rows(database)] == [2]
    first, _ = await subscriptions(database)
    assert (first.next_due_at, first.claimed_by) == (DUE, "other/1")


async def test_a_batch_that_takes_longer_than_a_lease_is_served_to_its_end(
    database: Database, caplog: pytest.LogCaptureFixture, renewals: Renewals
) -> None:
    await subscribe(database, [1, 2, 3])

    class Slow(FakeWriter):
        async def write(self, *asked: Any) -> Prepared:
            if self.asked:
                await renewals.outlive_a_lease()
            return await super().write(*asked)

    for number, one in enumerate(await subscriptions(database)):
        async with database.write() as connection:
            its = update(subscription).where(subscription.c.id == one.id)
            await connection.execute(its.values(topics=[str(number)]))
    slow = SchedulerConfig(claim_s=0.5, at_once=1)
    await scheduler(database, Slow(parts=1), rounds=slow).work()
    assert [row.chat_id for row in await rows(database)] == [1, 2, 3]
    assert "another program" not in caplog.text
    assert {one.claimed_by for one in await subscriptions(database)} == {None}


async def test_a_reader_for_whom_another_program_writes_waits_with_the_next_briefing(
    database: Database,
) -> None:
    await subscribe(database, [1, 1, 2])
    other = LeaseHolder(database, subscription, now=lambda: DUE)
    await claim_due(other, DUE, None, 1)
    writer = FakeWriter(parts=1)
    await scheduler(database, writer).work()
    assert [asked[0] for asked in writer.asked] == ["telegram:2:0"]
    await other.release()
    await scheduler(database, writer).work()
    assert [asked[0] for asked in writer.asked] == ["telegram:2:0", *["telegram:1:0"] * 2]


async def test_a_program_that_stops_leaves_what_it_had_begun_to_others_at_once(
    database: Database,
) -> None:
    await subscribe(database, [1])
    begun = asyncio.Event()

    class Slow(FakeWriter):
        async def write(self, *asked: Any) -> Prepared:
            begun.set()
            await forever()
            return await super().write(*asked)

    async with asyncio.timeout(20), scheduler(database, Slow()).running():
        await begun.wait()
    await scheduler(database, FakeWriter(parts=1)).work()
    assert [row.chat_id for row in await rows(database)] == [1]


async def test_readers_who_share_a_briefing_are_asked_for_one_after_the_other(
    database: Database,
) -> None:
    await subscribe(database, [1, 2, 3], topics=["Kursk"])
    await subscribe(database, [4, 5])
    running, most = 0, 0

    class Shared(FakeWriter):
        async def write(self, *asked: object) -> object:  # type: ignore[override]
            nonlocal running, most
            if asked[1] == ("Kursk",):
                running += 1
                most = max(most, running)
                await asyncio.sleep(0.01)
                running -= 1
            return await super().write(*asked)  # type: ignore[arg-type]

    writer = Shared(parts=1)
    await scheduler(database, writer).work()
    assert len(writer.asked) == 5
    assert most == 1


async def test_what_can_not_be_written_is_tried_again_and_holds_up_nobody(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    await subscribe(database, [1], due=DUE - timedelta(minutes=1))
    await subscribe(database, [2])
    writer = FakeWriter(parts=1, failures=[ModelError("The model is down.")])
    served = scheduler(database, writer)
    assert await served.work() == SchedulerConfig().again_s
    assert [row.chat_id for row in await rows(database)] == [2]
    assert "The model is down." in caplog.text
    await served.work()
    assert [row.chat_id for row in await rows(database)] == [2, 1]
    writer.failures.append(ZeroDivisionError("a bug"))
    await subscribe(database, [3])
    await served.work()
    assert "a bug" in caplog.text
    await served.work()
    assert [row.chat_id for row in await rows(database)] == [2, 1, 3]


async def test_it_wakes_at_the_next_due_instant_and_when_told(database: Database) -> None:
    writer, queued = FakeWriter(parts=1), asyncio.Event()
    looked = asyncio.Event()

    def now() -> datetime:
        looked.set()
        return DUE

    served = Scheduler(database, writer, daily, enqueued=queued.set, now=now)
    async with served.running(), asyncio.timeout(5):
        await looked.wait()
        await subscribe(database, [1])
        served.wake()
        await queued.wait()
    assert len(writer.asked) == 1


def test_a_long_part_becomes_several_messages_with_the_buttons_under_the_last() -> None:
    long = OutgoingMessage(RichText("word " * 1800), ((("a", "b"),),))
    found = payloads([long, OutgoingMessage(RichText("end"))])
    assert [bool(one["buttons"]) for one in found] == [False, False, True, False]
    assert all(len(one["text"]) <= 4096 for one in found)
