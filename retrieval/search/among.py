"""A search among a few articles, all of which is read: for questions about one story."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.models import Hit
from retrieval.providers.failures import ModelFailures
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_core.embeddings import Embeddings

    from retrieval.archive import Archive

_WORDS, _MEANING = 0.5, 0.5


async def search_among(
    archive: Archive, embeddings: Embeddings, question: str, article_ids: Iterable[int]
) -> list[Hit]:
    """The passages of these articles, those that fit a question best first.

    Raises:
        ArchiveError, ModelError: the search failed.
    """
    passages = {one.id: one for one in await archive.passages_of(article_ids)}
    with ModelFailures("embedding"):
        vector = await embeddings.aembed_query(question)
    likeness = await archive.similarities(list(passages), vector)
    asked = stems(question)
    hits = []
    for name, passage in passages.items():
        said = stems(f"{passage.article.title}\n{passage.text}")
        words = len(asked & said) / len(asked) if asked else 0.0
        score = _WORDS * words + _MEANING * likeness.get(name, 0.0)
        hits.append(Hit(passage, score, likeness.get(name)))
    return sorted(hits, key=lambda hit: (-hit.score, hit.passage.id))
