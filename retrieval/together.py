"""Several things at once, none of which goes on after another has failed.

`asyncio.gather` leaves the others running, with their connections; `TaskGroup` wraps the error that
callers look for.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterable, Sequence

A = TypeVar("A")
B = TypeVar("B")
T = TypeVar("T")


async def both(one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """The results of two; the first error of either is raised when both have ended."""
    first, second = asyncio.ensure_future(one), asyncio.ensure_future(other)
    await _ended([first, second])
    return first.result(), second.result()


async def all_of(several: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results of all, in order; the first error is raised when all have ended."""
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
