"""Keeps the stories: places what was added since, across restarts as if there were none."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from retrieval.archive.stories import Placement
from retrieval.briefing.stories import Report, StoryBook, Tuning, summarise_vectors

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.archive.stories import Lead, StoryShelf
    from retrieval.briefing.stories import Placed

# Articles placed between two commits: enough to spare commits, little to lose.
_AT_ONCE = 500
_FOREVER = datetime.max.replace(tzinfo=UTC)


class StoryKeeper:
    """Puts articles into stories. Several may do so at once, though only one at a time gets on."""

    def __init__(self, shelf: StoryShelf, tuning: Tuning | None = None) -> None:
        self._shelf = shelf
        self._tuning = tuning or Tuning()
        # The stories of late, as of this version; None: to be read again.
        self._book: StoryBook | None = None
        self._version = 0
        self._looked_for_removed = False
        self._lock = asyncio.Lock()

    async def version(self) -> int:
        """What changes whenever an article is put into a story."""
        return await self._shelf.version()

    async def catch_up(self, until: datetime, *, pending: bool = False) -> int:
        """Place every article from before `until` that has no story; returns how many were placed.

        Articles not embedded yet are left for later; with `pending`, words alone place them.

        Raises:
            ArchiveError: the archive failed; what was not placed is still waiting.
        """
        async with self._lock:
            done = 0
            self._looked_for_removed = False
            for revised in (True, False):
                while True:
                    # Read before what waits: whoever places that meanwhile counts it up.
                    version = await self._shelf.version()
                    leads = await self._shelf.waiting(
                        until, _AT_ONCE, pending=pending, revised=revised
                    )
                    if not leads:
                        break
                    done += await self._place(leads, version)
            return done

    async def _place(self, leads: Sequence[Lead], version: int) -> int:
        """Place the first of these, all of one time; returns how many: 0 if others were faster."""
        book = await self._recent(version)
        # Whatever goes wrong from here on, the book is read again.
        self._book = None
        if not self._looked_for_removed:
            for article_id in await self._shelf.removed(_since(book)):
                book.forget(article_id)
            self._looked_for_removed = True
        earliest = book.earliest
        late = list(takewhile(lambda one: earliest is not None and one.at < earliest, leads))
        if late:
            leads = [one for one in late if one.at <= late[0].at + self._tuning.late]
        decided_by = await self._of_that_time(leads[0].at) if late else book
        reports = [_report(lead) for lead in leads]
        placed = await asyncio.to_thread(
            lambda: [
                decided_by.place(report, lead.story_id)
                for report, lead in zip(reports, leads, strict=True)
            ]
        )
        numbers = await self._shelf.write([_placement(one) for one in placed], self._version)
        if numbers is None:
            return 0
        decided_by.settle(numbers)
        if late:
            await asyncio.to_thread(_tell, book, reports, placed, numbers)
        self._book, self._version = book, self._version + 1
        return len(placed)

    async def _recent(self, version: int) -> StoryBook:
        """The stories of late, as kept."""
        if self._book is not None and self._version == version:
            return self._book
        # Read first: what is written while the book is filled makes it out of date.
        self._version = version
        newest = await self._shelf.newest()
        book = StoryBook(self._tuning)
        if newest is not None:
            kept = self._tuning.quiet + self._tuning.late
            await self._fill(book, newest - kept, newest)
        return book

    async def _of_that_time(self, at: datetime) -> StoryBook:
        """The stories around an instant long ago, for articles that arrive late."""
        kept = self._tuning.quiet + self._tuning.late
        book = StoryBook(replace(self._tuning, late=2 * kept))
        await self._fill(book, at - kept, at + kept)
        return book

    async def _fill(self, book: StoryBook, start: datetime, end: datetime) -> None:
        leads = await self._shelf.placed(start, end, self._tuning.most)
        await asyncio.to_thread(_remember, book, list(reversed(leads)))


def _since(book: StoryBook) -> datetime:
    """From when on an article may be in a book; without articles, none is."""
    earliest = book.earliest
    return earliest - book.tuning.quiet - timedelta(days=1) if earliest else _FOREVER


def _report(lead: Lead) -> Report:
    vector, unity = summarise_vectors(lead.vectors)
    return Report(lead.article, lead.text, lead.at, vector, unity)


def _placement(placed: Placed) -> Placement:
    return Placement(
        placed.article_id, placed.revision_id, placed.at, placed.story_id, placed.copy_of
    )


def _remember(book: StoryBook, leads: Sequence[Lead]) -> None:
    for lead in leads:
        if lead.story_id is not None:
            book.remember(_report(lead), lead.story_id, lead.copy_of)


def _tell(
    book: StoryBook, reports: Sequence[Report], placed: Sequence[Placed], numbers: dict[int, int]
) -> None:
    """Tell the book of late what was decided by another, as far as it is of its time."""
    for report, one in zip(reports, placed, strict=True):
        book.remember(report, numbers.get(one.story_id, one.story_id), one.copy_of)
