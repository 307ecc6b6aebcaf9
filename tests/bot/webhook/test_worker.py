"""What takes updates from the inbox to the handlers."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.webhook import Inbox, InboxWorker
from bot.webhook import worker as worker_module
from bot.webhook.inbox import Received
from retrieval.errors import ArchiveError
from retrieval.storage import leases
from retrieval.storage.database import open_database
from tests.support.waiting import forever, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from telegram import Update

    from tests.support.waiting import Renewals

CLAIM_FOR = timedelta(seconds=0.4)


def now() -> datetime:
    return datetime.now(UTC)


class Handlers:
    """Stands for the application: notes what it was given; `work` is what it takes."""

    bot = None

    def __init__(self, work: Callable[[], Awaitable[object]] | None = None) -> None:
        self.work = work
        self.begun, self.ended = list[int](), list[int]()

    async def process_update(self, update: Update) -> None:
        self.begun.append(update.update_id)
        if self.work:
            await self.work()
        self.ended.append(update.update_id)


def worker(handlers: Handlers, inbox: Inbox, at_once: int = 4, **settings: Any) -> InboxWorker:
    return InboxWorker(cast("Any", handlers), inbox, now, at_once, **settings)


async def put(inbox: Inbox, *updates: tuple[int, int]) -> None:
    for number, chat in updates:
        await inbox.put(Received(number, chat, {"update_id": number}), now())


async def waiting(inbox: Inbox) -> list[int]:
    later = now() + timedelta(hours=1)
    return [one.update_id for one in await inbox.claim("test", later, 100)]


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[Inbox]:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    yield Inbox(database, CLAIM_FOR)
    await database.close()


async def test_no_other_program_takes_what_waits_for_a_slot_or_takes_longer_than_a_claim(
    inbox: Inbox, renewals: Renewals
) -> None:
    await put(inbox, (1, 1), (2, 2), (3, 3))
    handlers = Handlers(renewals.outlive_a_lease)
    async with asyncio.timeout(20), worker(handlers, inbox, at_once=1).running():
        await until(lambda: handlers.begun)
        async with worker(handlers, inbox, at_once=1).running():
            await until(lambda: len(handlers.ended) == 3)
    assert sorted(handlers.begun) == [1, 2, 3]
    assert await waiting(inbox) == []


async def test_an_update_is_not_dealt_with_again_because_the_database_failed_for_a_moment(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(inbox, (1, 1), (2, 1))
    handlers, real, failures = Handlers(), inbox.done, 0

    async def fails_once(number: int, at: datetime) -> None:
        nonlocal failures
        failures += 1
        if failures == 1:
            raise ArchiveError("locked")
        await real(number, at)

    monkeypatch.setattr(inbox, "done", fails_once)
    async with asyncio.timeout(10), worker(handlers, inbox).running():
        await until(lambda: len(handlers.ended) == 2)
    assert handlers.begun == [1, 2]
    assert await waiting(inbox) == []


async def test_what_nobody_had_room_for_is_handed_over_after_a_while_and_not_before(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "LOOK_EVERY_S", 0.05)
    monkeypatch.setattr(worker_module, "NOBODYS_AFTER", timedelta(seconds=0.5))
    handlers, begun, looks, real = Handlers(forever), now(), 0, InboxWorker._look

    async def counted(one: InboxWorker) -> float:
        nonlocal looks
        looks += 1
        return await real(one)

    monkeypatch.setattr(InboxWorker, "_look", counted)
    await put(inbox, (1, 1), (2, 2), (3, 3))
    async with asyncio.timeout(10), worker(handlers, inbox, 1, waiting=1, patience_s=0).running():
        await until(lambda: len(handlers.begun) == 2)
        assert now() - begun >= timedelta(seconds=0.5)
        seen = looks
        await until(lambda: looks >= seen + 6)
    assert handlers.begun == [1, 2]


async def test_a_stop_finishes_what_is_under_way_and_gives_back_what_takes_too_long(
    inbox: Inbox,
) -> None:
    await put(inbox, (1, 1))
    patient, impatient = Handlers(lambda: asyncio.sleep(0.1)), Handlers(forever)
    async with worker(patient, inbox).running():
        await until(lambda: patient.begun)
    assert patient.ended == [1]
    await put(inbox, (2, 1))
    async with asyncio.timeout(10), worker(impatient, inbox, patience_s=0.1).running():
        await until(lambda: impatient.begun)
    assert impatient.ended == []
    assert [one.update_id for one in await inbox.claim("other", now(), 10)] == [2]


async def test_an_update_that_is_another_programs_by_now_is_let_go(inbox: Inbox) -> None:
    await put(inbox, (1, 1))
    handlers = Handlers(forever)
    async with asyncio.timeout(10), worker(handlers, inbox).running():
        await until(lambda: handlers.begun)
        await inbox.claim("other", now() + timedelta(hours=1), 10)
        await until(lambda: "update 1" not in {one.get_name() for one in asyncio.all_tasks()})
    assert handlers.ended == []


async def test_what_is_begun_while_claims_are_renewed_is_not_taken_for_another_programs(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await put(inbox, (1, 1))
    handlers, real, renewed = Handlers(forever), leases.renew, asyncio.Event()

    async def slow(*asked: Any) -> set[int]:
        held: set[int] = await real(*asked)
        if len(handlers.begun) == 1:
            await put(inbox, (2, 2))
            one.wake()
            await until(lambda: len(handlers.begun) == 2)
        else:
            renewed.set()
        return held

    monkeypatch.setattr(leases, "renew", slow)
    one = worker(handlers, inbox, patience_s=0)
    async with asyncio.timeout(10), one.running():
        await renewed.wait()
    assert handlers.begun == [1, 2]
    assert "another program's" not in caplog.text


async def test_what_fails_in_a_way_that_nobody_foresaw_does_not_hold_up_its_chat(
    inbox: Inbox, caplog: pytest.LogCaptureFixture
) -> None:
    await put(inbox, (1, 1), (2, 1))
    await inbox.put(Received(3, 1, {"update_id": 3, "message": "no message"}), now())
    handlers = Handlers()
    real = handlers.process_update

    async def first_fails(update: Update) -> None:
        await real(update)
        if update.update_id == 1:
            raise RuntimeError("unforeseen")

    handlers.process_update = first_fails  # type: ignore[method-assign]
    async with asyncio.timeout(10), worker(handlers, inbox).running():
        await until(lambda: len(handlers.begun) == 2)
        await until(lambda: "update 3 can't be" in caplog.text)
    assert handlers.begun == [1, 2]
    assert await waiting(inbox) == []
    assert "update 1 can't be dealt with" in caplog.text


async def test_a_program_whose_claim_ran_out_does_not_begin_its_own_update_again(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object) -> set[int]:
        raise ArchiveError("The database is away.")

    monkeypatch.setattr(leases, "renew", fails)
    await put(inbox, (1, 1))
    enough = asyncio.Event()
    handlers, looks, real = Handlers(enough.wait), 0, inbox.claim

    async def when_all_claims_ran_out(name: str, at: datetime, *rest: Any) -> list[Received]:
        nonlocal looks
        looks += 1
        return await real(name, at + looks * 2 * CLAIM_FOR, *rest)

    monkeypatch.setattr(inbox, "claim", when_all_claims_ran_out)
    one = worker(handlers, inbox)
    async with asyncio.timeout(20), one.running():

        def woken() -> bool:
            one.wake()
            return looks > 10

        await until(woken)
        enough.set()
        await until(lambda: handlers.ended)
    assert handlers.begun == [1]
