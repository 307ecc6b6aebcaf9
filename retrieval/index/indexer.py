"""Updates the vectors from SQL: embeds pending revisions, deletes stale ones.

Each step is idempotent (ids are deterministic, states only move forward), so a crash at any point
costs at most two batches: the one being written, and the next one, which is being embedded.
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from retrieval.concurrency import OneBehind
from retrieval.index.chroma import (
    VectorIndex,
    active_collection,
    collection_in_use,
    collection_stamp,
    drop_collection,
    next_collection,
    use_collection,
)
from retrieval.llm.local import embed_bulk
from retrieval.llm.server import ModelFailures
from retrieval.storage import tables
from retrieval.storage.articles import replace_passages
from retrieval.storage.reading import embedded_ordinals, passages_of
from retrieval.storage.tables import LIVING, RevisionState
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from chromadb.api.client import Client
    from langchain_core.embeddings import Embeddings
    from sqlalchemy import ColumnElement

    from retrieval.index.chroma import Stamp
    from retrieval.llm.local import Matrix
    from retrieval.models import Article, Passage, PassageDraft
    from retrieval.storage.database import Database


# Passages embedded between two commits: enough to sort by length, few enough to lose.
BATCH_PASSAGES = 256
_REVISIONS_AT_ONCE = 64


class Indexer:
    """Updates the vectors from SQL. Only one at a time may work on an embedded Chroma."""

    def __init__(self, database: Database, vectors: VectorIndex, embeddings: Embeddings) -> None:
        self._database = database
        self._vectors = vectors
        self._embeddings = embeddings

    async def waiting(self) -> int:
        """The number of revisions that are to be embedded or deleted."""
        query = select(func.count()).where(
            tables.revision.c.state.in_([RevisionState.PENDING, RevisionState.STALE])
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def ids(self) -> set[str]:
        """The ids of the passages with vectors, as `revision:ordinal`."""
        return await self._vectors.ids()

    async def work(self, progress: Callable[[int], None] = lambda _done: None) -> int:
        """Work until nothing is waiting; returns, and passes to `progress`, the revisions done.

        No work goes on after it returns or is cancelled.

        Raises:
            ArchiveError: SQL or Chroma failed; the rest is still waiting.
            ModelError: the embedding model failed; likewise.
        """
        done = 0

        def report(batch: int) -> None:
            nonlocal done
            done += batch
            progress(batch)

        await self._vectors.follow()
        # A batch of stale and all pending ones; new ones are handled in the next round.
        while await self._delete_stale(report) or await self._embed_pending(report):
            pass
        return done

    async def _delete_stale(self, report: Callable[[int], None]) -> bool:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(tables.revision.c.id, tables.revision.c.passages)
                .where(tables.revision.c.state == RevisionState.STALE)
                .limit(_REVISIONS_AT_ONCE)
            )
            stale = [(row.id, row.passages) for row in rows]
        if stale:
            await self._vectors.delete(
                [f"{revision}:{ordinal}" for revision, count in stale for ordinal in range(count)]
            )
            await self._advance(
                [revision for revision, _ in stale], RevisionState.STALE, RevisionState.GONE
            )
            report(len(stale))
        return bool(stale)

    async def _embed_pending(self, report: Callable[[int], None]) -> bool:
        found = False

        async def written(revisions: Sequence[int]) -> None:
            nonlocal found
            found = True
            # Only after the vectors were written.
            await self._advance(revisions, RevisionState.PENDING, RevisionState.INDEXED)
            report(len(revisions))

        pending = tables.revision.c.state == RevisionState.PENDING
        await embed_revisions(self._database, self._vectors, self._embeddings, pending, written)
        return found

    async def _advance(
        self, revisions: Sequence[int], old: RevisionState, new: RevisionState
    ) -> None:
        """Move revisions from state `old` to `new`; those superseded meanwhile stay stale.

        Nothing is changed if a reindex has swapped the collection since: the revisions keep
        waiting, and are done again in the new one.
        """
        async with self._database.write() as connection:
            swapped = await collection_in_use(connection) != self._vectors.name
            if not swapped:
                await connection.execute(
                    update(tables.revision)
                    .where(tables.revision.c.id.in_(revisions), tables.revision.c.state == old)
                    .values(state=new)
                )
        if swapped:
            await self._vectors.follow()
        self._vectors.changes += 1


async def embed_revisions(
    database: Database,
    vectors: VectorIndex,
    embeddings: Embeddings,
    which: ColumnElement[bool],
    written: Callable[[Sequence[int]], Awaitable[None]],
) -> None:
    """Embed the revisions that meet `which`, in the order of their ids, into `vectors`.

    While one batch is written, the next is read and embedded, but no more. `written` is awaited
    with the revisions of each batch after their vectors were written.
    """

    async def write(revisions: Sequence[int], passages: Sequence[Passage], made: Matrix) -> None:
        with span("index", revisions=len(revisions), passages=len(passages)):
            if passages:
                await vectors.upsert(
                    [passage.id for passage in passages],
                    made,
                    [_metadata(passage.article) for passage in passages],
                )
            await written(revisions)

    last = 0
    async with OneBehind() as behind:
        while True:
            async with database.read() as connection:
                rows = await connection.execute(
                    select(tables.revision.c.id, tables.revision.c.passages)
                    .where(which, tables.revision.c.id > last)
                    .order_by(tables.revision.c.id)
                    .limit(_REVISIONS_AT_ONCE)
                )
                sizes = [(row.id, row.passages) for row in rows]
                revisions = _first_passages(sizes, BATCH_PASSAGES)
                wanted = await embedded_ordinals(connection, revisions)
                passages = [
                    one
                    for one in await passages_of(connection, revisions)
                    if one.ordinal in wanted[one.article.revision_id]
                ]
            if not revisions:
                return
            with span("embed", passages=len(passages)), ModelFailures("embedding"):
                made = await embed_bulk(embeddings, [embedding_text(one) for one in passages])
            await behind.start(partial(write, revisions, passages, made))
            last = revisions[-1]


def embedding_text(passage: Passage) -> str:
    """The text that is embedded for a passage: its article's data, then its sentences."""
    article = passage.article
    date = f", {article.published.at.astimezone(UTC):%d %B %Y}" if article.published else ""
    return f"{article.title} ({article.outlet}{date})\n{passage.text}"


def _first_passages(revisions: Sequence[tuple[int, int]], most: int) -> list[int]:
    """The first revisions that together have at most `most` passages, but at least one."""
    taken: list[int] = []
    total = 0
    for revision, count in revisions:
        total += count
        if taken and total > most:
            break
        taken.append(revision)
    return taken


def _metadata(article: Article) -> dict[str, str | int | float | bool]:
    """Metadata for filtering in Chroma; unknown values are left out."""
    known: dict[str, str | int | float | bool] = {
        "article": article.id,
        "outlet": article.outlet,
    }
    if article.published:
        known["published"] = int(article.published.at.timestamp())
    if article.language:
        known["language"] = article.language
    return known


# Revisions that are compared at once; they have several times as many passages.
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

    Searches use the old one until the swap. An interrupted run is continued by the next one with
    the same stamp. Returns the number of revisions in the new collection.

    Raises:
        ArchiveError, ModelError: it failed; the old index is still in use.
    """
    old = await active_collection(database)
    await use_collection(database, old)  # creates the row that is locked for the swap
    new = next_collection(old)
    begun = await collection_stamp(client, new)
    if begun is not None and begun != stamp:
        await drop_collection(client, new)
        begun = None
    made = await collection_stamp(client, old)
    if begun is None and made is not None and made.splitter != stamp.splitter:
        await split_everything(database, split)
    vectors = await VectorIndex.open(client, new, stamp, dimension)
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
    """Split every current revision again."""
    async with database.read() as connection:
        query = select(tables.revision.c.id).where(LIVING).order_by(tables.revision.c.id)
        revisions = (await connection.execute(query)).scalars().all()
    for revision_id in revisions:
        await replace_passages(database, revision_id, split)


async def embed_everything(
    database: Database,
    vectors: VectorIndex,
    embeddings: Embeddings,
    progress: Callable[[int, int], None],
) -> int:
    """Embed every current revision into `vectors`, without changing states; returns how many.

    It begins at the first incomplete one. Revisions stored meanwhile have higher ids, so they are
    embedded, too, or stay pending.
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
    database: Database, vectors: VectorIndex, which: ColumnElement[bool]
) -> AsyncIterator[list[tuple[int, bool]]]:
    """Pages of (revision id, whether all of its vectors are there), in the order of ids."""
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
    database: Database, vectors: VectorIndex, which: ColumnElement[bool]
) -> AsyncIterator[str]:
    """The ids of vectors that don't belong to a passage of these revisions."""
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
