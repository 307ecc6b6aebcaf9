"""Reads the items of jobs, with limits in all and per host, and stores the results."""

from __future__ import annotations

import asyncio
import itertools
import logging
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from time import monotonic
from typing import TYPE_CHECKING

from telegram.error import TelegramError

from bot.features.adding.jobs import Counts, Failure, JobItem
from bot.features.adding.sources import Link, LocalFile, Post, Upload
from bot.telegram.client import surely
from retrieval.concurrency import all_of
from retrieval.errors import ArchiveError
from retrieval.ingest.sources import UNFORESEEN
from retrieval.messages import UserMessage
from retrieval.models import Added, Duplicate, Rejected, Revised
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from telegram import Bot

    from bot.features.adding.sources import Source
    from bot.features.adding.store import IntakeJobs
    from retrieval.ingest import Ingestor
    from retrieval.models import Outcome

    Read = Callable[[Source, Callable[[int], bool], str], AsyncGenerator[tuple[str, Outcome], None]]
    Said = Callable[[str, Outcome], None]


# In a file with thousands of articles, those of the last second may be read again after a crash.
# They are then "already there"; nothing is lost or doubled.
SAVE_EVERY_S = 1.0
MOST_FAILURES = 5_000
MOST_STORED = 10
_AT_A_TIME = 500


@dataclass(frozen=True, slots=True)
class _Hooks:
    said: Said
    ended: Callable[[JobItem], None]
    stopping: asyncio.Event
    token: str | None


class Engine:
    """Runs jobs. `read` yields the articles of a source whose numbers are wanted."""

    def __init__(self, store: IntakeJobs, turns: PoliteQueues, read: Read) -> None:
        self._store, self._turns, self._read = store, turns, read

    async def run(  # noqa: PLR0913  the details of a run
        self,
        number: int,
        *,
        added_by: str,
        said: Said = lambda _label, _outcome: None,
        ended: Callable[[JobItem], None] = lambda _item: None,
        stopping: asyncio.Event,
        token: str | None = None,
    ) -> None:
        """Read a job's waiting items until there are no more, or until `stopping` is set.

        If another program stopped the job, it is set here. Reading in progress is then finished. A
        cancelled run leaves unrecorded items to the next. `token` is that of the job's lease.

        Raises:
            ArchiveError: the archive failed; unrecorded items are still waiting.
            LeaseLostError: another program has the job by now.
        """
        while not stopping.is_set() and (items := await self._store.waiting(number)):
            for start in range(0, len(items), _AT_A_TIME):
                several = items[start : start + _AT_A_TIME]
                hooks = _Hooks(said, ended, stopping, token)
                await all_of(self._one(one, added_by, hooks) for one in several)
                if stopping.is_set():
                    return

    async def _one(self, item: JobItem, added_by: str, hooks: _Hooks) -> None:
        source = item.source
        async with self._turns.turn(source.queue, is_host=isinstance(source, Link)):
            if hooks.stopping.is_set():
                return
            with span("add", kind=type(source).__name__.lower()):
                await self._read_one(item, added_by, hooks)

    async def _read_one(self, item: JobItem, added_by: str, hooks: _Hooks) -> None:
        source, wants = item.source, item.wants()
        numbers = (number for number in itertools.count() if wants(number))
        saved = monotonic()
        async with aclosing(self._read(source, wants, added_by)) as results:
            async for label, outcome in results:
                item = after(item, next(numbers), label, outcome)
                hooks.said(label, outcome)
                # A link has one article, so it is done; a file may have more.
                if hooks.stopping.is_set() and not isinstance(source, Link):
                    await self._save(item, hooks)
                    return
                if monotonic() - saved >= SAVE_EVERY_S:
                    await self._save(item, hooks)
                    saved = monotonic()
        item = replace(item, done=True)
        await self._save(item, hooks)
        hooks.ended(item)

    async def _save(self, item: JobItem, hooks: _Hooks) -> None:
        if not await self._store.save(item, hooks.token):
            hooks.stopping.set()


def after(item: JobItem, number: int, label: str, outcome: Outcome) -> JobItem:
    """The item after its article `number` is done. Pure."""
    counts, failures, stored = item.counts, item.failures, item.stored
    match outcome:
        case Added(article):
            counts, result = counts + Counts(added=1), "added"
        case Revised(article):
            counts, result = counts + Counts(revised=1), "revised"
        case Duplicate(article):
            counts, result = counts + Counts(already=1), "already"
        case Rejected(reason):
            counts += Counts(rejected=1)
            if len(failures) < MOST_FAILURES:
                failures = (*failures, Failure(number, label, reason))
            return replace(item, position=number + 1, counts=counts, failures=failures)
    if len(stored) < MOST_STORED:
        stored = (*stored, (result, article.id))
    return replace(item, position=number + 1, counts=counts, stored=stored)


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """How many sources are read at once, in all and per host; seconds between two of one host."""

    at_once: int = 8
    per_host: int = 2
    pause_s: float = 0.5


class PoliteQueues:
    """Gives out turns, in each queue in the order of asking.

    Waiting for one host doesn't hold up another. Hosts have limits and pauses; other queues just
    go one at a time.
    """

    def __init__(self, manners: FetchLimits) -> None:
        self._manners = manners
        self._all = asyncio.Semaphore(manners.at_once)
        self._queues: dict[str, asyncio.Semaphore] = {}
        self._users: dict[str, int] = {}

    @asynccontextmanager
    async def turn(self, queue: str, *, is_host: bool) -> AsyncIterator[None]:
        """Wait for a turn, which lasts for the block."""
        many = self._manners.per_host if is_host else 1
        mine = self._queues.setdefault(queue, asyncio.Semaphore(many))
        self._users[queue] = self._users.get(queue, 0) + 1
        try:
            async with mine:
                async with self._all:
                    yield
                if is_host and self._users[queue] > many:
                    await asyncio.sleep(self._manners.pause_s)
        finally:
            self._users[queue] -= 1
            if not self._users[queue]:
                del self._users[queue], self._queues[queue]


log = logging.getLogger(__name__)

NO_FILE = UserMessage("Telegram didn't deliver the file; try again, or resend it.")
NO_TEXT = UserMessage("The post has no text, and I can't read pictures or videos.")


class SourceReader:
    """Reads sources; it downloads uploaded files through the bot."""

    def __init__(self, ingestor: Ingestor, bot: Bot | None = None) -> None:
        self._ingestor, self._bot = ingestor, bot

    async def read(
        self, source: Source, wanted: Callable[[int], bool], added_by: str
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        """Store the wanted articles of a source; yields the result of each.

        An unforeseen error counts as this source's failure and ends it.

        Raises:
            ArchiveError: the archive failed.
        """
        try:
            async with aclosing(self._read(source, wanted, added_by)) as results:
                async for result in results:
                    yield result
        except ArchiveError:
            raise
        except Exception:  # one bad source must not stop those beside it
            log.exception("reading %s failed", source.label)
            yield source.label, Rejected(UNFORESEEN)

    async def _read(
        self, source: Source, wanted: Callable[[int], bool], added_by: str
    ) -> AsyncGenerator[tuple[str, Outcome], None]:
        ingestor = self._ingestor
        match source:
            case Link(url):
                found = ingestor.add_link(url, added_by=added_by, wanted=wanted)
            case LocalFile(path):
                found = ingestor.add(path, added_by=added_by, wanted=wanted)
            case Post():
                if not source.text.strip():
                    yield source.label, Rejected(NO_TEXT)
                    return
                found = ingestor.add_text(
                    source.text,
                    outlet=source.outlet,
                    url=source.url,
                    published=source.at,
                    added_by=added_by,
                    wanted=wanted,
                )
            case Upload(file_id, name):
                body = await self._download(file_id)
                if body is None:
                    yield name, Rejected(NO_FILE)
                    return
                found = ingestor.add_upload(name, body, added_by=added_by, wanted=wanted)
        async for label, outcome in found:
            yield (source.label if isinstance(source, Post) else label), outcome

    async def _download(self, file_id: str) -> bytes | None:
        bot = self._bot
        if bot is None:
            return None
        try:
            file = await surely(lambda: bot.get_file(file_id))
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            log.warning("a file could not be had: %s", error)
            return None
