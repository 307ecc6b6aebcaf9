"""A question and its passages, through the chat model, into statements with ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError
from retrieval.grounding import Statement, StatementParser, is_refusal
from retrieval.providers.streaming import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from langchain_core.language_models import BaseChatModel

    from retrieval.grounding import Shown


# What is written after the last of these completes no statement.
_COMPLETING = frozenset("\n]】")


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote. `cut` when it stopped at its length limit, not at its end."""

    statements: tuple[Statement, ...]
    refused: bool
    cut: bool
    usage: Mapping[str, int]


async def write(  # noqa: PLR0913  what it is written from, and how
    model: BaseChatModel,
    question: str,
    shown: Shown,
    now: datetime,
    on_statements: Callable[[Sequence[Statement]], None] | None = None,
    *,
    language: str | None = None,
) -> Written:
    """Ask the model, reading its answer as it streams; `on_statements` is given those so far.

    `language` is the English name of that to write in; None: the question's.

    Raises:
        ModelTruncatedError: the stream ended without saying why, so its end is missing.
        ModelError: the server failed, refused or wrote nothing.
    """
    prompt = load("answer", "today", "articles", "question", "language").format_messages(
        today=f"{now:%A, %d %B %Y}",
        articles=shown.prompt(),
        question=question,
        language=language or "the language of the question",
    )
    parser, statements = StatementParser(), list[Statement]()

    def read(piece: str) -> None:
        statements.extend(parser.feed(piece))
        if on_statements is not None and not _COMPLETING.isdisjoint(piece):
            on_statements((*statements, *parser.begun()))

    ended = await stream(model, prompt, read)
    if not ended.cut:
        statements += parser.finish()
    if not statements and not ended.cut:
        raise ModelError("The chat model wrote nothing.")
    return Written(
        statements=tuple(one for one in statements if not is_refusal(one)),
        refused=any(is_refusal(one) for one in statements),
        cut=ended.cut,
        usage=ended.usage,
    )
