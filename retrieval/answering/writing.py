"""A question and its passages, through the chat model, into statements with ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from prompts import load
from retrieval.answering.composing import quote_of
from retrieval.errors import ModelError
from retrieval.grounding import SentenceId, Shown, Statement, StatementParser, is_refusal
from retrieval.grounding.parsing import json_statements, parse
from retrieval.grounding.quotes import GOOD_ENOUGH, choose_quotes
from retrieval.providers.chat import as_chat
from retrieval.providers.complete import complete
from retrieval.providers.tokens import room_for

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from langchain_core.language_models import BaseChatModel

    from retrieval.answering.quoting import Reading
    from retrieval.errors import ModelTooLongError
    from retrieval.grounding.said import Said
    from retrieval.models import Hit
    from retrieval.providers import ChatModel


_PROMPTS = {"plain": "answer_plain"}
# What is written after the last of these completes no statement.
_COMPLETING = frozenset("\n]】)}")
# Small models name all that there are where they may: a statement rests on two sentences at most.
_MOST_STATEMENTS, _MOST_IDS = 6, 2
# Of what holds no statement, so much is told to the operator.
_MOST_OF_SCRAPS = 100


@dataclass(frozen=True, slots=True)
class Written:
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
    shown: Shown,
    now: datetime,
    on_statements: Callable[[Sequence[Statement]], None] | None = None,
    *,
    on_thinking: Callable[[], None] | None = None,
    language: str | None = None,
) -> Written:
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
    listener = _Reader(on_statements, on_thinking)
    made = await complete(chat, prompt, name, listener=listener, schema=schema)
    statements = parse(made.text, cut=made.cut)
    if not statements and not made.cut:
        raise ModelError("The chat model wrote nothing.", made.text[:_MOST_OF_SCRAPS])
    return Written(
        statements=tuple(one for one in statements if not is_refusal(one)),
        refused=any(is_refusal(one) for one in statements),
        cut=made.cut,
        usage=made.usage,
        prompt=name,
        first_s=made.first_s,
    )


def schema_of(shown: Shown) -> dict[str, Any]:
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


def agreeing(reading: Reading, shown: Shown, said: Mapping[int, Said]) -> dict[int, Said]:
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


def completed(reading: Reading, shown: Shown, said: Sequence[Said]) -> tuple[Shown, list[Said]]:
    """What a weak model says of a question with several parts, and quotations for the rest of it.

    Small models answer one of the parts. Also gives the passages that all of it rests on.
    """
    if not len(said) < len(reading.asked):
        return shown, list(said)
    known = {one.id for one in shown.passages}
    more = (hit.passage for hit in reading.hits if hit.passage.id not in known)
    whole = Shown((*shown.passages, *more))
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


def fitting(model: ChatModel | BaseChatModel, question: str, shown: Shown) -> Shown:
    """As many of the passages, best first, as the model can read; whole ones."""
    parts = [shown.passage(number) for number in range(1, len(shown.passages) + 1)]
    return Shown(shown.passages[: room_for(as_chat(model), "answer", parts, question)])


def fewer(shown: Shown, refusal: ModelTooLongError) -> Shown:
    """Fewer passages, after a server refused so many.

    Raises:
        ModelTooLongError: there is but one.
    """
    if len(shown.passages) < 2:  # noqa: PLR2004  nothing to leave out
        raise refusal
    return Shown(shown.passages[: len(shown.passages) // 2])


class _Reader:
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
