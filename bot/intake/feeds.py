"""Feeds beside the handlers: polled in the background, with the turns that links take, too."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.background import BackgroundService
from retrieval.feeds import FeedDesk, Poller, Rules

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from bot.intake.turns import Turns
    from retrieval.library import Library
    from retrieval.settings import LibrarySettings


_PATIENCE_S = 5.0


class FeedRunner(BackgroundService):
    """The poller, the desk, and the background task that polls; `stored` is told of articles."""

    def __init__(
        self,
        library: Library,
        settings: LibrarySettings,
        turns: Turns,
        *,
        now: Callable[[], datetime],
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        self.poller = Poller(
            library.database,
            library.ingestor,
            lambda host: turns.turn(host, is_host=True),
            now=now,
            rules=rules_of(settings),
            at_once=settings.fetch_at_once,
            per_host=settings.fetch_per_host,
            stored=stored,
            documents=library.feed_documents,
        )
        self.desk = FeedDesk(self.poller, library.ingestor.reading)
        super().__init__("feeds", self.poller.work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Poll during the block; what is under way at its end is taken up at the next start."""
        try:
            async with super().running():
                try:
                    yield
                finally:
                    # A write that is cancelled may keep SQLite locked for others.
                    self.poller.stop()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_PATIENCE_S):
                            await self.poller.idle.wait()
        finally:
            await self.poller.leases.release()


def rules_of(settings: LibrarySettings) -> Rules:
    """The rules of the schedule that the settings give."""
    least = timedelta(minutes=settings.feed_least_minutes)
    most = max(timedelta(hours=settings.feed_most_hours), least)
    first = min(max(Rules().first, least), most)
    return Rules(least, most, first, timedelta(days=settings.feed_trust_days))
