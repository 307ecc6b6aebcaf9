"""A pace that several programs keep together, each with a pacer of its own, on a real Postgres."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select, update

from bot.tables import pace
from bot.telegram.rate_limit import RateLimits
from bot.telegram.shared_rate_limit import SharedRateLimiter, open_rate_limiter
from retrieval.storage.database import unmigrated
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.telegram.rate_limit import RateLimiter
    from tests.support.postgres import Postgres

PACING = RateLimits(overall=40, burst=10, kept=4, per_chat=2, per_group=8, kept_in_group=2)


@pytest.fixture
def url(postgres: Postgres) -> str:
    return postgres.new_database()


@pytest.fixture
async def pacers(url: str) -> AsyncIterator[list[RateLimiter]]:
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(open_rate_limiter(url, PACING)) for _ in range(3)]


async def test_three_programs_together_send_no_more_than_one_may(pacers: list[RateLimiter]) -> None:
    times: list[float] = []

    async def send(pacer: RateLimiter, chat: int, *, urgent: bool) -> None:
        await (pacer.urgent_turn(chat) if urgent else pacer.turn(chat))
        times.append(time.monotonic())

    async with asyncio.TaskGroup() as group:
        for number in range(90):
            pacer = pacers[number % 3]
            group.create_task(send(pacer, 1 + number, urgent=number % 4 == 0))
    times.sort()
    took = times[-1] - times[0]
    assert len(times) == 90
    assert took > (90 - PACING.burst - 1) / PACING.overall - 0.1
    assert took < 2 * 90 / PACING.overall + 2
    for number, began in enumerate(times):
        for count, ended in enumerate(times[number:], start=1):
            # A turn is taken a little after it was given, by how busy the machine is.
            assert count <= PACING.burst + PACING.overall * (ended - began + 0.25) + 1


async def test_an_answer_passes_by_what_other_programs_have_waiting(
    pacers: list[RateLimiter],
) -> None:
    waiting = [asyncio.create_task(pacers[n % 2].turn(n)) for n in range(1, 81)]
    for _ in range(10):  # the burst
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    before = sum(task.done() for task in waiting)
    for _ in range(3):
        await pacers[2].urgent_turn(999)
    assert sum(task.done() for task in waiting) < before + 40
    await asyncio.gather(*waiting)


async def test_a_chat_and_a_group_have_one_pace_in_all_programs(pacers: list[RateLimiter]) -> None:
    assert await pacers[0].turn(7) == 0
    assert 0.2 < await pacers[1].turn(7, patience_s=0) <= 0.5
    assert await pacers[1].turn(8, patience_s=0) == 0
    for number in range(6):
        await pacers[number % 3].urgent_turn(-5)
    assert 50 < await pacers[1].turn(-5, patience_s=1) <= 61


async def test_what_telegram_asked_one_program_for_all_wait_for(pacers: list[RateLimiter]) -> None:
    pacers[0].refused(7, 30)
    await pacers[0].turn(1)  # by then it is told
    assert 29 < await pacers[1].turn(7, patience_s=5) <= 30
    answer = asyncio.create_task(pacers[2].urgent_turn(7))
    await pacers[2].urgent_turn(8)
    assert not answer.done()
    answer.cancel()


async def test_a_refused_draft_holds_up_no_answer(pacers: list[RateLimiter]) -> None:
    pacers[0].refused(7, 30, draft=True)
    await pacers[0].urgent_turn(7)
    assert await pacers[1].turn(7, patience_s=1) > 29


async def test_refusals_of_several_chats_seen_by_several_programs_hold_all(
    pacers: list[RateLimiter],
) -> None:
    for chat, pacer in enumerate(pacers[:2], start=1):
        pacer.refused(chat, 1.5)
        await pacer.turn(chat + 10)
    pacers[2].refused(3, 1.5)
    began = time.monotonic()
    await asyncio.gather(*(pacer.urgent_turn(99) for pacer in reversed(pacers)))
    assert time.monotonic() - began > 1.4


async def test_rows_of_chats_that_nothing_holds_go(url: str) -> None:
    database = unmigrated(url)
    async with open_rate_limiter(url, RateLimits(per_chat=50)) as pacer:
        for chat in range(1, 6):
            await pacer.turn(chat)
    await asyncio.sleep(0.05)
    async with open_rate_limiter(url, RateLimits(per_chat=50)) as pacer:
        await pacer.turn(100)
    async with database.read() as connection:
        left = (await connection.execute(select(pace.c.chat_id))).scalars().all()
    await database.close()
    assert sorted(left) == [0, 100]


@pytest.mark.faults("Postgres: down while several programs keep one pace")
async def test_without_the_database_a_program_keeps_its_own_pace(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with open_rate_limiter(
        f"postgresql+asyncpg://a:b@127.0.0.1:{free_port()}/x", PACING
    ) as pacer:
        began = time.monotonic()
        await asyncio.gather(*(pacer.urgent_turn(chat) for chat in range(1, 31)))
        took = time.monotonic() - began
        assert await pacer.turn(31) == 0
        pacer.refused(31, 9)
        assert await pacer.turn(31, patience_s=1) > 8
    assert 0.4 < took < 5
    warnings = Counter(record.message.partition(",")[0] for record in caplog.records)
    assert warnings["the shared pace can't be asked"] == 1


async def test_a_database_whose_clock_is_set_back_holds_up_nothing(
    url: str, pacers: list[RateLimiter]
) -> None:
    await pacers[0].turn(7)
    pacers[0].refused(7, 30)
    await pacers[0].turn(8)
    database = unmigrated(url)
    async with database.write() as connection:
        for row in (await connection.execute(select(pace))).all():
            later = {
                name: value + 3600 if isinstance(value, float) and name != "tokens" else value
                for name, value in row.state.items()
            }
            await connection.execute(
                update(pace).where(pace.c.chat_id == row.chat_id).values(state=later)
            )
    await database.close()
    assert await pacers[1].turn(8, patience_s=1) == 0
    assert await pacers[2].turn(7, patience_s=1) == 0


async def test_sqlite_asks_nobody(tmp_path: object) -> None:
    async with open_rate_limiter(f"sqlite+aiosqlite:///{tmp_path}/sitrep.db", PACING) as pacer:
        assert not isinstance(pacer, SharedRateLimiter)


async def test_nothing_is_written_for_a_wish_that_is_not_granted(
    url: str, pacers: list[RateLimiter]
) -> None:
    await pacers[0].turn(7)
    database = unmigrated(url)
    async with database.read() as connection:
        state = (await connection.execute(select(pace.c.state).where(pace.c.chat_id == 7))).scalar()
    await pacers[1].turn(7, patience_s=0)
    async with database.read() as connection:
        again = (await connection.execute(select(pace.c.state).where(pace.c.chat_id == 7))).scalar()
        count = (await connection.execute(select(func.count()).select_from(pace))).scalar()
    await database.close()
    assert state == again
    assert count == 2
