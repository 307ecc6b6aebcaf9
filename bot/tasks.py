"""Background tasks, ended for certain."""

from __future__ import annotations

import asyncio

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
