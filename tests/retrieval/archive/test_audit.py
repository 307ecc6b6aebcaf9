"""The audit log, on SQLite and Postgres."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from retrieval.storage import audit

if TYPE_CHECKING:
    from retrieval.storage.database import Database

NOON = datetime(2024, 11, 23, 12, tzinfo=UTC)


async def write(database: Database, count: int) -> None:
    for n in range(1, count + 1):
        when = NOON + timedelta(minutes=n)
        await audit.record(database, f"telegram:{n % 2}", "remove", f"article:{n}", when, {"n": n})


async def test_a_line_says_who_what_when_and_comes_back_whole(database: Database) -> None:
    await audit.record(database, "cli", "remove", "article:7", NOON, {"title": "Bridge"})
    assert await audit.entries(database, 10) == [
        audit.AuditEntry(1, NOON, "cli", "remove", "article:7", {"title": "Bridge"})
    ]


async def test_a_line_and_its_change_are_written_both_or_neither(database: Database) -> None:
    async def remove() -> None:
        async with database.write() as connection:
            await audit.record(connection, "cli", "remove", "article:7", NOON)
            raise LookupError

    with pytest.raises(LookupError):
        await remove()
    assert await audit.entries(database, 10) == []


async def test_pages_go_back_and_forth_without_gaps(database: Database) -> None:
    await write(database, 7)
    first = await audit.entries(database, 3)
    second = await audit.entries(database, 3, before=first[-1].id)
    last = await audit.entries(database, 3, before=second[-1].id)
    numbers = [[e.detail["n"] for e in page] for page in (first, second, last)]
    assert numbers == [[7, 6, 5], [4, 3, 2], [1]]
    assert await audit.entries(database, 3, after=second[0].id) == first


async def test_a_forgotten_name_stands_nowhere_and_the_lines_stay(database: Database) -> None:
    await write(database, 4)
    async with database.write() as connection:
        assert len(await audit.of_names(connection, ["telegram:1"])) == 2
        await audit.forget_names(connection, ["telegram:1", "article:2"])
    found = await audit.entries(database, 10)
    assert [(e.who, e.subject) for e in found] == [
        ("telegram:0", "article:4"),
        ("forgotten", "article:3"),
        ("telegram:0", "forgotten"),
        ("forgotten", "article:1"),
    ]


async def test_old_lines_go(database: Database) -> None:
    await write(database, 4)
    async with database.write() as connection:
        assert await audit.prune(connection, NOON + timedelta(minutes=3)) == 2
    assert [e.detail["n"] for e in await audit.entries(database, 10)] == [4, 3]
