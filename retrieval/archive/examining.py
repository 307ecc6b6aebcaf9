"""An archive looked at as it is: nothing is made, migrated or written."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from retrieval.archive import tables
from retrieval.archive.chroma import collection_stamp, connected
from retrieval.archive.copies import uncompared
from retrieval.archive.database import HEAD, known_versions, parsed_url, schema_version, unmigrated
from retrieval.archive.in_use import active_collection
from retrieval.archive.rebuild import orphans, whole_revisions
from retrieval.archive.tables import LIVING, State
from retrieval.archive.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Executable

    from retrieval.archive.chroma import Stamp
    from retrieval.archive.database import Database


@dataclass(frozen=True, slots=True)
class SqlState:
    """What SQL says of itself. `version` is None in an empty database."""

    version: str | None
    is_newer: bool
    is_older: bool
    damage: str = ""
    articles: int = 0
    passages: int = 0
    worded: int = 0
    waiting: int = 0
    uncompared: int = 0
    # How many articles are in a language; None is unknown.
    languages: Mapping[str | None, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class IndexState:
    """The vectors against SQL. `made_with` is None where there is no collection."""

    name: str
    made_with: Stamp | None
    lacking: int = 0
    orphans: int = 0


async def examine_sql(url: str) -> SqlState | None:
    """The state of the database; None where there is no file yet.

    Raises:
        ArchiveError: it can't be reached or read.
    """
    parsed = parsed_url(url)
    if parsed.get_backend_name() == "sqlite" and not _exists(parsed.database):
        return None
    database = unmigrated(url)
    try:
        version = await schema_version(database)
        is_newer = version is not None and version not in known_versions()
        if version != HEAD:
            return SqlState(version, is_newer, version is not None and not is_newer)
        return await _counts(database, version)
    finally:
        await database.close()


async def examine_index(url: str, chroma_url: str, folder: Path) -> IndexState:
    """The collection in use against SQL, both ways; call it on a schema that is up to date.

    Raises:
        ArchiveError: SQL or Chroma can't be reached or read.
    """
    database, revision = unmigrated(url), tables.revision.c
    try:
        name = await active_collection(database)
        if not chroma_url and not _exists(str(folder)):
            return IndexState(name, None)
        with connected(chroma_url, folder) as client:
            stamp = await collection_stamp(client, name)
            if stamp is None:
                return IndexState(name, None)
            vectors = await Vectors.open(client, name, stamp, _no_dimension)
            lacking = orphaned = 0
            async for page in whole_revisions(database, vectors, revision.state == State.INDEXED):
                lacking += sum(not is_whole for _, is_whole in page)
            # what is stale leaves the vectors soon
            known = LIVING | (revision.state == State.STALE)
            async for _ in orphans(database, vectors, known):
                orphaned += 1
        return IndexState(name, stamp, lacking, orphaned)
    finally:
        await database.close()


async def _counts(database: Database, version: str) -> SqlState:
    words = "passage_fts_docsize" if database.dialect == "sqlite" else "passage_fts"
    waiting = tables.revision.c.state.in_([State.PENDING, State.STALE])
    async with database.read() as connection:
        damage = ""
        if database.dialect == "sqlite":
            try:
                found = str((await connection.execute(text("PRAGMA quick_check(1)"))).scalar())
            except DBAPIError as error:
                if not isinstance(error.orig, sqlite3.DatabaseError):
                    raise
                found = str(error.orig)
            damage = "" if found == "ok" else found
        living = tables.article.c.removed_at.is_(None)
        queries: dict[str, Executable] = {
            "articles": select(func.count()).select_from(tables.article).where(living),
            "passages": select(func.count()).select_from(tables.passage),
            "waiting": select(func.count()).select_from(tables.revision).where(waiting),
            "uncompared": select(func.count()).select_from(tables.article).where(uncompared()),
            "worded": text(f"SELECT count(*) FROM {words}"),  # noqa: S608  a constant of ours
        }
        counts = {
            name: int((await connection.execute(query)).scalar() or 0)
            for name, query in queries.items()
        }
        spoken = (
            select(tables.revision.c.language, func.count())
            .join(tables.article, tables.article.c.current_revision_id == tables.revision.c.id)
            .where(living)
            .group_by(tables.revision.c.language)
        )
        languages = {row[0]: int(row[1]) for row in await connection.execute(spoken)}
    return SqlState(
        version, is_newer=False, is_older=False, damage=damage, languages=languages, **counts
    )


async def _no_dimension() -> int:
    msg = "the collection is there"
    raise AssertionError(msg)


def _exists(path: str | None) -> bool:
    return bool(path) and Path(path or "").exists()
