"""Whose turn it is: so many at once in all, so many of one host, with a pause between."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@dataclass(frozen=True, slots=True)
class Manners:
    """How many sources are read at once, of one host, and the seconds between two of one host."""

    at_once: int = 8
    per_host: int = 2
    pause_s: float = 0.5


class Turns:
    """Hands out turns, in each queue in the order in which they were asked for.

    Who waits for a host keeps nobody from another host. `hosts` are polite, other queues are just
    one after the other.
    """

    def __init__(self, manners: Manners) -> None:
        self._manners = manners
        self._all = asyncio.Semaphore(manners.at_once)
        self._queues: dict[str, asyncio.Semaphore] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, queue: str, *, is_host: bool) -> AsyncIterator[None]:
        """Wait for a turn; it lasts as long as the block."""
        many = self._manners.per_host if is_host else 1
        mine = self._queues.setdefault(queue, asyncio.Semaphore(many))
        self._users[queue] = self._users.get(queue, 0) + 1
        try:
            async with mine:
                async with self._all:
                    yield
                if is_host and self._users[queue] > many:
                    await asyncio.sleep(self._manners.pause_s)
        finally:
            self._users[queue] -= 1
            if not self._users[queue]:
                del self._users[queue], self._queues[queue]
