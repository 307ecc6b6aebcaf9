"""Two programs, one budget: of those who ask at once, one gets the last of it."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import insert, select

from bot.features.access.people import Role
from bot.features.privacy.data_subject import forget
from bot.features.privacy.retention import RetentionPolicy, expire
from bot.features.questions.admission import FOR, USUAL_TOKENS, Allowance, Spending
from bot.settings import Budget
from bot.tables import forgotten_spending, reservation
from retrieval.storage.database import Database, open_database
from retrieval.storage.tables import briefing, given_answer, told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from retrieval.messages import UserMessage
    from tests.support.postgres import Postgres

ADA, SECRET = 700_123_456, "1:token"
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
    told: list[UserMessage | None] = []
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
        assert "share" in str(second)


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


async def beyond(database: Database, person: int, now: datetime = NOON, **limits: Any) -> bool:
    spending = Spending(database, lambda: now, SECRET)
    async with Allowance(spending, Budget(**limits)).of(person) as why:
        return why is not None


async def remembered(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as connection:
        rows = await connection.execute(select(forgotten_spending))
        return [tuple(row) for row in rows]


async def test_who_is_forgotten_gets_no_token_back_that_day(programs: list[Database]) -> None:
    first, second = programs
    await spend(first, 500, ADA)
    async with first.write() as connection:
        row: dict[str, Any] = {"written_at": NOON, "content": {}, "person_id": ADA}
        row |= {"input_tokens": 400, "output_tokens": 100}
        query = insert(briefing).values(row).returning(briefing.c.id)
        number = (await connection.execute(query)).scalar_one()
        read = {"reader": f"telegram:{ADA}:0", "briefing_id": number, "told_at": NOON}
        await connection.execute(insert(told).values(**read, until=NOON))
    for tokens in (1000, 1300):  # once, and again after more was spent
        await forget(first, ADA, Role.READER, NOON, SECRET)
        assert await beyond(second, ADA, a_reader=tokens)
        assert not await beyond(second, ADA, a_reader=tokens + 1)
        assert not await beyond(second, ADA + 1, a_reader=1)
        assert await beyond(second, ADA + 1, altogether=tokens)
        assert not await beyond(second, ADA + 1, altogether=tokens + 1)
        await spend(first, 300, ADA)
    [kept] = await remembered(first)
    assert str(ADA) not in str(kept)


async def test_what_an_answer_under_way_may_cost_is_not_given_back_either(
    programs: list[Database],
) -> None:
    async with allowance(programs[0], a_reader=1).of(ADA):
        await forget(programs[1], ADA, Role.READER, NOON, SECRET)
        assert await beyond(programs[1], ADA, a_reader=USUAL_TOKENS)


@pytest.mark.parametrize("by", ["expiry", "the next answer"])
async def test_the_next_day_nothing_of_it_is_kept(programs: list[Database], by: str) -> None:
    first, second = programs
    next_day = NOON + timedelta(hours=13)
    await spend(first, 500, ADA)
    await forget(first, ADA, Role.READER, NOON, SECRET)
    assert len(await remembered(first)) == 1
    if by == "expiry":
        await expire(second, RetentionPolicy(), next_day)
    else:
        assert not await beyond(second, ADA, next_day, a_reader=1)
    assert await remembered(first) == []


async def test_where_tokens_have_no_limit_nothing_of_it_is_kept_at_all(
    programs: list[Database],
) -> None:
    await spend(programs[0], 500, ADA)
    await forget(programs[0], ADA, Role.READER, NOON)
    assert await remembered(programs[0]) == []
