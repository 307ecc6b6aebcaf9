"""The walk of feeds: lease a due feed, poll it, read its entries, release the lease.

1. `store` leases the feed that has been due longest and whose host isn't busy; the lease is renewed
   during the work.
2. `looking` asks its server (`getting`); `parsing` reads the document, `models` identifies entries.
3. `store` writes new entries and the time of the next poll in one transaction.
4. `reader` turns waiting entries into articles; each is settled under the same lease.
"""

from __future__ import annotations

import asyncio
import logging
import math
import random
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING

from retrieval.feeds.documents import Documents
from retrieval.feeds.looking import Look, Looker, PollingConfig
from retrieval.feeds.models import SLICE_S, FeedState
from retrieval.feeds.reader import EntryReader
from retrieval.feeds.store import EntryStore, FeedStore
from retrieval.storage.leases import LeaseHolder, LeaseLostError
from retrieval.storage.tables import feed as feed_table
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from retrieval.feeds.getting import FeedResponse
    from retrieval.feeds.models import Feed
    from retrieval.ingest import Ingestor
    from retrieval.storage.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 30.0
_LOOK_BESIDE_S = 2.0
_ENTRIES_AT_ONCE = 10


class Poller:
    """Polls feeds; `turn` is entered before each request, `stored` is called after new articles."""

    def __init__(  # noqa: PLR0913  what it works with
        self,
        database: Database,
        ingestor: Ingestor,
        turn: Callable[[str], AbstractAsyncContextManager[None]],
        *,
        now: Callable[[], datetime],
        rules: PollingConfig | None = None,
        at_once: int = 8,
        per_host: int = 2,
        stored: Callable[[], None] = lambda: None,
        dice: Callable[[], float] = random.random,
        documents: Documents | None = None,
    ) -> None:
        self.database, self.store = database, FeedStore(database)
        self._stopping = False
        self._at_work, self._freed = 0, asyncio.Event()
        self.idle = asyncio.Event()
        self.idle.set()
        self.rules = rules or PollingConfig()
        self.now = now
        self.leases = LeaseHolder(database, feed_table, now=now)
        self._entries = EntryStore(database)
        self.documents = documents or Documents()
        self._looker = Looker(
            ingestor.reading, self._entries, self.rules, now, dice, turn, self.documents
        )
        self._reader = EntryReader(ingestor, self._entries, turn, now)
        self._at_once, self._per_host, self._stored = at_once, per_host, stored

    def stop(self) -> None:
        """Make `work` return when the current polls have ended."""
        self._stopping = True
        self._freed.set()

    async def work(self) -> float:
        """Poll all due feeds; returns the seconds until the next call.

        Raises:
            ArchiveError: the database failed; all leases were released.
        """
        # All end before an error is raised, so no poll is still running at the next call.
        self.idle.clear()
        try:
            workers = (self._serve() for _ in range(self._at_once))
            for ended in await asyncio.gather(*workers, return_exceptions=True):
                if ended is not None:
                    raise ended
        finally:
            self.idle.set()
        now = self.now()
        due = await self.store.next_due(now)
        wait = (due - now).total_seconds() if due is not None else LOOK_EVERY_S
        return min(max(wait, 1.0), LOOK_EVERY_S)

    async def poll(self, feed_id: int, *, look: bool = True) -> Look | None:
        """Poll a feed now, due or not; None if another process has it, or it doesn't exist.

        Without `look`, only its waiting entries are read.
        """
        holder = self.leases.lease().token
        feed = await self.store.claim(holder, self.now(), self._per_host, only=feed_id)
        return await self._held(feed, holder, look=look) if feed is not None else None

    async def take(self, feed: Feed, holder: str, answer: FeedResponse) -> Look:
        """Give a feed just added under this lease the document that was fetched to find it.

        Its entries wait for the next poll.
        """
        done = Look({})
        try:
            async with self.leases.holding(holder, feed.id):
                look = await self._looker.read(feed, answer)
                await self._keep(feed, holder, look)
                done = look
        except LeaseLostError:
            log.info("feed %s is another's now, or was removed", feed.id)
        finally:
            await self.store.release(feed.id, holder, self.now())
        return done

    async def _serve(self) -> None:
        while not self._stopping:
            holder, now = self.leases.lease().token, self.now()
            held = self.leases.held
            feed = await self.store.claim(holder, now, self._per_host, but=held)
            if feed is None:
                if not self._at_work:
                    return
                await self._until_freed()
                continue
            self._at_work += 1
            try:
                look = feed.state is FeedState.ACTIVE and feed.next_at <= now
                await self._held(feed, holder, look=look, until=monotonic() + SLICE_S)
            # Any error: one feed must not keep the others from being read.
            except Exception:
                log.exception("feed %s is set aside", feed.id)
                await self.store.set_aside(feed, now)
            finally:
                self._at_work -= 1
                self._freed.set()
                self._freed = asyncio.Event()

    async def _until_freed(self) -> None:
        """Wait briefly for a poll to end; feeds that come due must not wait for a slow one."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_LOOK_BESIDE_S):
                await self._freed.wait()

    async def _held(self, feed: Feed, holder: str, *, look: bool, until: float = math.inf) -> Look:
        """Poll a feed and read its entries under a lease, and release it in any case.

        Entries are read `until` a time of the monotonic clock; the rest waits again, behind other
        feeds.
        """
        done = Look({})
        try:
            async with self.leases.holding(holder, feed.id):
                if look:
                    with span("feed") as looking:
                        done = await self._looker.look(feed)
                        await self._keep(feed, holder, done)
                        looking.note(news=done.news)
                    feed = await self.store.get(feed.id) or feed
                await self._read_entries(feed, holder, until)
        except LeaseLostError:
            log.info("feed %s is another's now, or was removed", feed.id)
        finally:
            await self.store.release(feed.id, holder, self.now())
        return done

    async def _keep(self, feed: Feed, holder: str, look: Look) -> None:
        now = self.now()
        await self._entries.keep_look(feed.id, holder, look.values, look.entries, now)
        if look.rest_until is not None:
            await self.store.hold_host(feed.host, look.rest_until)
        if look.problem is not None:
            log.warning("feed %s: %s", feed.id, look.problem)
        elif look.news:
            log.info("feed %s: %s new entries", feed.id, look.news)

    async def _read_entries(self, feed: Feed, holder: str, until: float) -> None:
        while waiting := await self._entries.waiting(feed.id, self.now(), _ENTRIES_AT_ONCE):
            for one in waiting:
                with span("add", kind="entry"):
                    settled = await self._reader.read(feed, one)
                # settled one by one, so that another process doesn't read them again
                await self._entries.settle(feed.id, holder, [settled], self.now())
                if settled.article_id is not None:
                    self._stored()
                if self._stopping or monotonic() > until:
                    return
