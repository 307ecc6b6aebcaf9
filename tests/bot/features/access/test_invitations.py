"""Invitations in SQL, used by many at the same time, on SQLite and Postgres."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, insert, select

from bot.features.access.invitations import (
    MOST_DAYS,
    MOST_USES,
    Invitations,
    Redemption,
    prune,
    read_invitation,
)
from bot.features.access.people import Role
from bot.tables import invitation, standing
from retrieval.storage.audit import entries

if TYPE_CHECKING:
    from retrieval.storage.database import Database
    from tests.bot.features.conftest import Clock


@pytest.fixture
def invitations(database: Database, clock: Clock) -> Invitations:
    return Invitations(database, clock)


async def members(database: Database) -> int:
    async with database.read() as connection:
        count = await connection.execute(select(func.count()).select_from(standing))
        return int(count.scalar_one())


async def test_of_twenty_at_the_same_time_as_many_come_in_as_there_are_uses(
    invitations: Invitations, database: Database
) -> None:
    _, code = await invitations.create(1, uses=5, days=7)
    found = await asyncio.gather(*(invitations.redeem(100 + n, code) for n in range(20)))
    assert found.count(Redemption.JOINED) == 5
    assert found.count(Redemption.INVALID) == 15
    assert await members(database) == 5
    assert await invitations.listed() == []


async def test_one_person_who_presses_often_uses_one(
    invitations: Invitations, database: Database
) -> None:
    _, code = await invitations.create(1, uses=5, days=7)
    found = await asyncio.gather(*(invitations.redeem(100, code) for _ in range(5)))
    assert sorted(one.value for one in found) == ["already"] * 4 + ["joined"]
    assert (await invitations.listed())[0].uses_left == 4
    assert [e.what for e in await entries(database, 10)] == ["join", "invite"]


async def test_a_blocked_person_stays_blocked_and_uses_nothing(
    invitations: Invitations, database: Database, clock: Clock
) -> None:
    row = {"user_id": 100, "role": Role.BLOCKED, "since": clock()}
    async with database.write() as connection:
        await connection.execute(insert(standing).values(row))
    _, code = await invitations.create(1, uses=1, days=7)
    assert await invitations.redeem(100, code) is Redemption.ALREADY
    assert (await invitations.listed())[0].uses_left == 1


async def test_the_code_is_kept_only_as_a_hash(
    invitations: Invitations, database: Database
) -> None:
    one, code = await invitations.create(1, uses=1, days=7)
    async with database.read() as connection:
        kept = (await connection.execute(select(invitation.c.code_hash))).scalar_one()
    assert len(kept) == 64
    assert await invitations.redeem(100, kept[:22]) is Redemption.INVALID
    assert await invitations.redeem(100, code + "\n") is Redemption.INVALID
    assert await invitations.redeem(100, code) is Redemption.JOINED
    assert not await invitations.withdraw(1, one.id)


async def test_expired_ones_let_nobody_in_and_are_forgotten(
    invitations: Invitations, database: Database, clock: Clock
) -> None:
    _, code = await invitations.create(1, uses=1, days=7)
    clock.forward(days=7)
    assert await invitations.redeem(100, code) is Redemption.INVALID
    assert await invitations.listed() == []
    async with database.write() as connection:
        assert await prune(connection, clock()) == 0
        clock.forward(seconds=1)
        assert await prune(connection, clock()) == 1


@pytest.mark.parametrize(("uses", "days"), [(0, 7), (1, 0), (MOST_USES + 1, 7), (1, MOST_DAYS + 1)])
async def test_an_invitation_has_bounds(invitations: Invitations, uses: int, days: int) -> None:
    with pytest.raises(ValueError, match="out of bounds"):
        await invitations.create(1, uses, days)


@given(st.lists(st.text(min_size=1, max_size=6), max_size=3))
def test_whatever_is_typed_the_invitation_is_within_bounds_or_none(words: list[str]) -> None:
    found = read_invitation(words)
    assert found is None or (1 <= found[0] <= MOST_USES and 1 <= found[1] <= MOST_DAYS)


def test_people_and_days_come_in_any_order() -> None:
    assert read_invitation([]) == (1, 7)
    assert read_invitation(["20", "30d"]) == read_invitation(["30d", "20"]) == (20, 30)
    assert read_invitation(["3d"]) == (1, 3)
    assert read_invitation(["3d", "4d"]) is None
