"""Backups of an archive in one SQLite file, and copies between databases of either kind."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Table, func, insert, inspect, select, text

from retrieval.errors import ArchiveError, SchemaError
from retrieval.storage import tables
from retrieval.storage.database import (
    HEAD,
    known_versions,
    open_database,
    parsed_url,
    schema_at,
    unmigrated,
)
from retrieval.storage.keywords import index_keywords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database


# SQLite's own.
_SQLITES = re.compile(r"create table sqlite_(?:sequence|stat1|stat4)\([\w,]*\)")
_VERSION = ("table", "alembic_version")
# FTS5's own tables: their definitions may vary, but must not compute anything.
_WORDS = re.compile(r"create table passage_fts_(?:data|idx|content|docsize|config)\b[\w ,()]*")
_COMPUTES = re.compile(r"\b(?:as|check|default|generated|references|select)\b")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


async def save(sql_url: str, path: Path, also: MetaData) -> None:
    """Write a backup to `path`; the file appears only when it is complete.

    Raises:
        ArchiveError: the file already exists, there is no archive, or one of them failed.
    """
    await asyncio.to_thread(_refuse_existing, path)
    part = path.with_name(f"{path.name}.part")
    try:
        await asyncio.to_thread(_remove, part)
        database = _sqlite_file(sql_url)
        if database is not None:
            await asyncio.to_thread(_copy_file, database, part)
            await asyncio.to_thread(_refuse_unrestorable, database, part)
        else:
            await copy_archive(sql_url, sqlite_url(part), also)
            await asyncio.to_thread(_one_file, part)
        await asyncio.to_thread(part.rename, path)
    except OSError as error:
        raise ArchiveError(f"The backup can't be written ({error.strerror}).") from error
    finally:
        await asyncio.to_thread(_remove, part)


async def bring_back(path: Path, sql_url: str, folder: Path, also: MetaData) -> None:
    """Restore a backup to an empty place; its schema is brought up to date.

    Raises:
        ArchiveError: it isn't a Sitrep backup, or the place isn't empty.
        SchemaError: a newer Sitrep wrote it; nothing was changed.
    """
    await asyncio.to_thread(_check, path)
    target = _sqlite_file(sql_url)
    await asyncio.to_thread(_refuse_used, folder, target)
    part = folder / "restoring.db"
    try:
        await asyncio.to_thread(_copy_file, path, part)
        await asyncio.to_thread(_check, part, path)  # it may have been replaced
        # only the copy is migrated, not the backup itself
        await (await open_database(sqlite_url(part))).close()
        if target is None:
            await copy_archive(sqlite_url(part), sql_url, also)
        else:
            await asyncio.to_thread(_one_file, part)
            await asyncio.to_thread(part.rename, target)
    except OSError as error:
        raise ArchiveError(f"The backup can't be restored ({error.strerror}).") from error
    finally:
        await asyncio.to_thread(_remove, part)


def _refuse_existing(path: Path) -> None:
    if path.exists():
        raise ArchiveError(f"{path} already exists; choose another file name.")
    if not path.absolute().parent.is_dir():
        raise ArchiveError(f"The folder {path.parent} doesn't exist; create it first.")


def _refuse_used(folder: Path, target: Path | None) -> None:
    """Refuse a place that isn't empty; creates the folder if it is missing."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except OSError as error:
        raise ArchiveError(f"DATA_DIR {folder} can't be used ({error.strerror}).") from error
    if used:
        raise ArchiveError(f"The data directory {folder} isn't empty; set DATA_DIR to a new one.")
    if target is not None and target.exists():
        raise ArchiveError(f"{target} already exists; restore the backup to a new place.")


def _remove(database: Path) -> None:
    for one in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        one.unlink(missing_ok=True)


def _sqlite_file(sql_url: str) -> Path | None:
    url = parsed_url(sql_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _copy_file(source: Path, target: Path) -> None:
    """Copy with SQLite's own backup: one consistent view in one step, without blocking writers."""
    if not source.is_file():
        raise ArchiveError(f"There is no archive at {source}; check DATA_DIR and DATABASE_URL.")
    try:
        with (
            closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
        _one_file(target)
    except sqlite3.Error as error:
        raise ArchiveError(f"{source} can't be copied: {error}.") from error


def _one_file(path: Path) -> None:
    """Fold the write-ahead log into the file, check it, and flush it to disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ArchiveError(f"SQLite reports that the copy is damaged: {found}.")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _check(path: Path, name: Path | None = None) -> None:
    """Refuse a file that isn't a Sitrep backup before any of its views or triggers can run."""
    name = name or path
    if not path.is_file():
        raise ArchiveError(f"There is no backup at {name}.")
    try:
        held, version = _schema_of(path)
    except sqlite3.Error as error:
        raise ArchiveError(f"{name} isn't a Sitrep backup ({error}).") from error
    if version is None:
        raise ArchiveError(f"{name} isn't a Sitrep backup: it has no schema version.")
    if version not in known_versions():
        raise SchemaError(f"A newer Sitrep wrote {name} (schema {version}); update this program.")
    if strange := _strange(held, schema_at(version)):
        raise ArchiveError(
            f"{name} isn't a Sitrep backup: {strange}, and only what Sitrep itself made can be "
            "restored."
        )


def _refuse_unrestorable(database: Path, copy: Path) -> None:
    """Refuse to write a backup that could not be restored later."""
    held, version = _schema_of(copy)
    if version is None or version not in known_versions():
        return
    if strange := _strange(held, schema_at(version)):
        raise ArchiveError(
            f"{database} can't be backed up: {strange}, and only what Sitrep itself made can be "
            "restored; drop it first."
        )


def _schema_of(path: Path) -> tuple[dict[tuple[str, str], str], str | None]:
    """The SQL definitions in a SQLite file by kind and name, and its schema version, if any."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as one:
        one.execute("PRAGMA trusted_schema = OFF")
        rows = one.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        held = {(kind, name): sql or "" for kind, name, sql in rows}
        if _plain(held.get(_VERSION, "")) != _plain(schema_at(HEAD)[_VERSION]):
            return held, None
        versions = one.execute("SELECT version_num FROM alembic_version LIMIT 2").fetchall()
    return held, str(versions[0][0]) if len(versions) == 1 else None


def _strange(held: dict[tuple[str, str], str], ours: Mapping[tuple[str, str], str]) -> str | None:
    """The first difference between a schema and ours, as the end of a sentence."""
    for (kind, name), sql in sorted(held.items()):
        if _is_sqlites(kind, name, sql):
            continue
        expected = ours.get((kind, name))
        if expected is None:
            return f"it contains the {kind} {name}"
        written, wanted = _plain(sql), _plain(expected)
        words = kind == "table" and _WORDS.fullmatch(written) and not _COMPUTES.search(written)
        if written != wanted and not words:
            return f"its {kind} {name} is defined differently"
    for kind, name in sorted(set(ours) - set(held), key=lambda one: (one[0] != "table", one)):
        return f"it lacks the {kind} {name}"
    return None


def _is_sqlites(kind: str, name: str, sql: str) -> bool:
    if kind == "index":
        return name.startswith("sqlite_autoindex_") and not sql
    written = _plain(sql)
    is_named = written.startswith(f"create table {name}(")
    return kind == "table" and is_named and _SQLITES.fullmatch(written) is not None


def _plain(sql: str) -> str:
    """SQL without quotation marks, case and superfluous spaces."""
    spaced = re.sub(r"\s+", " ", re.sub(r"[\"'`\[\]]", "", sql))
    return re.sub(r" ?([(),=<>]) ?", r"\1", spaced).strip().lower()


# Copying an archive from one database to another of either kind, entirely or not at all.
#
# Rows are copied table by table in one transaction from one consistent view; words are indexed
# again, since each kind of database stores them differently. Ids stay the same, so existing vectors
# remain valid.

_ROWS_AT_ONCE = 500
# Rebuilt (full text), or the migrations' own.
_NOT_COPIED = ("alembic_version", "passage_fts", "sqlite_")


async def copy_archive(source_url: str, target_url: str, also: MetaData) -> dict[str, int]:
    """Copy everything to an empty database; returns the number of rows by table.

    `also` has the tables that are not the archive's own.

    Raises:
        ArchiveError: the target isn't empty, is the source, or one of them failed; the target then
            has no rows.
    """
    if source_url == target_url:
        raise ArchiveError("That database is the one in use: choose another one to copy to.")
    source = await open_database(source_url)
    try:
        await _refuse_used_database(target_url)
        target = await open_database(target_url)
        try:
            return await _copy(source, target, _together(also))
        finally:
            await target.close()
    finally:
        await source.close()


async def _refuse_used_database(url: str) -> None:
    """Refuse a database with rows or foreign tables, before anything is migrated."""
    target = unmigrated(url)
    try:
        async with target.read() as connection:
            found = await connection.run_sync(_names)
            used = [name for name in found if await _count(connection, name)]
    except OSError as error:
        raise ArchiveError(f"The target database can't be reached ({error}).") from error
    finally:
        await target.close()
    if used:
        raise ArchiveError(
            f"The target database isn't empty (table {used[0]} has rows); choose an empty one."
        )


async def _copy(source: Database, target: Database, whole: MetaData) -> dict[str, int]:
    async with source.read() as reading, target.write() as writing:
        if source.dialect == "postgresql":
            await reading.execution_options(isolation_level="REPEATABLE READ")
        unknown = set(await reading.run_sync(_names)) - set(whole.tables)
        if unknown:
            raise ArchiveError(
                f"This Sitrep doesn't know the table {min(unknown)}, so it can't copy it."
            )
        counts: dict[str, int] = {}
        for table in whole.sorted_tables:
            await _copy_rows(reading, writing, table)
            counts[table.name] = await _count(writing, table.name)
            expected = await _count(reading, table.name)
            if counts[table.name] != expected:
                raise ArchiveError(
                    f"Only {counts[table.name]} of {expected} rows of {table.name} were copied, "
                    "so everything was rolled back."
                )
            await _go_on_counting(reading, writing, table)
        await _index_words(writing)
        return counts


async def _copy_rows(reading: AsyncConnection, writing: AsyncConnection, table: Table) -> None:
    rows = await reading.stream(select(table).order_by(*table.primary_key.columns))
    async for part in rows.partitions(_ROWS_AT_ONCE):
        await writing.execute(insert(table), [dict(row._mapping) for row in part])  # noqa: SLF001


async def _index_words(connection: AsyncConnection) -> None:
    """Index the words of every revision that has passages."""
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
    """Make new ids begin after the last one that was ever used."""
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
    """The highest id that a table has or, if the database remembers it, ever had."""
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
    """The archive's tables and those of `also`, which may refer to the archive's."""
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
