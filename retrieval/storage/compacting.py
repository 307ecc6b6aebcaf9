"""Frees the space of deleted rows: they leave holes in the files that only a rewrite closes."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import text

from retrieval.errors import ArchiveError
from retrieval.storage import tables
from retrieval.storage.database import parsed_url

if TYPE_CHECKING:
    from sqlalchemy import MetaData
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database

BUSY = "Another program is writing to the archive: stop it or wait until it's done."
_LOCK_TIMEOUT_MS = 2_000
_OTHERS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND backend_type = 'client backend'
""")
# Rows that an open snapshot can still see are kept; autovacuum's ANALYZE holds such a snapshot.
_SNAPSHOTS = text("""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_xmin IS NOT NULL
""")
_SNAPSHOTS_TIMEOUT_S, _LOOK_AGAIN_S = 10.0, 0.05


@dataclass(frozen=True, slots=True)
class Sizes:
    """The size of one store in bytes, before and after."""

    before: int
    after: int


async def compact_sql(database: Database, sql_url: str, also: MetaData) -> Sizes:
    """Merge the word index and rewrite the SQL database without holes.

    SQLite needs free disk space of the archive's size.

    Raises:
        ArchiveError: another program uses it, or it failed; nothing is lost.
    """
    if database.dialect == "sqlite":
        path = Path(parsed_url(sql_url).database or "")
        before = await asyncio.to_thread(_size, path)
        await _compact_sqlite(database)
        return Sizes(before, await asyncio.to_thread(_size, path))
    async with database.outside() as connection:
        if (await connection.execute(_OTHERS)).scalar_one():
            raise ArchiveError("Other programs are connected to the database: stop them first.")
        before = await _postgres_size(connection)
        await connection.execute(text(f"SET lock_timeout = {_LOCK_TIMEOUT_MS}"))
        names = [*tables.metadata.tables, *also.tables, "passage_fts"]
        for name in dict.fromkeys(names):
            await _until_no_snapshots(connection)
            await connection.execute(text(f'VACUUM (FULL, ANALYZE) "{name}"'))
        await connection.execute(text("RESET lock_timeout"))
        return Sizes(before, await _postgres_size(connection))


async def _until_no_snapshots(connection: AsyncConnection) -> None:
    """Wait up to ten seconds; rows that are still visible then are freed the next time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_SNAPSHOTS_TIMEOUT_S):
            while (await connection.execute(_SNAPSHOTS)).scalar_one():  # noqa: ASYNC110  of others
                await asyncio.sleep(_LOOK_AGAIN_S)


async def _compact_sqlite(database: Database) -> None:
    try:
        async with database.outside() as connection:
            await connection.execute(text(f"PRAGMA busy_timeout = {_LOCK_TIMEOUT_MS}"))
            # detects other writers; VACUUM itself would also wait for readers
            await connection.execute(text("BEGIN IMMEDIATE"))
            await connection.execute(
                text("INSERT INTO passage_fts (passage_fts) VALUES ('optimize')")
            )
            await connection.execute(text("COMMIT"))
            await connection.execute(text("VACUUM"))
            await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    except ArchiveError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise ArchiveError(BUSY) from error
        raise


async def _postgres_size(connection: AsyncConnection) -> int:
    query = text("SELECT pg_database_size(current_database())")
    return int((await connection.execute(query)).scalar_one())


async def compact_chroma(folder: Path) -> Sizes | None:
    """Rewrite the SQLite file of an embedded Chroma that nobody has open; None if there is none.

    Its vector graphs, in files beside it, reuse the places of deleted vectors; `sitrep reindex`
    rebuilds them.

    Raises:
        ArchiveError: another program has it open, or it failed.
    """
    path = folder / "chroma.sqlite3"
    try:
        return await asyncio.to_thread(_vacuum, path)
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise ArchiveError(BUSY) from error
        raise ArchiveError(f"The vector index can't be compacted ({error}).") from error
    except sqlite3.Error as error:
        raise ArchiveError(f"The vector index can't be compacted ({error}).") from error


def _vacuum(path: Path) -> Sizes | None:
    if not path.is_file():
        return None
    before = _size(path)
    with closing(
        sqlite3.connect(path, timeout=_LOCK_TIMEOUT_MS / 1000, isolation_level=None)
    ) as connection:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Sizes(before, _size(path))


def _size(path: Path) -> int:
    parts = (path, Path(f"{path}-wal"))
    return sum(one.stat().st_size for one in parts if one.is_file())
