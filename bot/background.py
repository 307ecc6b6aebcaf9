"""Work beside everything else: woken when there is some, ended for certain, by one clock."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

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


class Clock:
    """The real time, or one that runs beside it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = start - datetime.now(UTC) if start else timedelta()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC) + self._ahead

    def forward(self, to: datetime) -> None:
        """Let time pass at once; it never runs backwards."""
        self._ahead += max(to - self.now(), timedelta())
        for tell in self._watchers:
            tell()

    def watch(self, tell: Callable[[], None]) -> None:
        """Be told when time has passed at once: who sleeps until an instant has to look again."""
        self._watchers.append(tell)


_AGAIN_S = 0.5


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is over.

    One cancellation can be lost: in Python 3.11 `asyncio.wait_for` swallows one that comes when
    what it waits for is just done (https://github.com/python/cpython/issues/86296). So it is asked
    again until it is over.
    """
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_AGAIN_S)
