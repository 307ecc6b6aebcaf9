"""Questions wait here when more come than are answered at once, and whoever waits long is told so.

The place is in front of the answer and not in front of the handlers: PTB would hold updates back
before anybody could say anything about them.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from bot.language import gettext as _
from bot.language import ngettext
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

# A shorter wait needs no words.
WORTH_TELLING_S = 5.0
# What an answer is taken to need before any was measured.
FIRST_GUESS_S = 5.0
# Answers by which the next one's time is judged.
RECENT = 50
_MINUTE_S = 60.0


def expected_s(ahead: int, at_once: int, recent: Collection[float]) -> float:
    """Seconds until a question is answered.

    `ahead` came before and are not answered yet, `at_once` are answered together, and `recent`
    answers took so many seconds each. One of those ahead is done every mean / at_once seconds; the
    question begins when fewer than `at_once` are left, and then takes its own time.
    """
    mean = sum(recent) / len(recent) if recent else FIRST_GUESS_S
    return max(0, ahead - at_once + 1) * mean / at_once + mean


def busy(ahead: int, wait_s: float) -> str:
    """What the person is told."""
    if wait_s < _MINUTE_S:
        step = 1 if wait_s <= 10 else 5  # noqa: PLR2004  nobody needs "37 s"
        when = _("{seconds} s").format(seconds=math.ceil(wait_s / step) * step)
    else:
        when = _("{minutes} min").format(minutes=math.ceil(wait_s / _MINUTE_S))
    return ngettext(
        "I'm busy: 1 question is ahead of yours. Expect an answer in about {time}.",
        "I'm busy: {count} questions are ahead of yours. Expect an answer in about {time}.",
        ahead,
    ).format(count=ahead, time=when)


class QuestionQueue:
    """Lets `at_once` questions be answered together, the others in the order in which they came.

    `changed` is told how many wait, `clock` gives seconds that only go forward.
    """

    def __init__(
        self,
        at_once: int,
        changed: Callable[[int], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._changed, self._clock = at_once, changed, clock
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._recent: deque[float] = deque(maxlen=RECENT)

    @asynccontextmanager
    async def turn(self, tell: Callable[[str], object] = lambda _: None) -> AsyncIterator[None]:
        """Wait until it is the question's turn, which lasts for the block.

        Where that takes long, `tell` is given the sentence for the person.
        """
        with span("queue"):
            await self._begin(tell)
        began = self._clock()
        try:
            yield
            self._recent.append(self._clock() - began)
        finally:
            self._next()

    async def _begin(self, tell: Callable[[str], object]) -> None:
        if self._under_way < self._at_once:
            self._under_way += 1
            return
        ahead = self._under_way + len(self._waiting)
        wait_s = expected_s(ahead, self._at_once, self._recent)
        if wait_s >= WORTH_TELLING_S:
            tell(busy(ahead, wait_s))
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._changed(len(self._waiting))
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._changed(len(self._waiting))
            elif not turn.cancelled():
                self._next()  # it was given a turn that it can't use
            raise

    def _next(self) -> None:
        """Hand the place to who waits longest, or keep it free.

        Handed over and not only freed, so that nobody who comes just now slips in between.
        """
        while self._waiting:
            turn = self._waiting.popleft()
            self._changed(len(self._waiting))
            if not turn.done():
                turn.set_result(None)
                return
        self._under_way -= 1
