"""One question to a chat model, and its whole answer: the only place where one is asked.

What it thinks stays here. The answer comes without thoughts, counted, within its time limits, and
with a name and the prompt's version for whoever traces LangChain's calls.
"""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.resources import files
from time import perf_counter
from typing import TYPE_CHECKING, Any, Protocol

from prompts import version
from retrieval.errors import ModelError, ModelTooLongError, ModelTruncatedError
from retrieval.llm.chat import ChatModel, as_chat
from retrieval.llm.server import ModelFailures
from retrieval.llm.thinking import VisibleText
from retrieval.messages import UserMessage
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage, BaseMessageChunk
    from langchain_core.runnables import RunnableConfig


log = logging.getLogger(__name__)

WROTE_NOTHING = UserMessage("The chat model wrote nothing.")

# How makers say that an answer ended by itself, and that it reached its limit.
_ENDED = frozenset(
    {"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "finish"}
)
_CUT = frozenset(["length", "max_tokens", "max_output_tokens", "model_length", "max_length"])
_REASONS = ("finish_reason", "stop_reason", "done_reason")
# Again and again the same: so many lines in a row, so many that differ in nothing but figures (a
# list without end), or so often a piece of text, a short one more often.
_SAME_LINES, _SAME_BUT_FIGURES = 4, 8
_SHORT_PIECE, _LONG_PIECE = 80, 400
_SHORT_TIMES, _LONG_TIMES = 10, 4
_FIGURE = re.compile(r"\d+")
_LOOK_BACK = _LONG_PIECE * _LONG_TIMES
_MOST_BLANK = 200
_LOOK_EVERY = 200


class Listener(Protocol):
    """Who reads along while a model writes."""

    def thinking(self) -> None:
        """The model thinks, and has written nothing that could be shown."""

    def wrote(self, piece: str) -> None:
        """The next piece of the answer."""

    def again(self) -> None:
        """Nothing of what was written so far counts."""


# No answer is longer, thoughts included, whatever a server sends: what was read so far is cut.
MOST_CHARS = 100_000


@dataclass(frozen=True, slots=True)
class Completion:
    """An answer without its thoughts; `cut` when it reached its length limit.

    `usage` is in tokens, as the server counted them, or as estimated where it does not. `refusal`
    is what its maker has it say instead of an answer.
    """

    text: str
    cut: bool = False
    usage: Mapping[str, int] = field(default_factory=dict)
    thought: bool = False
    first_s: float = 0.0
    whole_s: float = 0.0
    refusal: str = ""


async def complete(
    model: ChatModel | BaseChatModel,
    messages: Sequence[BaseMessage],
    prompt: str,
    *,
    listener: Listener | None = None,
    schema: Mapping[str, Any] | None = None,
) -> Completion:
    """Ask a model with the prompt of this name; with a `schema`, for JSON of that shape.

    Raises:
        ModelTruncatedError: the stream ended without saying why, so its end is missing.
        ModelTooLongError: the prompt does not fit into the model's window.
        ModelError: the server failed or refused, it took too long, wrote nothing, or wrote the
            same again and again.
    """
    chat = as_chat(model)
    with span("model", model=chat.model_name) as one:
        try:
            made = await _within_limits(chat, messages, prompt, listener, schema)
        except ModelError as error:
            chat.health.fails(error, datetime.now(UTC))
            if isinstance(error, ModelTooLongError):
                chat.health.window = error.window or chat.health.window
            raise
        chat.health.answers()
        one.note(cut=made.cut, **made.usage)
    return made


async def _within_limits(
    chat: ChatModel,
    messages: Sequence[BaseMessage],
    prompt: str,
    listener: Listener | None,
    schema: Mapping[str, Any] | None,
) -> Completion:
    shape = chat.shaped(schema) if schema is not None and chat.shaped is not None else {}
    config: RunnableConfig = {
        "run_name": f"sitrep_{prompt}",
        "tags": ["sitrep", prompt],
        "metadata": {"prompt": prompt, "prompt_version": version(prompt)},
    }
    with ModelFailures("chat"):
        async with asyncio.timeout(chat.whole_s or None):
            reading = _Reading(chat, listener)
            made = await reading.read(messages, config, shape)
            if made.text.strip():
                return made
            if not (made.cut or made.thought):
                raise ModelError(WROTE_NOTHING, made.refusal)
            if chat.again is not None:
                log.warning("the chat model spent its answer on thinking; asked once more")
                reading = _Reading(chat, listener)
                more = await reading.read(messages, config, shape | chat.again())
                if more.text.strip():
                    return more
    raise ModelError(UserMessage("The chat model ran out of room while thinking."))


class _Reading:
    """One answer as it streams."""

    def __init__(self, chat: ChatModel, listener: Listener | None) -> None:
        self._chat = chat
        self._listener = listener
        self._visible = VisibleText(opens_thinking=chat.health.opens_thinking)
        self._heard = ""
        self._looked_at = 0
        self._thought_apart = False
        self._began = perf_counter()
        self._first_s = 0.0
        self._length = 0

    @property
    def _is_full(self) -> bool:
        return self._length > MOST_CHARS

    async def read(
        self, messages: Sequence[BaseMessage], config: RunnableConfig, kwargs: dict[str, Any]
    ) -> Completion:
        total = await self._stream(messages, config, kwargs)
        # A connection that breaks off raises nothing in the client: only the reason tells.
        reason = _reason(total)
        if reason not in _ENDED | _CUT and not self._is_full:
            raise _without_end(total, reason)
        cut = reason in _CUT or self._is_full
        text = self._visible.finish(cut=cut)
        self._tell()
        thought = self._thought_apart or self._visible.had_thoughts
        health = self._chat.health
        health.thinks = health.thinks or thought
        health.opens_thinking = self._visible.closed_unopened or (
            health.opens_thinking and not text.strip()
        )
        usage = _usage(getattr(total, "usage_metadata", None)) or _estimated(messages, text)
        refusal = str(total.additional_kwargs.get("refusal") or "") if total is not None else ""
        whole_s = perf_counter() - self._began
        return Completion(text, cut, usage, thought, self._first_s, whole_s, refusal)

    async def _stream(
        self, messages: Sequence[BaseMessage], config: RunnableConfig, kwargs: dict[str, Any]
    ) -> BaseMessageChunk | None:
        total: BaseMessageChunk | None = None
        chunks = self._chat.port.astream(list(messages), config, **kwargs)
        async with asyncio.timeout(self._chat.first_words_s or None) as until_first:
            async with aclosing(chunks) as stream:  # type: ignore[type-var]
                async for chunk in stream:
                    self._length += len(chunk.text)
                    if self._is_full:
                        break
                    apart = _thinks_apart(chunk)
                    if not self._first_s and (apart or chunk.text):
                        self._first_s = perf_counter() - self._began
                        until_first.reschedule(None)
                    self._take(chunk.text, apart=apart)
                    total = chunk if total is None else total + chunk
        return total

    def _take(self, piece: str, *, apart: bool) -> None:
        self._thought_apart = self._thought_apart or apart
        self._visible.feed(piece)
        self._tell()
        thinks = (apart and not piece) or (bool(piece) and self._visible.is_thinking)
        if thinks and self._listener is not None and not self._heard:
            self._listener.thinking()
        text = self._visible.text
        if len(text) >= self._looked_at + _LOOK_EVERY or "\n" in piece:
            self._looked_at = len(text)
            if is_loop(text):
                raise ModelError(UserMessage("The chat model kept repeating itself."))

    def _tell(self) -> None:
        """Pass on what is new."""
        text = self._visible.text
        if self._listener is None or text == self._heard:
            return
        if text.startswith(self._heard):
            self._listener.wrote(text[len(self._heard) :])
        else:
            self._listener.again()
            if text:
                self._listener.wrote(text)
        self._heard = text


def is_loop(text: str) -> bool:
    """Whether a text ends in the same line, or the same piece, again and again."""
    lines = [line.strip() for line in text[-_LOOK_BACK * 3 :].split("\n")[:-1] if line.strip()]
    alike = [_FIGURE.sub("0", line) for line in lines]
    for last, times in ((lines, _SAME_LINES), (alike, _SAME_BUT_FIGURES)):
        if len(last) >= times and len(set(last[-times:])) == 1:
            return True
    tail = text[-_LOOK_BACK:].rstrip()
    if len(text[-_LOOK_BACK:]) - len(tail) > _MOST_BLANK:
        return True
    for length in range(1, min(_LONG_PIECE, len(tail)) + 1):
        piece = tail[-length:]
        times = _SHORT_TIMES if length <= _SHORT_PIECE else _LONG_TIMES
        if tail.endswith(piece * times) and any(char.isalpha() for char in piece):
            return True
    return False


def _reason(total: BaseMessageChunk | None) -> str:
    """Why the model ended, in small letters; empty where it does not say."""
    known = total.response_metadata if total is not None else {}
    return next((str(known[name]).casefold() for name in _REASONS if known.get(name)), "")


def _without_end(total: BaseMessageChunk | None, reason: str) -> ModelError:
    if reason and total is not None:
        return ModelError(UserMessage("The chat model's server withheld its answer."), reason)
    return ModelTruncatedError(UserMessage("The chat model's answer broke off."))


def _thinks_apart(chunk: BaseMessageChunk) -> bool:
    """Whether a piece has a thought in a field or block of its own."""
    if chunk.additional_kwargs.get("reasoning_content"):
        return True
    content = chunk.content
    return isinstance(content, list) and any(
        isinstance(block, dict) and str(block.get("type", "")).startswith(("think", "reason"))
        for block in content
    )


def _usage(metadata: Mapping[str, object] | None) -> dict[str, int]:
    names = ("input_tokens", "output_tokens", "total_tokens")
    found = {name: (metadata or {}).get(name) for name in names}
    return {name: count for name, count in found.items() if isinstance(count, int)}


def _estimated(messages: Sequence[BaseMessage], text: str) -> dict[str, int]:
    """For servers that count nothing: a budget of tokens has to hold there, too."""
    read = sum(estimated_tokens(one.text) for one in messages)
    written = estimated_tokens(text)
    return {"input_tokens": read, "output_tokens": written, "total_tokens": read + written}


# What tokenizers of today's models give on news, rounded up: a token for each five letters of a
# word in Latin script or two and a half in Cyrillic; for each digit, mark and letter of another.
_LATIN = re.compile(r"[A-Za-z]+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_OTHER = re.compile(r"[^\sA-Za-z\u0400-\u052f]")
_LATIN_LETTERS, _CYRILLIC_LETTERS = 5, 2.5
# The answer gets no more than this share of a small window; a little is left for the chat template.
_SHARE_OF_ANSWER = 3
_SPARE = 60


def estimated_tokens(text: str) -> int:
    """The tokens of a text, estimated."""
    latin = sum(-(-len(word) // _LATIN_LETTERS) for word in _LATIN.findall(text))
    cyrillic = sum(len(word) / _CYRILLIC_LETTERS for word in _CYRILLIC.findall(text))
    return int(latin + cyrillic + len(_OTHER.findall(text))) + 1


def room_for(chat: ChatModel, prompt: str, parts: Sequence[str], *texts: str) -> int:
    """How many of the parts, from the first on, fit into a model's window; at least one.

    Beside them stand the rules of `prompt`, the `texts`, and the answer.
    """
    if not chat.window:
        return len(parts)
    answer = min(chat.answer_tokens, chat.window // _SHARE_OF_ANSWER)
    around = [(files("prompts") / f"{prompt}.md").read_text(encoding="utf-8"), *texts]
    room = chat.window - answer - _SPARE - sum(map(estimated_tokens, around))
    for number, part in enumerate(parts):
        room -= estimated_tokens(part)
        if room < 0:
            return max(1, number)
    return len(parts)
