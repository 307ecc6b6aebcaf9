"""Migrations create exactly the tables that the code declares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData

from bot import tables as bot_tables
from retrieval.storage import tables
from retrieval.storage.database import open_database

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from tests.support.postgres import Postgres

# What only an index of SQLite's or Postgres' own kind has, written in SQL.
FULL_TEXT = "passage_"


def differences(connection: Connection) -> list[object]:
    whole = MetaData()
    ours = [*tables.metadata.tables.values(), *bot_tables.metadata.tables.values()]
    for table in ours:
        if table.name not in whole.tables:
            table.to_metadata(whole)
    found = compare_metadata(MigrationContext.configure(connection), whole)
    return [one for one in found if FULL_TEXT not in str(one)]


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_the_migrations_make_the_tables_that_the_code_sees(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'x.db'}"
    if kind == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database(migrated=False)
    database = await open_database(url)
    async with database.read() as connection:
        found = await connection.run_sync(differences)
    await database.close()
    assert found == []
