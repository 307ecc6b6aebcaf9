"""Many texts at once, for which nobody waits: the way in for the indexer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.embeddings import Embeddings

    from retrieval.providers.local import Matrix


@runtime_checkable
class BulkEmbeddings(Protocol):
    """What an `Embeddings` may offer beyond LangChain's port."""

    async def aencode(self, texts: Sequence[str]) -> Matrix:
        """Vectors, shape (len(texts), dimension), after all that somebody waits for."""


async def embed_bulk(embeddings: Embeddings, texts: Sequence[str]) -> Matrix:
    """Vectors of shape (len(texts), dimension), in the way of the model that costs least."""
    if isinstance(embeddings, BulkEmbeddings):
        return await embeddings.aencode(texts)
    import numpy as np  # noqa: PLC0415  heavy

    return np.asarray(await embeddings.aembed_documents(list(texts)), dtype=np.float32)
