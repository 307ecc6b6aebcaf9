"""A chat model's answer as it streams, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.errors import ModelTruncatedError
from retrieval.providers.failures import ModelFailures
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage


# No answer is longer, whatever a server sends: what was read so far counts as cut.
MOST_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Ended:
    """How an answer ended: `cut` when at its length limit; `usage` in tokens, as counted there."""

    cut: bool
    usage: Mapping[str, int]


async def stream(
    model: BaseChatModel, messages: Sequence[BaseMessage], on_text: Callable[[str], None]
) -> Ended:
    """Ask a model; `on_text` is given each piece of its answer as it comes.

    Raises:
        ModelTruncatedError: the stream ended without saying why, so its end is missing.
        ModelError: the server failed or refused.
    """
    with span("model", model=str(getattr(model, "model_name", "unknown"))) as one:
        ended = await _streamed(model, messages, on_text)
        one.note(cut=ended.cut, **ended.usage)
    return ended


async def _streamed(
    model: BaseChatModel, messages: Sequence[BaseMessage], on_text: Callable[[str], None]
) -> Ended:
    total, length = None, 0
    with ModelFailures("chat"):
        async for chunk in model.astream(messages):
            text = chunk.text[: MOST_CHARS - length]
            on_text(text)
            total = chunk if total is None else total + chunk
            length += len(text)
            if length == MOST_CHARS:
                return Ended(True, _usage(getattr(total, "usage_metadata", None)))
    # A connection that breaks off raises nothing in the client: only the reason tells.
    reason = total.response_metadata.get("finish_reason") if total is not None else None
    if total is None or reason not in {"stop", "length"}:
        raise ModelTruncatedError("The chat model's answer broke off.")
    return Ended(reason == "length", _usage(getattr(total, "usage_metadata", None)))


def _usage(metadata: Mapping[str, object] | None) -> dict[str, int]:
    names = ("input_tokens", "output_tokens", "total_tokens")
    found = {name: (metadata or {}).get(name) for name in names}
    return {name: count for name, count in found.items() if isinstance(count, int)}
