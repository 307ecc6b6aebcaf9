"""A question in, an answer with footnotes out, or an honest no."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prompts import version
from retrieval.answering.composing import compose
from retrieval.answering.condensing import Condensed, condense
from retrieval.answering.drafting import Drafting
from retrieval.answering.quoting import quotes, read
from retrieval.answering.refusal import closest
from retrieval.answering.writing import write
from retrieval.errors import ModelError
from retrieval.grounding import Shown
from retrieval.grounding.checked import Judge, added, check_all
from retrieval.grounding.said import MOST_IDS, Said
from retrieval.models import Answer, Dropped, Made, Mode, Unanswered
from retrieval.search import MAX_QUESTION, clean_question, only_outside
from retrieval.stopwatch import Stopwatch
from retrieval.tracing import span
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from langchain_core.language_models import BaseChatModel

    from retrieval.answering.quoting import Reading
    from retrieval.archive import Filter
    from retrieval.grounding import Statement
    from retrieval.models import Hit
    from retrieval.providers.local import TokenEmbeddings
    from retrieval.search import Searcher
    from retrieval.search.dates import Window

log = logging.getLogger(__name__)

NOTHING_ASKED = "That holds no question in words."
NOT_IN_ARCHIVE = "The archive holds no answer to that."
EMPTY_ARCHIVE = "The archive is empty: no article has been added yet."
NOTHING_LEFT = "Nothing of the answer could be traced to a sentence, so it is not shown."
LONG = f"Only the first {MAX_QUESTION:,} characters of the question were read."
CUT = "The answer reached its length limit and may be incomplete."


@dataclass(frozen=True, slots=True)
class Rules:
    """How many passages are read, and when they are taken to answer.

    `passages` are shown to a chat model, `quoted_from` are read for quotations. The thresholds are
    chances of an answer, from 0 to 1: from `threshold` on quote mode quotes, from `model_threshold`
    on the chat model is asked, which may still decline. `chat_model` is the name of the one that
    writes.
    """

    passages: int
    threshold: float
    model_threshold: float = 0.0
    chat_model: str = ""
    quoted_from: int = 12


@dataclass(frozen=True, slots=True)
class Where:
    """What of the archive may answer: these articles (ids), or what a filter lets through."""

    among: Collection[int] | None = None
    within: Filter | None = None


@dataclass(frozen=True, slots=True)
class How:
    """In what manner to answer; see `Answerer.answer`."""

    in_quotes: str | None = None
    on_progress: Callable[[str], None] | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class _Found:
    """Hits, the days that were asked for, and a word if all hits are from other days."""

    hits: Sequence[Hit]
    window: Window | None = None
    outside: str | None = None


class Answerer:
    """Answers questions from the archive; without a chat model, in quotes."""

    def __init__(
        self,
        searcher: Searcher,
        reading: TokenEmbeddings,
        model: BaseChatModel | None,
        rules: Rules,
        judge: Judge | None = None,
    ) -> None:
        self._searcher = searcher
        self._reading = reading
        self._model = model
        self._rules = rules
        self._judge = judge

    async def answer(  # noqa: PLR0913  each may be left out
        self,
        question: str,
        now: datetime | None = None,
        among: Collection[int] | None = None,
        *,
        within: Filter | None = None,
        in_quotes: str | None = None,
        on_progress: Callable[[str], None] | None = None,
        spent: Mapping[str, int] | None = None,
        language: str | None = None,
    ) -> Answer | Unanswered:
        """Answer from what the archive holds; `now` is when it is asked.

        With `among`, only from these articles (ids); with `within`, only from what it lets through.
        With `in_quotes`, no model is asked, and the reader is told this reason. While the chat
        model writes, `on_progress` is given the text so far, without footnotes; the answer may
        differ from it. `spent` are tokens that the question has cost already. `language` is the
        English name of that in which the model writes; None: the question's.

        A chat model that fails is no reason to say nothing: the reader gets quotes and is told.

        Raises:
            ArchiveError: the search failed.
            ModelError: the embedding model failed.
        """
        whole = " ".join(question.split())
        watch, now = Stopwatch(), now or datetime.now(UTC)
        how = How(in_quotes, on_progress, language)
        where = Where(among, within)
        with span("answer") as one:
            result = await self._answer(clean_question(question), now, where, watch, how)
            one.note(
                mode=result.mode.value,
                outcome="answered" if isinstance(result, Answer) else "declined",
                left_out=result.dropped.claims + result.dropped.unsupported,
            )
        cost = replace(result.cost, usage=added(spent, result.cost.usage))
        too_long = LONG if len(whole) > MAX_QUESTION else None
        return replace(result, cost=cost, notice=_notices(too_long, result.notice))

    async def stand_alone(
        self, question: str, earlier: Sequence[str], *, by_rules: bool = False
    ) -> Condensed:
        """The question as it can be understood without the `earlier` ones, oldest first.

        `by_rules`, no model is asked.
        """
        model = None if by_rules else self._model
        with span("condense"):
            return await condense(model, clean_question(question), earlier)

    async def _answer(
        self,
        question: str,
        now: datetime,
        where: Where,
        watch: Stopwatch,
        how: How,
    ) -> Answer | Unanswered:
        mode = Mode.MODEL if self._model else Mode.QUOTE
        if not words(question):
            return Unanswered(question, mode, NOTHING_ASKED, (), cost=watch.cost())
        with watch.stage("search") as one:
            found = await self._search(question, now, where.among, where.within)
            one.note(hits=len(found.hits))
        hits = found.hits
        if not hits:
            reason = EMPTY_ARCHIVE if await self._searcher.has_nothing() else NOT_IN_ARCHIVE
            return Unanswered(question, mode, reason, (), cost=watch.cost())
        with watch.stage("read"):
            reading = await read(self._reading, question, hits, now, found.window)
        if self._model is None or how.in_quotes is not None:
            notice = how.in_quotes if self._model is not None else None
            result = await self._quotes(question, reading, watch, notice)
        else:
            result = await self._told(question, reading, now, watch, how)
        result = replace(result, made=self._made(result, hits))
        if isinstance(result, Unanswered):
            return result
        return replace(result, notice=_notices(found.outside, result.notice))

    async def _search(
        self,
        question: str,
        now: datetime,
        among: Collection[int] | None,
        within: Filter | None,
    ) -> _Found:
        most = max(self._rules.passages, self._rules.quoted_from)
        if among is not None:
            return _Found(await self._searcher.among(question, among, most))
        if within is not None:
            return _Found(await self._searcher.within(question, within, most, now))
        plan = await self._searcher.plan(question, now)
        hits = await self._searcher.follow(plan, most, independent=True)
        return _Found(hits, plan.window, only_outside(plan.window, hits, UTC))

    async def _told(
        self,
        question: str,
        reading: Reading,
        now: datetime,
        watch: Stopwatch,
        how: How,
    ) -> Answer | Unanswered:
        hits = reading.hits[: self._rules.passages]
        if self._model is None or reading.chance < self._rules.model_threshold:
            return Unanswered(
                question, Mode.MODEL, NOT_IN_ARCHIVE, closest(hits), cost=watch.cost()
            )
        shown = Shown(tuple(hit.passage for hit in hits))
        drafting = Drafting(shown, how.on_progress) if how.on_progress is not None else None
        try:
            with watch.stage("write"):
                written = await write(
                    self._model, question, shown, now, drafting, language=how.language
                )
        except ModelError as error:
            log.warning("chat model failed, answering in quotes: %s", error, exc_info=error)
            notice = f"{error} Here are the sentences themselves."
            return await self._quotes(question, reading, watch, notice)
        with watch.stage("check") as one:
            citing, dropped = _citing(written.statements, shown)
            checked = await check_all(self._model, shown, citing, self._judge)
            one.note(kept=len(checked.kept), left_out=checked.dropped + dropped.claims)
        dropped = replace(dropped, unsupported=checked.dropped)
        cost = watch.cost(added(written.usage, checked.usage))
        if not checked.kept:
            reason = NOT_IN_ARCHIVE if written.refused else NOTHING_LEFT
            return Unanswered(question, Mode.MODEL, reason, closest(hits), dropped, cost)
        whole = await asyncio.to_thread(compose, question, shown, list(checked.kept.values()))
        return Answer(
            question,
            Mode.MODEL,
            whole.claims,
            whole.citations,
            dropped,
            cost,
            notice=CUT if written.cut else None,
            disputed=whole.disputed,
        )

    async def _quotes(
        self, question: str, reading: Reading, watch: Stopwatch, notice: str | None
    ) -> Answer | Unanswered:
        shown = Shown(tuple(hit.passage for hit in reading.hits))
        said = quotes(reading) if reading.chance >= self._rules.threshold else []
        if not said:
            return Unanswered(
                question,
                Mode.QUOTE,
                NOT_IN_ARCHIVE,
                closest(reading.hits),
                cost=watch.cost(),
                notice=notice,
            )
        whole = await asyncio.to_thread(compose, question, shown, said)
        return Answer(
            question,
            Mode.QUOTE,
            whole.claims,
            whole.citations,
            cost=watch.cost(),
            notice=notice,
            disputed=whole.disputed,
        )

    def _made(self, result: Answer | Unanswered, hits: Sequence[Hit]) -> Made:
        passages = tuple(hit.passage.id for hit in hits)
        if result.mode is Mode.QUOTE:
            return Made(passages=passages)
        return Made(self._rules.chat_model, version("answer"), passages)


def _notices(*notices: str | None) -> str | None:
    return " ".join(filter(None, notices)) or None


def _citing(statements: Sequence[Statement], shown: Shown) -> tuple[list[Said], Dropped]:
    """Statements that cite sentences which were shown, and what was left out."""
    known = [
        Said(one.text, tuple(name for name in one.ids if name in shown)[:MOST_IDS])
        for one in statements
    ]
    kept = [one for one in known if one.ids]
    ids = sum(len(one.ids) for one in statements) - sum(len(one.ids) for one in known)
    return kept, Dropped(ids=ids, claims=len(known) - len(kept))
