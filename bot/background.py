"""Work that goes on beside everything else: woken when there is some, never dying in silence."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bot.tasks import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

log = logging.getLogger(__name__)

AFTER_FAILURE_S = 30.0


class Background:
    """Calls `work` again and again; it returns the seconds after which to look again."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[float]],
        after_failure_s: float = AFTER_FAILURE_S,
    ) -> None:
        self._name = name
        self._work = work
        self._after_failure_s = after_failure_s
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work during the block."""
        task = asyncio.create_task(self._run(), name=self._name)
        try:
            yield
        finally:
            await end(task)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            try:
                pause = await self._work()
            # Also what nobody foresaw: readers would wait in silence for the rest of the run.
            except Exception:
                log.exception("%s failed, trying again in %s s", self._name, self._after_failure_s)
                pause = self._after_failure_s
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()


class BackgroundService:
    """What works in the background; others wake it when there is something for it."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[float]],
        after_failure_s: float = AFTER_FAILURE_S,
    ) -> None:
        self._background = Background(name, work, after_failure_s)

    def wake(self) -> None:
        """Look for work now."""
        self._background.wake()

    def running(self) -> AbstractAsyncContextManager[None]:
        """Work during the block; what is not done at its end is done at the next start."""
        return self._background.running()
