"""The postman over HTTP against the local Bot API: what readers get, and how often."""

from __future__ import annotations

import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.features.subscriptions.scheduler import Scheduler
from bot.local_api import Fault, Limits, LocalBotApi, local_bot_api
from bot.telegram.outbox import NewMessage, claim, enqueue, payloads
from bot.telegram.postman import PostmanConfig
from bot.telegram.rate_limit import RateLimits
from retrieval.storage.database import Database, open_database
from tests.support.deliveries import (
    FakeWriter,
    daily,
    from_bot,
    plain_message,
    postman_at_work,
    rows,
    states,
    subscribe,
    subscriptions,
    until_settled,
)
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from bot.features.subscriptions.scheduler import NextDue

ADMIN = 900


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    yield database
    await database.close()


@pytest.fixture
async def api() -> AsyncIterator[LocalBotApi]:
    async with local_bot_api(limits=Limits.off()) as api:
        await api.person("Ada", id=ADMIN).send("/start")
        yield api


async def readers(api: LocalBotApi, *ids: int) -> list[int]:
    for number in ids:
        await api.person(f"Reader {number}", id=number).send("/start")
    return list(ids)


async def put(database: Database, chat: int, *texts: str, briefing: str = "") -> None:
    async with database.write() as connection:
        await enqueue(
            connection,
            [
                NewMessage(f"{briefing or chat}:{number}", chat, 0, payload)
                for number, payload in enumerate(payloads(plain_message(t) for t in texts), 1)
            ],
            datetime.now(UTC),
        )


def texts(api: LocalBotApi, chat: int) -> list[str]:
    return [message.text for message in from_bot(api, chat)]


async def test_from_the_schedule_to_the_reader_in_order_with_marks_and_buttons(
    api: LocalBotApi, database: Database
) -> None:
    await readers(api, 1)
    due = datetime.now(UTC).replace(second=0, microsecond=0)
    await subscribe(database, [1], due=due)
    async with postman_at_work(api, database) as postman:
        scheduler = Scheduler(database, FakeWriter(parts=3), daily, enqueued=postman.wake)
        async with scheduler.running():
            await api.find_person(1).wait_for(lambda m: m.text.endswith("part 3"))
            await until_settled(database)
    sent = from_bot(api, 1)
    assert [message.text[-6:] for message in sent] == ["part 1", "part 2", "part 3"]
    assert sent[0].entities[0]["type"] == "bold"
    assert sent[2].button("More").callback_data == "more:3"
    assert [row.message_id for row in await rows(database)] == [message.id for message in sent]
    assert api.unknown_parameters == set()


async def test_a_late_briefing_says_so(api: LocalBotApi, database: Database) -> None:
    await readers(api, 1)
    due = datetime.now(UTC).replace(second=0, microsecond=0) - timedelta(hours=3)
    await subscribe(database, [1], due=due)
    async with postman_at_work(api, database) as postman:
        scheduler = Scheduler(database, FakeWriter(parts=1), daily_at(due), enqueued=postman.wake)
        async with scheduler.running():
            reply = await api.find_person(1).wait_for(lambda m: "part 1" in m.text)
    assert reply.text.startswith("Late briefing")


def daily_at(due: datetime) -> NextDue:
    def following(_m: int, _w: int, _z: str, after: datetime) -> datetime:
        days = max(0, (after - due) // timedelta(days=1)) + 1
        return due + timedelta(days=days)

    return following


async def test_paced_within_telegrams_limits_without_a_refusal(database: Database) -> None:
    async with local_bot_api() as api:
        chats = await readers(api, *range(1, 41))
        for chat in chats:
            await put(database, chat, "a", "b", "c")
        began = time.monotonic()
        async with postman_at_work(api, database, pacing=RateLimits()):
            await until_settled(database, 30)
        took = time.monotonic() - began
    assert await states(database) == {"sent": 120}
    assert [call.code for call in api.calls("sendMessage")] == [200] * 120
    assert 3.0 < took < 20
    assert all(texts(api, chat) == ["a", "b", "c"] for chat in chats)


async def test_a_group_gets_its_messages_at_a_groups_pace(database: Database) -> None:
    async with local_bot_api() as api:
        ada = api.person("Ada", id=ADMIN)
        group = api.group("Desk", ada)
        await put(database, group.id, *(str(number) for number in range(5)))
        async with postman_at_work(api, database, pacing=RateLimits(per_chat=50, per_group=7)):
            await until_sent(database, 3)
            # more would be a fourth within the minute: it was put back for later
            row = await until_put_back(database)
        assert row.problem == "the chat's pace"
        assert row.not_before > datetime.now(UTC) + timedelta(seconds=30)


async def until_sent(database: Database, count: int) -> None:
    async def sent() -> bool:
        return (await states(database)).get("sent", 0) >= count

    await until(sent)


async def until_put_back(database: Database) -> Any:
    async def put_back() -> Any:
        found = await rows(database)
        return next((row for row in found if row.state == "queued" and row.problem), None)

    return await until(put_back)


async def test_retry_after_is_waited_for_in_that_chat_only(
    api: LocalBotApi, database: Database
) -> None:
    await readers(api, 1, 2)
    api.faults.next("sendMessage", Fault.too_many(2), chat_id=1)
    await put(database, 1, "one")
    await put(database, 2, "two", "three")
    began = time.time()
    async with postman_at_work(api, database):
        await until_settled(database)
    assert texts(api, 1) == ["one"]
    at = {call.parameters["text"]: call.at - began for call in api.calls("sendMessage")}
    assert at["one"] >= 2
    assert at["three"] < at["one"]


async def test_a_connection_that_was_never_made_is_tried_again(database: Database) -> None:
    async with AsyncExitStack() as stack:
        async with local_bot_api(limits=Limits.off()) as api:
            postman = await stack.enter_async_context(postman_at_work(api, database))
        await put(database, 1, "hello")
        postman.wake()
        tried = await until_put_back(database)
        assert "ConnectError" in tried.problem
        port = int(api.address.rpartition(":")[2])
        async with local_bot_api(limits=Limits.off(), port=port) as api:
            await readers(api, 1)
            await until_settled(database, 15)
            assert texts(api, 1) == ["hello"]


@pytest.mark.parametrize(
    "fault",
    [
        Fault.timeout_after_effect(),
        Fault.timeout_before_effect(),
        Fault.reset(after_effect=True),
        Fault.status(502, after_effect=True),
        Fault.status(502),
        Fault.garbage(after_effect=True),
    ],
    ids=lambda fault: f"{fault.ending.value}-{fault.effect}",
)
async def test_what_may_have_arrived_is_never_sent_again_and_the_owner_hears_of_it(
    api: LocalBotApi, database: Database, fault: Fault
) -> None:
    await readers(api, 1, 2)
    api.faults.next("sendMessage", fault, chat_id=1)
    await put(database, 1, "one", "two")
    await put(database, 2, "other")
    async with postman_at_work(api, database, admin_ids=[ADMIN], read_timeout_s=0.3):
        report = await api.find_person(ADMIN).wait_for(lambda m: "may or may not" in m.text)
        await until_settled(database)
    assert texts(api, 1) == (["one", "two"] if fault.effect else ["two"])
    assert texts(api, 2) == ["other"]
    assert report.text.startswith("1 message of a briefing may or may not have arrived")
    assert len(from_bot(api, ADMIN)) == 1
    assert [row.state for row in await rows(database)] == ["unknown", "sent", "sent", "sent"]


async def test_while_telegram_is_down_only_what_was_under_way_is_lost(
    api: LocalBotApi, database: Database
) -> None:
    chats = await readers(api, *range(1, 301))
    for chat in chats:
        await put(database, chat, "x")
    async with postman_at_work(
        api, database, pacing=RateLimits(overall=100, burst=5, kept=0, per_chat=100)
    ):
        await until_sent(database, 20)
        api.faults.next("getMe", Fault.status(502), times=1)
        api.faults.next("sendMessage", Fault.status(502), times=1)
        await until_settled(database, 25)
    found = await states(database)
    assert found == {"sent": 299, "unknown": 1}


async def test_a_reader_who_blocked_the_bot_is_paused_and_nothing_else_is_tried(
    api: LocalBotApi, database: Database
) -> None:
    await readers(api, 1)
    await api.find_person(1).block_bot()
    await subscribe(database, [1, 2])
    await put(database, 1, "one", "two")
    async with postman_at_work(api, database):
        await until_settled(database)
    assert [row.state for row in await rows(database)] == ["failed", "failed"]
    assert [one.state for one in await subscriptions(database)] == ["blocked", "active"]
    assert len(api.calls("sendMessage")) == 1


async def test_a_chat_that_is_not_there_is_treated_alike(
    api: LocalBotApi, database: Database
) -> None:
    await subscribe(database, [4242])
    await put(database, 4242, "one")
    async with postman_at_work(api, database):
        await until_settled(database)
    assert [one.state for one in await subscriptions(database)] == ["blocked"]


async def test_a_group_that_became_a_supergroup_is_followed(
    api: LocalBotApi, database: Database
) -> None:
    group = api.group("Desk", api.find_person(ADMIN), supergroup=False)
    await subscribe(database, [group.id])
    await put(database, group.id, "one", "two")
    new = api.migrate(group)
    async with postman_at_work(api, database):
        await until_settled(database)
    assert [t for t in texts(api, new.id) if t] == ["one", "two"]
    assert [one.chat_id for one in await subscriptions(database)] == [new.id]


async def test_a_message_that_telegram_does_not_take_fails_with_its_rest(
    api: LocalBotApi, database: Database
) -> None:
    await readers(api, 1)
    api.faults.next("sendMessage", Fault.status(400), chat_id=1)
    await put(database, 1, "one", "two", briefing="sub:1:x")
    await put(database, 1, "next", briefing="sub:1:y")
    async with postman_at_work(api, database):
        await until_settled(database)
    assert texts(api, 1) == ["next"]


async def test_a_row_that_is_no_message_fails_and_one_that_is_too_old_is_not_sent(
    api: LocalBotApi, database: Database
) -> None:
    await readers(api, 1, 2)
    async with database.write() as connection:
        await enqueue(connection, [NewMessage("bad:1", 1, 0, {"text": 3})], datetime.now(UTC))
        old = datetime.now(UTC) - timedelta(hours=13)
        (payload,) = payloads([plain_message("old")])
        await enqueue(connection, [NewMessage("old:1", 2, 0, payload)], old)
    async with postman_at_work(api, database):
        await until_settled(database)
    found = {row.once: row.problem for row in await rows(database)}
    assert "not a message" in found["bad:1"]
    assert found["old:1"] == "too late"
    assert api.calls("sendMessage") == []


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_two_postmen_on_one_outbox_send_each_message_once(
    api: LocalBotApi, tmp_path: Path, kind: str, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'shared.db'}"
    if kind == "postgres":
        url = request.getfixturevalue("postgres").new_database()
    chats = await readers(api, *range(1, 101))
    one, other = await open_database(url), await open_database(url)
    for chat in chats:
        await put(one, chat, "a", "b")
    habits = PostmanConfig(at_once=8, look_s=0.2)
    async with (
        postman_at_work(api, one, habits=habits),
        postman_at_work(api, other, habits=habits),
    ):
        await until_settled(one, 20)
    assert all(texts(api, chat) == ["a", "b"] for chat in chats)
    assert await states(one) == {"sent": 200}
    await one.close()
    await other.close()


async def test_stopping_finishes_what_was_requested_and_gives_the_rest_back(
    api: LocalBotApi, database: Database
) -> None:
    chats = await readers(api, *range(1, 61))
    for chat in chats:
        await put(database, chat, "x")
    api.faults.next("sendMessage", Fault.timeout_after_effect(0.3), times=1000)
    async with postman_at_work(api, database, pacing=RateLimits(burst=15)):
        await until_requested(api, 5)
    found = await states(database)
    assert set(found) == {"queued", "sent"}
    assert found["sent"] == sum(len(from_bot(api, chat)) for chat in chats)
    free = await claim(database, "next/1", datetime.now(UTC), 100)
    assert len(free) == found["queued"]


async def until_requested(api: LocalBotApi, count: int) -> None:
    await until(lambda: len(api.calls("sendMessage")) >= count)
