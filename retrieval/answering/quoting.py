"""Quote mode's writer: attributed quotes, with no language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.grounding.attribution import attribution, quoted
from retrieval.grounding.quotes import choose_quotes, rank_sentences, sentences_of
from retrieval.grounding.shown import SentenceId, Shown, footnotes
from retrieval.models import Claim
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.models import Citation, Hit


async def quote(
    embeddings: Embeddings, question: str, hits: Sequence[Hit]
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """The best sentences as claims, each citing itself.

    Raises:
        ModelError: the embedding model failed.
    """
    with ModelFailures("embedding"):
        vectors = await embeddings.aembed_documents([question, *sentences_of(hits)])
    matrix = _unit(np.asarray(vectors, dtype=np.float32))
    chosen = choose_quotes(rank_sentences(question, hits, matrix[0], matrix[1:]))
    shown = Shown(tuple(hit.passage for hit in hits))
    ids = [[SentenceId(one.hit + 1, one.index + 1)] for one in chosen]
    citations, marks = footnotes(shown, ids)
    claims = tuple(
        Claim(f"{attribution(one.passage.article)}: {quoted(one.text)}", numbers)
        for one, numbers in zip(chosen, marks, strict=True)
    )
    return claims, citations


def _unit(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    norms = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix / norms, dtype=np.float32)
