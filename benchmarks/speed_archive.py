"""A made-up archive written straight into SQL and Chroma, for `search_speed`; no model is run."""

from __future__ import annotations

import hashlib
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings
from sqlalchemy import insert, text

from benchmarks.synthetic import DIMENSION, OUTLETS, PASSAGES_PER_ARTICLE, Corpus, Texts
from retrieval.archive import Archive
from retrieval.index.chroma import Stamp, VectorIndex, connected
from retrieval.search import Searcher
from retrieval.storage import tables
from retrieval.storage.database import Database, open_database
from retrieval.storage.tables import RevisionState

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path
    from typing import Any

    import numpy as np
    import numpy.typing as npt

STAMP = Stamp("synthetic", "synthetic")
_STEP = 5_000


class Known(Embeddings):
    """Vectors of known questions: what is measured is the search without the embedding."""

    def __init__(self, vectors: Mapping[str, npt.NDArray[np.float32]]) -> None:
        self._vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """As `embed_query`."""
        return [self.embed_query(one) for one in texts]

    def embed_query(self, text: str) -> list[float]:
        """The vector of a known question."""
        return self._vectors[text].tolist()  # type: ignore[no-any-return]

    async def aembed_query(self, text: str) -> list[float]:
        """The same, on the event loop: it takes no time."""
        return self.embed_query(text)


@dataclass(frozen=True, slots=True)
class Opened:
    """The archive with its parts."""

    archive: Archive
    vectors: VectorIndex
    database: Database

    def searcher(self, embeddings: Embeddings) -> Searcher:
        """Our whole search."""
        return Searcher(self.archive, embeddings)


@asynccontextmanager
async def opened(folder: Path, stamp: Stamp = STAMP) -> AsyncIterator[Opened]:
    """The archive in a folder, as the library would open it."""
    database = await open_database(f"sqlite+aiosqlite:///{folder / 'sitrep.db'}")
    try:
        with connected("", folder / "chroma") as client:
            vectors = await VectorIndex.open(client, "passages-1", stamp, _dimension)
            yield Opened(Archive(database, vectors, folder / "vectors"), vectors, database)
    finally:
        await database.close()


async def build(folder: Path, corpus: Corpus, stamp: Stamp = STAMP) -> dict[str, float]:
    """Write the archive; returns the seconds that each part took."""
    spent: dict[str, float] = {}
    async with opened(folder, stamp) as parts:
        start = perf_counter()
        await _write_sql(parts.database, corpus)
        spent["SQL and full text"] = perf_counter() - start
        start = perf_counter()
        await _write_vectors(parts.vectors, corpus)
        spent["Chroma"] = perf_counter() - start
        start = perf_counter()
        await parts.archive.vectors.prepare()
        spent["filter block"] = perf_counter() - start
    return spent


def passage_texts(corpus: Corpus, texts: Texts) -> list[str]:
    """The text of each passage, in the order of the vectors."""
    return [texts.sentence(number) for number in range(len(corpus.vectors))]


async def _write_sql(database: Database, corpus: Corpus) -> None:
    texts = Texts()
    async with database.write() as connection:
        for first in range(0, corpus.articles, _STEP):
            numbers = range(first, min(first + _STEP, corpus.articles))
            rows = [_rows(corpus, texts, number) for number in numbers]
            await connection.execute(insert(tables.article), [row[0] for row in rows])
            await connection.execute(insert(tables.revision), [row[1] for row in rows])
            await connection.execute(
                insert(tables.passage), [one for row in rows for one in row[2]]
            )
        await connection.execute(text("INSERT INTO passage_fts (passage_fts) VALUES ('rebuild')"))


def _rows(
    corpus: Corpus, texts: Texts, number: int
) -> tuple[dict[str, Any], dict[str, Any], list[dict[str, Any]]]:
    """What SQL holds of article `number`: its row, its revision's, its passages'."""
    first = number * PASSAGES_PER_ARTICLE
    sentences = [texts.sentence(first + at) for at in range(PASSAGES_PER_ARTICLE)]
    published = corpus.published(number)
    article = {
        "id": number + 1,
        "url": f"https://example.com/{number}",
        "outlet": OUTLETS[corpus.outlets[number]],
        "content_hash": hashlib.sha256(str(number).encode()).hexdigest(),
        "current_revision_id": number + 1,
        "compared_revision_id": number + 1,  # no work is left for the background
        "added_at": published,
        "added_by": "bench",
    }
    revision = {
        "id": number + 1,
        "article_id": number + 1,
        "number": 1,
        "title": texts.sentence(-number - 1, words=8),
        "text": "\n\n".join(sentences),
        "language": "en",
        "published_at": published,
        "published_precision": "minute",
        "stored_at": published,
        "passages": PASSAGES_PER_ARTICLE,
        "state": RevisionState.INDEXED,
    }
    passages = []
    start = 0
    for ordinal, sentence in enumerate(sentences):
        end = start + len(sentence)
        passages.append(
            {
                "revision_id": number + 1,
                "ordinal": ordinal,
                "start": start,
                "end": end,
                "sentences": [start, end],
            }
        )
        start = end + 2
    return article, revision, passages


async def _write_vectors(vectors: VectorIndex, corpus: Corpus) -> None:
    for first in range(0, len(corpus.vectors), _STEP):
        places = range(first, min(first + _STEP, len(corpus.vectors)))
        await vectors.upsert(
            [passage_id(place) for place in places],
            corpus.vectors[first : first + _STEP],
            [metadata(corpus, place) for place in places],
        )


def passage_id(place: int) -> str:
    """The id of the passage whose vector stands at `place`."""
    return f"{place // PASSAGES_PER_ARTICLE + 1}:{place % PASSAGES_PER_ARTICLE}"


def metadata(corpus: Corpus, place: int) -> dict[str, str | int | float | bool]:
    """What Chroma knows of a passage, to filter by."""
    article = place // PASSAGES_PER_ARTICLE
    return {
        "article": article + 1,
        "outlet": OUTLETS[corpus.outlets[article]],
        "published": int(corpus.published(article).timestamp()),
    }


async def _dimension() -> int:
    return DIMENSION
