"""Run several coroutines at once, or one behind another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Sequence


A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


async def both(one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """Run two at once; returns both results, or raises the first error after both ended."""
    first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
    await _ended([first, second])
    return first.result(), second.result()


async def all_of(several: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """Run all at once; returns the results in order, or raises the first error after all ended."""
    tasks = [asyncio.ensure_future(one) for one in several]
    await _ended(tasks)
    return [task.result() for task in tasks]


async def _ended(tasks: Sequence[asyncio.Future[Any]]) -> None:
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


class OneBehind:
    """Runs one coroutine at a time beside its block; the next begins when the last has ended.

    Nothing goes on after the block, not even after an error or a cancellation: a lock around the
    block would otherwise be released too early. An error in the block hides one in the coroutine.
    """

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None

    async def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Begin `work` when the previous work has ended; raises the previous work's error."""
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
