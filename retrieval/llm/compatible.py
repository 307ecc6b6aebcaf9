"""A chat model behind any server that speaks OpenAI's interface, whatever it makes of it.

Servers refuse what others need: `temperature` (OpenAI's thinking models), `max_tokens` or
`max_completion_tokens`, `stream_options`, `response_format`, a system message, streaming itself.
What one refuses is left out when it is asked again, and from then on. Thoughts that come in a field
of their own, which LangChain drops, are passed on as `additional_kwargs["reasoning_content"]`.
"""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

import openai
from langchain_core.messages import AIMessageChunk
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import PrivateAttr

from retrieval.llm.server import is_too_long, own_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
    from langchain_core.messages import BaseMessage
    from langchain_core.outputs import ChatResult

log = logging.getLogger(__name__)

_LIMITS = ("max_tokens", "max_completion_tokens")
_NEEDED = frozenset({"model", "messages", "stream", "extra_body", *_LIMITS})
# What servers call it, where that is not its name; looked for in this order.
_ALSO_CALLED = {
    "response_format": r"json_schema|json_object|structured output|guided|grammar|\bschema\b",
    "stream_options": r"include_usage",
    "system": r"\bsystem\b.{0,20}\b(?:role|message|prompt)|\brole\b.{0,40}\b(?:system|developer)\b",
    "stream": r"\bstream(?:ing)?\b",
}
_REFUSALS = frozenset({400, 404, 405, 415, 422, 500, 501})
_UNEXPLAINED = frozenset({400, 422})
_MOST_ATTEMPTS = 8
_THOUGHTS = ("reasoning_content", "reasoning", "thinking", "reasoning_details")


class CompatibleChat(ChatOpenAI):
    """`ChatOpenAI` that learns what its server takes."""

    _refused: set[str] = PrivateAttr(default_factory=set)

    @property
    def refused(self) -> frozenset[str]:
        """What its server has refused so far, by the names of the interface."""
        return frozenset(self._refused)

    def _get_request_payload(self, input_: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401
        payload = super()._get_request_payload(input_, **kwargs)
        extra = dict(payload.pop("extra_body", None) or {})
        if "response_format" in payload:
            # As a part of the body it is streamed like any answer; the client would read it whole.
            extra["response_format"] = payload.pop("response_format")
        limit = payload.pop("max_completion_tokens", None)
        limits = _LIMITS if self.openai_api_base else _LIMITS[::-1]
        name = next((one for one in limits if one not in self._refused), None)
        if limit is not None and name is not None:
            payload[name] = limit
        for one in self._refused - set(_LIMITS):
            payload.pop(one, None)
            extra.pop(one, None)
        if "system" in self._refused:
            payload["messages"] = _without_system(payload["messages"])
        return payload | ({"extra_body": extra} if extra else {})

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's signature
    ) -> AsyncIterator[ChatGenerationChunk]:
        guess: set[str] | None = None
        for _ in range(_MOST_ATTEMPTS):
            begun = False
            try:
                if "stream" in self._refused:
                    yield _whole(await super()._agenerate(messages, stop, run_manager, **kwargs))
                    return
                async for chunk in super()._astream(messages, stop, run_manager, **kwargs):
                    begun = True
                    yield chunk
                if not begun:
                    # Nothing that can be read as a stream: some servers answer in one piece.
                    yield _whole(await super()._agenerate(messages, stop, run_manager, **kwargs))
                    self._refused.add("stream")
            except openai.APIError as error:
                if begun or guess is not None:
                    self._refused = guess if guess is not None else self._refused
                    raise
                guess = self._learn(error, self._sent(messages, kwargs))
            else:
                return

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's signature
    ) -> ChatResult:
        guess: set[str] | None = None
        while True:
            try:
                return await super()._agenerate(messages, stop, run_manager, **kwargs)
            except openai.APIError as error:
                if guess is not None:
                    self._refused = guess
                    raise
                guess = self._learn(error, self._sent(messages, kwargs))

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        choices = chunk.get("choices") or [{}]
        delta = choices[0].get("delta") or {}
        thought = next((delta[name] for name in _THOUGHTS if delta.get(name)), None)
        if made is not None and thought is not None:
            made.message.additional_kwargs["reasoning_content"] = str(thought)
        if made is not None and isinstance(delta.get("refusal"), str) and delta["refusal"]:
            made.message.additional_kwargs["refusal"] = delta["refusal"]
        return made

    def _sent(self, messages: list[BaseMessage], kwargs: dict[str, Any]) -> set[str]:
        """The names of all that a request has and another server might not want."""
        payload = self._get_request_payload(messages, stream=True, **kwargs)
        names = (set(payload) | set(payload.get("extra_body") or {})) - _NEEDED
        names |= set(_LIMITS) & set(payload)
        if self.stream_usage:
            names.add("stream_options")
        if any(one.get("role") in {"system", "developer"} for one in payload["messages"]):
            names.add("system")
        return names | {"stream"}

    def _learn(self, error: openai.APIError, sent: set[str]) -> set[str] | None:
        """Take what the server refuses out of the next request.

        Returns what was refused before, if this time it did not say what it does not like and the
        next request is a guess.

        Raises:
            openai.APIError: there is nothing to be learned from it.
        """
        status = getattr(error, "status_code", None)
        words = own_words(error)
        if (status is not None and status not in _REFUSALS) or is_too_long(words):
            raise error
        name = _named(words, sent - self._refused)
        if name is not None:
            log.warning("the chat model's server refuses %s, which is left out: %s", name, words)
            self._refused.add(name)
            return None
        if status not in _UNEXPLAINED or re.search(r"content.{0,20}(?:polic|filter)", words):
            raise error
        before = set(self._refused)
        self._refused |= sent - {"stream", "system", *_LIMITS}
        if self._refused == before:
            raise error
        log.warning("the chat model's server refuses a request, which is made plainer: %s", words)
        return before


def _named(words: str, sent: set[str]) -> str | None:
    """Which of what was sent a refusal names."""
    plain = words.casefold()
    for name in sorted(sent - {"stream", "system"}, key=len, reverse=True):
        if re.search(rf"(?<![a-z_]){re.escape(name.casefold())}(?![a-z_])", plain):
            return name
    for name, pattern in _ALSO_CALLED.items():
        if name in sent and re.search(pattern, plain):
            return name
    return None


def _without_system(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rules as the beginning of the first message, for models without a system message."""
    rules = [one for one in messages if one.get("role") in {"system", "developer"}]
    others = [one for one in messages if one not in rules]
    if not rules or not others or not isinstance(others[0].get("content"), str):
        return messages
    text = "\n\n".join([*(str(one["content"]) for one in rules), others[0]["content"]])
    return [{**others[0], "content": text}, *others[1:]]


def _whole(result: ChatResult) -> ChatGenerationChunk:
    """An answer that was not streamed, as the only piece of a stream."""
    message = result.generations[0].message
    info = result.generations[0].generation_info or {}
    return ChatGenerationChunk(
        message=AIMessageChunk(
            content=message.content,
            additional_kwargs={
                name: value
                for name, value in message.additional_kwargs.items()
                if name in {"reasoning_content", "refusal"} and value
            },
            response_metadata={**message.response_metadata, **info},
            usage_metadata=getattr(message, "usage_metadata", None),
        )
    )
