"""A backup: one SQLite file with everything that SQL holds, taken while others write.

What only indexes hold is not in it. Words go with the file where it was SQLite's already; vectors
are made again from the texts.
"""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.archive.copying import copy_archive
from retrieval.archive.database import (
    HEAD,
    known_versions,
    open_database,
    parsed_url,
    schema_at,
)
from retrieval.errors import ArchiveError, SchemaError

if TYPE_CHECKING:
    from sqlalchemy import MetaData

# SQLite's own.
_SQLITES = re.compile(r"create table sqlite_(?:sequence|stat1|stat4)\([\w,]*\)")
_VERSION = ("table", "alembic_version")
# What FTS5 keeps beside its table: how it writes that is its business, but it computes nothing.
_WORDS = re.compile(r"create table passage_fts_(?:data|idx|content|docsize|config)\b[\w ,()]*")
_COMPUTES = re.compile(r"\b(?:as|check|default|generated|references|select)\b")


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


async def save(sql_url: str, path: Path, also: MetaData) -> None:
    """Write a backup to `path`, which appears only when it is whole.

    Raises:
        ArchiveError: there is such a file already, there is no archive, or one of them failed.
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
    """Put a backup where there is nothing yet; the schema is brought up to date.

    Raises:
        ArchiveError: it is no backup of ours, or there is something already.
        SchemaError: a newer Sitrep wrote it; nothing was touched.
    """
    await asyncio.to_thread(_check, path)
    target = _sqlite_file(sql_url)
    await asyncio.to_thread(_refuse_used, folder, target)
    part = folder / "restoring.db"
    try:
        await asyncio.to_thread(_copy_file, path, part)
        await asyncio.to_thread(_check, part, path)  # what was looked at may have been another
        # the backup stays as it is: only its copy is brought up to date
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
        raise ArchiveError(f"{path} is there already; name a file that is not.")
    if not path.absolute().parent.is_dir():
        raise ArchiveError(f"There is no folder {path.parent} to write the backup to.")


def _refuse_used(folder: Path, target: Path | None) -> None:
    """Makes the folder, too."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        used = any(folder.iterdir())
    except OSError as error:
        raise ArchiveError(f"DATA_DIR {folder} can't be used ({error.strerror}).") from error
    if used:
        raise ArchiveError(f"The data directory {folder} is not empty; set DATA_DIR to a new one.")
    if target is not None and target.exists():
        raise ArchiveError(f"{target} is there already; a backup goes where there is nothing yet.")


def _remove(database: Path) -> None:
    for one in (database, Path(f"{database}-wal"), Path(f"{database}-shm")):
        one.unlink(missing_ok=True)


def _sqlite_file(sql_url: str) -> Path | None:
    url = parsed_url(sql_url)
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


def _copy_file(source: Path, target: Path) -> None:
    """SQLite's own backup: one consistent view, in one step, and nobody who writes has to wait."""
    if not source.is_file():
        raise ArchiveError(f"There is no archive at {source}; see DATA_DIR and DATABASE_URL.")
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
    """Nothing of it left in a write-ahead log, checked, and on the disk."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        [found] = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise ArchiveError(f"SQLite finds the copy damaged: {found}.")
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _check(path: Path, name: Path | None = None) -> None:
    """Refuse what is no backup of ours, before anything that it defines is run: views, triggers."""
    name = name or path
    if not path.is_file():
        raise ArchiveError(f"There is no backup at {name}.")
    try:
        held, version = _schema_of(path)
    except sqlite3.Error as error:
        raise ArchiveError(f"{name} is no backup of Sitrep's ({error}).") from error
    if version is None:
        raise ArchiveError(f"{name} is no backup of Sitrep's: it does not say its version.")
    if version not in known_versions():
        raise SchemaError(f"A newer Sitrep wrote {name} (schema {version}); update this program.")
    if strange := _strange(held, schema_at(version)):
        raise ArchiveError(
            f"{name} is no backup of Sitrep's: {strange}, and only what Sitrep itself made is "
            "restored."
        )


def _refuse_unrestorable(database: Path, copy: Path) -> None:
    """While there is time: what is in the way would be found when the backup is needed."""
    held, version = _schema_of(copy)
    if version is None or version not in known_versions():
        return
    if strange := _strange(held, schema_at(version)):
        raise ArchiveError(
            f"{database} can't be backed up: {strange}, and only what Sitrep itself made can be "
            "restored; drop it first."
        )


def _schema_of(path: Path) -> tuple[dict[tuple[str, str], str], str | None]:
    """What a SQLite file defines, by kind and name, and its version, if it has one as ours do."""
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as one:
        one.execute("PRAGMA trusted_schema = OFF")
        rows = one.execute("SELECT type, name, sql FROM sqlite_master").fetchall()
        held = {(kind, name): sql or "" for kind, name, sql in rows}
        if _plain(held.get(_VERSION, "")) != _plain(schema_at(HEAD)[_VERSION]):
            return held, None
        versions = one.execute("SELECT version_num FROM alembic_version LIMIT 2").fetchall()
    return held, str(versions[0][0]) if len(versions) == 1 else None


def _strange(held: dict[tuple[str, str], str], ours: dict[tuple[str, str], str]) -> str | None:
    """The first thing in which a schema differs from ours, as the end of a sentence."""
    for (kind, name), sql in sorted(held.items()):
        if _is_sqlites(kind, name, sql):
            continue
        expected = ours.get((kind, name))
        if expected is None:
            return f"it holds the {kind} {name}"
        written, wanted = _plain(sql), _plain(expected)
        words = kind == "table" and _WORDS.fullmatch(written) and not _COMPUTES.search(written)
        if written != wanted and not words:
            return f"its {kind} {name} is not defined as ours"
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
    """SQL without what is only a way to write it."""
    spaced = re.sub(r"\s+", " ", re.sub(r"[\"'`\[\]]", "", sql))
    return re.sub(r" ?([(),=<>]) ?", r"\1", spaced).strip().lower()
