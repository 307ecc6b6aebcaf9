"""The one HTTP client that the models of a library share, so that it is also closed with it."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    import httpx2

    from retrieval.settings import LibrarySettings


@asynccontextmanager
async def model_connection(settings: LibrarySettings) -> AsyncIterator[httpx2.AsyncClient | None]:
    """A client for the length of the block; None when no setting names a model server.

    LangChain would make clients of its own, and never close them.
    """
    if not settings.chat_model and settings.embedding_model.startswith("local"):
        yield None
        return
    import httpx2  # noqa: PLC0415  heavy

    async with httpx2.AsyncClient(timeout=settings.chat_timeout_s) as client:
        yield client
