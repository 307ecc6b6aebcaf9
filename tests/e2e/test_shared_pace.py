"""Three programs share one Postgres and a Telegram that refuses messages sent too fast."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from telegram.error import RetryAfter
from telegram.ext import ExtBot

from bot.local_api import Fault, LocalBotApi, local_bot_api
from bot.telegram.outbox import NewMessage, enqueue, payloads
from bot.telegram.rate_limit import RateLimits
from bot.telegram.shared_rate_limit import open_rate_limiter
from retrieval.storage.database import open_database
from tests.support.deliveries import plain_message, states
from tests.support.waiting import until

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Sequence

    from retrieval.storage.database import Database
    from tests.support.postgres import Postgres

READERS = 240


@asynccontextmanager
async def programs(url: str, api: LocalBotApi, count: int) -> AsyncIterator[list[Process]]:
    command = (sys.executable, "-m", "tests.support.paced_program", url, api.address, api.token)
    running = [
        await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
        for _ in range(count)
    ]
    try:
        for one in running:
            assert one.stdout is not None
            assert await asyncio.wait_for(one.stdout.readline(), 60) == b"ready\n"
        yield running
    finally:
        for one in running:
            if one.returncode is None:
                one.terminate()
            await asyncio.wait_for(one.wait(), 30)


async def put(database: Database, chats: Sequence[int]) -> None:
    [payload] = payloads([plain_message("x")])
    async with database.write() as connection:
        messages = [NewMessage(f"{chat}:1", chat, 0, payload) for chat in chats]
        await enqueue(connection, messages, datetime.now(UTC))


def reader_ids(api: LocalBotApi, count: int) -> list[int]:
    for number in range(1, count + 1):
        api.person(f"Reader {number}", id=number).private_chat().started = True
    return list(range(1, count + 1))


@pytest.mark.slow
@pytest.mark.faults("kill -9: one of three programs that keep one pace")
async def test_three_programs_are_never_too_fast_and_two_take_over_from_one_that_dies(
    postgres: Postgres,
) -> None:
    url = postgres.new_database()
    database = await open_database(url)
    async with local_bot_api() as api:  # at Telegram's limits
        chats = reader_ids(api, READERS)
        async with programs(url, api, 3) as running:
            await put(database, chats)

            async def some_are_sent() -> bool:
                return (await states(database)).get("sent", 0) >= READERS // 4

            await until(some_are_sent, 30)
            running[0].send_signal(signal.SIGKILL)
            await running[0].wait()

            async def all_are_settled() -> bool:
                found = await states(database)
                return found.get("sent", 0) + found.get("unknown", 0) == READERS

            await until(all_are_settled, 60)
    await database.close()
    calls = api.calls("sendMessage")
    # Of what the killed program was sending, Telegram could not tell it what became of it.
    assert {call.code for call in calls} <= {200, 0}, "Telegram refused something"
    assert len(calls) >= READERS - 24
    times = sorted(call.at for call in calls)
    for number, began in enumerate(times):
        for count, ended in enumerate(times[number:], start=1):
            assert count <= 20 + 30 * (ended - began + 0.3) + 1
    # As fast as one program alone may be, through the death of one of them.
    assert times[-1] - times[0] < 2.5 * READERS / 30 + 6


async def test_a_429_that_one_program_saw_is_waited_for_by_the_other(
    postgres: Postgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    url = postgres.new_database()
    async with local_bot_api() as api, AsyncExitStack() as stack:
        reader_ids(api, 2)
        bots: list[ExtBot[Any]] = []
        for _ in range(2):
            pacer = await stack.enter_async_context(open_rate_limiter(url, RateLimits()))
            bot: ExtBot[Any] = ExtBot(api.token, api.base_url, rate_limiter=pacer.limiter())
            await bot.initialize()
            stack.push_async_callback(bot.shutdown)
            bots.append(bot)
        api.faults.next("sendMessage", Fault.too_many(2), chat_id=1)
        with pytest.raises(RetryAfter):
            await bots[0].send_message(1, "an answer")
        await bots[0].send_message(2, "meanwhile")
        await bots[1].send_message(1, "an answer of the other program")
    calls = api.calls("sendMessage")
    assert [(int(call.parameters["chat_id"]), call.code) for call in calls] == [
        (1, 429),
        (2, 200),
        (1, 200),
    ]
    assert calls[2].at - calls[0].at >= 1.9
