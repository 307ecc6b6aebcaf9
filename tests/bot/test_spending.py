"""Two programs, one budget: of those who ask at once, one gets the last of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from bot.allowance import Allowance
from bot.budget import Budget
from bot.spending import FOR, USUAL_TOKENS, Spending
from bot.tables import reservation
from retrieval.archive.database import Database, open_database
from retrieval.archive.tables import given_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from tests.support.postgres import Postgres

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", "postgres"])
async def programs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[list[Database]]:
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    else:
        url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    opened = [await open_database(url) for _ in range(2)]
    yield opened
    for one in opened:
        await one.close()


def allowance(database: Database, now: datetime = NOON, **limits: Any) -> Allowance:
    return Allowance(Spending(database, lambda: now), Budget(**limits))


async def spend(database: Database, tokens: int, person: int = 1) -> None:
    async with database.write() as connection:
        row = {"asked_at": NOON, "conversation": "c", "question": "q", "mode": "model"}
        row |= {"citations": [], "person_id": person, "input_tokens": tokens, "output_tokens": 0}
        await connection.execute(insert(given_answer).values(row))


async def reserved(database: Database) -> int:
    async with database.read() as connection:
        return len((await connection.execute(select(reservation))).all())


async def test_of_ten_who_ask_two_programs_at_once_one_gets_the_last_token(
    programs: list[Database],
) -> None:
    await spend(programs[0], 999)
    told: list[str | None] = []
    all_asked = asyncio.Event()

    async def answer(number: int) -> None:
        async with allowance(programs[number % 2], altogether=1000).of(number) as beyond:
            told.append(beyond)
            if len(told) == 10:
                all_asked.set()
            await all_asked.wait()
            if beyond is None:
                await spend(programs[number % 2], 2500, number)

    await asyncio.gather(*(answer(number) for number in range(10)))
    assert told.count(None) == 1
    assert await reserved(programs[0]) == 0
    async with allowance(programs[1], altogether=1000).of(5) as beyond:
        assert beyond is not None


async def test_readers_have_budgets_of_their_own(programs: list[Database]) -> None:
    mine, other = (allowance(one, a_reader=USUAL_TOKENS) for one in programs)
    async with mine.of(1) as first, other.of(1) as second, other.of(2) as third:
        assert (first, third) == (None, None)
        assert second is not None
        assert "share" in second


async def test_while_there_is_enough_for_several_several_are_written(
    programs: list[Database],
) -> None:
    async with AsyncExitStack() as stack:
        found = [
            await stack.enter_async_context(
                allowance(programs[n % 2], altogether=3 * USUAL_TOKENS).of(n)
            )
            for n in range(4)
        ]
    assert [one is None for one in found] == [True, True, True, False]


async def test_what_is_put_aside_is_what_the_dearest_answer_of_the_day_took(
    programs: list[Database],
) -> None:
    await spend(programs[0], 9000)
    one = allowance(programs[0], altogether=9000 + 9000)
    async with one.of(1) as first, one.of(2) as second:
        assert first is None
        assert second is not None


async def test_what_a_dead_program_put_aside_is_free_again(programs: list[Database]) -> None:
    await Spending(programs[0], lambda: NOON).reserve(Budget(altogether=1), 1)
    async with allowance(programs[1], altogether=1).of(1) as beyond:
        assert beyond is not None
    later = NOON + FOR + timedelta(seconds=1)
    async with allowance(programs[1], later, altogether=1).of(1) as beyond:
        assert beyond is None


async def test_an_answer_that_fails_gives_back_what_was_put_aside(
    programs: list[Database],
) -> None:
    with pytest.raises(ValueError, match="broke"):
        async with allowance(programs[0], altogether=1).of(1):
            raise ValueError("broke")
    assert await reserved(programs[0]) == 0


async def test_without_a_limit_nothing_is_written(programs: list[Database]) -> None:
    async with allowance(programs[0]).of(1) as beyond:
        assert beyond is None
        assert await reserved(programs[0]) == 0
