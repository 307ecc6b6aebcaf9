"""Maintenance of a whole archive: list, count, copy, back up, restore, compact.

None of it needs a model.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from retrieval.index.chroma import (
    IndexLock,
    active_collection,
    collection_names,
    connected,
    next_collection,
    use_collection,
)
from retrieval.storage.backup import bring_back, copy_archive, save
from retrieval.storage.compacting import Sizes, compact_chroma, compact_sql
from retrieval.storage.database import open_database
from retrieval.storage.listing import Catalogue

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from sqlalchemy import MetaData

    from retrieval.settings import LibrarySettings


@asynccontextmanager
async def open_catalogue(settings: LibrarySettings) -> AsyncIterator[Catalogue]:
    """The archive without its index and models, for commands that only list and count.

    Raises:
        ArchiveError: the database can't be opened.
    """
    database = await open_database(settings.sql_url)
    try:
        yield Catalogue(database)
    finally:
        await database.close()


async def migrate_to(settings: LibrarySettings, url: str, also: MetaData) -> dict[str, int]:
    """Copy the archive into the empty database at `url`; returns the number of rows by table.

    Raises:
        ArchiveError: the target isn't empty, or copying failed and was rolled back.
    """
    return await copy_archive(settings.sql_url, url, also)


async def backup(settings: LibrarySettings, path: Path, also: MetaData) -> None:
    """Write everything except the vectors to one new file; a bot may be running.

    Raises:
        ArchiveError: the file already exists or can't be written.
    """
    await save(settings.sql_url, path, also)


async def compact(settings: LibrarySettings, also: MetaData) -> tuple[Sizes, Sizes | None]:
    """Free the space of deleted rows in SQL and in an embedded Chroma (None if there is none).

    Raises:
        IndexBusyError: a bot or another command is using this data directory.
        ArchiveError: another program uses the database, or it failed; nothing is lost.
    """
    with IndexLock(settings):
        database = await open_database(settings.sql_url)
        try:
            sql = await compact_sql(database, settings.sql_url, also)
        finally:
            await database.close()
        if settings.chroma_url:
            return sql, None
        return sql, await compact_chroma(settings.data_dir / "chroma")


async def restore(settings: LibrarySettings, path: Path, also: MetaData) -> None:
    """Put a backup into an empty data directory, and an empty database if one is set.

    Its vectors will be made under a name that this Chroma never had: in existing collections the
    same revision ids may mean other texts.

    Raises:
        ArchiveError: the target isn't empty, or this isn't a backup; nothing was changed.
    """
    names = set[str]()
    if settings.chroma_url:
        with connected(settings.chroma_url, settings.data_dir / "chroma") as client:
            names = await collection_names(client)
    await bring_back(path, settings.sql_url, settings.data_dir, also)
    database = await open_database(settings.sql_url)
    try:
        name = next_collection(await active_collection(database))
        while name in names:
            name = next_collection(name)
        await use_collection(database, name, indexed=())
    finally:
        await database.close()
