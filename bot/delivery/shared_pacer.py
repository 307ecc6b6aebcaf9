"""Waiting for one's turn where several programs are one bot: turns are given out in SQL.

While the database can't be asked, each program goes by its own count, as if it were alone: no
answer waits for that, and what Telegram refuses is waited for and sent again.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from math import inf
from typing import TYPE_CHECKING

from bot.delivery.pacer import Pacer
from bot.delivery.shared_pace import Ask, Grant, Refusal, SharedPace
from bot.tasks import end
from retrieval.archive.database import unmigrated
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from bot.delivery.pacing import Pacing

log = logging.getLogger(__name__)

# How long a turn may take to be given, and for how long nobody asks after that failed.
WITHIN_S = 2.0
ALONE_FOR_S = 5.0
# Seconds' worth of turns that one program's messages that are not urgent take in advance.
_AHEAD_S = 0.1


class SharedPacer(Pacer):
    """One bot's pace, kept by all of its programs together."""

    def __init__(self, shared: SharedPace, pacing: Pacing) -> None:
        super().__init__(pacing)
        self._shared = shared
        # Few, since those who wait for a turn of theirs are ahead of answers that come meanwhile.
        self._few = asyncio.Semaphore(max(1, int(pacing.overall * _AHEAD_S)))
        self._waiting: list[tuple[Ask | Refusal, asyncio.Future[Grant | None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._alone_until = -inf

    async def turn(self, chat_id: int, patience_s: float = inf) -> float:
        """As of a program that is alone."""
        while True:
            async with self._few:
                grant = await self._put(Ask(chat_id, urgent=False))
                if grant is None:
                    return await super().turn(chat_id, patience_s)
                if grant.counted:
                    await self._wait_and_count(chat_id, grant)
                    return 0.0
            if grant.wait_s > patience_s:
                return grant.wait_s
            await asyncio.sleep(grant.wait_s)

    async def urgent_turn(self, chat_id: int) -> None:
        """As of a program that is alone."""
        while True:
            grant = await self._put(Ask(chat_id, urgent=True))
            if grant is None:
                return await super().urgent_turn(chat_id)
            if grant.counted:
                return await self._wait_and_count(chat_id, grant)
            await asyncio.sleep(grant.wait_s)

    def refused(self, chat_id: int, wait_s: float, *, draft: bool = False) -> None:
        """Telegram asked to wait; the other programs hear of it."""
        super().refused(chat_id, wait_s, draft=draft)
        self._put(Refusal(chat_id, wait_s, draft))

    async def close(self) -> None:
        """Tell what is still to be told, and stop."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=WITHIN_S)
            await end(self._task)

    async def _wait_and_count(self, chat_id: int, grant: Grant) -> None:
        """Counted here too, for when this program has to go by its own count."""
        if grant.wait_s:
            await asyncio.sleep(grant.wait_s)
        self._pace.spend(chat_id, self._clock())

    def _put(self, one: Ask | Refusal) -> asyncio.Future[Grant | None]:
        """Everything that comes while a transaction is under way goes into the next."""
        future: asyncio.Future[Grant | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return future

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            grants: Sequence[Grant | None] = [None] * len(batch)
            try:
                grants = await self._settled([one for one, _ in batch])
            finally:  # also when this ends: nobody is left waiting
                for (_, future), grant in zip(batch, grants, strict=True):
                    if not future.done():
                        future.set_result(grant)

    async def _settled(self, batch: Sequence[Ask | Refusal]) -> Sequence[Grant | None]:
        """What was granted; nothing while this program goes by its own count."""
        if self._clock() < self._alone_until:
            return [None] * len(batch)
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._shared.settle(batch)
        except (ArchiveError, TimeoutError) as error:
            log.warning(
                "the shared pace can't be asked, so for %s s this program keeps its own: %s",
                ALONE_FOR_S,
                str(error) or type(error).__name__,
            )
            self._alone_until = self._clock() + ALONE_FOR_S
            return [None] * len(batch)


@asynccontextmanager
async def open_pacer(url: str, pacing: Pacing) -> AsyncIterator[Pacer]:
    """The pace of one bot whose database is at `url`: shared where that is Postgres.

    Raises:
        ArchiveError: the URL is none, or its driver is not installed.
    """
    if not url.startswith("postgresql"):
        yield Pacer(pacing)
        return
    # A connection of its own: a turn must not wait until a search gives one back.
    database = unmigrated(url)
    pacer = SharedPacer(SharedPace(database, pacing), pacing)
    try:
        yield pacer
    finally:
        await pacer.close()
        await database.close()
