"""The hybrid search as a LangChain retriever, for other people's chains.

The library lives on the event loop that opened it. Synchronous calls (LangChain's `invoke`) are
carried there from other threads.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from retrieval.search.searcher import Searcher  # noqa: TC001  pydantic needs it

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )

    from retrieval.models import Hit


class SitrepRetriever(BaseRetriever):
    """Passages as documents; `metadata` says which article, which outlet, when, and where in it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Searcher
    loop: asyncio.AbstractEventLoop
    loop_thread: int = Field(default_factory=threading.get_ident)
    k: int = 8

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002  LangChain's signature
    ) -> list[Document]:
        return [_document(hit) for hit in await self.searcher.search(query, self.k)]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002  LangChain's signature
    ) -> list[Document]:
        if threading.get_ident() == self.loop_thread:
            msg = "called synchronously on the event loop; use `await retriever.ainvoke(...)`"
            raise RuntimeError(msg)
        search = self.searcher.search(query, self.k)
        hits = asyncio.run_coroutine_threadsafe(search, self.loop).result()
        return [_document(hit) for hit in hits]


def _document(hit: Hit) -> Document:
    passage, article = hit.passage, hit.passage.article
    metadata: dict[str, Any] = {
        "article_id": article.id,
        "revision": article.revision,
        "title": article.title,
        "outlet": article.outlet,
        "also": list(article.also),
        "url": article.url,
        "published_at": article.published.at.isoformat() if article.published else None,
        "start": passage.span.start,
        "end": passage.span.end,
        "score": hit.score,
    }
    return Document(id=passage.id, page_content=passage.text, metadata=metadata)
