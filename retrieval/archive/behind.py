"""One piece of work behind another, and never more: what makes two steps of a pipeline overlap."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class OneBehind:
    """Runs one coroutine beside its block: the next begins when the last has ended.

    Nothing goes on after the block: it waits also when it is left by an error or a cancellation,
    since who holds a lock around the block would let it go too early. The error that left the block
    goes before one of the coroutine.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin `work`, after what was begun before; raises what that raised."""
        if self._task is not None:
            await asyncio.shield(self._task)
        self._task = asyncio.create_task(work())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        if self._task is None:
            return
        cancelled: asyncio.CancelledError | None = None
        while not self._task.done():
            try:
                await asyncio.wait({self._task})
            except asyncio.CancelledError as again:
                cancelled = again
        failed = self._task.exception()
        if cancelled is not None:
            raise cancelled
        if error is None and failed is not None:
            raise failed
