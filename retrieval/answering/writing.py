"""A question and its passages, through the chat model, into statements with ids."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import TYPE_CHECKING, Any

from prompts import load
from retrieval.errors import ModelError, ModelTooLongError
from retrieval.grounding import CitationIndex, SentenceId, Statement, StatementParser, is_refusal
from retrieval.grounding.checks import check_claim, with_exact_figures
from retrieval.grounding.citations import MOST_IDS, CitedStatement
from retrieval.grounding.composing import quote_of, with_its_sentence
from retrieval.grounding.parsing import json_statements, parse
from retrieval.grounding.quotes import GOOD_ENOUGH, choose_quotes, evidence_of, find_support
from retrieval.llm.chat import as_chat
from retrieval.llm.complete import WROTE_NOTHING, complete, room_for
from retrieval.models import Article, Dropped, Passage, Precision, Published, Span
from retrieval.text.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import tzinfo

    from langchain_core.language_models import BaseChatModel

    from retrieval.answering.quoting import Reading
    from retrieval.llm import ChatModel
    from retrieval.messages import UserMessage
    from retrieval.models import Hit


log = logging.getLogger(__name__)

_PROMPTS = {"plain": "answer_plain"}
# What is written after the last of these completes no statement.
_COMPLETING = frozenset("\n]】)}")
# Small models name all that there are where they may: a statement rests on two sentences at most.
_MOST_STATEMENTS, _MOST_IDS = 6, 2
# Of what holds no statement, so much is told to the operator.
_MOST_OF_SCRAPS = 100


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """In what manner to answer; see `Answerer.answer`."""

    in_quotes: UserMessage | None = None
    on_progress: Callable[[str], None] | None = None
    language: str | None = None
    zone: tzinfo = UTC
    month_first: bool = False
    on_thinking: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class WrittenAnswer:
    """What the model wrote. `cut` when it stopped at its length limit, not at its end.

    `prompt` is the name of that which it was asked with.
    """

    statements: tuple[Statement, ...]
    refused: bool
    cut: bool
    usage: Mapping[str, int]
    prompt: str = "answer"
    first_s: float = 0.0


async def write(  # noqa: PLR0913  what it is written from, and how
    model: ChatModel | BaseChatModel,
    question: str,
    shown: CitationIndex,
    now: datetime,
    on_statements: Callable[[Sequence[Statement]], None] | None = None,
    *,
    on_thinking: Callable[[], None] | None = None,
    language: str | None = None,
) -> WrittenAnswer:
    """Ask the model, reading its answer as it streams; `on_statements` is given those so far.

    `on_thinking` is called while it thinks and has written nothing. `language` is the English name
    of that to write in; None: the question's.

    Raises:
        ModelTruncatedError: the stream ended without saying why, so its end is missing.
        ModelTooLongError: the prompt does not fit; try with `fewer`.
        ModelError: the server failed, refused or wrote nothing.
    """
    chat = as_chat(model)
    name = "answer_json" if chat.writes_json else _PROMPTS.get(chat.format, "answer")
    plain = chat.format == "plain"
    given = {"articles": shown.prompt(with_ids=not plain), "question": question}
    if not plain:  # who copies needs no day, and writes in the language of the articles
        given["today"] = f"{now:%A, %d %B %Y}"
        given["language"] = language or "the language of the question"
    prompt = load(name, *given).format_messages(**given)
    schema = schema_of(shown) if chat.writes_json else None
    listener = _StreamReader(on_statements, on_thinking)
    made = await complete(chat, prompt, name, listener=listener, schema=schema)
    statements = parse(made.text, cut=made.cut)
    if not statements and not made.cut:
        raise ModelError(WROTE_NOTHING, made.text[:_MOST_OF_SCRAPS])
    return WrittenAnswer(
        statements=tuple(one for one in statements if not is_refusal(one)),
        refused=any(is_refusal(one) for one in statements),
        cut=made.cut,
        usage=made.usage,
        prompt=name,
        first_s=made.first_s,
    )


def schema_of(shown: CitationIndex) -> dict[str, Any]:
    """The JSON of an answer that can cite nothing but what is shown."""
    ids = [str(name).strip("[]") for name in shown.ids()]
    statement = {
        "type": "object",
        "properties": {
            "ids": {
                "type": "array",
                "items": {"type": "string", "enum": ids},
                "minItems": 1,
                "maxItems": _MOST_IDS,
            },
            "text": {"type": "string"},
        },
        "required": ["ids", "text"],
        "additionalProperties": False,
    }
    statements = {"type": "array", "items": statement, "maxItems": _MOST_STATEMENTS}
    return {
        "type": "object",
        "properties": {"statements": statements},
        "required": ["statements"],
        "additionalProperties": False,
    }


def best_read(reading: Reading, most: int) -> list[Hit]:
    """The passages whose sentences answer best, the best first; others as they were found.

    Four of these hold what eight hold in the order of the search, and a model that reads them on a
    processor needs a minute less.
    """
    best = dict[int, float]()
    for at, sentence in enumerate(reading.sentences):
        fit = max(fits[at] for fits in reading.fits)
        best[sentence.hit] = max(best.get(sentence.hit, fit), fit)
    ranked = sorted(best, key=lambda hit: -best[hit])
    ranked += [hit for hit in range(len(reading.hits)) if hit not in best]
    return [reading.hits[hit] for hit in ranked[:most]]


def agreeing(
    reading: Reading, shown: CitationIndex, said: Mapping[int, CitedStatement]
) -> dict[int, CitedStatement]:
    """Of what a weak model says that which cites a sentence that our reader would quote, too.

    Small models put into words what stands there, whatever was asked: two who choose the same
    sentence are more often right than either.
    """
    quotable = set[tuple[str, int]]()
    for fits in reading.fits:
        limit = max(fits, default=0.0) - GOOD_ENOUGH
        for sentence, fit in zip(reading.sentences, fits, strict=True):
            if fit >= limit:
                quotable.add((sentence.passage.id, sentence.index))
    return {
        n: one
        for n, one in said.items()
        if any(
            (shown.passages[name.passage - 1].id, index) in quotable
            for name in one.ids
            for index in range(name.sentence - 1, max(name.sentence, name.through))
        )
    }


def completed(
    reading: Reading, shown: CitationIndex, said: Sequence[CitedStatement]
) -> tuple[CitationIndex, list[CitedStatement]]:
    """What a weak model says of a question with several parts, and quotations for the rest of it.

    Small models answer one of the parts. Also gives the passages that all of it rests on.
    """
    if not len(said) < len(reading.asked):
        return shown, list(said)
    known = {one.id for one in shown.passages}
    more = (hit.passage for hit in reading.hits if hit.passage.id not in known)
    whole = CitationIndex((*shown.passages, *more))
    numbers = {passage.id: number for number, passage in enumerate(whole.passages, start=1)}
    cited = {
        (name.passage, sentence)
        for one in said
        for name in one.ids
        for sentence in range(name.sentence, max(name.sentence, name.through) + 1)
    }
    quoted = [
        SentenceId(numbers[reading.hits[one.hit].passage.id], one.first + 1, one.last + 1)
        for one in choose_quotes(reading.sentences, reading.fits, reading.asked)
    ]
    rest = [
        quote_of(whole, name)
        for name in quoted
        if not any((name.passage, n) in cited for n in range(name.sentence, name.through + 1))
    ]
    return whole, [*said, *rest]


def fitting(model: ChatModel | BaseChatModel, question: str, shown: CitationIndex) -> CitationIndex:
    """As many of the passages, best first, as the model can read; whole ones."""
    parts = [shown.passage(number) for number in range(1, len(shown.passages) + 1)]
    return CitationIndex(shown.passages[: room_for(as_chat(model), "answer", parts, question)])


def fewer(shown: CitationIndex, refusal: ModelTooLongError) -> CitationIndex:
    """Fewer passages, after a server refused so many.

    Raises:
        ModelTooLongError: there is but one.
    """
    if len(shown.passages) < 2:  # noqa: PLR2004  nothing to leave out
        raise refusal
    return CitationIndex(shown.passages[: len(shown.passages) // 2])


async def write_from(
    model: ChatModel,
    question: str,
    hits: Sequence[Hit],
    now: datetime,
    how: AnswerOptions,
) -> tuple[WrittenAnswer, CitationIndex]:
    """What the model writes, from as many of the passages as it can read; and these."""
    shown = fitting(model, question, CitationIndex(tuple(hit.passage for hit in hits)))
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


async def with_citations(
    question: str, statements: Sequence[Statement], shown: CitationIndex
) -> tuple[list[CitedStatement], Dropped]:
    """Statements with the shown sentences that they cite, and what was left out.

    For those that cite none, code looks for the sentence that supports them.
    """
    known = [
        CitedStatement(one.text, tuple(name for name in one.ids if name in shown)[:MOST_IDS])
        for one in statements
    ]
    ids = sum(len(one.ids) for one in statements) - sum(len(one.ids) for one in known)
    # Ids alone stand for their sentences.
    known = [
        said
        for one in known
        for said in ([one] if one.text else [quote_of(shown, name) for name in one.ids])
    ]
    bare = [n for n, one in enumerate(known) if not one.ids]
    found = await find_support(question, shown, [known[n].text for n in bare])
    beside = {name for names in (*found, *(one.ids for one in known)) for name in names}
    for n, names in zip(bare, found, strict=True):
        known[n] = with_its_sentence(shown, CitedStatement(known[n].text, names), beside)
    kept = [one for one in known if one.ids]
    return kept, Dropped(ids=ids, claims=len(known) - len(kept))


class _StreamReader:
    """Reads statements off an answer while it is written."""

    def __init__(
        self,
        on_statements: Callable[[Sequence[Statement]], None] | None,
        on_thinking: Callable[[], None] | None,
    ) -> None:
        self._on_statements = on_statements
        self._on_thinking = on_thinking
        self._begin()

    def _begin(self) -> None:
        self._parser, self._statements, self._text = StatementParser(), list[Statement](), ""

    def thinking(self) -> None:
        if self._on_thinking is not None:
            self._on_thinking()

    def again(self) -> None:
        self._begin()
        if self._on_statements is not None:
            self._on_statements(())
        self.thinking()

    def wrote(self, piece: str) -> None:
        self._text += piece
        self._statements.extend(self._parser.feed(piece))
        if self._on_statements is None or _COMPLETING.isdisjoint(piece):
            return
        if self._text.lstrip().startswith(("{", "`")):
            self._on_statements(json_statements(self._text))
        else:
            self._on_statements((*self._statements, *self._parser.begun()))


class Drafting:
    """Tells `on_progress` the text so far, each time it grows.

    Only whole statements that cite what was shown and pass the rules of the claim check: nobody
    should read, even for a second, what the answer itself would leave out. Without ids or
    footnotes, as these are numbered at the end.
    """

    def __init__(self, shown: CitationIndex, on_progress: Callable[[str], None]) -> None:
        self._shown = shown
        self._on_progress = on_progress
        self._known: dict[Statement, str] = {}
        self._told = ""

    def __call__(self, statements: Sequence[Statement]) -> None:
        """Take all statements so far."""
        for one in statements:
            if one not in self._known:
                self._known[one] = self._presentable(one)
        text = "\n\n".join(filter(None, (self._known[one] for one in statements)))
        if text == self._told:
            return
        self._told = text
        if text:  # nothing: the model begins anew, and what it thinks is announced elsewhere
            self._on_progress(text)

    def _presentable(self, one: Statement) -> str:
        """The statement as the answer would have it, or nothing."""
        ids = tuple(name for name in one.ids if name in self._shown)[:MOST_IDS]
        if not ids or not one.text:
            return "\n\n".join(quote_of(self._shown, name).text for name in ids)
        verdict = check_claim(one.text, evidence_of(self._shown, ids))
        return with_exact_figures(one.text, verdict) if verdict.stands else ""


# Two real questions to the chat model, for `sitrep doctor`.
#
# Does it answer, how fast, with ids; and does it decline where there is no answer?

QUESTION = "How many passengers does the new Harbour Line tram carry?"
UNANSWERED = "How many passengers does the new Lake Ferry carry?"
_TEXT = (
    "The Harbour Line tram opened on Monday after four years of building. Each of the new trams "
    "carries 214 passengers, the transport office said. Tickets cost the same as before."
)
_HOLDS = "214"
_NOW = datetime(2024, 11, 13, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of it: seconds, tokens, and whether what was right there was found and cited.

    `cited`: of `statements`, how many named a sentence that was shown, or if the model is not asked
    for ids, how many such a sentence supports. `declines`: whether it does
    to what the sentences do not answer.
    """

    first_s: float
    whole_s: float
    tokens: int
    as_json: bool
    statements: int
    cited: int
    is_right: bool
    declined: bool
    declines: bool = True


async def try_model(chat: ChatModel) -> Trial:
    """Ask it.

    Raises:
        ModelError: it failed.
    """
    shown = CitationIndex((_passage(),))
    began = perf_counter()
    written = await write(chat, QUESTION, shown, _NOW)
    whole_s = perf_counter() - began
    other = await write(chat, UNANSWERED, shown, _NOW)
    texts = [one.text for one in written.statements]
    supports = await find_support(QUESTION, shown, texts if chat.format == "plain" else [])
    named = [one.ids for one in written.statements]
    return Trial(
        first_s=written.first_s,
        whole_s=whole_s,
        tokens=written.usage.get("output_tokens", 0),
        as_json=written.prompt == "answer_json",
        statements=len(written.statements),
        cited=sum(any(name in shown for name in ids) for ids in supports or named),
        is_right=any(_HOLDS in one.text for one in written.statements),
        declined=written.refused,
        declines=other.refused and not other.statements,
    )


def _passage() -> Passage:
    published = Published(_NOW, Precision.DAY)
    article = Article(
        1, 1, 1, "Tram opens", "Harbour Post", None, author=None, published=published, language="en"
    )
    sentences = tuple(split_sentences(_TEXT))
    return Passage("1:0", article, 0, Span(0, len(_TEXT)), _TEXT, sentences)
