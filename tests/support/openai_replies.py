"""Replies of the fake model server, in the OpenAI protocol."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterator, Mapping

Json = dict[str, Any]

ERROR_TYPES = {401: "invalid_request_error", 404: "invalid_request_error", 429: "requests"}


class Ending(Enum):
    """How a reply ends after its text."""

    WHOLE = auto()
    CUT = auto()  # the stream ends without finish_reason and [DONE]
    DROPPED = auto()  # the connection breaks
    MALFORMED = auto()  # the rest isn't JSON
    HANGING = auto()  # nothing more is sent until the server stops


@dataclass(frozen=True, slots=True)
class Reply:
    """One scripted reply.

    `pieces` are the streamed deltas (default: the words of `text`), `pace` the seconds before each,
    `gates` the events that pieces (by index) wait for, `tokens` the reported usage as (prompt,
    completion) (default: counted in words). `thoughts` are streamed before the text, in the field
    `thought_field`; `page` is returned instead, as HTML. `refusal` comes in OpenAI's field for it.
    """

    text: str = ""
    pieces: tuple[str, ...] = ()
    finish_reason: str = "stop"
    ending: Ending = Ending.WHOLE
    pace: float = 0
    gates: Mapping[int, asyncio.Event] = field(default_factory=dict)
    tokens: tuple[int, int] | None = None
    code: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    thoughts: tuple[str, ...] = ()
    thought_field: str = "reasoning_content"
    page: str = ""
    refusal: str = ""

    def __post_init__(self) -> None:
        if self.pieces and self.text not in ("", "".join(self.pieces)):
            raise ValueError("the pieces do not add up to the text")

    @classmethod
    def in_pieces(cls, *pieces: str) -> Reply:
        return cls("".join(pieces), pieces)

    @classmethod
    def thinking(cls, *thoughts: str, text: str = "", field: str = "reasoning_content") -> Reply:
        """Thoughts in a separate field, then the text."""
        return cls(text, thoughts=thoughts, thought_field=field)

    @classmethod
    def web_page(cls, page: str = "<title>Welcome</title>", code: int = 200) -> Reply:
        """The reply of a web server without this interface."""
        return cls(page=page, code=code)

    @classmethod
    def empty(cls) -> Reply:
        return cls()

    @classmethod
    def length(cls, text: str) -> Reply:
        """The token limit was reached after `text`."""
        return cls(text, finish_reason="length")

    @classmethod
    def truncated(cls, text: str) -> Reply:
        """The stream ends after `text`, politely but without finish_reason and [DONE]."""
        return cls(text, ending=Ending.CUT)

    @classmethod
    def dropped(cls, text: str = "") -> Reply:
        """The connection breaks after `text`."""
        return cls(text, ending=Ending.DROPPED)

    @classmethod
    def malformed(cls, text: str = "") -> Reply:
        """Something that isn't JSON follows `text`; unstreamed, it is the whole body."""
        return cls(text, ending=Ending.MALFORMED)

    @classmethod
    def hang(cls, text: str = "") -> Reply:
        """Nothing comes after `text`; without text not even the status line does."""
        return cls(text, ending=Ending.HANGING)

    @classmethod
    def status(cls, code: int, message: str = "", *, retry_after: float | None = None) -> Reply:
        """An error with OpenAI's JSON, `message` in it, and a Retry-After in seconds."""
        headers = {} if retry_after is None else {"retry-after": f"{retry_after:g}"}
        return cls(message or f"The test asked for status {code}.", code=code, headers=headers)

    @property
    def deltas(self) -> tuple[str, ...]:
        """The text as it is streamed."""
        return self.pieces or split_words(self.text)

    def after(self, seconds: float) -> Reply:
        """The same reply with this pause before each piece."""
        return replace(self, pace=seconds)


def split_words(text: str) -> tuple[str, ...]:
    """The words of `text`, each with the white space after it."""
    return tuple(re.findall(r"\s*\S+\s*", text)) or ((text,) if text else ())


def prompt_of(request: Json) -> str:
    """The text of all messages of a chat request, one after another."""
    return "\n".join(_text_of(message["content"]) for message in request["messages"])


def _text_of(content: str | list[Json]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def error_json(code: int, message: str, reason: str | None = None) -> Json:
    """An error as OpenAI writes it."""
    kind = ERROR_TYPES.get(code, "server_error")
    return {"error": {"message": message, "type": kind, "param": None, "code": reason}}


def usage_json(request: Json, reply: Reply) -> Json:
    """The tokens of a request and its reply."""
    prompt, completion = reply.tokens or (len(prompt_of(request).split()), len(reply.text.split()))
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
    }


def completion_json(request: Json, reply: Reply) -> Json:
    """A reply in one piece."""
    message = {"role": "assistant", "content": reply.text, "refusal": reply.refusal or None}
    if reply.thoughts:
        message[reply.thought_field] = "".join(reply.thoughts)
    choice = {"index": 0, "message": message, "finish_reason": reply.finish_reason}
    body = _envelope(request, "chat.completion", [choice])
    return {**body, "usage": usage_json(request, reply)}


def completion_events(request: Json, reply: Reply) -> Iterator[str]:
    """A reply as server-sent events, up to its ending."""
    yield _chunk(request, {"role": "assistant", "content": ""})
    for thought in reply.thoughts:
        yield _chunk(request, {reply.thought_field: thought})
    for delta in reply.deltas:
        yield _chunk(request, {"content": delta})
    if reply.refusal:
        yield _chunk(request, {"refusal": reply.refusal})
    if reply.ending is Ending.MALFORMED:
        yield _event('{"id": "chatcmpl-fake", "choices": [{')
    if reply.ending is Ending.WHOLE:
        yield from _closing_events(request, reply)


def _closing_events(request: Json, reply: Reply) -> Iterator[str]:
    yield _chunk(request, {}, reply.finish_reason)
    if (request.get("stream_options") or {}).get("include_usage"):
        body = _envelope(request, "chat.completion.chunk", [])
        yield _event(json.dumps({**body, "usage": usage_json(request, reply)}))
    yield _event("[DONE]")


def _chunk(request: Json, delta: Json, finish_reason: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish_reason}
    return _event(json.dumps(_envelope(request, "chat.completion.chunk", [choice])))


def _envelope(request: Json, kind: str, choices: list[Json]) -> Json:
    return {
        "id": "chatcmpl-fake",
        "object": kind,
        "created": 1_730_000_000,
        "model": request["model"],
        "choices": choices,
    }


def _event(data: str) -> str:
    return f"data: {data}\n\n"
