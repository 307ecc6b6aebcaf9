"""The vector index made anew beside the one in use, and swapped for it when it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive import tables
from retrieval.archive.articles import replace_passages
from retrieval.archive.chroma import collection_stamp, drop_collection
from retrieval.archive.in_use import active_collection, next_collection, use_collection
from retrieval.archive.indexer import embed_revisions
from retrieval.archive.tables import LIVING
from retrieval.archive.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from chromadb.api.client import Client
    from langchain_core.embeddings import Embeddings

    from retrieval.archive.chroma import Stamp
    from retrieval.archive.database import Database
    from retrieval.models import PassageDraft


async def rebuild(  # noqa: PLR0913, PLR0917  what it is made of
    database: Database,
    client: Client,
    stamp: Stamp,
    dimension: Callable[[], Awaitable[int]],
    embeddings: Embeddings,
    split: Callable[[str], Sequence[PassageDraft]],
    progress: Callable[[int, int], None],
) -> int:
    """Embed every living revision into a new collection, swap, and drop the old one.

    Searches use the old one until the swap. A run that was interrupted is continued by the next,
    if that has the same stamp. Returns how many revisions are in the new collection.

    Raises:
        ArchiveError, ModelError: it failed; the old index is still in use.
    """
    old = await active_collection(database)
    await use_collection(database, old)  # a row to lock while they are swapped
    new = next_collection(old)
    begun = await collection_stamp(client, new)
    if begun is not None and begun != stamp:
        await drop_collection(client, new)
        begun = None
    made = await collection_stamp(client, old)
    if begun is None and made is not None and made.splitter != stamp.splitter:
        await split_everything(database, split)
    vectors = await Vectors.open(client, new, stamp, dimension)
    await embed_everything(database, vectors, embeddings, progress)
    whole, orphans = await compared(database, await vectors.ids())
    await vectors.delete(orphans)
    await use_collection(database, new, whole)
    await drop_collection(client, old)
    return len(whole)


async def split_everything(
    database: Database, split: Callable[[str], Sequence[PassageDraft]]
) -> None:
    """Cut every living revision anew."""
    async with database.read() as connection:
        query = select(tables.revision.c.id).where(LIVING).order_by(tables.revision.c.id)
        revisions = (await connection.execute(query)).scalars().all()
    for revision_id in revisions:
        await replace_passages(database, revision_id, split)


async def embed_everything(
    database: Database,
    vectors: Vectors,
    embeddings: Embeddings,
    progress: Callable[[int, int], None],
) -> int:
    """Embed every living revision into `vectors`, leaving their states alone; returns how many.

    It begins at the first that is not whole there. What is stored meanwhile has a higher id, so it
    is met too, or stays pending.
    """
    sizes = await _living(database)
    there = whole_revisions(sizes, await vectors.ids())
    first = next((one for one in sizes if one not in there), None)
    if first is None:
        return 0
    before = sum(one < first for one in sizes)
    done = 0

    async def written(revisions: Sequence[int]) -> None:
        nonlocal done
        done += len(revisions)
        progress(before + done, max(len(sizes), before + done))

    which = LIVING & (tables.revision.c.id >= first)
    await embed_revisions(database, vectors, embeddings, which, written)
    return done


async def compared(database: Database, ids: set[str]) -> tuple[frozenset[int], list[str]]:
    """Of the living revisions those that are whole among `ids`, and the ids that SQL lacks."""
    sizes = await _living(database)
    orphans = [one for one in ids if not _known(one, sizes)]
    return whole_revisions(sizes, ids), orphans


def whole_revisions(sizes: dict[int, int], ids: set[str]) -> frozenset[int]:
    """The revisions, given with their number of passages, of which no passage lacks in `ids`."""
    return frozenset(
        revision
        for revision, size in sizes.items()
        if all(f"{revision}:{ordinal}" in ids for ordinal in range(size))
    )


def _known(passage: str, sizes: dict[int, int]) -> bool:
    revision, _, ordinal = passage.partition(":")
    return int(ordinal) < sizes.get(int(revision), 0)


async def _living(database: Database) -> dict[int, int]:
    """Every living revision with its number of passages, in the order of ids."""
    revision = tables.revision.c
    query = select(revision.id, revision.passages).where(LIVING).order_by(revision.id)
    async with database.read() as connection:
        return {row.id: row.passages for row in await connection.execute(query)}
