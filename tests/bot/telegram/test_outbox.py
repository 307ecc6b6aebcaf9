"""The outbox on real databases: claims, the fence before a request, what follows from a verdict."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import insert

from bot.tables import subscription
from bot.telegram import outbox
from bot.telegram.client import DeliveryOutcome, Fate
from bot.telegram.delivery_outcomes import move_chat, report_unknown, settle
from bot.telegram.outbox import NewMessage, begin, claim, enqueue, next_instant, payloads, recover
from retrieval.storage import tables
from tests.support.deliveries import (
    DUE,
    kept_briefing,
    ledger,
    plain_message,
    rows,
    subscribe,
    subscriptions,
)

if TYPE_CHECKING:
    from bot.telegram.outbox import Claimed
    from retrieval.storage.database import Database

NOW = DUE
SOON = NOW + timedelta(seconds=61)
LATER = NOW + timedelta(seconds=121)


async def put(database: Database, *names: str, chat: int = 1, **more: int) -> None:
    (payload,) = payloads([plain_message("x")])
    new = [NewMessage(name, chat, more.get("thread", 0), payload) for name in names]
    async with database.write() as connection:
        await enqueue(connection, new, NOW)


async def took(database: Database, row: Claimed) -> bool:
    async with database.write() as connection:
        return await begin(connection, row, LATER)


async def settled(database: Database, row: Claimed, verdict: DeliveryOutcome) -> bool:
    async with database.write() as connection:
        return await settle(connection, row, verdict, NOW)


async def test_a_name_is_used_once(database: Database) -> None:
    await put(database, "a:1", "a:2")
    await put(database, "a:1")
    assert [row.once for row in await rows(database)] == ["a:1", "a:2"]


async def test_a_chat_gets_its_messages_one_after_the_other(database: Database) -> None:
    await put(database, "a:1", "a:2")
    await put(database, "b:1", chat=2)
    first, other = await claim(database, "w/1", NOW, 10)
    assert (first.once, other.once) == ("a:1", "b:1")
    assert await claim(database, "w/2", NOW, 10) == []
    assert await took(database, first)
    assert await claim(database, "w/3", NOW, 10) == []
    assert await settled(database, first, DeliveryOutcome(Fate.UNKNOWN))
    (second,) = await claim(database, "w/4", NOW, 10)
    assert second.once == "a:2"


async def test_what_somebody_waits_for_goes_first(database: Database) -> None:
    await put(database, "a:1")
    (payload,) = payloads([plain_message("x")])
    async with database.write() as connection:
        await enqueue(connection, [NewMessage("b:1", 2, 0, payload)], NOW, urgent=True)
    assert [row.once for row in await claim(database, "w/1", NOW, 10)] == ["b:1", "a:1"]


async def test_a_claim_runs_out_and_its_former_owner_may_not_send(database: Database) -> None:
    await put(database, "a:1")
    (mine,) = await claim(database, "w/1", NOW, 10)
    assert await claim(database, "w/2", NOW + timedelta(seconds=59), 10) == []
    (theirs,) = await claim(database, "w/2", SOON, 10)
    assert not await took(database, mine)
    assert await took(database, theirs)
    assert not await took(database, theirs)


async def test_what_was_being_sent_when_its_worker_ended_is_unknown_and_left_alone(
    database: Database,
) -> None:
    await put(database, "a:1")
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    assert await recover(database, LATER) == 0
    assert await recover(database, LATER + timedelta(seconds=1)) == 1
    assert await claim(database, "w/2", LATER + timedelta(days=1), 10) == []
    # the worker was only held up, and does know
    assert not await settled(database, row, DeliveryOutcome(Fate.AGAIN))
    assert await settled(database, row, DeliveryOutcome(Fate.SENT, message_id=7))
    (found,) = await rows(database)
    assert (found.state, found.message_id) == ("sent", 7)


async def test_two_workers_at_once_never_have_the_same_message(database: Database) -> None:
    for chat in range(1, 101):
        await put(database, f"c{chat}:1", f"c{chat}:2", chat=chat)
    begun: list[int] = []

    async def work(name: str) -> None:
        claims = 0
        while claimed := await claim(database, f"{name}/{claims}", NOW, 7):
            claims += 1
            for row in claimed:
                if await took(database, row):
                    begun.append(row.id)
                    await settled(database, row, DeliveryOutcome(Fate.SENT))

    await asyncio.gather(*(work(name) for name in "abc"))
    while claimed := await claim(database, "d/1", NOW, 50):  # what was skipped while locked
        for row in claimed:
            assert await took(database, row)
            begun.append(row.id)
            await settled(database, row, DeliveryOutcome(Fate.SENT))
    assert len(begun) == len(set(begun)) == 200


async def test_what_is_to_be_tried_again_waits(database: Database) -> None:
    await put(database, "a:1")
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    await settled(database, row, DeliveryOutcome(Fate.AGAIN, "wait", wait_s=30))
    assert await claim(database, "w/2", NOW + timedelta(seconds=29), 10) == []
    assert await next_instant(database) == NOW + timedelta(seconds=30)
    (again,) = await claim(database, "w/3", NOW + timedelta(seconds=30), 10)
    assert again.attempts == 1


async def test_after_a_part_that_failed_the_rest_fails_and_other_briefings_do_not(
    database: Database,
) -> None:
    await put(database, "sub:1:x:1", "sub:1:x:2", "sub:1:x:3", "sub:1:y:1")
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    await settled(database, row, DeliveryOutcome(Fate.FAILED, "bad entities"))
    assert [row.state for row in await rows(database)] == ["failed", "failed", "failed", "queued"]


async def test_a_chat_that_refuses_is_blocked_and_what_did_not_arrive_is_not_told(
    database: Database,
) -> None:
    briefing = await kept_briefing(database)
    mine, paused, other = await subscribe(database, [1, 1, 2])
    of = {"briefing": briefing, "start": "2026-11-22T07:00:00+00:00", "until": DUE.isoformat()}
    (payload,) = payloads([plain_message("x")])
    async with database.write() as connection:
        reader = {"reader": "telegram:1:0", "briefing_id": briefing, "told_at": NOW, "until": DUE}
        await connection.execute(insert(tables.told).values(**reader))
        await connection.execute(subscription.update().values(covered_until=DUE))
        await connection.execute(
            subscription.update().where(subscription.c.id == paused).values(state="paused")
        )
        first = NewMessage(f"sub:{mine}:x:1", 1, 0, payload | {"of": of}, mine)
        await enqueue(connection, [first, NewMessage(f"sub:{mine}:x:2", 1, 0, payload, mine)], NOW)
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    await settled(
        database, row, DeliveryOutcome(Fate.NO_CHAT, "Forbidden: bot was blocked by the user")
    )
    assert [row.state for row in await rows(database)] == ["failed", "failed"]
    found = {one.id: (one.state, one.covered_until) for one in await subscriptions(database)}
    assert found[mine] == ("blocked", DUE - timedelta(days=1))
    assert found[paused] == ("paused", DUE)
    assert found[other] == ("active", DUE)
    assert await ledger(database) == []


async def test_a_closed_topic_stops_only_itself(database: Database) -> None:
    topic, general = await subscribe(database, [-5, -5])
    async with database.write() as connection:
        await connection.execute(
            subscription.update().where(subscription.c.id == topic).values(thread_id=9)
        )
    await put(database, "a:1", "a:2", chat=-5, thread=9)
    await put(database, "b:1", chat=-5)
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    await settled(database, row, DeliveryOutcome(Fate.NO_TOPIC, "TOPIC_CLOSED"))
    assert [row.state for row in await rows(database)] == ["failed", "failed", "queued"]
    found = {one.id: one.state for one in await subscriptions(database)}
    assert found == {topic: "blocked", general: "active"}


async def test_everything_follows_a_group_that_became_a_supergroup(database: Database) -> None:
    briefing = await kept_briefing(database)
    await subscribe(database, [-5])
    await put(database, "a:1", "a:2", chat=-5)
    async with database.write() as connection:
        for reader in ("telegram:-5:0", "telegram:-55:0"):
            await connection.execute(
                insert(tables.told).values(
                    reader=reader, briefing_id=briefing, told_at=NOW, until=NOW
                )
            )
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    await settled(database, row, DeliveryOutcome(Fate.MOVED, chat_id=-100_5))
    assert [(one.chat_id, one.state) for one in await rows(database)] == [(-1005, "queued")] * 2
    assert [one.chat_id for one in await subscriptions(database)] == [-1005]
    assert await ledger(database) == [("telegram:-1005:0", briefing), ("telegram:-55:0", briefing)]
    async with database.write() as connection:
        await move_chat(connection, -5, -1005)  # told again, by the service message


async def test_the_owner_is_told_of_unknown_fates_once(database: Database) -> None:
    for chat in (1, 2, 3):
        await put(database, f"c{chat}:1", chat=chat)
    for row in await claim(database, "w/1", NOW, 10):
        await took(database, row)
        fate = Fate.SENT if row.chat_id == 3 else Fate.UNKNOWN
        await settled(database, row, DeliveryOutcome(fate))
    for expected in (2, 0):
        async with database.write() as connection:
            assert await report_unknown(connection, [77], NOW) == expected
    report = (await rows(database))[-1]
    assert report.chat_id == 77
    assert report.payload["text"].startswith("2 messages of a briefing may or may not have arrived")
    assert "Chats: 1, 2." in report.payload["text"]
    # a report of unknown fate is not reported
    (row,) = await claim(database, "w/2", NOW, 10)
    await took(database, row)
    await settled(database, row, DeliveryOutcome(Fate.UNKNOWN))
    async with database.write() as connection:
        assert await report_unknown(connection, [77], NOW) == 0


async def test_old_rows_are_forgotten_and_waiting_ones_never(database: Database) -> None:
    await put(database, "a:1", "a:2")
    (row,) = await claim(database, "w/1", NOW, 10)
    await took(database, row)
    await settled(database, row, DeliveryOutcome(Fate.SENT))
    async with database.write() as connection:
        await outbox.prune(connection, NOW + timedelta(days=400))
    assert [row.once for row in await rows(database)] == ["a:2"]


async def test_giving_back_frees_only_the_own_claims(database: Database) -> None:
    await put(database, "a:1")
    await put(database, "b:1", chat=2)
    await claim(database, "me/1", NOW, 1)
    await claim(database, "other/1", NOW, 1)
    async with database.write() as connection:
        await outbox.give_back(connection, "me")
    assert [row.once for row in await claim(database, "next/1", NOW, 10)] == ["a:1"]
