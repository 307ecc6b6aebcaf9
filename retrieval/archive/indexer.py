"""From SQL into the vectors: what is pending is embedded, what is stale is deleted.

Each step can be done again without harm (ids are deterministic, states only move forward), so a
crash at any point costs at most one batch of work.
"""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, select, update

from retrieval.archive import tables
from retrieval.archive.reading import passages_of
from retrieval.archive.tables import State
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from langchain_core.embeddings import Embeddings

    from retrieval.archive.database import Database
    from retrieval.archive.vectors import Vectors
    from retrieval.models import Article, Passage

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

        Raises:
            ArchiveError: SQL or Chroma failed; what was not done is still waiting.
            ModelError: the embedding model failed; likewise.
        """
        done = 0
        while batch := await self._delete_stale() or await self._embed_pending():
            done += batch
            progress(batch)
        return done

    async def _delete_stale(self) -> int:
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
        return len(stale)

    async def _embed_pending(self) -> int:
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(tables.revision.c.id, tables.revision.c.passages)
                .where(tables.revision.c.state == State.PENDING)
                .order_by(tables.revision.c.id)
                .limit(_REVISIONS_AT_ONCE)
            )
            revisions = _first_passages([(row.id, row.passages) for row in rows], BATCH_PASSAGES)
        await embed_revisions(self._database, self._vectors, self._embeddings, revisions)
        await self._advance(revisions, State.PENDING, State.INDEXED)
        return len(revisions)

    async def _advance(self, revisions: Sequence[int], old: State, new: State) -> None:
        """Only from `old`: a revision that was superseded meanwhile stays stale."""
        async with self._database.write() as connection:
            await connection.execute(
                update(tables.revision)
                .where(tables.revision.c.id.in_(revisions), tables.revision.c.state == old)
                .values(state=new)
            )


async def embed_revisions(
    database: Database, vectors: Vectors, embeddings: Embeddings, revisions: Sequence[int]
) -> None:
    """Embed the passages of these revisions and write them to `vectors`."""
    async with database.read() as connection:
        passages = await passages_of(connection, revisions)
    for at in range(0, len(passages), BATCH_PASSAGES):
        batch = passages[at : at + BATCH_PASSAGES]
        with ModelFailures("embedding"):
            made = await embeddings.aembed_documents([embedding_text(one) for one in batch])
        await vectors.upsert(
            [passage.id for passage in batch],
            np.asarray(made, dtype=np.float32),
            [_metadata(passage.article) for passage in batch],
        )


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
