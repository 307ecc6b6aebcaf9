"""A question in, an answer with footnotes out, or an honest no."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prompts import version
from retrieval.answering.calibrations import calibration_of
from retrieval.answering.composing import compose
from retrieval.answering.condensing import Condensed, condense
from retrieval.answering.drafting import Drafting
from retrieval.answering.evidence import evidence
from retrieval.answering.quoting import compare_sentences, quote
from retrieval.answering.refusal import chance, closest
from retrieval.answering.writing import fewer, fitting, write
from retrieval.errors import ModelError, ModelTooLongError
from retrieval.grounding import Shown
from retrieval.grounding.checked import Judge, added, check_all
from retrieval.grounding.said import MOST_IDS, Said
from retrieval.grounding.supporting import find_support
from retrieval.models import Answer, Dropped, Made, Mode, Unanswered
from retrieval.providers.chat import as_chat
from retrieval.search import MAX_QUESTION, clean_question, only_outside
from retrieval.stopwatch import Stopwatch
from retrieval.tracing import span
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from langchain_core.embeddings import Embeddings
    from langchain_core.language_models import BaseChatModel

    from retrieval.answering.writing import Written
    from retrieval.archive import Filter
    from retrieval.grounding import Statement
    from retrieval.models import Hit
    from retrieval.providers import ChatModel
    from retrieval.search import Searcher

log = logging.getLogger(__name__)

NOTHING_ASKED = "That holds no question in words."
NOT_IN_ARCHIVE = "The archive holds no answer to that."
EMPTY_ARCHIVE = "The archive is empty: no article has been added yet."
NOT_TRACED = "I couldn't trace the answer to a source, so here are the closest quotations."
LONG = f"Only the first {MAX_QUESTION:,} characters of the question were read."
CUT = "The answer reached its length limit and may be incomplete."


@dataclass(frozen=True, slots=True)
class Rules:
    """How many passages are read, and when they are taken to answer.

    The thresholds are chances of an answer, from 0 to 1: from `threshold` on quote mode quotes,
    from `model_threshold` on the chat model is asked, which may still decline. `embedding_model` is
    the name of the one that compared the passages, `chat_model` of the one that
    writes.
    """

    passages: int
    threshold: float
    model_threshold: float = 0.0
    embedding_model: str = ""
    chat_model: str = ""


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
    on_thinking: Callable[[], None] | None = None


class Answerer:
    """Answers questions from the archive; without a chat model, in quotes."""

    def __init__(
        self,
        searcher: Searcher,
        embeddings: Embeddings,
        model: ChatModel | BaseChatModel | None,
        rules: Rules,
        judge: Judge | None = None,
    ) -> None:
        self._searcher = searcher
        self._embeddings = embeddings
        self._model = None if model is None else as_chat(model)
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
        on_thinking: Callable[[], None] | None = None,
    ) -> Answer | Unanswered:
        """Answer from what the archive holds; `now` is when it is asked.

        With `among`, only from these articles (ids); with `within`, only from what it lets through.
        With `in_quotes`, no model is asked, and the reader is told this reason. While the chat
        model writes, `on_progress` is given the text so far, without footnotes; the answer may
        differ from it. `on_thinking` is called while it thinks before it writes. `spent` are tokens
        that the question has cost already. `language` is the English name of that in which the
        model writes; None: the question's.

        A chat model that fails is no reason to say nothing: the reader gets quotes and is told.

        Raises:
            ArchiveError: the search failed.
            ModelError: the embedding model failed.
        """
        whole = " ".join(question.split())
        watch, now = Stopwatch(), now or datetime.now(UTC)
        how = How(in_quotes, on_progress, language, on_thinking)
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
            hits, outside = await self._search(question, now, where.among, where.within)
            one.note(hits=len(hits))
        if not hits:
            reason = EMPTY_ARCHIVE if await self._searcher.has_nothing() else NOT_IN_ARCHIVE
            return Unanswered(question, mode, reason, (), cost=watch.cost())
        if how.in_quotes is not None and self._model is not None:
            result = await self._quotes(question, hits, watch, how.in_quotes)
        else:
            result = await self._told(question, hits, now, watch, how)
        if not result.made.passages:
            result = replace(result, made=self._made(hits))
        if isinstance(result, Unanswered):
            return result
        return replace(result, notice=_notices(outside, result.notice))

    async def _search(
        self,
        question: str,
        now: datetime,
        among: Collection[int] | None,
        within: Filter | None,
    ) -> tuple[list[Hit], str | None]:
        """What was found, and a word if all of it is from other days than asked for."""
        if among is not None:
            return await self._searcher.among(question, among, self._rules.passages), None
        if within is not None:
            most = self._rules.passages
            return await self._searcher.within(question, within, most, now), None
        plan = await self._searcher.plan(question, now)
        hits = await self._searcher.follow(plan, self._rules.passages, independent=True)
        return hits, only_outside(plan.window, hits, UTC)

    async def _told(
        self,
        question: str,
        hits: Sequence[Hit],
        now: datetime,
        watch: Stopwatch,
        how: How,
    ) -> Answer | Unanswered:
        if self._model is None:
            return await self._quotes(question, hits, watch, None)
        if self._chance(question, hits) < self._rules.model_threshold:
            return Unanswered(
                question, Mode.MODEL, NOT_IN_ARCHIVE, closest(hits), cost=watch.cost()
            )
        try:
            with watch.stage("write"):
                written, shown = await self._written(self._model, question, hits, now, how)
        except ModelError as error:
            log.warning(
                "chat model failed, answering in quotes: %s (%s)",
                error,
                error.details or "its server said nothing",
                exc_info=error,
            )
            notice = f"{error} Here are the sentences themselves."
            return await self._quotes(question, hits, watch, notice)
        with watch.stage("check") as one:
            citing, dropped = await _citing(question, written.statements, shown)
            checked = await check_all(self._model, shown, citing, self._judge, question)
            one.note(kept=len(checked.kept), left_out=checked.dropped + dropped.claims)
        dropped = replace(dropped, unsupported=checked.dropped)
        cost = watch.cost(added(written.usage, checked.usage))
        made = self._made(hits[: len(shown.passages)], written.prompt)
        if not checked.kept and not written.refused:
            log.info("nothing of the chat model's answer stands, answering in quotes")
            quotes = await self._quotes(question, hits, watch, NOT_TRACED)
            cost = replace(quotes.cost, usage=cost.usage)
            said = quotes.notice if isinstance(quotes, Answer) else None
            return replace(quotes, dropped=dropped, cost=cost, made=made, notice=said)
        if not checked.kept:
            return Unanswered(
                question, Mode.MODEL, NOT_IN_ARCHIVE, closest(hits), dropped, cost, made=made
            )
        whole = compose(question, shown, list(checked.kept.values()))
        return Answer(
            question,
            Mode.MODEL,
            whole.claims,
            whole.citations,
            dropped,
            cost,
            notice=CUT if written.cut else None,
            disputed=whole.disputed,
            made=made,
        )

    async def _written(
        self, model: ChatModel, question: str, hits: Sequence[Hit], now: datetime, how: How
    ) -> tuple[Written, Shown]:
        """What the model writes, from as many of the passages as it can read; and these."""
        shown = fitting(model, question, Shown(tuple(hit.passage for hit in hits)))
        while True:
            drafting = Drafting(shown, how.on_progress) if how.on_progress is not None else None
            try:
                written = await write(
                    model,
                    question,
                    shown,
                    now,
                    drafting,
                    on_thinking=how.on_thinking,
                    language=how.language,
                )
            except ModelTooLongError as error:
                log.warning("the chat model reads fewer passages: %s", error.details)
                shown = fewer(shown, error)
            else:
                return written, shown

    async def _quotes(
        self, question: str, hits: Sequence[Hit], watch: Stopwatch, notice: str | None
    ) -> Answer | Unanswered:
        with watch.stage("quote"):
            likeness = await compare_sentences(self._embeddings, question, hits)
            likely = self._chance(question, hits, likeness.tolist()) >= self._rules.threshold
            shown = Shown(tuple(hit.passage for hit in hits))
            whole = compose(question, shown, quote(question, hits, likeness)) if likely else None
        if whole is None:
            return Unanswered(
                question,
                Mode.QUOTE,
                NOT_IN_ARCHIVE,
                closest(hits),
                cost=watch.cost(),
                notice=notice,
            )
        return Answer(
            question,
            Mode.QUOTE,
            whole.claims,
            whole.citations,
            cost=watch.cost(),
            notice=notice,
            disputed=whole.disputed,
        )

    def _made(self, hits: Sequence[Hit], prompt: str = "") -> Made:
        passages = tuple(hit.passage.id for hit in hits)
        if not prompt:
            return Made(passages=passages)
        return Made(self._rules.chat_model, version(prompt), passages)

    def _chance(
        self, question: str, hits: Sequence[Hit], sentences: Sequence[float] | None = None
    ) -> float:
        weights = calibration_of(self._rules.embedding_model, question)
        return chance(evidence(question, hits, sentences), weights)


def _notices(*notices: str | None) -> str | None:
    return " ".join(filter(None, notices)) or None


async def _citing(
    question: str, statements: Sequence[Statement], shown: Shown
) -> tuple[list[Said], Dropped]:
    """Statements with the shown sentences that they cite, and what was left out.

    For those that cite none, code looks for the sentence that supports them.
    """
    known = [
        Said(one.text, tuple(name for name in one.ids if name in shown)[:MOST_IDS])
        for one in statements
    ]
    ids = sum(len(one.ids) for one in statements) - sum(len(one.ids) for one in known)
    bare = [n for n, one in enumerate(known) if not one.ids]
    found = await find_support(question, shown, [known[n].text for n in bare])
    for n, names in zip(bare, found, strict=True):
        known[n] = Said(known[n].text, names)
    kept = [one for one in known if one.ids]
    return kept, Dropped(ids=ids, claims=len(known) - len(kept))
