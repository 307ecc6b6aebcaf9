"""`CHAT_MODEL` -> LangChain `BaseChatModel`, or None for quote mode."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from retrieval.errors import ModelSettingsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    import httpx2
    from langchain_core.language_models import BaseChatModel

    from retrieval.errors import ModelError
    from retrieval.messages import UserMessage
    from retrieval.settings import LibrarySettings

Format = Literal["auto", "lines", "json", "plain"]
Kwargs = dict[str, Any]

_PACKAGE = re.compile(r"`pip install ([^`]+)`")
# Its own words for how much it may write; the others know `max_tokens`.
_LIMIT_NAMES = {"google_genai": "max_output_tokens", "google_vertexai": "max_output_tokens"}
# Models whose chat template opens their thoughts for them, so that only the end of these is marked.
_OPENS_THINKING = re.compile(r"\br1\b|\bqwq|thinking|deepseek-r|magistral|reasoner", re.IGNORECASE)
_MORE_ROOM = 4
# "1.5b", "3B": the billions of parameters in a name, and up to how many of them ids are too much.
_SIZE = re.compile(r"(?<![a-z0-9.])(\d+(?:\.\d+)?)b\b", re.IGNORECASE)
_SMALL = 4


@dataclass(slots=True)
class Health:
    """How a model has done since the start, for its operator.

    `sentence` and `details` are of its last failure: ours, and its server's own words. `last_at` is
    when that was; `is_failing` until it answers again. `window` is what its server said of its
    length.
    """

    answered: int = 0
    failed: int = 0
    said: UserMessage | None = None
    details: str = ""
    last_at: datetime | None = None
    is_failing: bool = False
    window: int = 0
    thinks: bool = False
    opens_thinking: bool = False

    def answers(self) -> None:
        """It answered."""
        self.answered += 1
        self.is_failing = False

    def fails(self, error: ModelError, at: datetime) -> None:
        """It did not."""
        self.failed += 1
        self.is_failing = True
        self.said, self.details, self.last_at = error.message, error.details, at


@dataclass(frozen=True, slots=True)
class ChatModel:
    """A chat model and what is to be known for asking it.

    `context_tokens` is its window, 0 if nobody knows; `answer_tokens` what an answer may have.
    `first_words_s` and `whole_s` are the seconds until its first words and for all of them, 0 for
    no limit. `again` gives the arguments for asking once more when it thought for so long that
    nothing was left for the answer; `shaped` those for an answer in the shape of a JSON schema.
    """

    port: BaseChatModel
    name: str = ""
    context_tokens: int = 0
    answer_tokens: int = 1200
    first_words_s: float = 0
    whole_s: float = 0
    format: Format = "lines"
    again: Callable[[], Kwargs] | None = None
    shaped: Callable[[Mapping[str, Any]], Kwargs] | None = None
    health: Health = field(default_factory=Health)

    @property
    def model_name(self) -> str:
        """As its server calls it."""
        return str(getattr(self.port, "model_name", None) or getattr(self.port, "model", "unknown"))

    @property
    def window(self) -> int:
        """The tokens that it reads and writes at most together; 0 if nobody knows."""
        return self.context_tokens or self.health.window

    @property
    def refused(self) -> frozenset[str]:
        """What its server has refused so far, by the names of OpenAI's interface."""
        return getattr(self.port, "refused", frozenset())

    @property
    def writes_json(self) -> bool:
        """Whether to ask for an answer in the shape of a schema."""
        can = self.shaped is not None and "response_format" not in self.refused
        return can and self.format in {"auto", "json"}


def as_chat(model: ChatModel | BaseChatModel) -> ChatModel:
    """A model with what is known of it: nothing, of one that comes without."""
    return model if isinstance(model, ChatModel) else ChatModel(model)


def open_chat_model(
    settings: LibrarySettings, client: httpx2.AsyncClient | None
) -> ChatModel | None:
    """The chat model that the settings name, talking through `client`; None when they name none.

    Raises:
        ModelSettingsError: OpenAI itself is asked for without a key, the provider is not known, or
            its package is not installed.
    """
    if not settings.chat_model:
        return None
    provider, _, name = settings.chat_model.partition(":")
    if provider == "openai":
        return _compatible(settings, name, client)
    return _of_provider(settings, provider, name)


def _compatible(
    settings: LibrarySettings, name: str, client: httpx2.AsyncClient | None
) -> ChatModel:
    if settings.openai_api_key is None and not settings.openai_base_url:
        raise ModelSettingsError("CHAT_MODEL=openai:... needs OPENAI_API_KEY or OPENAI_BASE_URL.")
    from retrieval.llm.compatible import CompatibleChat  # noqa: PLC0415  heavy

    port = CompatibleChat(
        model=name,
        http_async_client=client,
        base_url=settings.openai_base_url or None,
        # servers other than OpenAI's often ask for none, the client always does
        api_key=settings.openai_api_key or _no_key(),
        timeout=settings.chat_timeout_s,
        # `complete` has the time limits; LangChain's own breaks off after two minutes of silence
        stream_chunk_timeout=None,
        max_retries=2,
        max_completion_tokens=settings.chat_max_tokens,
        temperature=0,
        reasoning_effort=settings.chat_reasoning_effort or None,
        extra_body=settings.extra or None,
        stream_usage=True,
        # the interface that every compatible server has
        use_responses_api=False,
    )
    most = settings.chat_max_tokens * _MORE_ROOM
    return _chat(
        settings,
        port,
        lambda: {"max_completion_tokens": most, "reasoning_effort": "low"},
        _response_format,
    )


def _of_provider(settings: LibrarySettings, provider: str, name: str) -> ChatModel:
    """A model of another maker, through the package that LangChain has for it."""
    from langchain.chat_models import init_chat_model  # noqa: PLC0415  heavy

    limit = _LIMIT_NAMES.get(provider, "max_tokens")
    more = settings.chat_max_tokens * _MORE_ROOM
    known: Kwargs = {"temperature": 0}
    again: Kwargs = {limit: more}
    shaped: Callable[[Mapping[str, Any]], Kwargs] | None = None
    if provider == "ollama":
        known |= {"num_predict": settings.chat_max_tokens}
        known |= {"client_kwargs": {"timeout": settings.chat_timeout_s}}
        if settings.chat_context_tokens:
            known |= {"num_ctx": settings.chat_context_tokens}
        options = {"num_predict": more, "temperature": 0, "num_ctx": known.get("num_ctx")}
        again = {"options": {key: value for key, value in options.items() if value is not None}}
        shaped = _ollama_format
    else:
        known |= {limit: settings.chat_max_tokens, "timeout": settings.chat_timeout_s}
    if settings.chat_reasoning_effort:
        known |= {"reasoning_effort": settings.chat_reasoning_effort}
    try:
        port = init_chat_model(name, model_provider=provider, **(known | settings.extra))
    except ImportError as error:
        found = _PACKAGE.search(str(error))
        package = found.group(1) if found else f"langchain-{provider.replace('_', '-')}"
        raise ModelSettingsError(
            f"CHAT_MODEL={provider}:... needs a package that is not installed: "
            f"pip install {package}"
        ) from error
    except ValueError as error:
        if "nsupported" in str(error):
            said = f"CHAT_MODEL: LangChain knows no provider “{provider}”."
        else:
            said = f"CHAT_MODEL={provider}:... can't be opened; look at its key and CHAT_EXTRA."
        raise ModelSettingsError(said, " ".join(str(error).split())[:400]) from error
    return _chat(settings, port, lambda: again, shaped)


def _chat(
    settings: LibrarySettings,
    port: BaseChatModel,
    again: Callable[[], Kwargs],
    shaped: Callable[[Mapping[str, Any]], Kwargs] | None,
) -> ChatModel:
    name = settings.chat_model.partition(":")[2]
    return ChatModel(
        port,
        name=settings.chat_model,
        context_tokens=settings.chat_context_tokens,
        answer_tokens=settings.chat_max_tokens,
        first_words_s=settings.chat_first_words_s,
        whole_s=settings.chat_timeout_s,
        format="plain"
        if settings.chat_format == "auto" and is_small(name)
        else settings.chat_format,
        again=again,
        shaped=shaped,
        health=Health(opens_thinking=_OPENS_THINKING.search(name) is not None),
    )


def is_small(name: str) -> bool:
    """Whether a model says by its name that it is a small one."""
    size = _SIZE.search(name)
    return size is not None and float(size.group(1)) <= _SMALL


def _response_format(schema: Mapping[str, Any]) -> Kwargs:
    shape = {"name": "answer", "strict": True, "schema": dict(schema)}
    return {"response_format": {"type": "json_schema", "json_schema": shape}}


def _ollama_format(schema: Mapping[str, Any]) -> Kwargs:
    return {"format": dict(schema)}


def _no_key() -> Any:  # noqa: ANN401  pydantic is heavy
    from pydantic import SecretStr  # noqa: PLC0415

    return SecretStr("none")
