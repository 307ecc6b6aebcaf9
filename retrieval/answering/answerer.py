"""A question in, an answer with footnotes out, or an honest no."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from prompts import version
from retrieval.answering.followups import Condensed, condense
from retrieval.answering.intents import (
    REPLIES,
    TalkKind,
    talk_of,
)
from retrieval.answering.overviews import EMPTY_ARCHIVE, Overviews, notices
from retrieval.answering.quoting import (
    SETTING,
    Models,
    closest,
    foreign_language,
    in_language,
    quotes,
    read,
    with_its_words,
)
from retrieval.answering.writing import (
    AnswerOptions,
    agreeing,
    best_read,
    completed,
    with_citations,
    write_from,
)
from retrieval.errors import ModelError
from retrieval.grounding import CitationIndex
from retrieval.grounding.checked import Judge, check_all
from retrieval.grounding.composing import compose
from retrieval.grounding.quotes import MOST_QUOTES, without_repeats
from retrieval.llm.chat import as_chat
from retrieval.messages import UserMessage
from retrieval.models import Answer, Claim, Made, Mode, Unanswered, added
from retrieval.search import (
    MAX_QUESTION,
    clean_question,
    in_earlier_years,
    nothing_from,
    of_that_year,
    of_window,
    only_outside,
)
from retrieval.search.query import is_wished, wishes_of
from retrieval.text.words import words
from retrieval.tracing import Stopwatch, span

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import tzinfo

    from langchain_core.language_models import BaseChatModel

    from retrieval.answering.quoting import Reading
    from retrieval.index.chroma import Filter
    from retrieval.llm import ChatModel
    from retrieval.llm.local import TokenEmbeddings
    from retrieval.models import Hit
    from retrieval.search import Searcher
    from retrieval.search.dates import DateWindow
    from retrieval.search.query import Plan

log = logging.getLogger(__name__)

NOTHING_ASKED = REPLIES[TalkKind.EMPTY]
NOT_IN_ARCHIVE = UserMessage("I found no answer to that.")
NOT_TRACED = UserMessage(
    "I couldn't trace the answer to a source, so here are the closest quotations."
)
NOT_FOUND = UserMessage("The language model found no answer. These sentences come closest.")
LONG = UserMessage(
    "I only read the first {number} characters of the question.", number=MAX_QUESTION
)
CUT = UserMessage("The answer reached its length limit and may be incomplete.")
IN_QUOTES = UserMessage("Here are the sentences themselves.")


_SHOWING = UserMessage("Showing results for “{question}”.", question="")
_YEARS_TRIED = 2
# Where a window is asked for, how many times as many hits are looked at.
_MORE_FOR_A_WINDOW = 3
# The words of a question of several outlets, days or things stand in no one sentence: the share of
# the threshold that its chance must reach. Of 142 such questions 19 are declined so, and 17 of 23
# that have no answer.
_FOR_SEVERAL = 0.8
# From this chance on our reader is believed rather than a weak model that finds no answer.
_SURE = 0.7
# Of a question that is answered by words, how many hits are looked through for them.
_READ_BY_WORDS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerConfig:
    """How many passages are read, and when they are taken to answer.

    `passages` are shown to a chat model, `quoted_from` are read for quotations. The thresholds are
    chances of an answer, from 0 to 1: from `threshold` on quote mode quotes, from `model_threshold`
    on the chat model is asked, which may still decline: it is believed where `model_threshold` is
    the lower one. `embedding_model` is the name of the one
    that compared the passages, `chat_model` of the one that writes.
    """

    passages: int
    threshold: float
    model_threshold: float = 0.0
    embedding_model: str = ""
    chat_model: str = ""
    quoted_from: int = 12

    @property
    def reader_decides(self) -> bool:
        """Whether a chat model is too weak to be believed that there is an answer, or none."""
        return 0 < self.threshold <= self.model_threshold


@dataclass(frozen=True, slots=True)
class SearchScope:
    """What of the archive may answer: these articles (ids), or what a filter lets through."""

    among: Collection[int] | None = None
    within: Filter | None = None


class Answerer:
    """Answers questions from the archive; without a chat model, in quotes."""

    def __init__(
        self,
        searcher: Searcher,
        reading: TokenEmbeddings,
        model: ChatModel | BaseChatModel | None,
        rules: AnswerConfig,
        judge: Judge | None = None,
    ) -> None:
        self._searcher = searcher
        self._readers = Models(reading, searcher.embeddings, rules.embedding_model)
        self._model = None if model is None else as_chat(model)
        self._rules = rules
        self._overviews = Overviews(searcher, rules.passages, has_model=model is not None)
        self._judge = judge

    async def answer(  # noqa: PLR0913  each may be left out
        self,
        question: str,
        now: datetime | None = None,
        among: Collection[int] | None = None,
        *,
        within: Filter | None = None,
        in_quotes: UserMessage | None = None,
        on_progress: Callable[[str], None] | None = None,
        spent: Mapping[str, int] | None = None,
        language: str | None = None,
        zone: tzinfo = UTC,
        month_first: bool = False,
        on_thinking: Callable[[], None] | None = None,
    ) -> Answer | Unanswered:
        """Answer from what the archive holds; `now` is when it is asked.

        With `among`, only from these articles (ids); with `within`, only from what it lets through.
        With `in_quotes`, no model is asked, and the reader is told this reason. While the chat
        model writes, `on_progress` is given the text so far, without footnotes; the answer may
        differ from it. `on_thinking` is called while it thinks before it writes. `spent` are tokens
        that the question has cost already. `language` is the English name of that in which the
        model writes; None: the question's. In `zone` are the reader's days; with `month_first`,
        3/10 is 10 March.

        What asks nothing ("thanks") gets a line without citations. What asks for the news, or the
        latest about a topic, gets the leads of the newest articles.

        A chat model that fails is no reason to say nothing: the reader gets quotes and is told.

        Raises:
            ArchiveError: the search failed.
            ModelError: the embedding model failed.
        """
        whole = " ".join(question.split())
        watch, now = Stopwatch(), now or datetime.now(UTC)
        asked = clean_question(question)
        talk = talk_of(asked)
        if talk is not None and talk.kind is not TalkKind.EMPTY:
            mode = Mode.MODEL if self._model else Mode.QUOTE
            return Answer(asked, mode, (Claim.saying(talk.reply),), (), cost=watch.cost())
        how = AnswerOptions(in_quotes, on_progress, language, zone, month_first, on_thinking)
        where = SearchScope(among, within)
        with span("answer") as one:
            meant = await self._searcher.correct(asked) if where == SearchScope() else asked
            result = await self._answer(meant, now, where, watch, how)
            one.note(
                mode=result.mode.value,
                outcome="answered" if isinstance(result, Answer) else "declined",
                left_out=result.dropped.claims + result.dropped.unsupported,
            )
        cost = replace(result.cost, usage=added(spent, result.cost.usage))
        too_long = LONG if len(whole) > MAX_QUESTION else None
        if isinstance(result, Unanswered) and self._foreign(meant) and where == SearchScope():
            result = replace(result, notices=(*result.notices, SETTING))
        guessed = _SHOWING.given(question=meant) if meant != asked else None
        told = (*notices(too_long, guessed), *result.notices)
        return replace(result, cost=cost, notices=told)

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
        where: SearchScope,
        watch: Stopwatch,
        how: AnswerOptions,
    ) -> Answer | Unanswered:
        mode = Mode.MODEL if self._model else Mode.QUOTE
        if not words(question):
            return Unanswered(question, mode, NOTHING_ASKED, (), cost=watch.cost())
        plan = await self._searcher.plan(question, now, how.zone, month_first=how.month_first)
        if where != SearchScope() or plan.window is None or not plan.window.yearly:
            return await self._answer_planned(plan, where, watch, how)
        result = None
        # A chat model would answer from whatever days it is shown.
        if self._model is None or (await self._search(plan, where, how))[1] is None:
            result = await self._answer_planned(plan, where, watch, how)
            if isinstance(result, Answer):
                return result
        for window in await self._earlier_years(plan, how):
            again = await self._answer_planned(replace(plan, window=window), where, watch, how)
            if isinstance(again, Answer):
                told = (of_that_year(window, how.zone), *again.notices)
                return replace(again, notices=told)
        return result or await self._answer_planned(plan, where, watch, how)

    async def _earlier_years(self, plan: Plan, how: AnswerOptions) -> list[DateWindow]:
        """Where no year is named and the last one answers nothing: which ones may."""
        if plan.window is None or not plan.window.yearly:
            return []
        about = replace(plan, window=None)
        hits = await self._searcher.follow(about, self._rules.quoted_from, independent=True)
        hits += await self._searcher.news(None, plan.window.start, 1)
        dates = [one.passage.article.published for one in hits]
        return in_earlier_years(plan.window, dates, how.zone)[:_YEARS_TRIED]

    async def _answer_planned(
        self, plan: Plan, where: SearchScope, watch: Stopwatch, how: AnswerOptions
    ) -> Answer | Unanswered:
        mode, question = Mode.MODEL if self._model else Mode.QUOTE, plan.question
        if where == SearchScope():
            news = await self._overviews.answer(plan, watch, how)
            if news is not None:
                return news
        with watch.stage("search") as one:
            hits, outside = await self._search(plan, where, how)
            one.note(hits=len(hits))
        if not hits:
            reason = EMPTY_ARCHIVE if await self._searcher.has_nothing() else NOT_IN_ARCHIVE
            return Unanswered(question, mode, reason, (), cost=watch.cost())
        by_quotes = self._model is None or how.in_quotes is not None
        if outside is not None and by_quotes and plan.window is not None:
            reason = nothing_from(plan.window, how.zone)
            return Unanswered(
                question,
                Mode.QUOTE,
                reason,
                closest(hits),
                cost=watch.cost(),
                notices=notices(how.in_quotes),
            )
        asked = replace(plan, question=question, content=plan.content or question)
        with watch.stage("read"):
            reading = await read(self._readers, asked, hits)
        if by_quotes:
            told = notices(how.in_quotes) if self._model is not None else ()
            result = await self._from_quotes(asked, reading, watch, told)
        else:
            result = await self._from_model(asked, reading, plan.now, watch, how)
        if not result.made.passages:
            result = replace(result, made=self._made(hits))
        if isinstance(result, Unanswered):
            return result
        return replace(result, notices=(*notices(outside), *result.notices))

    async def _search(
        self, plan: Plan, where: SearchScope, how: AnswerOptions
    ) -> tuple[list[Hit], UserMessage | None]:
        """What was found, and a word if all of it is from other days than asked for."""
        most = max(self._rules.passages, self._rules.quoted_from)
        if where.among is not None:
            return await self._searcher.among(plan.question, where.among, most), None
        if where.within is not None:
            return await self._searcher.within(plan.question, where.within, most, plan.now), None
        wishes, language = wishes_of(plan), self._foreign(plan.question)
        if language is not None:
            found = await self._searcher.follow(plan, _READ_BY_WORDS, independent=True)
            mine = in_language(language, found)
            more = with_its_words(plan.content, mine, _MORE_FOR_A_WINDOW * most) or found
        else:
            deep = plan.window is not None and not wishes
            depth = _MORE_FOR_A_WINDOW * most if deep else most
            more = await self._searcher.follow(plan, depth, independent=True)
        met = any(is_wished(wish, hit.passage.article) for wish in wishes for hit in more)
        if plan.window is None or met:
            return more[:most], None
        if then := of_window(plan.window, more)[:most]:
            return then, None
        return more[:most], only_outside(plan.window, more, how.zone)

    async def _from_model(
        self,
        plan: Plan,
        reading: Reading,
        now: datetime,
        watch: Stopwatch,
        how: AnswerOptions,
    ) -> Answer | Unanswered:
        question, hits = plan.question, best_read(reading, self._rules.passages)
        if self._model is None or reading.chance < self._rules.model_threshold:
            return Unanswered(
                question, Mode.MODEL, NOT_IN_ARCHIVE, closest(hits), cost=watch.cost()
            )
        try:
            with watch.stage("write"):
                written, shown = await write_from(self._model, question, hits, now, how)
        except ModelError as error:
            log.warning(
                "chat model failed, answering in quotes: %s (%s)",
                error,
                error.details or "its server said nothing",
                exc_info=error,
            )
            return await self._from_quotes(plan, reading, watch, (error.message, IN_QUOTES))
        with watch.stage("check") as one:
            citing, dropped = await with_citations(question, written.statements, shown)
            checked = await check_all(self._model, shown, citing, self._judge, question)
            kept = checked.kept
            if self._rules.reader_decides:
                kept = agreeing(reading, shown, kept)
            one.note(kept=len(kept), left_out=len(written.statements) - len(kept))
        dropped = replace(dropped, unsupported=len(citing) - len(kept))
        cost = watch.cost(added(written.usage, checked.usage))
        made = self._made(hits[: len(shown.passages)], written.prompt)
        is_doubted = self._rules.reader_decides and reading.chance >= _SURE
        if not kept and (is_doubted or not written.refused):
            log.info("nothing of the chat model's answer stands, answering in quotes")
            notice = NOT_FOUND if written.refused else NOT_TRACED
            quoted = await self._from_quotes(plan, reading, watch, (notice,))
            cost = replace(quoted.cost, usage=cost.usage)
            told = quoted.notices if isinstance(quoted, Answer) else ()
            return replace(quoted, dropped=dropped, cost=cost, made=made, notices=told)
        if not kept:
            return Unanswered(
                question, Mode.MODEL, NOT_IN_ARCHIVE, closest(hits), dropped, cost, made=made
            )
        statements = without_repeats(list(kept.values()))
        if self._rules.reader_decides:
            shown, statements = completed(reading, shown, statements)
        whole = await asyncio.to_thread(compose, question, shown, statements)
        return Answer(
            question,
            Mode.MODEL,
            whole.claims,
            whole.citations,
            dropped,
            cost,
            notices=(CUT,) if written.cut else (),
            disputed=whole.disputed,
            made=made,
        )

    async def _from_quotes(
        self, plan: Plan, reading: Reading, watch: Stopwatch, told: tuple[UserMessage, ...]
    ) -> Answer | Unanswered:
        question, hits = plan.question, reading.hits
        share = _FOR_SEVERAL if reading.is_several else 1.0
        said = quotes(reading) if reading.chance >= share * self._rules.threshold else []
        if not said:
            return Unanswered(
                question,
                Mode.QUOTE,
                NOT_IN_ARCHIVE,
                closest(hits),
                cost=watch.cost(),
                notices=told,
            )
        shown = CitationIndex(tuple(hit.passage for hit in hits))
        whole = await asyncio.to_thread(compose, plan.content, shown, said[:MOST_QUOTES])
        given = {(one.article.id, one.start) for one in whole.citations}
        further = [shown.citation(one.ids[0], 0) for one in said[MOST_QUOTES:]]
        return Answer(
            question,
            Mode.QUOTE,
            whole.claims,
            whole.citations,
            cost=watch.cost(),
            notices=told,
            disputed=whole.disputed,
            further=tuple(one for one in further if (one.article.id, one.start) not in given),
        )

    def _made(self, hits: Sequence[Hit], prompt: str = "") -> Made:
        passages = tuple(hit.passage.id for hit in hits)
        if not prompt:
            return Made(passages=passages)
        return Made(self._rules.chat_model, version(prompt), passages)

    def _foreign(self, question: str) -> str | None:
        """The question's language, if the embedding model does not understand it."""
        return foreign_language(self._rules.embedding_model, question)
