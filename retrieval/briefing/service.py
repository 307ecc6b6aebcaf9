"""Makes a reader's briefing from their ledger and wishes; equal ones are written once."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.briefing.ledger import FIRST_WINDOW, Told, told_by
from retrieval.briefing.selection import Request, key_of
from retrieval.errors import ArchiveError
from retrieval.models import BriefingWindow, Length, Mode
from retrieval.storage.leases import LeaseLostError

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.briefing.briefer import Briefer
    from retrieval.messages import UserMessage
    from retrieval.models import Briefing

log = logging.getLogger(__name__)

# A reader's older questions no longer show their interests.
_ASKED = timedelta(days=14)
# How often to look while another program writes the same briefing.
_LOOK_EVERY_S = 0.5


@dataclass(frozen=True, slots=True)
class BriefingOptions:
    """A reader's wishes; without a `window`, the news since their last briefing.

    `whole`: everything important, even if they were told before.
    """

    topics: tuple[str, ...] = ()
    length: Length = Length.STANDARD
    window: BriefingWindow | None = None
    followed: frozenset[int] = field(default_factory=frozenset)
    muted: frozenset[int] = field(default_factory=frozenset)
    whole: bool = False


@dataclass(frozen=True, slots=True)
class WrittenBriefing:
    """A briefing with the id under which it is stored.

    `after` are the briefings that its reader got before; None if they didn't matter.
    """

    id: int
    briefing: Briefing
    after: tuple[int, ...] | None = None


class BriefingService:
    """Makes each reader's briefing, and stores it."""

    def __init__(self, archive: Archive, briefer: Briefer, most_days: int) -> None:
        self._archive = archive
        self._briefer = briefer
        self._most = timedelta(days=most_days)
        self._writing: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def write(  # noqa: PLR0913  what a reader may have said
        self,
        reader: str | None,
        wish: BriefingOptions,
        now: datetime,
        *,
        person: int | None = None,
        in_quotes: UserMessage | None = None,
        language: str | None = None,
    ) -> WrittenBriefing:
        """A reader's briefing, written now, or stored if another reader had the same.

        It counts as told only after `tell`. `reader` None is somebody without a ledger. `person` is
        the person who asked for it; its tokens count as theirs. With `in_quotes`, no model is used,
        and the reader is told this reason. `language` is the English name of the language that a
        model writes in; None: that of the articles.

        Raises:
            ArchiveError: reading or writing failed.
            ModelError: the embedding model failed.
        """
        told, asked = Told(), tuple[str, ...]()
        if reader is not None and not wish.whole:
            told = told_by(await self._archive.briefings.given(reader, now))
            asked = tuple(await self._archive.answers.recent_questions(reader, now - _ASKED))
        request = Request(
            window=wish.window or self.window(told, now),
            now=now,
            topics=wish.topics,
            length=wish.length,
            asked=asked,
            followed=wish.followed,
            muted=wish.muted,
            # a bot without a model always quotes, so no reason is given
            in_quotes=in_quotes if self._briefer.mode is Mode.MODEL else None,
            language=language if self._briefer.mode is Mode.MODEL else None,
        )
        version = await self._archive.articles.version()
        key = key_of(request, (*version, *told.briefings), self._briefer.writer)
        async with self._writing[key]:
            try:
                written = await self._once(key, request, told, reader, person)
            finally:
                self._writing.pop(key, None)
        known = None if reader is None or wish.whole else told.briefings
        return replace(written, after=known)

    async def tell(self, reader: str, written: WrittenBriefing, now: datetime) -> None:
        """Record in the ledger that a reader got a briefing."""
        await self._archive.briefings.tell(reader, written.id, written.briefing.window.end, now)

    async def informed_until(self, reader: str, now: datetime) -> datetime | None:
        """The time up to which a reader was told everything; None if they never were.

        Raises:
            ArchiveError: reading failed.
        """
        return told_by(await self._archive.briefings.given(reader, now)).until

    def window(self, told: Told, now: datetime) -> BriefingWindow:
        """Since the reader was last told, at most the days that the settings allow."""
        start = told.until or now - FIRST_WINDOW
        return BriefingWindow(min(max(start, now - self._most), now), now)

    def within(self, window: BriefingWindow) -> BriefingWindow:
        """The window, shortened at its beginning to what the settings allow."""
        return BriefingWindow(max(window.start, window.end - self._most), window.end)

    async def _once(
        self, key: str, request: Request, told: Told, reader: str | None, person: int | None
    ) -> WrittenBriefing:
        """The briefing stored under its key, or written by one program while others wait for it."""
        while (found := await self._archive.briefings.with_key(key)) is None:
            if reader is None:
                return await self._write(key, request, told, reader, person)
            try:
                async with self._archive.briefings.writing_alone(key) as alone:
                    # it may have been stored between our read and our lease
                    if alone and await self._archive.briefings.with_key(key) is None:
                        return await self._write(key, request, told, reader, person)
            except LeaseLostError:
                log.warning("a briefing is left to another program")
            if not alone:
                await asyncio.sleep(_LOOK_EVERY_S)
        return WrittenBriefing(*found)

    async def _write(
        self, key: str, request: Request, told: Told, reader: str | None, person: int | None
    ) -> WrittenBriefing:
        briefing = await self._briefer.brief(request, told)
        log.info(
            "briefing in %s mode: %s stories of %s articles, tokens %s, %.0f ms",
            briefing.mode,
            len(briefing.stories),
            briefing.articles,
            dict(briefing.cost.usage),
            briefing.cost.timings_ms.get("total", 0),
        )
        # timings are for the log, and would make equal briefings differ
        kept = replace(briefing, cost=replace(briefing.cost, timings_ms={}))
        if reader is None or briefing.notices != (
            (request.in_quotes,) if request.in_quotes else ()
        ):
            # without a key: the model may work again for the next reader
            kept_id = await self._archive.briefings.keep(kept, person_id=person)
            return WrittenBriefing(kept_id, briefing)
        await self._archive.briefings.keep(kept, key, person)
        # everybody gets the one that was stored first
        written = await self._archive.briefings.with_key(key)
        if written is None:
            raise ArchiveError("The briefing was deleted right after it was written.")
        briefing_id, same = written
        return WrittenBriefing(briefing_id, briefing if same == kept else same)
