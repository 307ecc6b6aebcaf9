"""From a question to passages: by meaning and by words at once, fused, hydrated from SQL."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from retrieval.models import Hit
from retrieval.providers.failures import ModelFailures
from retrieval.search.fusion import reciprocal_rank_fusion
from retrieval.words import telling_words

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings

    from retrieval.archive import Archive

# How deep each ranking is read: what is no longer current is dropped after fusion.
DEPTH = 60
MAX_QUESTION = 2_000


class Searcher:
    """Hybrid search over the archive."""

    def __init__(self, archive: Archive, embeddings: Embeddings) -> None:
        self._archive = archive
        self._embeddings = embeddings

    async def search(self, question: str, k: int = 8) -> list[Hit]:
        """The `k` best passages, best first; none for a question without words.

        Raises:
            ArchiveError, ModelError: the search failed, which is not the same as no hits.
        """
        question = clean_question(question)
        if not question:
            return []
        depth = max(DEPTH, 4 * k)
        by_vector, by_keywords = await asyncio.gather(
            self._by_vector(question, depth),
            self._archive.by_keywords(telling_words(question), depth),
        )
        similarity = dict(by_vector)
        rankings = [[name for name, _ in by_vector], [name for name, _ in by_keywords]]
        fused = reciprocal_rank_fusion(rankings)
        vector_ranks, keyword_ranks = (_ranks(ranking) for ranking in rankings)
        current = await self._archive.passages(fused)
        best = sorted(current, key=lambda name: (-fused[name], current[name].id))[:k]
        return [
            Hit(
                passage=current[name],
                score=fused[name],
                similarity=similarity.get(name),
                vector_rank=vector_ranks.get(name),
                keyword_rank=keyword_ranks.get(name),
            )
            for name in best
        ]

    async def _by_vector(self, question: str, depth: int) -> list[tuple[str, float]]:
        with ModelFailures("embedding"):
            vector = await self._embeddings.aembed_query(question)
        return await self._archive.by_vector(vector, depth)


def clean_question(question: str) -> str:
    """One line without control characters and lone surrogates, at most `MAX_QUESTION` long."""
    text = question.encode("utf-8", "ignore").decode()
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())[:MAX_QUESTION]


def _ranks(ranking: list[str]) -> dict[str, int]:
    return {name: rank for rank, name in enumerate(ranking, start=1)}
