"""Vectors of the last questions, kept: the same question is often searched for again."""

from __future__ import annotations

import asyncio
from array import array
from collections import OrderedDict
from typing import TYPE_CHECKING

from langchain_core.embeddings import Embeddings

from retrieval.providers.bulk import embed_bulk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.providers.local import Matrix

# 3 MB of MiniLM's vectors, 24 MB of the longest that OpenAI has.
QUESTIONS_KEPT = 1_000


class QuestionCache(Embeddings):
    """Another `Embeddings`, asked once for the same question; documents pass through.

    A question is known by its exact text. Asked again while the first is still being embedded, it
    waits for that. What failed is not kept. For one model and one event loop.
    """

    def __init__(self, port: Embeddings, kept: int = QUESTIONS_KEPT) -> None:
        self._port = port
        self._most = kept
        self._known: OrderedDict[str, array[float]] = OrderedDict()
        self._asked: dict[str, asyncio.Task[list[float]]] = {}

    async def aembed_query(self, text: str) -> list[float]:
        """The vector of a question."""
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text].tolist()
        asking = self._asked.get(text)
        if asking is None:
            asking = self._asked[text] = asyncio.create_task(self._port.aembed_query(text))
            asking.add_done_callback(lambda done: self._keep(text, done))
        # Who gives up does not take the vector from the others.
        return list(await asyncio.shield(asking))

    def _keep(self, text: str, done: asyncio.Task[list[float]]) -> None:
        del self._asked[text]
        if done.cancelled() or done.exception():
            return
        self._known[text] = array("d", done.result())
        if len(self._known) > self._most:
            self._known.popitem(last=False)

    async def aembed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of documents, not kept."""
        return await self._port.aembed_documents(texts)

    async def aencode(self, texts: Sequence[str]) -> Matrix:
        """Vectors of a bulk load, not kept."""
        return await embed_bulk(self._port, texts)

    def embed_query(self, text: str) -> list[float]:
        """The vector of a question, not kept: other threads than the loop's may ask."""
        return self._port.embed_query(text)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of documents, not kept."""
        return self._port.embed_documents(texts)
