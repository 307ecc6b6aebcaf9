"""A chat model that is never asked the same twice: `benchmarks.model_answers` goes on by it.

What it answered lies in benchmarks/.cache, under a hash of the model, the messages and the shape
that was asked for. So a run that was stopped goes on, and what the model wrote is read, checked and
counted anew by the code of today, in seconds.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from time import perf_counter
from typing import TYPE_CHECKING, Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import PrivateAttr

from benchmarks.places import CACHE
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from langchain_core.callbacks import (
        AsyncCallbackManagerForLLMRun,
        CallbackManagerForLLMRun,
    )

    from retrieval.llm import ChatModel


@dataclass(frozen=True, slots=True)
class Call:
    """What the model said to one prompt, and how long it took then."""

    key: str
    asked: str
    text: str
    thought: str = ""
    usage: dict[str, int] = field(default_factory=dict)
    reason: str = "stop"
    first_s: float = 0.0
    seconds: float = 0.0


class Memory:
    """What a model has answered so far, in a file that grows by a line an answer."""

    def __init__(self) -> None:
        name = re.sub(r"[^\w.-]+", "_", os.environ.get("CHAT_MODEL", "none"))
        self.path: Path = CACHE / "model-answers" / f"{name}-calls.jsonl"
        self._known = dict[str, Call]()
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                call = Call(**json.loads(line))
                self._known[call.key] = call

    def get(self, key: str) -> Call | None:
        """The answer to what has this key."""
        return self._known.get(key)

    def add(self, call: Call) -> None:
        """Keep an answer."""
        self._known[call.key] = call
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(call), ensure_ascii=False) + "\n")


def key_of(what: Any) -> str:  # noqa: ANN401  whatever JSON takes
    """A name for what was asked: the same for the same."""
    whole = json.dumps(what, sort_keys=True, ensure_ascii=False, default=str)
    return sha256(whole.encode()).hexdigest()[:24]


class RememberedChat(BaseChatModel):
    """A model of LangChain's behind a `Memory`; `edit` changes prompts before they are sent.

    `calls` are those since it was made. `may_ask`: whether it asks what it does not remember.
    """

    _port: Any = PrivateAttr()
    _memory: Any = PrivateAttr()
    _edit: Any = PrivateAttr()
    _may_ask: bool = PrivateAttr()
    _calls: list[Call] = PrivateAttr(default_factory=list)
    _replayed_s: float = PrivateAttr(default=0.0)
    _not_asked: int = PrivateAttr(default=0)

    def __init__(
        self,
        chat: ChatModel,
        memory: Memory,
        edit: Any = None,  # noqa: ANN401  pydantic reads the names here
        *,
        may_ask: bool = True,
    ) -> None:
        super().__init__()
        self._port, self._memory, self._edit, self._may_ask = chat.port, memory, edit, may_ask

    @property
    def calls(self) -> list[Call]:
        """What it was asked, in order."""
        return self._calls

    @property
    def replayed_s(self) -> float:
        """The seconds that remembered answers took when they were made."""
        return self._replayed_s

    @property
    def not_asked(self) -> int:
        """How often it was asked what it does not remember, and was not to ask."""
        return self._not_asked

    @property
    def model_name(self) -> str:
        """That of the model behind."""
        return str(getattr(self._port, "model_name", "unknown"))

    @property
    def refused(self) -> frozenset[str]:
        """What the server behind has refused."""
        return getattr(self._port, "refused", frozenset())

    @property
    def _llm_type(self) -> str:
        return "remembered"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401  LangChain's signature
    ) -> ChatResult:
        # LangChain wants one; every call of Sitrep streams, so that this is never the way taken.
        raise NotImplementedError("streams only")

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ANN401  LangChain's signature
    ) -> AsyncIterator[ChatGenerationChunk]:
        asked = messages if self._edit is None else self._edit(messages)
        said = [(one.type, one.text) for one in asked]
        key = key_of([self.model_name, said, kwargs])
        known = self._memory.get(key)
        if known is not None:
            self._calls.append(known)
            self._replayed_s += known.seconds
            yield _replay(known)
            return
        if not self._may_ask:
            self._not_asked += 1
            raise ModelError("Not asked: it is to be counted only what is kept.")
        total: AIMessageChunk | None = None
        began, first = perf_counter(), 0.0
        async for chunk in self._port.astream(asked, **kwargs):
            first = first or (perf_counter() - began if chunk.text else 0.0)
            total = chunk if total is None else total + chunk
            yield ChatGenerationChunk(message=chunk)
        call = _call(key, said[-1][1], total, first, perf_counter() - began)
        self._memory.add(call)
        self._calls.append(call)


def _call(key: str, asked: str, total: Any, first: float, seconds: float) -> Call:  # noqa: ANN401
    usage = {name: n for name, n in (total.usage_metadata or {}).items() if isinstance(n, int)}
    reason = str(total.response_metadata.get("finish_reason") or "")
    thought = str(total.additional_kwargs.get("reasoning_content") or "")
    tail = asked[-200:]
    return Call(key, tail, total.text, thought, usage, reason, first, seconds)


def _replay(call: Call) -> ChatGenerationChunk:
    message = AIMessageChunk(
        content=call.text,
        additional_kwargs={"reasoning_content": call.thought} if call.thought else {},
        response_metadata={"finish_reason": call.reason} if call.reason else {},
        usage_metadata={
            "input_tokens": call.usage.get("input_tokens", 0),
            "output_tokens": call.usage.get("output_tokens", 0),
            "total_tokens": call.usage.get("total_tokens", 0),
        },
        chunk_position="last",
    )
    return ChatGenerationChunk(message=message)
