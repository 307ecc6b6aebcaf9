"""Drafts, and an archive on real SQLite and Chroma with bag-of-words embeddings."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrieval.archive import Archive
from retrieval.index.chroma import Stamp, VectorIndex, connected
from retrieval.index.indexer import Indexer
from retrieval.models import Added, ArticleDraft, Precision, Published
from retrieval.storage.database import Database, open_database
from retrieval.text.sentences import SPLITTER_VERSION, split
from tests.support.fakes import BagOfWordsEmbeddings
from tests.support.model import local_model

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    import numpy as np
    import numpy.typing as npt

    from retrieval.llm.local import TokenEmbeddings, TokenVectors
    from retrieval.models import Duplicate, PassageDraft, Revised

STAMP = Stamp("bag-of-words", SPLITTER_VERSION)


def draft(
    text: str,
    title: str = "A title",
    outlet: str = "Meridian Wire",
    url: str | None = None,
    day: str | None = "2024-11-12",
) -> ArticleDraft:
    published = None
    if day is not None:
        published = Published(datetime.fromisoformat(day).replace(tzinfo=UTC), Precision.DAY)
    return ArticleDraft(
        title=title, text=text, outlet=outlet, url=url, published=published, language="en"
    )


def cut(text: str) -> tuple[PassageDraft, ...]:
    return split(text)


@dataclass(frozen=True, slots=True)
class Opened:
    """An archive with its parts, for tests that look inside."""

    archive: Archive
    database: Database
    vectors: VectorIndex
    indexer: Indexer
    embeddings: BagOfWordsEmbeddings

    @property
    def reading(self) -> TokenEmbeddings:
        """The real local model, loaded once a run."""
        return local_tokens()

    async def store(self, one: ArticleDraft) -> Added | Revised | Duplicate:
        return await self.archive.articles.store(one, cut(one.text), added_by="test")


@asynccontextmanager
async def opened_archive(
    folder: Path, *, sql_url: str | None = None, stamp: Stamp = STAMP
) -> AsyncIterator[Opened]:
    embeddings = BagOfWordsEmbeddings()
    database = await open_database(sql_url or f"sqlite+aiosqlite:///{folder / 'sitrep.db'}")
    try:
        with connected("", folder / "chroma") as client:
            vectors = await VectorIndex.open(client, "passages-1", stamp, _dimension)
            indexer = Indexer(database, vectors, embeddings)
            yield Opened(Archive(database, vectors), database, vectors, indexer, embeddings)
    finally:
        await database.close()


async def _dimension() -> int:
    return BagOfWordsEmbeddings().dimensions


def local_tokens() -> TokenEmbeddings:
    """The real local model, loaded once a run."""
    return _LocalTokens()


class _LocalTokens:
    """The local model on the caller's thread; it needs no closing."""

    async def aembed_tokens(self, texts: Sequence[str]) -> list[TokenVectors]:
        encoder = local_model()
        return encoder.run_tokens(encoder.tokens(texts, question=False))

    async def ascore_pairs(
        self, question: str, sentences: Sequence[tuple[str, str]]
    ) -> npt.NDArray[np.float32]:
        encoder = local_model()
        return encoder.run_pairs(encoder.pairs([(question, *one) for one in sentences]))
