"""From SQL into the vectors: what is pending is embedded, what is stale is deleted.

Each step can be done again without harm (ids are deterministic, states only move forward), so a
crash at any point costs at most two batches of work: the one being written, and the next, which is
embedded meanwhile.
"""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import func, select, update

from retrieval.archive import tables
from retrieval.archive.behind import OneBehind
from retrieval.archive.in_use import collection_in_use
from retrieval.archive.reading import embedded_ordinals, passages_of
from retrieval.archive.tables import State
from retrieval.providers.bulk import embed_bulk
from retrieval.providers.failures import ModelFailures
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from langchain_core.embeddings import Embeddings
    from sqlalchemy import ColumnElement

    from retrieval.archive.database import Database
    from retrieval.archive.vectors import Vectors
    from retrieval.models import Article, Passage
    from retrieval.providers.local import Matrix

# Passages embedded between two commits: enough to sort by length, little to lose.
BATCH_PASSAGES = 256
_REVISIONS_AT_ONCE = 64


class Indexer:
    """Brings the vectors in line with SQL. One at a time may work on an embedded Chroma."""

    def __init__(self, database: Database, vectors: Vectors, embeddings: Embeddings) -> None:
        self._database = database
        self._vectors = vectors
        self._embeddings = embeddings

    async def waiting(self) -> int:
        """How many revisions are still to be embedded or deleted."""
        query = select(func.count()).where(
            tables.revision.c.state.in_([State.PENDING, State.STALE])
        )
        async with self._database.read() as connection:
            return int((await connection.execute(query)).scalar_one())

    async def ids(self) -> set[str]:
        """The passages whose vectors are there, as `revision:ordinal`."""
        return await self._vectors.ids()

    async def work(self, progress: Callable[[int], None] = lambda _done: None) -> int:
        """Work until nothing waits; returns, and tells `progress`, how many revisions were done.

        Nothing of it goes on after it has ended, also when it was cancelled.

        Raises:
            ArchiveError: SQL or Chroma failed; what was not done is still waiting.
            ModelError: the embedding model failed; likewise.
        """
        done = 0

        def report(batch: int) -> None:
            nonlocal done
            done += batch
            progress(batch)

        await self._vectors.follow()
        # A batch, and all the pending ones: anything that comes meanwhile is met on the next round.
        while await self._delete_stale(report) or await self._embed_pending(report):
            pass
        return done

    async def _delete_stale(self, report: Callable[[int], None]) -> bool:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(tables.revision.c.id, tables.revision.c.passages)
                .where(tables.revision.c.state == State.STALE)
                .limit(_REVISIONS_AT_ONCE)
            )
            stale = [(row.id, row.passages) for row in rows]
        if stale:
            await self._vectors.delete(
                [f"{revision}:{ordinal}" for revision, count in stale for ordinal in range(count)]
            )
            await self._advance([revision for revision, _ in stale], State.STALE, State.GONE)
            report(len(stale))
        return bool(stale)

    async def _embed_pending(self, report: Callable[[int], None]) -> bool:
        found = False

        async def written(revisions: Sequence[int]) -> None:
            nonlocal found
            found = True
            # Only now that the vectors are there.
            await self._advance(revisions, State.PENDING, State.INDEXED)
            report(len(revisions))

        pending = tables.revision.c.state == State.PENDING
        await embed_revisions(self._database, self._vectors, self._embeddings, pending, written)
        return found

    async def _advance(self, revisions: Sequence[int], old: State, new: State) -> None:
        """Only from `old`: a revision that was superseded meanwhile stays stale.

        And only if the vectors went into the collection that is in use: where a reindex has swapped
        it since, the revisions keep waiting, and are done again in the new one.
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
    vectors: Vectors,
    embeddings: Embeddings,
    which: ColumnElement[bool],
    written: Callable[[Sequence[int]], Awaitable[None]],
) -> None:
    """Embed the revisions for which `which` holds, in the order of their ids, into `vectors`.

    While one batch is written, the next is read and embedded; never more than that. `written` is
    told the revisions of each batch when their vectors are there, and may take its time.
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
    """What is embedded for a passage: where it stands, then what it says."""
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
    """For filtering inside Chroma; what is unknown is left out."""
    known: dict[str, str | int | float | bool] = {
        "article": article.id,
        "outlet": article.outlet,
    }
    if article.published:
        known["published"] = int(article.published.at.timestamp())
    if article.language:
        known["language"] = article.language
    return known
