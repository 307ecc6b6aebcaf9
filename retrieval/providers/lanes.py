"""One thread for a model, and the order in which it serves."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from enum import IntEnum
from itertools import count
from queue import PriorityQueue
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    Waiting = tuple["Lane", int, Future[Any], Callable[[], Any]]

_T = TypeVar("_T")


class Lane(IntEnum):
    """Who goes first: somebody waits for a question and for an answer, nobody for a bulk load."""

    QUESTION = 0
    ANSWER = 1
    BULK = 2


class Lanes:
    """Runs one call at a time: of those waiting the one of the best lane, and there the oldest.

    Nothing is interrupted, so the best lane waits for one call at the most. Who has much to do asks
    for a small piece at a time and waits for it: then each caller has one call in the queue, which
    is all that bounds it, and all that has to.
    """

    def __init__(self, name: str) -> None:
        # One call at a time uses all cores; more would only wait for each other.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._waiting: PriorityQueue[Waiting] = PriorityQueue()
        self._numbers = count()

    async def run(self, lane: Lane, call: Callable[[], _T]) -> _T:
        """The result of `call`, made on the thread; what it raises is raised here.

        Who is cancelled while waiting leaves the queue; a call that has begun is finished.
        """
        future: Future[_T] = Future()
        self._waiting.put((lane, next(self._numbers), future, call))
        # One turn for each that waits; whose it is, is decided when it comes.
        self._thread.submit(self._serve)
        return await asyncio.wrap_future(future)

    def _serve(self) -> None:
        *_, future, call = self._waiting.get_nowait()
        if not future.set_running_or_notify_cancel():
            return
        try:
            result = call()
        except BaseException as error:  # noqa: BLE001  all of it belongs to the caller
            future.set_exception(error)
        else:
            future.set_result(result)

    def close(self) -> None:
        """Stop the thread after the call that runs; those that wait are cancelled."""
        self._thread.shutdown(wait=True, cancel_futures=True)
        while not self._waiting.empty():
            *_, future, _call = self._waiting.get_nowait()
            future.cancel()
