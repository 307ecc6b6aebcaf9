"""The two fakes for LangChain's ports: embeddings with real similarity, and a scripted model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from pydantic import Field

from tests.support.bag_of_words import bag_of_words
from tests.support.openai_replies import split_words

if TYPE_CHECKING:
    from langchain_core.callbacks import CallbackManagerForLLMRun


class BagOfWordsEmbeddings(Embeddings):
    """Texts with common words are similar; `texts` records the embedded ones."""

    def __init__(self, dimensions: int = 256) -> None:
        self.dimensions = dimensions
        self.texts: list[str] = []

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self.texts.extend(texts)
        return [bag_of_words(text, self.dimensions) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


@dataclass(frozen=True, slots=True)
class Said:
    """One output of the scripted model.

    `pieces` are streamed unchanged, `finish_reason` comes in the last chunk (None: the stream just
    ends), and `error` is raised after the pieces.
    """

    pieces: tuple[str, ...]
    finish_reason: str | None = "stop"
    error: Exception | None = None

    @property
    def text(self) -> str:
        return "".join(self.pieces)


Line = str | Said | Exception
Speaker = Callable[[list[BaseMessage]], Line]


class ScriptedChatModel(BaseChatModel):
    """Returns the lines of its `script` in order, then the results of `speaker(messages)`.

    A line is a text (streamed in words), `Said`, or an exception to raise. `seen` records the
    messages of each call. A call without a line or speaker is a mistake in the test.
    """

    script: list[Line] = Field(default_factory=list)
    speaker: Speaker | None = None
    seen: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def prompts(self) -> list[str]:
        """The text of the messages of each call."""
        return ["\n".join(message.text for message in messages) for messages in self.seen]

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        said = self._next(messages)
        if said.error:
            raise said.error
        message = AIMessage(
            content=said.text,
            response_metadata={"finish_reason": said.finish_reason},
            usage_metadata=_usage(messages, said),
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        del stop, run_manager, kwargs
        said = self._next(messages)
        for piece in said.pieces:
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        if said.error:
            raise said.error
        if said.finish_reason:
            yield ChatGenerationChunk(message=_last_chunk(messages, said))

    def _next(self, messages: list[BaseMessage]) -> Said:
        self.seen.append(list(messages))
        if self.script:
            return _said(self.script.pop(0))
        if self.speaker:
            return _said(self.speaker(messages))
        raise AssertionError(f"The script has no line for: {self.prompts[-1][-200:]}")


def _said(line: Line) -> Said:
    if isinstance(line, Exception):
        return Said((), error=line)
    return Said(split_words(line)) if isinstance(line, str) else line


def _last_chunk(messages: Sequence[BaseMessage], said: Said) -> AIMessageChunk:
    return AIMessageChunk(
        content="",
        response_metadata={"finish_reason": said.finish_reason},
        usage_metadata=_usage(messages, said),
        chunk_position="last",
    )


def _usage(messages: Sequence[BaseMessage], said: Said) -> UsageMetadata:
    """Tokens, counted in words."""
    read = sum(len(message.text.split()) for message in messages)
    written = len(said.text.split())
    return UsageMetadata(input_tokens=read, output_tokens=written, total_tokens=read + written)
