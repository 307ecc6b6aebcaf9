"""The index worker: embeds what was added, by this program or by another, while the bot runs."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from bot.tasks import end
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.archive.indexer import Indexer

log = logging.getLogger(__name__)

# `sitrep add` beside a running bot only writes SQL; this is how long it may go unnoticed.
LOOK_EVERY_S = 5.0
AFTER_FAILURE_S = 30.0
PURGE_EVERY_S = 3600.0


class IndexWorker:
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
        self._after_failure_s = after_failure_s
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look for work now."""
        self._wake.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work during the block; what is not done at its end is done at the next start."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            await end(task)

    async def _run(self) -> None:
        changed = True
        while True:
            self._wake.clear()
            pause = LOOK_EVERY_S
            try:
                if changed:
                    changed = False
                    await self._prepare_searches()
                if done := await self._indexer.work():
                    log.info("indexed %s revisions", done)
                    changed = True
                    continue
            # Also what nobody foresaw: a worker that ends in silence leaves articles unembedded.
            except Exception:
                log.exception("indexing failed, trying again in %s s", self._after_failure_s)
                pause = self._after_failure_s
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()

    async def _prepare_searches(self) -> None:
        """Searches do without, only slower, so a failure is no reason to stop indexing."""
        if self._prepare is None:
            return
        try:
            await self._prepare()
        except ArchiveError:
            log.warning("searches are not prepared, the first ones will be slower", exc_info=True)


@asynccontextmanager
async def purging(
    archive: Archive, now: Callable[[], datetime], every_s: float = PURGE_EVERY_S
) -> AsyncIterator[None]:
    """During the block, wipe for good what was removed over a day ago."""
    task = asyncio.create_task(_purge(archive, now, every_s))
    try:
        yield
    finally:
        await end(task)


async def _purge(archive: Archive, now: Callable[[], datetime], every_s: float) -> None:
    while True:
        try:
            while wiped := await archive.purge(now()):
                log.info("wiped %s removed articles", wiped)
        except ArchiveError as error:
            log.warning("removed articles could not be wiped yet: %s", error)
        await asyncio.sleep(every_s)
