"""Waits for things without notification: other programs, threads, rows of a database."""

from __future__ import annotations

import asyncio
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from retrieval.storage import leases

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest

Value = TypeVar("Value")
_LOOK_EVERY_S = 0.01


@overload
async def until(
    look: Callable[[], Awaitable[Value | None]], patience_s: float = ..., every_s: float = ...
) -> Value: ...
@overload
async def until(
    look: Callable[[], object], patience_s: float = ..., every_s: float = ...
) -> object: ...
async def until(
    look: Callable[[], Any], patience_s: float = 10, every_s: float = _LOOK_EVERY_S
) -> Any:
    """The result of `look` as soon as it is true; raises TimeoutError if it never is.

    If there is an event, a task or a reply to wait for, wait for that instead.
    """
    async with asyncio.timeout(patience_s):
        while True:
            found = look()
            value = await found if isawaitable(found) else found
            if value:
                return value
            await asyncio.sleep(every_s)


async def forever() -> None:
    """Work that never ends by itself."""
    await asyncio.Event().wait()


class Renewals:
    """Counts renewals of leases."""

    def __init__(self, patched: pytest.MonkeyPatch) -> None:
        self._count, real = 0, leases.renew

        async def counted(*asked: Any) -> set[Any]:
            held: set[Any] = await real(*asked)
            self._count += 1
            return held

        patched.setattr(leases, "renew", counted)

    async def outlive_a_lease(self) -> None:
        """Wait until leases were renewed for twice the duration of one."""
        enough = self._count + 2 * leases._BEATS
        await until(lambda: self._count >= enough, patience_s=30)
