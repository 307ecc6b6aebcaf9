"""Background loops that can be woken, a clock that can be moved, and ending a task for certain."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from retrieval.concurrency import OneBehind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager


log = logging.getLogger(__name__)

AFTER_FAILURE_S = 30.0


class Background:
    """Calls `work` in a loop; each call returns the seconds until the next, or `wake` ends them."""

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
            # Unforeseen errors too: otherwise this work would stop silently until the next start.
            except Exception:
                log.exception("%s failed, trying again in %s s", self._name, self._after_failure_s)
                pause = self._after_failure_s
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()


class BackgroundService:
    """Base class of services that work in the background; call `wake` when there is work."""

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
        """Work during the block; unfinished work is continued at the next start."""
        return self._background.running()


class Clock:
    """The real time, or a time that runs ahead of it by a constant."""

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = start - datetime.now(UTC) if start else timedelta()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC) + self._ahead

    def forward(self, to: datetime) -> None:
        """Jump ahead to an instant; an earlier one changes nothing."""
        self._ahead += max(to - self.now(), timedelta())
        for tell in self._watchers:
            tell()

    def watch(self, tell: Callable[[], None]) -> None:
        """Call `tell` after each jump: whoever sleeps until an instant has to look again."""
        self._watchers.append(tell)


_AGAIN_S = 0.5


async def end(task: asyncio.Task[None]) -> None:
    """Cancel a task and wait until it is over.

    A single cancellation can be lost: in Python 3.11 `asyncio.wait_for` swallows one that arrives
    just as its awaitable completes (https://github.com/python/cpython/issues/86296). So it is
    repeated until the task is over, and a cancellation of this wait is raised only then.
    """
    async with OneBehind() as behind:
        await behind.start(partial(_end, task))


async def _end(task: asyncio.Task[None]) -> None:
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_AGAIN_S)
