"""How many requests are under way at once, in all and to one host."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Gate:
    """Lets so many requests through at once; the others wait for their turn.

    The host's turn is taken before the common one, so a slow host holds up nobody but itself, and
    nobody keeps one turn while waiting for another's. Belongs to one event loop.
    """

    def __init__(self, total: int = 16, per_host: int = 2) -> None:
        self._total = asyncio.Semaphore(total)
        self._per_host = per_host
        self._hosts: dict[str, tuple[asyncio.Semaphore, int]] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """One request to `host`, for as long as the block runs."""
        async with self._of(host) as mine, mine, self._total:
            yield

    @asynccontextmanager
    async def _of(self, host: str) -> AsyncIterator[asyncio.Semaphore]:
        """The host's own semaphore, forgotten when nobody needs it any more."""
        mine, users = self._hosts.get(host, (asyncio.Semaphore(self._per_host), 0))
        self._hosts[host] = (mine, users + 1)
        try:
            yield mine
        finally:
            _, users = self._hosts[host]
            if users > 1:
                self._hosts[host] = (mine, users - 1)
            else:
                del self._hosts[host]
