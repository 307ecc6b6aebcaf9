"""The whole answer chain as a LangChain `Runnable`, for other people's chains.

    answers = library.answers()
    answer = await answers.ainvoke("Who holds Sudzha?")
    answer = await answers.ainvoke({"question": "Who holds Sudzha?", "now": datetime(...)})

It gives an `Answer`, or an `Unanswered` with what comes closest. Calls of the model are traced as
its children, with the prompt's version.
"""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

from langchain_core.runnables import Runnable, RunnableConfig, RunnableLambda

from retrieval.models import Answer, Unanswered

if TYPE_CHECKING:
    from retrieval.answering.answerer import Answerer

Question = str | dict[str, Any]
Result = Answer | Unanswered
_KNOWN = frozenset({"question", "now", "within", "language"})


def answer_chain(answerer: Answerer) -> Runnable[Question, Result]:
    """The answerer as a `Runnable`; call it on the event loop on which the library was opened."""
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
