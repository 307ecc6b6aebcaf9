"""What a model's server says of itself and of its failures, and the one client that asks it."""

from __future__ import annotations

import logging
import re
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Self
from urllib.parse import urlsplit

from retrieval.errors import ModelError, ModelSettingsError, ModelTooLongError, SitrepError
from retrieval.messages import UserMessage
from retrieval.text.words import visible

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    import httpx2

    from retrieval.settings import LibrarySettings


log = logging.getLogger(__name__)

_TIMEOUT_S = 10.0
_LONGEST_NAME = 100
_IN_LISTS = ("max_model_len", "loaded_context_length", "context_length", "context_window")
# https://docs.ollama.com/context-length: what it takes where nobody says more.
OLLAMA_DEFAULT = 4096


@dataclass(frozen=True, slots=True)
class ContextWindow:
    """The tokens that a model reads and writes at most together, and who says so.

    `cuts_silently`: what is longer is cut at its beginning, and the rules stand there.
    """

    tokens: int
    told_by: str
    cuts_silently: bool = False


async def window_of(
    settings: LibrarySettings, name: str, client: httpx2.AsyncClient
) -> ContextWindow | None:
    """The window of a model behind `OPENAI_BASE_URL`; None where its server does not tell."""
    if not settings.openai_base_url:
        return None
    asked = _Asking.of(settings, client)
    props = await asked.json("GET", "/props")
    if found := _number(props.get("default_generation_settings"), "n_ctx"):
        return ContextWindow(found, "llama.cpp")
    if ollama := await _ollama(asked, name):
        return ollama
    for path in ("/api/v0/models", f"{asked.path}/models"):
        listed = await asked.json("GET", path)
        models = listed.get("data")
        for one in models if isinstance(models, list) else ():
            if isinstance(one, dict) and one.get("id") == name:
                for field in _IN_LISTS:
                    if found := _number(one, field):
                        return ContextWindow(found, "the server's list of models")
    return None


async def names_of_models(settings: LibrarySettings, client: httpx2.AsyncClient) -> list[str]:
    """The models that a server lists; none where it lists none."""
    if not settings.openai_base_url:
        return []
    asked = _Asking.of(settings, client)
    listed = (await asked.json("GET", f"{asked.path}/models")).get("data")
    models = listed if isinstance(listed, list) else []
    names = (one.get("id") for one in models if isinstance(one, dict))
    return sorted(visible(name)[:_LONGEST_NAME] for name in names if isinstance(name, str))


async def _ollama(asked: _Asking, name: str) -> ContextWindow | None:
    running = await asked.json("GET", "/api/ps")
    if not isinstance(running.get("models"), list):
        return None
    for one in running["models"]:
        is_it = isinstance(one, dict) and name in {one.get("name"), one.get("model")}
        if is_it and (found := _number(one, "context_length")):
            return ContextWindow(found, "Ollama", cuts_silently=True)
    shown = await asked.json("POST", "/api/show", {"model": name})
    set_to = re.search(r"^num_ctx\s+(\d+)", str(shown.get("parameters", "")), re.MULTILINE)
    return ContextWindow(
        int(set_to.group(1)) if set_to else OLLAMA_DEFAULT, "Ollama", cuts_silently=True
    )


class _Asking:
    """Asks beside the interface, at the root of the same server."""

    def __init__(self, client: httpx2.AsyncClient, base_url: str, headers: dict[str, str]) -> None:
        parts = urlsplit(base_url)
        self.path = parts.path.rstrip("/")
        self._root = f"{parts.scheme}://{parts.netloc}"
        self._client, self._headers = client, headers

    @classmethod
    def of(cls, settings: LibrarySettings, client: httpx2.AsyncClient) -> Self:
        """Of the server that the settings name, with their key."""
        key = settings.openai_api_key
        headers = {"authorization": f"Bearer {key.get_secret_value()}"} if key else {}
        return cls(client, settings.openai_base_url, headers)

    async def json(
        self, method: str, path: str, body: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """What is answered there; nothing where nothing is."""
        import httpx2  # noqa: PLC0415  heavy

        try:
            answer = await self._client.request(
                method, f"{self._root}{path}", json=body, headers=self._headers, timeout=_TIMEOUT_S
            )
            found = answer.json() if answer.is_success else {}
        except (httpx2.HTTPError, NotAnInterfaceError, ValueError, RecursionError) as error:
            log.debug("%s tells nothing: %s", path, error)
            return {}
        return found if isinstance(found, dict) else {}


def _number(holder: object, name: str) -> int:
    value = holder.get(name) if isinstance(holder, dict) else None
    return value if isinstance(value, int) and value > 0 else 0


# What a model's server can answer instead of an answer, in one sentence each.
#
# The sentence is for the reader. The server's own words go along as `ModelError.details`, for
# whoever runs Sitrep.

_MOST_WORDS = 400
_TAGS = re.compile(r"<(?:script|style)\b.*?</(?:script|style)>|<[^<>]*>", re.DOTALL | re.IGNORECASE)
_TOO_LONG = re.compile(
    r"context[ _](?:length|window|size)|maximum context|n_ctx|prompt is too long"
    r"|input (?:is )?too long|too many (?:input |prompt )?tokens|exceeds? .{0,40}\btoken",
    re.IGNORECASE,
)
_WINDOW = re.compile(
    r"(?:maximum context length (?:is|of)|context (?:length|window|size)\D{0,20}|n_ctx\D{0,6})\s*"
    r"\(?(\d{3,8})",
    re.IGNORECASE,
)
_NO_SUCH_MODEL = re.compile(
    r"\bmodel\b.{0,80}\b(?:not|no|unknown|invalid|exist\w*|found|pull\w*)\b|\binvalid model\b",
    re.IGNORECASE | re.DOTALL,
)

# Which model it is, is given where it failed.
_CHAT = UserMessage("The chat model")
_MODELS = {"chat": _CHAT, "embedding": UserMessage("The embedding model")}
KEY = UserMessage("{model}'s server rejected the key.", model=_CHAT)
UNKNOWN = UserMessage("{model}'s server doesn't know that model.", model=_CHAT)
ADDRESS = UserMessage("{model}'s server was not found at its address.", model=_CHAT)
PAGE = UserMessage("{model}'s server answered with a web page.", model=_CHAT)
_LIMIT = UserMessage("{model}'s server is over its limit.", model=_CHAT)
TIME = UserMessage("{model} didn't answer in time.", model=_CHAT)
_GONE = UserMessage("{model}'s server can't be reached, or the connection broke off.", model=_CHAT)
_FAILED = UserMessage("{model}'s server failed.", model=_CHAT)
_REFUSED = UserMessage("{model}'s server refused the request.", model=_CHAT)
_UNREADABLE = UserMessage("{model}'s server sent an answer I couldn't read.", model=_CHAT)
_LONG = UserMessage("{model} can't read that much at once.", model=_CHAT)


class ModelFailures:
    """`with ModelFailures("chat"):` turns the client's errors into ours."""

    def __init__(self, kind: Literal["chat", "embedding"]) -> None:
        self._model = _MODELS[kind]

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, Exception) or isinstance(error, SitrepError):
            return
        known = _judged(error)
        if known is None:
            return
        of_ours, what = known
        words = own_words(error)
        said = what.given(model=self._model)
        if of_ours is ModelTooLongError:
            raise ModelTooLongError(said, words, window_in(words)) from error
        raise of_ours(said, words) from error


def own_words(error: BaseException) -> str:
    """What a server, or else its client, says of a failure; one line, without markup."""
    body = getattr(error, "body", None)
    said = _message_in(body)
    response = getattr(error, "response", None)
    if said is None and response is not None:
        said = _text_of(response)
    if not said:
        said = getattr(error, "message", None) or str(error) or type(error).__name__
        for cause in _causes(error):
            if str(cause) and str(cause) not in said:
                said = f"{said.rstrip('.')}: {cause}"
    plain = " ".join(visible(_TAGS.sub(" ", str(said))).split())
    status = getattr(error, "status_code", None)
    plain = plain if status is None else f"{status}: {plain}"
    return plain if len(plain) <= _MOST_WORDS else plain[: _MOST_WORDS - 1] + "…"


def is_too_long(words: str) -> bool:
    """Whether a refusal is about the length of a prompt."""
    return _TOO_LONG.search(words) is not None


def window_in(words: str) -> int:
    """The tokens of the model's window that a refusal names; 0 if it does not."""
    found = _WINDOW.search(words)
    return int(found.group(1)) if found else 0


def _judged(error: Exception) -> tuple[type[ModelError], UserMessage] | None:  # noqa: PLR0911
    """The kind of error and what is said of it; None for a mistake of our own."""
    status = _status(error)
    if status is not None:
        return _by_status(status, error)
    kinds = " ".join(one.__name__ for one in type(error).__mro__)
    chain = [error, *_causes(error)]
    if any(isinstance(one, NotAnInterfaceError) for one in chain):
        return ModelSettingsError, PAGE
    if isinstance(error, TimeoutError) or "Timeout" in kinds:
        return ModelError, TIME
    if is_too_long(own_words(error)) and not isinstance(error, AssertionError):
        return ModelTooLongError, _LONG
    if re.search(r"Connect|Transport|RemoteProtocol|NetworkError", kinds):
        return ModelError, _GONE
    if isinstance(error, (ValueError, TypeError, KeyError, AttributeError, IndexError)):
        return ModelError, _UNREADABLE
    if type(error).__module__.partition(".")[0] in {"builtins", "asyncio", "retrieval", "tests"}:
        return None
    return ModelError, _FAILED


def _by_status(status: int, error: Exception) -> tuple[type[ModelError], UserMessage]:  # noqa: PLR0911
    words = own_words(error)
    if is_too_long(words):
        return ModelTooLongError, _LONG
    if status in {401, 403}:
        return ModelSettingsError, KEY
    if status in {400, 404, 422} and _NO_SUCH_MODEL.search(words):
        return ModelSettingsError, UNKNOWN
    if status in {404, 405} or status < 400:  # noqa: PLR2004  HTTP's
        return ModelSettingsError, ADDRESS
    if status in {402, 429}:
        return ModelError, _LIMIT
    if status in {408, 504}:
        return ModelError, TIME
    return ModelError, _REFUSED if 400 <= status < 500 else _FAILED  # noqa: PLR2004  HTTP's


def _status(error: Exception) -> int | None:
    """The HTTP status; clients of different makers keep it in different places."""
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code", "status"):
            value = getattr(holder, name, None)
            if isinstance(value, int) and 300 <= value < 600:  # noqa: PLR2004  HTTP's
                return value
    return None


def _message_in(body: Any) -> str | None:  # noqa: ANN401  a server's JSON
    if isinstance(body, str):
        return body
    if not isinstance(body, dict):
        return None
    for name in ("message", "error", "detail", "error_message"):
        found = body.get(name)
        if isinstance(found, dict):
            found = _message_in(found)
        if isinstance(found, str) and found:
            return found
    return None


def _text_of(response: Any) -> str | None:  # noqa: ANN401  a client's own
    try:
        return str(response.text) or None
    except (AttributeError, RuntimeError, ValueError):  # a stream that was not read has none
        return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen = {id(error)}
    one = error.__cause__ or error.__context__
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


class NotAnInterfaceError(Exception):
    """A server answered with a web page where the interface has none."""


_CONNECT_S = 15.0


@asynccontextmanager
async def model_connection(settings: LibrarySettings) -> AsyncIterator[httpx2.AsyncClient | None]:
    """A client for the length of the block; None when no setting names a model server.

    LangChain would make clients of its own, and never close them.
    """
    if not settings.chat_model and settings.embedding_model.startswith("local"):
        yield None
        return
    import httpx2  # noqa: PLC0415  heavy

    # Who is not there should not be waited for as long as one who writes.
    timeout = httpx2.Timeout(
        settings.chat_timeout_s, connect=min(settings.chat_timeout_s, _CONNECT_S)
    )
    hooks = {"response": [_no_web_page]}
    async with httpx2.AsyncClient(timeout=timeout, event_hooks=hooks) as client:
        yield client


async def _no_web_page(response: httpx2.Response) -> None:
    """A page with the status of a success would be read as an answer without words."""
    kind = response.headers.get("content-type", "")
    if response.is_success and kind.startswith("text/html"):
        raise NotAnInterfaceError(f"{response.url} answered with a web page ({kind})")
