"""The index worker: embeds what was added, by this program or by another, while the bot runs."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from bot.background import AFTER_FAILURE_S, Background, BackgroundService
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.archive.indexer import Indexer

log = logging.getLogger(__name__)

# `sitrep add` beside a running bot only writes SQL; this is how long it may go unnoticed.
LOOK_EVERY_S = 5.0
PURGE_EVERY_S = 3600.0
# A family that was too large to be decided at once waits for this.
COMPARE_EVERY_S = 300.0
# What nobody waits for takes a quarter of the time, and leaves the rest to those who ask.
_REST = 3.0


class IndexWorker(BackgroundService):
    """Runs an indexer in the background; `wake` when there is something new.

    `prepare` is called at the start and after each work done, so that no search has to wait for
    what follows from it.
    """

    def __init__(
        self,
        indexer: Indexer,
        prepare: Callable[[], Awaitable[None]] | None = None,
        *,
        after_failure_s: float = AFTER_FAILURE_S,
    ) -> None:
        self._indexer = indexer
        self._prepare = prepare
        self._changed = True
        super().__init__("indexing", self._work, after_failure_s)

    async def _work(self) -> float:
        if self._changed:
            self._changed = False
            await self._prepare_searches()
        if not (done := await self._indexer.work()):
            return LOOK_EVERY_S
        log.info("indexed %s revisions", done)
        self._changed = True
        return 0.0

    async def _prepare_searches(self) -> None:
        """Searches do without, only slower, so a failure is no reason to stop indexing."""
        if self._prepare is None:
            return
        try:
            await self._prepare()
        except ArchiveError:
            log.warning("searches are not prepared, the first ones will be slower", exc_info=True)


def comparing(archive: Archive) -> AbstractAsyncContextManager[None]:
    """During the block, look for near copies and boilerplate among what was not looked at."""

    async def rest(worked_s: float) -> None:
        await asyncio.sleep(_REST * worked_s)

    async def compare() -> float:
        while compared := await archive.compare_waiting(rest):
            log.info("looked for near copies of %s articles", compared)
        while marked := await archive.mark_waiting(rest):
            log.info("looked for boilerplate in %s articles", marked)
        return COMPARE_EVERY_S

    return Background("looking for near copies", compare, PURGE_EVERY_S).running()


def purging(archive: Archive, now: Callable[[], datetime]) -> AbstractAsyncContextManager[None]:
    """During the block, wipe for good what was removed over a day ago."""

    async def purge() -> float:
        while wiped := await archive.purge(now()):
            log.info("wiped %s removed articles", wiped)
        return PURGE_EVERY_S

    return Background("wiping what was removed", purge, PURGE_EVERY_S).running()
