"""An archive copied from one database to another, of either kind: all of it, or nothing.

Rows are copied table by table in one transaction from one consistent view; the words are indexed
anew, since each kind of database keeps them in its own way. Ids stay what they are, so vectors that
were made for the one database are right for the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Table, func, insert, inspect, select, text

from retrieval.archive import tables
from retrieval.archive.database import open_database, unmigrated
from retrieval.archive.keywords import index_keywords
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database

_ROWS_AT_ONCE = 500
# Made anew (full text), or the migrations' own.
_NOT_COPIED = ("alembic_version", "passage_fts", "sqlite_")


async def copy_archive(source_url: str, target_url: str, also: MetaData) -> dict[str, int]:
    """Copy everything to an empty database; returns how many rows of each table, in both the same.

    `also` holds the tables beside the archive's.

    Raises:
        ArchiveError: the target holds something, is the source, or one of them failed; then the
            target holds no rows.
    """
    if source_url == target_url:
        raise ArchiveError("This is the database in use: name another one to copy to.")
    source = await open_database(source_url)
    try:
        await _refuse_used(target_url)
        target = await open_database(target_url)
        try:
            return await _copy(source, target, _together(also))
        finally:
            await target.close()
    finally:
        await source.close()


async def _refuse_used(url: str) -> None:
    """Before anything is migrated: a database that holds a row, or somebody else's tables."""
    target = unmigrated(url)
    try:
        async with target.read() as connection:
            found = await connection.run_sync(_names)
            used = [name for name in found if await _count(connection, name)]
    except OSError as error:
        raise ArchiveError(f"The database to copy to can't be reached ({error}).") from error
    finally:
        await target.close()
    if used:
        raise ArchiveError(
            f"The database to copy to is not empty (table {used[0]} has rows); name an empty one."
        )


async def _copy(source: Database, target: Database, whole: MetaData) -> dict[str, int]:
    async with source.read() as reading, target.write() as writing:
        if source.dialect == "postgresql":
            await reading.execution_options(isolation_level="REPEATABLE READ")
        unknown = set(await reading.run_sync(_names)) - set(whole.tables)
        if unknown:
            raise ArchiveError(
                f"This program does not know the table {min(unknown)}, so it can't copy it."
            )
        counts: dict[str, int] = {}
        for table in whole.sorted_tables:
            await _copy_rows(reading, writing, table)
            counts[table.name] = await _count(writing, table.name)
            expected = await _count(reading, table.name)
            if counts[table.name] != expected:
                raise ArchiveError(
                    f"Of {expected} rows of {table.name} {counts[table.name]} arrived; "
                    "nothing was kept."
                )
            await _go_on_counting(reading, writing, table)
        await _index_words(writing)
        return counts


async def _copy_rows(reading: AsyncConnection, writing: AsyncConnection, table: Table) -> None:
    rows = await reading.stream(select(table).order_by(*table.primary_key.columns))
    async for part in rows.partitions(_ROWS_AT_ONCE):
        await writing.execute(insert(table), [dict(row._mapping) for row in part])  # noqa: SLF001


async def _index_words(connection: AsyncConnection) -> None:
    """Of every revision that has passages; those of the others were deleted with it."""
    revision, passage = tables.revision.c, tables.passage.c
    last = 0
    while True:
        query = (
            select(revision.id, revision.title, revision.text)
            .where(
                revision.id > last,
                select(passage.id).where(passage.revision_id == revision.id).exists(),
            )
            .order_by(revision.id)
            .limit(_ROWS_AT_ONCE)
        )
        rows = (await connection.execute(query)).all()
        if not rows:
            return
        for row in rows:
            await index_keywords(connection, row.id, row.title, row.text)
        last = rows[-1].id


async def _go_on_counting(reading: AsyncConnection, writing: AsyncConnection, table: Table) -> None:
    """Let new ids begin after the last one that was ever given out."""
    column = table.autoincrement_column
    if column is None or column.name != "id":
        return
    last = max(await _last_id(reading, table), await _last_id(writing, table))
    if not last:
        return
    if writing.dialect.name == "postgresql":
        query = text("SELECT setval(pg_get_serial_sequence(:table, 'id'), :last)")
        await writing.execute(query, {"table": table.name, "last": last})
    elif table.dialect_options["sqlite"]["autoincrement"]:
        name = {"table": table.name, "last": last}
        await writing.execute(text("DELETE FROM sqlite_sequence WHERE name = :table"), name)
        await writing.execute(text("INSERT INTO sqlite_sequence VALUES (:table, :last)"), name)


async def _last_id(connection: AsyncConnection, table: Table) -> int:
    """The highest id of a table, or of those that it once had, where the database remembers."""
    highest = int((await connection.execute(select(func.max(table.c.id)))).scalar() or 0)
    if connection.dialect.name == "postgresql":
        query = text("SELECT pg_sequence_last_value(pg_get_serial_sequence(:table, 'id'))")
    elif table.dialect_options["sqlite"]["autoincrement"]:
        query = text("SELECT seq FROM sqlite_sequence WHERE name = :table")
    else:
        return highest
    given = (await connection.execute(query, {"table": table.name})).scalar()
    return max(highest, int(given or 0))


def _together(also: MetaData) -> MetaData:
    """The archive's tables and those of `also`, which may name the archive's for foreign keys."""
    whole = MetaData()
    for table in (*tables.metadata.tables.values(), *also.tables.values()):
        if table.name not in whole.tables:
            table.to_metadata(whole)
    return whole


def _names(connection: Connection) -> Sequence[str]:
    found: list[str] = inspect(connection).get_table_names()
    return [name for name in found if not name.startswith(_NOT_COPIED)]


async def _count(connection: AsyncConnection, name: str) -> int:
    found: Any = await connection.execute(select(func.count()).select_from(Table(name, MetaData())))
    return int(found.scalar_one())
