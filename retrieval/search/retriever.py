"""The hybrid search as a LangChain retriever, for other people's chains.

The library lives on the event loop that opened it. Synchronous calls (LangChain's `invoke`) are
carried there from other threads. Calls of models that the search makes (a reranker's) are traced as
its children: LangChain finds them by the context.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables.config import set_config_context
from pydantic import ConfigDict, Field

from retrieval.archive import Filter  # noqa: TC001  pydantic needs it
from retrieval.search.searcher import Searcher  # noqa: TC001  pydantic needs it

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )

    from retrieval.models import Hit


class SitrepRetriever(BaseRetriever):
    """Passages as documents; `metadata` says which article, which outlet, when, and where in it.

    `now` is when a question is asked (None: at this moment), `within` what of the archive may be
    found. Both may also be given with a call: `retriever.ainvoke(question, now=...)`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Searcher
    loop: asyncio.AbstractEventLoop
    loop_thread: int = Field(default_factory=threading.get_ident)
    k: int = 8
    now: datetime | None = None
    within: Filter | None = None

    async def _aget_relevant_documents(
        self,
        query: str,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,
        now: datetime | None = None,
        within: Filter | None = None,
    ) -> list[Document]:
        with set_config_context({"callbacks": run_manager.get_child()}) as context:
            search = self._search(query, now, within)
            hits = await asyncio.get_running_loop().create_task(search, context=context)
        return [_document(hit) for hit in hits]

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        now: datetime | None = None,
        within: Filter | None = None,
    ) -> list[Document]:
        if threading.get_ident() == self.loop_thread:
            msg = "called synchronously on the event loop; use `await retriever.ainvoke(...)`"
            raise RuntimeError(msg)
        with set_config_context({"callbacks": run_manager.get_child()}) as context:

            async def there() -> list[Hit]:
                search = self._search(query, now, within)
                return await asyncio.get_running_loop().create_task(search, context=context)

            hits = asyncio.run_coroutine_threadsafe(there(), self.loop).result()
        return [_document(hit) for hit in hits]

    async def _search(self, query: str, now: datetime | None, within: Filter | None) -> list[Hit]:
        now, within = now or self.now, within or self.within
        if within is None:
            return await self.searcher.search(query, self.k, now)
        return await self.searcher.within(query, within, self.k, now or datetime.now(UTC))


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
