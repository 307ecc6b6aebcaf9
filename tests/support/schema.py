"""New databases made as copies of one that was migrated for real, once a run: it takes a tenth."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, inspect

from retrieval.archive import database

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Connection

# What makes the tables of a full-text index makes these, too.
_FULL_TEXT = ("_data", "_idx", "_docsize", "_config", "_content")


def migrating_by_copy(file: Path) -> Callable[[Connection], None]:
    """Stands in for the migration of an empty SQLite database; others are migrated as always.

    `file` is where the database that is copied is made.
    """
    migrate = database._migrate
    made: list[str] = []

    def copy(connection: Connection) -> None:
        if connection.dialect.name != "sqlite" or inspect(connection).get_table_names():
            migrate(connection)
            return
        if not made:
            made.extend(_statements(file, migrate))
        for statement in made:
            connection.exec_driver_sql(statement)

    return copy


def _statements(file: Path, migrate: Callable[[Connection], None]) -> list[str]:
    """What makes an empty database one that was just migrated."""
    engine = create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        rows = connection.execute(
            "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
            " AND name NOT LIKE 'sqlite_%' ORDER BY rowid"
        ).fetchall()
        virtual = [name for _, name, sql in rows if sql.startswith("CREATE VIRTUAL")]
        hidden = {name + end for name in virtual for end in _FULL_TEXT}
        tables = [name for kind, name, _ in rows if kind == "table" and name not in hidden]
        found = [sql for _, name, sql in rows if name not in hidden]
        for name in set(tables) - set(virtual):
            for row in connection.execute(f'SELECT * FROM "{name}"'):  # noqa: S608  our tables
                values = ", ".join("NULL" if one is None else f"'{one}'" for one in row)
                found.append(f'INSERT INTO "{name}" VALUES ({values})')  # noqa: S608
    return found
