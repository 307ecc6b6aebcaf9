"""Waiting for a state to come about, without polling."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Pulse:
    """Wakes those who wait each time that something changed. One event loop only."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        """Say that something changed."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T | None], seconds: float | None) -> T:
        """What `look` returns as soon as that is not None, else `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while (found := look()) is None:
                await self._event.wait()
        return found
