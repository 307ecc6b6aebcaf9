"""The search and the whole answer chain as LangChain components, for use in other chains.

`SitrepRetriever` is a `BaseRetriever`; `answer_chain` returns a `Runnable` from a question, or a
mapping with `question` and `now`, to an `Answer` or an `Unanswered` with the closest articles.
Model calls are traced as its children, with the prompt's version.
"""

from __future__ import annotations

import asyncio
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda
from langchain_core.runnables.config import set_config_context
from pydantic import ConfigDict, Field

from retrieval.index.chroma import Filter  # noqa: TC001  pydantic needs it
from retrieval.models import Answer, Unanswered
from retrieval.search.searcher import Searcher  # noqa: TC001  pydantic needs it

if TYPE_CHECKING:
    from langchain_core.callbacks import (
        AsyncCallbackManagerForRetrieverRun,
        CallbackManagerForRetrieverRun,
    )

    from retrieval.answering.answerer import Answerer
    from retrieval.models import Hit


class SitrepRetriever(BaseRetriever):
    """Returns passages as documents; `metadata` has article, outlet, date and position.

    `now` is the time of the question (None: the current time), `within` limits what may be found.
    Both can also be passed with a call: `retriever.ainvoke(question, now=...)`.
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


Question = str | dict[str, Any]
Result = Answer | Unanswered
_KNOWN = frozenset({"question", "now", "within", "language"})


def answer_chain(answerer: Answerer) -> Runnable[Question, Result]:
    """The answerer as a `Runnable`; call this on the event loop that opened the library."""
    loop, thread = asyncio.get_running_loop(), threading.get_ident()

    async def there(asked: Question) -> Result:
        given = {"question": asked} if isinstance(asked, str) else dict(asked)
        if "question" not in given or not set(given) <= _KNOWN:
            msg = f"expected a question, or a dictionary of {', '.join(sorted(_KNOWN))}"
            raise ValueError(msg)
        return await answerer.answer(given.pop("question"), **given)

    def from_another_thread(asked: Question, config: RunnableConfig) -> Result:
        if threading.get_ident() == thread:
            msg = "called synchronously on the event loop; use `await chain.ainvoke(...)`"
            raise RuntimeError(msg)
        within = RunnableLambda(there).ainvoke(asked, config)
        return asyncio.run_coroutine_threadsafe(within, loop).result()

    return RunnableLambda(from_another_thread, there, name="sitrep_answer")
