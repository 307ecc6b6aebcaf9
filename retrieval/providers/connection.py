"""The one HTTP client that the models of a library share, so that it is also closed with it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from retrieval.providers.failures import NotAnInterfaceError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from retrieval.settings import LibrarySettings

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
