"""Reads the articles of a window by story, and maintains the stories across restarts."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import TYPE_CHECKING

from retrieval.briefing.clustering import ClusterConfig, OnlineClusterer
from retrieval.briefing.reports import Report, summarise_vectors
from retrieval.index.stories import Placement
from retrieval.text.outlets import publishers, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from retrieval.archive import Archive
    from retrieval.briefing.clustering import StoryPlacement
    from retrieval.index.stories import StoryLead, StoryRepository
    from retrieval.models import Article, BriefingWindow, Passage
    from retrieval.storage.briefings import StoryMember


# The most steps from a copy to its original.
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Happening:
    """The part of a story in a window: its articles, newest first, without copies.

    `outlets` are those of the articles, one per publisher, the newest's first. `members` has the
    (article id, revision id) of all its articles, including copies; `also` are outlets that only
    have copies.
    """

    id: int
    articles: tuple[Article, ...]
    outlets: tuple[str, ...]
    newest: datetime
    members: tuple[tuple[int, int], ...] = ()
    also: tuple[str, ...] = ()


def speakers(members: Iterable[StoryMember], articles: Mapping[int, Article]) -> list[StoryMember]:
    """The representative of each set of copies; `articles` by revision id.

    That is the original, unless a copy has a better address: text on free hosting may have been
    taken from an outlet whose page came later. Copies of articles that aren't here are dropped.
    """
    by_id = {one.article_id: one for one in members}
    found: dict[int, StoryMember] = {}
    for one in sorted(by_id.values(), key=lambda one: (one.copy_of is not None, one.article_id)):
        root: StoryMember | None = one
        for _ in range(_MOST_STEPS):  # two may copy each other if one was revised
            if root is None or root.copy_of is None:
                break
            root = by_id.get(root.copy_of)
        if root is None or root.copy_of is not None:
            continue
        known = found.get(root.article_id)
        if known is None or _standing(one, articles) < _standing(known, articles):
            found[root.article_id] = one
    return list(found.values())


def _standing(one: StoryMember, articles: Mapping[int, Article]) -> int:
    article = articles[one.revision_id]
    return standing(article.outlet, article.url)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The stories of a window, and its totals; copies count among its articles."""

    articles: int
    outlets: int
    as_of: datetime | None
    stories: tuple[Happening, ...]
    leads: Mapping[int, Passage]


async def gather(archive: Archive, window: BriefingWindow) -> Gathered:
    """Read the contents of a window; its articles must have been placed in stories.

    Raises:
        ArchiveError: the archive failed.
    """
    by_story = await archive.stories.between(window.start, window.end)
    members = [one for found in by_story.values() for one in found]
    articles = await archive.articles.current(one.revision_id for one in members)
    living = [one for one in members if one.revision_id in articles]
    leads = await archive.articles.passages(f"{one.revision_id}:0" for one in living)
    stories = []
    for story_id, found in sorted(by_story.items()):
        living_here = [one for one in found if one.revision_id in articles]
        told_by = [
            (one.at, articles[one.revision_id])
            for one in sorted(
                speakers(living_here, articles),
                key=lambda one: (one.at, one.article_id),
                reverse=True,
            )
        ]
        if told_by:
            outlets = publishers((one.outlet, one.url) for _, one in told_by)
            printed = [articles[one.revision_id] for one in living_here]
            every = publishers(
                [(one.outlet, one.url) for one in ((*(one for _, one in told_by), *printed))]
            )
            stories.append(
                Happening(
                    id=story_id,
                    articles=tuple(article for _, article in told_by),
                    outlets=outlets,
                    also=every[len(outlets) :],
                    newest=told_by[0][0],
                    members=tuple((one.article_id, one.revision_id) for one in living_here),
                )
            )
    return Gathered(
        articles=len(living),
        outlets=len({articles[one.revision_id].outlet for one in living}),
        as_of=max((one.at for one in living), default=None),
        stories=tuple(stories),
        leads={passage.article.revision_id: passage for passage in leads.values()},
    )


# Articles placed between two commits: enough to save commits, few enough to lose.
_AT_ONCE = 500
_FOREVER = datetime.max.replace(tzinfo=UTC)


class ClusterService:
    """Places articles in stories. Several processes may do so, but only one at a time succeeds."""

    def __init__(self, shelf: StoryRepository, tuning: ClusterConfig | None = None) -> None:
        self._shelf = shelf
        self._tuning = tuning or ClusterConfig()
        # The recent stories as of this version; None if they have to be read again.
        self._book: OnlineClusterer | None = None
        self._version = 0
        self._looked_for_removed = False
        self._lock = asyncio.Lock()

    async def version(self) -> int:
        """A version that changes whenever an article is placed in a story."""
        return await self._shelf.version()

    async def catch_up(self, until: datetime, *, pending: bool = False) -> int:
        """Place every article from before `until` that has no story; returns how many were placed.

        Articles not embedded yet are left for later; with `pending`, they are placed by words only.

        Raises:
            ArchiveError: the archive failed; the rest is still waiting.
        """
        async with self._lock:
            done = 0
            self._looked_for_removed = False
            for revised in (True, False):
                while True:
                    # Read first, so that placements made meanwhile change the version.
                    version = await self._shelf.version()
                    leads = await self._shelf.waiting(
                        until, _AT_ONCE, pending=pending, revised=revised
                    )
                    if not leads:
                        break
                    done += await self._place(leads, version)
            return done

    async def _place(self, leads: Sequence[StoryLead], version: int) -> int:
        """Place the first of these, all of one period; returns how many, 0 if others won."""
        book = await self._recent(version)
        # After any error from here on, the stories are read again.
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

    async def _recent(self, version: int) -> OnlineClusterer:
        """The recent stories, from the database."""
        if self._book is not None and self._version == version:
            return self._book
        # Read first, so that placements written meanwhile make it out of date.
        self._version = version
        newest = await self._shelf.newest()
        book = OnlineClusterer(self._tuning)
        if newest is not None:
            kept = self._tuning.quiet + self._tuning.late
            await self._fill(book, newest - kept, newest)
        return book

    async def _of_that_time(self, at: datetime) -> OnlineClusterer:
        """The stories around an earlier instant, for articles that arrive late."""
        kept = self._tuning.quiet + self._tuning.late
        book = OnlineClusterer(replace(self._tuning, late=2 * kept))
        await self._fill(book, at - kept, at + kept)
        return book

    async def _fill(self, book: OnlineClusterer, start: datetime, end: datetime) -> None:
        leads = await self._shelf.placed(start, end, self._tuning.most)
        await asyncio.to_thread(_remember, book, list(reversed(leads)))


def _since(book: OnlineClusterer) -> datetime:
    """The time from which articles may belong in this clusterer; `_FOREVER` if it has none."""
    earliest = book.earliest
    return earliest - book.tuning.quiet - timedelta(days=1) if earliest else _FOREVER


def _report(lead: StoryLead) -> Report:
    vector, unity = summarise_vectors(lead.vectors)
    return Report(lead.article, lead.text, lead.at, vector, unity)


def _placement(placed: StoryPlacement) -> Placement:
    return Placement(
        placed.article_id, placed.revision_id, placed.at, placed.story_id, placed.copy_of
    )


def _remember(book: OnlineClusterer, leads: Sequence[StoryLead]) -> None:
    for lead in leads:
        if lead.story_id is not None:
            book.remember(_report(lead), lead.story_id, lead.copy_of)


def _tell(
    book: OnlineClusterer,
    reports: Sequence[Report],
    placed: Sequence[StoryPlacement],
    numbers: dict[int, int],
) -> None:
    """Add another clusterer's placements to the recent one, if they are of its period."""
    for report, one in zip(reports, placed, strict=True):
        book.remember(report, numbers.get(one.story_id, one.story_id), one.copy_of)
