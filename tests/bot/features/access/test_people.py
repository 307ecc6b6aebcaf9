"""People and roles in SQL, on SQLite and Postgres."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select

from bot.features.access.people import Access, KnownPerson, People, Role
from bot.tables import outbox, person, standing, subscription
from retrieval.storage.audit import entries

if TYPE_CHECKING:
    from retrieval.storage.database import Database
    from tests.bot.features.conftest import Clock

OWNER, SETTLED, ANNA, RITA = 1, 2, 11, 12


@pytest.fixture
def people(database: Database, clock: Clock) -> People:
    return People(database, Access(frozenset((OWNER,)), frozenset((OWNER, SETTLED))), clock)


@pytest.fixture
def invited(database: Database, clock: Clock) -> People:
    return People(database, Access(frozenset((OWNER,)), is_open=False), clock)


async def test_roles_come_from_the_settings_first(people: People, invited: People) -> None:
    assert await people.role(OWNER) is Role.OWNER
    assert await people.role(SETTLED) is Role.ADMIN
    assert await people.role(RITA) is Role.READER
    assert await people.role(None) is Role.READER
    assert await invited.role(RITA) is Role.STRANGER
    assert await invited.role(None) is Role.STRANGER


async def test_an_admin_is_made_and_unmade_and_both_are_logged(
    people: People, database: Database
) -> None:
    assert await people.appoint(OWNER, ANNA) is None
    assert await people.role(ANNA) is Role.ADMIN
    assert await people.appoint(OWNER, ANNA) is Role.ADMIN
    assert await people.staff() == {OWNER: Role.OWNER, SETTLED: Role.ADMIN, ANNA: Role.ADMIN}
    assert await people.dismiss(OWNER, ANNA) is None
    assert await people.role(ANNA) is Role.READER
    log = await entries(database, 10)
    assert [(e.who, e.what, e.subject) for e in log] == [
        ("telegram:1", "admins remove", "telegram:11"),
        ("telegram:1", "admins add", "telegram:11"),
    ]
    assert log[1].detail == {"from": "reader", "to": "admin"}


async def test_what_may_not_be_changes_nothing_and_is_not_logged(
    people: People, database: Database
) -> None:
    await people.appoint(OWNER, ANNA)
    assert await people.appoint(ANNA, RITA) is Role.READER
    assert await people.dismiss(OWNER, SETTLED) is Role.ADMIN
    assert await people.dismiss(OWNER, OWNER) is Role.OWNER
    assert await people.block(ANNA, OWNER) is Role.OWNER
    assert await people.block(ANNA, SETTLED) is Role.ADMIN
    assert await people.block(RITA, ANNA) is Role.ADMIN
    assert await people.unblock(OWNER, RITA) is Role.READER
    assert await people.role(RITA) is Role.READER
    assert len(await entries(database, 10)) == 1


async def test_who_was_dismissed_meanwhile_changes_nobody_any_more(people: People) -> None:
    await people.appoint(OWNER, ANNA)
    await people.dismiss(OWNER, ANNA)
    assert await people.block(ANNA, RITA) is Role.READER
    assert await people.role(RITA) is Role.READER


async def test_two_admins_block_one_person_at_the_same_time_and_it_is_done_once(
    people: People, database: Database
) -> None:
    await people.appoint(OWNER, ANNA)
    results = await asyncio.gather(people.block(OWNER, RITA), people.block(ANNA, RITA))
    assert await people.role(RITA) is Role.BLOCKED
    assert results.count(None) >= 1
    assert await people.unblock(ANNA, RITA) is None
    assert await people.role(RITA) is Role.READER
    assert (await entries(database, 1))[0].what == "unblock"


async def test_a_blocked_person_is_sent_nothing_more(
    people: People, database: Database, clock: Clock
) -> None:
    row = {
        "thread_id": 0, "created_by": RITA, "created_at": clock(), "minute": 1, "weekdays": 127,
        "zone": "Etc/UTC", "topics": [], "length": "standard", "silent": False, "state": "active",
        "next_due_at": clock(), "covered_until": clock(),
    }  # fmt: skip
    waiting = {
        "thread_id": 0, "payload": {}, "state": "queued", "not_before": clock(), "attempts": 0,
        "created_at": clock(),
    }  # fmt: skip
    async with database.write() as connection:
        for chat in (RITA, ANNA):
            await connection.execute(insert(subscription).values(chat_id=chat, **row))
            await connection.execute(insert(outbox).values(chat_id=chat, once=str(chat), **waiting))
    await people.block(OWNER, RITA)
    async with database.read() as connection:
        rows = await connection.execute(select(subscription.c.chat_id, subscription.c.state))
        states = {row.chat_id: row.state for row in rows}
        left = (await connection.execute(select(outbox.c.chat_id))).scalars().all()
    assert states == {RITA: "paused", ANNA: "active"}
    assert left == [ANNA]


async def test_a_person_is_found_by_the_username_that_they_have_now(
    people: People, clock: Clock
) -> None:
    await people.seen(KnownPerson(RITA, "Rita", "Rita_K"))
    assert await people.find("@rita_k") == KnownPerson(RITA, "Rita", "rita_k")
    clock.forward(hours=1)
    await people.seen(KnownPerson(ANNA, "Anna", "rita_k"))  # Telegram gives names to others
    assert await people.find("RITA_K") == KnownPerson(ANNA, "Anna", "rita_k")
    await people.seen(KnownPerson(RITA, "Rita K.", None))
    assert await people.known(RITA) == KnownPerson(RITA, "Rita K.")
    assert (await people.known(99)).title == "99"
    assert await people.find("@nobody") is None


async def test_a_person_is_written_down_once_a_day(
    people: People, database: Database, clock: Clock
) -> None:
    async def seen_at() -> object:
        async with database.read() as connection:
            return (await connection.execute(select(person.c.seen_at))).scalar_one()

    await people.seen(KnownPerson(RITA, "Rita"))
    first = await seen_at()
    clock.forward(hours=5)
    await people.seen(KnownPerson(RITA, "Rita"))
    assert await seen_at() == first
    clock.forward(days=1)
    await people.seen(KnownPerson(RITA, "Rita"))
    assert await seen_at() == clock()


async def test_a_role_that_only_the_settings_give_leaves_no_row(
    people: People, database: Database
) -> None:
    await people.role(OWNER)
    async with database.read() as connection:
        assert (await connection.execute(select(standing))).first() is None
