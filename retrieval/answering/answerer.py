"""A question in, an answer with footnotes out, or an honest no."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrieval.answering.condensing import condense
from retrieval.answering.quoting import quote
from retrieval.answering.refusal import closest, confidence
from retrieval.answering.writing import write
from retrieval.errors import ModelError
from retrieval.grounding import Shown, footnotes
from retrieval.models import Answer, Claim, Cost, Dropped, Mode, Unanswered
from retrieval.search import clean_question, only_outside
from retrieval.stopwatch import Stopwatch
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from retrieval.answering.writing import Written
    from retrieval.models import Hit
    from retrieval.search import Searcher

log = logging.getLogger(__name__)

NOTHING_ASKED = "That holds no question in words."
NOT_IN_ARCHIVE = "The archive holds no answer to that."
NOTHING_LEFT = "Nothing of the answer could be traced to a sentence, so it is not shown."
CUT = "The answer reached its length limit and may be incomplete."


@dataclass(frozen=True, slots=True)
class Rules:
    """How many passages are read, and from which confidence on quote mode answers (0 to 1)."""

    passages: int
    threshold: float


class Answerer:
    """Answers questions from the archive; without a chat model, in quotes."""

    def __init__(
        self,
        searcher: Searcher,
        embeddings: Embeddings,
        model: BaseChatModel | None,
        rules: Rules,
    ) -> None:
        self._searcher = searcher
        self._embeddings = embeddings
        self._model = model
        self._rules = rules

    async def answer(
        self, question: str, now: datetime | None = None, among: Collection[int] = ()
    ) -> Answer | Unanswered:
        """Answer from what the archive holds; `now` is when it is asked.

        With `among`, only from these articles (ids).

        A chat model that fails is no reason to say nothing: the reader gets quotes and is told.

        Raises:
            ArchiveError: the search failed.
            ModelError: the embedding model failed.
        """
        watch = Stopwatch()
        question = clean_question(question)
        now = now or datetime.now(UTC)
        mode = Mode.MODEL if self._model else Mode.QUOTE
        if not words(question):
            return Unanswered(question, mode, NOTHING_ASKED, (), cost=watch.cost())
        hits, outside = await self._search(question, now, among)
        watch.lap("search")
        if not hits:
            return Unanswered(question, mode, NOT_IN_ARCHIVE, (), cost=watch.cost())
        result = await self._told(question, hits, now, watch)
        if outside is None or isinstance(result, Unanswered):
            return result
        return replace(result, notice=" ".join(filter(None, (outside, result.notice))))

    async def stand_alone(self, question: str, earlier: Sequence[str]) -> str:
        """The question as it can be understood without the `earlier` ones, oldest first."""
        return await condense(self._model, clean_question(question), earlier)

    async def _search(
        self, question: str, now: datetime, among: Collection[int]
    ) -> tuple[list[Hit], str | None]:
        """What was found, and a word if all of it is from other days than asked for."""
        if among:
            return await self._searcher.among(question, among, self._rules.passages), None
        plan = await self._searcher.plan(question, now)
        hits = await self._searcher.follow(plan, self._rules.passages, independent=True)
        return hits, only_outside(plan.window, hits, UTC)

    async def _told(
        self, question: str, hits: Sequence[Hit], now: datetime, watch: Stopwatch
    ) -> Answer | Unanswered:
        if self._model is None:
            return await self._quotes(question, hits, watch, None)
        try:
            written = await write(
                self._model,
                question,
                Shown(tuple(hit.passage for hit in hits)),
                now,
            )
        except ModelError as error:
            log.warning("chat model failed, answering in quotes: %s", error, exc_info=error)
            notice = f"{error} Here are the sentences themselves."
            return await self._quotes(question, hits, watch, notice)
        watch.lap("write")
        return _grounded(question, hits, written, watch.cost(written.usage))

    async def _quotes(
        self, question: str, hits: Sequence[Hit], watch: Stopwatch, notice: str | None
    ) -> Answer | Unanswered:
        if confidence(question, hits) < self._rules.threshold:
            return Unanswered(
                question,
                Mode.QUOTE,
                NOT_IN_ARCHIVE,
                closest(hits),
                cost=watch.cost(),
                notice=notice,
            )
        claims, citations = await quote(self._embeddings, question, hits)
        watch.lap("quote")
        return Answer(question, Mode.QUOTE, claims, citations, cost=watch.cost(), notice=notice)


def _grounded(
    question: str, hits: Sequence[Hit], written: Written, cost: Cost
) -> Answer | Unanswered:
    """Only statements that rest on sentences which were shown, with footnotes in reading order."""
    shown = Shown(tuple(hit.passage for hit in hits))
    known = [
        replace(one, ids=tuple(name for name in one.ids if name in shown))
        for one in written.statements
    ]
    kept = [one for one in known if one.ids]
    dropped = Dropped(
        ids=sum(len(one.ids) for one in written.statements) - sum(len(one.ids) for one in known),
        claims=len(known) - len(kept),
    )
    if not kept:
        reason = NOT_IN_ARCHIVE if written.refused else NOTHING_LEFT
        return Unanswered(question, Mode.MODEL, reason, closest(hits), dropped, cost)
    citations, marks = footnotes(shown, [one.ids for one in kept])
    claims = tuple(Claim(one.text, numbers) for one, numbers in zip(kept, marks, strict=True))
    notice = CUT if written.cut else None
    return Answer(question, Mode.MODEL, claims, citations, dropped, cost, notice)
