"""What a model's server tells about itself: how much its model can read at once.

llama.cpp says it at `/props`, Ollama at `/api/ps` and `/api/show`, LM Studio at `/api/v0/models`;
vLLM, OpenRouter and others among their `/v1/models`. Who says nothing is asked nothing more.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from retrieval.hidden import visible

if TYPE_CHECKING:
    import httpx2

    from retrieval.settings import LibrarySettings

log = logging.getLogger(__name__)

_TIMEOUT_S = 10.0
_LONGEST_NAME = 100
_IN_LISTS = ("max_model_len", "loaded_context_length", "context_length", "context_window")
# https://docs.ollama.com/context-length: what it takes where nobody says more.
OLLAMA_DEFAULT = 4096


@dataclass(frozen=True, slots=True)
class Window:
    """The tokens that a model reads and writes at most together, and who says so.

    `cuts_silently`: what is longer is cut at its beginning, and the rules stand there.
    """

    tokens: int
    told_by: str
    cuts_silently: bool = False


async def window_of(
    settings: LibrarySettings, name: str, client: httpx2.AsyncClient
) -> Window | None:
    """The window of a model behind `OPENAI_BASE_URL`; None where its server does not tell."""
    if not settings.openai_base_url:
        return None
    asked = _Asking.of(settings, client)
    props = await asked.json("GET", "/props")
    if found := _number(props.get("default_generation_settings"), "n_ctx"):
        return Window(found, "llama.cpp")
    if ollama := await _ollama(asked, name):
        return ollama
    for path in ("/api/v0/models", f"{asked.path}/models"):
        listed = await asked.json("GET", path)
        models = listed.get("data")
        for one in models if isinstance(models, list) else ():
            if isinstance(one, dict) and one.get("id") == name:
                for field in _IN_LISTS:
                    if found := _number(one, field):
                        return Window(found, "the server's list of models")
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


async def _ollama(asked: _Asking, name: str) -> Window | None:
    running = await asked.json("GET", "/api/ps")
    if not isinstance(running.get("models"), list):
        return None
    for one in running["models"]:
        is_it = isinstance(one, dict) and name in {one.get("name"), one.get("model")}
        if is_it and (found := _number(one, "context_length")):
            return Window(found, "Ollama", cuts_silently=True)
    shown = await asked.json("POST", "/api/show", {"model": name})
    set_to = re.search(r"^num_ctx\s+(\d+)", str(shown.get("parameters", "")), re.MULTILINE)
    return Window(int(set_to.group(1)) if set_to else OLLAMA_DEFAULT, "Ollama", cuts_silently=True)


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

        from retrieval.providers.failures import NotAnInterfaceError  # noqa: PLC0415

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
