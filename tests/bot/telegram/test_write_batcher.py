from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select, text

from bot.tables import place
from bot.telegram.delivery_outcomes import WriteBatcher
from retrieval.errors import ArchiveError
from retrieval.storage.database import Database, open_database

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy.ext.asyncio import AsyncConnection


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    yield database
    await database.close()


async def add(connection: AsyncConnection, number: int) -> int:
    await connection.execute(insert(place).values(chat_id=number, zone="UTC"))
    return number


async def fail(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT nothing FROM nowhere"))


async def numbers(database: Database) -> list[int]:
    async with database.read() as connection:
        return list(
            (await connection.execute(select(place.c.chat_id).order_by("chat_id"))).scalars()
        )


async def test_writes_that_come_together_share_a_transaction(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    transactions = 0
    real = Database.write

    def counted(self: Database) -> object:
        nonlocal transactions
        transactions += 1
        return real(self)

    monkeypatch.setattr(Database, "write", counted)
    journal = WriteBatcher(database)
    results = await asyncio.gather(
        *(journal.write(lambda connection, n=n: add(connection, n)) for n in range(50))  # type: ignore[misc]
    )
    assert results == list(range(50))
    assert await numbers(database) == list(range(50))
    assert transactions <= 2


async def test_one_that_fails_takes_nobody_with_it(database: Database) -> None:
    journal = WriteBatcher(database)
    first, broken, last = await asyncio.gather(
        journal.write(lambda connection: add(connection, 1)),
        journal.write(fail),
        journal.write(lambda connection: add(connection, 2)),
        return_exceptions=True,
    )
    assert (first, last) == (1, 2)
    assert isinstance(broken, ArchiveError)
    assert await numbers(database) == [1, 2]


async def test_a_mistake_in_a_change_is_heard_of_and_the_journal_goes_on(
    database: Database,
) -> None:
    async def mistaken(_: AsyncConnection) -> None:
        raise ZeroDivisionError

    journal = WriteBatcher(database)
    with pytest.raises(ZeroDivisionError):
        await journal.write(mistaken)
    await journal.write(lambda connection: add(connection, 1))
    assert await numbers(database) == [1]


async def test_who_stops_waiting_does_not_stop_the_write(database: Database) -> None:
    journal = WriteBatcher(database)
    task = asyncio.create_task(journal.write(lambda connection: add(connection, 1)))
    await asyncio.sleep(0)
    task.cancel()
    await journal.write(lambda connection: add(connection, 2))
    assert await numbers(database) == [1, 2]
