"""The chat model as an optional listwise reranker.

Sun et al. 2023, "Is ChatGPT Good at Search? Investigating Large Language Models as Re-Ranking
Agents": the model is shown all candidates and writes their order.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError
from retrieval.llm.chat import as_chat
from retrieval.llm.complete import complete, room_for

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.llm import ChatModel
    from retrieval.models import Hit
    from retrieval.search.query import Plan

log = logging.getLogger(__name__)

# How many hits are reordered, and how much of each is read, in code points.
CANDIDATES = 20
_READ = 500
_NUMBER = re.compile(r"\d{1,3}")
_HARMLESS = str.maketrans({"[": "(", "]": ")", "<": "‹", ">": "›"})


class Reranker:
    """Asks a model to reorder hits."""

    def __init__(self, model: ChatModel | BaseChatModel) -> None:
        self._model = as_chat(model)

    async def rerank(self, plan: Plan, hits: Sequence[Hit]) -> list[Hit]:
        """The hits in the model's order; unchanged if the model fails, which is logged."""
        if len(hits) < 2:  # noqa: PLR2004  nothing to order
            return list(hits)
        read = room_for(self._model, "rerank", [_passage(1, hit) for hit in hits], plan.question)
        prompt = load("rerank", "today", "question", "passages").format_messages(
            today=f"{plan.now:%A, %d %B %Y}", question=plan.question, passages=shown(hits[:read])
        )
        try:
            made = await complete(self._model, prompt, "rerank")
        except ModelError as error:
            log.warning("not reranked: %s", error, exc_info=error)
            return list(hits)
        return [hits[place] for place in order(made.text, len(hits))]


def shown(hits: Sequence[Hit]) -> str:
    """The passages for the prompt, numbered from 1, each in a fence."""
    return "\n\n".join(_passage(number, hit) for number, hit in enumerate(hits, start=1))


def order(text: str, count: int) -> list[int]:
    """Indices in the model's order; those it left out follow in the old order."""
    written = [int(number) - 1 for number in _NUMBER.findall(text)]
    known = [place for place in dict.fromkeys(written) if 0 <= place < count]
    return [*known, *(place for place in range(count) if place not in set(known))]


def _passage(number: int, hit: Hit) -> str:
    article = hit.passage.article
    date = f"{article.published.at:%d %B %Y}" if article.published else "date unknown"
    head = _plain(f"{article.outlet}, {date}, “{article.title}”")
    return f"<passage {number}: {head}>\n{_plain(hit.passage.text[:_READ])}\n</passage>"


def _plain(text: str) -> str:
    return " ".join(text.translate(_HARMLESS).split())
