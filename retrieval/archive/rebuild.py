"""The vector index made anew beside the one in use, and swapped for it when it is complete."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from retrieval.archive import tables
from retrieval.archive.articles import replace_passages
from retrieval.archive.chroma import collection_stamp, drop_collection
from retrieval.archive.in_use import active_collection, next_collection, use_collection
from retrieval.archive.indexer import embed_revisions
from retrieval.archive.reading import embedded_ordinals
from retrieval.archive.tables import LIVING
from retrieval.archive.vectors import Vectors

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from chromadb.api.client import Client
    from langchain_core.embeddings import Embeddings
    from sqlalchemy import ColumnElement

    from retrieval.archive.chroma import Stamp
    from retrieval.archive.database import Database
    from retrieval.models import PassageDraft

# Revisions that are compared at once; their passages are some times as many.
_PAGE = 1_000


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
    checked = whole_revisions(database, vectors, LIVING)
    whole = frozenset([one async for page in checked for one, is_whole in page if is_whole])
    await vectors.delete([one async for one in orphans(database, vectors, LIVING)])
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
    before, first = 0, None
    async for page in whole_revisions(database, vectors, LIVING):
        first = next((one for one, is_whole in page if not is_whole), None)
        if first is not None:
            before += sum(one < first for one, _ in page)
            break
        before += len(page)
    if first is None:
        return 0
    async with database.read() as connection:
        query = select(func.count()).select_from(tables.revision).where(LIVING)
        total = (await connection.execute(query)).scalar_one()
    done = 0

    async def written(revisions: Sequence[int]) -> None:
        nonlocal done
        done += len(revisions)
        progress(before + done, max(total, before + done))

    which = LIVING & (tables.revision.c.id >= first)
    await embed_revisions(database, vectors, embeddings, which, written)
    return done


async def whole_revisions(
    database: Database, vectors: Vectors, which: ColumnElement[bool]
) -> AsyncIterator[list[tuple[int, bool]]]:
    """Revisions in the order of their ids, by pages: has each the vectors that it should?"""
    revision = tables.revision.c
    last = 0
    while True:
        query = select(revision.id).where(which, revision.id > last)
        async with database.read() as connection:
            rows = (await connection.execute(query.order_by(revision.id).limit(_PAGE))).all()
            if not rows:
                return
            embedded = await embedded_ordinals(connection, [row.id for row in rows])
        names = {one: [f"{one}:{at}" for at in ordinals] for one, ordinals in embedded.items()}
        held = await vectors.held([name for each in names.values() for name in each])
        yield [(one, held.issuperset(each)) for one, each in names.items()]
        last = rows[-1].id


async def orphans(
    database: Database, vectors: Vectors, which: ColumnElement[bool]
) -> AsyncIterator[str]:
    """The vectors that are of no passage of these revisions."""
    revision = tables.revision.c
    async for page in vectors.pages():
        places = [tuple(map(int, name.split(":"))) for name in page]
        sizes: dict[int, int] = {}
        ids = sorted({one for one, _ in places})
        async with database.read() as connection:
            for at in range(0, len(ids), _PAGE):
                query = select(revision.id, revision.passages)
                query = query.where(which, revision.id.in_(ids[at : at + _PAGE]))
                sizes |= {row.id: row.passages for row in await connection.execute(query)}
        for name, (one, ordinal) in zip(page, places, strict=True):
            if ordinal >= sizes.get(one, 0):
                yield name
