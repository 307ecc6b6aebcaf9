"""Quote mode's writer: attributed quotes, with no language model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrieval.answering.composing import quote_of
from retrieval.grounding.quotes import choose_quotes, rank_sentences, sentences_of
from retrieval.grounding.shown import SentenceId, Shown
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    from langchain_core.embeddings import Embeddings

    from retrieval.grounding.said import Said
    from retrieval.models import Hit


# A passage of news has some six sentences; one of hundreds says nothing in any of them.
_MOST_EMBEDDED = 300


async def compare_sentences(
    embeddings: Embeddings, question: str, hits: Sequence[Hit]
) -> npt.NDArray[np.float32]:
    """The cosine of the question and each sentence of the hits, in the order of `sentences_of`.

    Of more sentences than so many passages have, the last count as unlike the question: each is
    embedded, which takes time.

    Raises:
        ModelError: the embedding model failed.
    """
    sentences = sentences_of(hits)
    distinct = list(dict.fromkeys(sentences))[:_MOST_EMBEDDED]
    with ModelFailures("embedding"):
        vectors = await embeddings.aembed_documents([question, *distinct])
    matrix = _unit(np.asarray(vectors, dtype=np.float32))
    alike = dict(zip(distinct, (matrix[1:] @ matrix[0]).tolist(), strict=True))
    return np.asarray([alike.get(one, 0.0) for one in sentences], dtype=np.float32)


def quote(question: str, hits: Sequence[Hit], likeness: npt.NDArray[np.float32]) -> list[Said]:
    """The best sentences, each citing itself; `likeness` by `compare_sentences`."""
    shown = Shown(tuple(hit.passage for hit in hits))
    chosen = choose_quotes(rank_sentences(question, hits, likeness))
    return [quote_of(shown, SentenceId(one.hit + 1, one.index + 1)) for one in chosen]


def _unit(matrix: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    norms = np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    return np.asarray(matrix / norms, dtype=np.float32)
