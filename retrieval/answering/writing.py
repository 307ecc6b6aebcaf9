"""A question and its passages, through the chat model, into statements with ids."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from prompts import load
from retrieval.errors import ModelError, ModelTruncatedError
from retrieval.grounding import NO_ANSWER, Statement, StatementParser
from retrieval.providers.failures import ModelFailures

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from langchain_core.language_models import BaseChatModel

    from retrieval.grounding import Shown


@dataclass(frozen=True, slots=True)
class Written:
    """What the model wrote. `cut` when it stopped at its length limit, not at its end."""

    statements: tuple[Statement, ...]
    refused: bool
    cut: bool
    usage: Mapping[str, int]


async def write(model: BaseChatModel, question: str, shown: Shown, now: datetime) -> Written:
    """Ask the model, reading its answer as it streams.

    Raises:
        ModelTruncatedError: the stream ended without saying why, so its end is missing.
        ModelError: the server failed, refused or wrote nothing.
    """
    prompt = load("answer", "today", "articles", "question").format_messages(
        today=f"{now:%A, %d %B %Y}", articles=shown.prompt(), question=question
    )
    parser, statements = StatementParser(), list[Statement]()
    total = None
    with ModelFailures("chat"):
        async for chunk in model.astream(prompt):
            statements += parser.feed(chunk.text)
            total = chunk if total is None else total + chunk
    # A connection that breaks off raises nothing in the client: only the reason tells.
    reason = total.response_metadata.get("finish_reason") if total is not None else None
    if total is None or reason not in {"stop", "length"}:
        raise ModelTruncatedError("The chat model's answer broke off.")
    cut = reason == "length"
    if not cut:
        statements += parser.finish()
    if not statements and not cut:
        raise ModelError("The chat model wrote nothing.")
    return Written(
        statements=tuple(one for one in statements if not _is_refusal(one)),
        refused=any(_is_refusal(one) for one in statements),
        cut=cut,
        usage=_usage(getattr(total, "usage_metadata", None)),
    )


def _is_refusal(statement: Statement) -> bool:
    return statement.text.strip(" .!").upper().replace("_", " ") == NO_ANSWER


def _usage(metadata: Mapping[str, object] | None) -> dict[str, int]:
    names = ("input_tokens", "output_tokens", "total_tokens")
    found = {name: (metadata or {}).get(name) for name in names}
    return {name: count for name, count in found.items() if isinstance(count, int)}
