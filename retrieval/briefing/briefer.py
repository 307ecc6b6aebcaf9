"""Makes the briefing of a window: the news to one reader, in order, with footnotes."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.briefing.developments import find_corrections, sources_of
from retrieval.briefing.drafts import (
    PlacedDraft,
    StoryDraft,
    numbered,
    on_one_screen,
    without_dangling,
    without_known,
)
from retrieval.briefing.gathering import gather
from retrieval.briefing.selection import (
    EXTENTS,
    asides,
    is_minor,
    mentioned,
    of_interest,
    rank,
    signals_of,
)
from retrieval.briefing.writing import Spent
from retrieval.concurrency import all_of
from retrieval.messages import UserMessage
from retrieval.models import Briefing, Mention, Mode, StoryStatus
from retrieval.tracing import Stopwatch, span

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from retrieval.archive import Archive
    from retrieval.briefing.gathering import ClusterService, Happening
    from retrieval.briefing.ledger import Known, Told
    from retrieval.briefing.selection import Extent, Ranked, Request
    from retrieval.briefing.topics import Topics
    from retrieval.briefing.writing import Storyteller

# If a briefing has this many stories, those with a single article get one line each.
_ENOUGH_STORIES = 3
# How many times the wanted number of stories are considered; beyond that only untold ones.
_LOOK_FURTHER = 5


class Briefer:
    """Writes briefings from the archive."""

    def __init__(
        self, archive: Archive, keeper: ClusterService, topics: Topics, teller: Storyteller
    ) -> None:
        self._archive = archive
        self._keeper = keeper
        self._topics = topics
        self._teller = teller

    @property
    def mode(self) -> Mode:
        """Whether a model writes, or sentences are quoted."""
        return self._teller.mode

    @property
    def writer(self) -> str:
        """The writer: the model's name, or `quote`."""
        return self._teller.writer

    async def brief(self, request: Request, told: Told) -> Briefing:
        """The news to a reader with the ledger `told`; without stories if there are none.

        If the chat model fails, the story is quoted, and a notice says so.

        Raises:
            ArchiveError: reading the archive failed.
            ModelError: the embedding model failed.
        """
        with span("briefing") as one:
            briefing = await self._brief(request, told)
            one.note(
                mode=briefing.mode.value,
                articles=briefing.articles,
                stories=len(briefing.stories),
                left_out=briefing.dropped.claims + briefing.dropped.unsupported,
            )
        return briefing

    async def _brief(self, request: Request, told: Told) -> Briefing:
        watch = Stopwatch()
        with watch.stage("gather"):
            with span("cluster") as clustering:
                clustering.note(placed=await self._keeper.catch_up(request.window.end))
            gathered = await gather(self._archive, request.window)
            corrected = await self._corrections(told, request.muted)
            topics = request.topics
            about = await self._topics.articles_about(topics, request.window, gathered.leads)
            with span("rank") as ranking:
                stories = of_interest(gathered, request, told, about)
                signals = signals_of(stories, gathered, request, told, about)
                ranked = rank(signals, request.now, self._teller.rules.weights)
                ranking.note(stories=len(stories))
        spent = Spent(notices={request.in_quotes: None} if request.in_quotes else {})
        mode = Mode.QUOTE if request.in_quotes else self._teller.mode
        known = told.known.copy()
        for one in corrected:
            _remember(one.draft, known)
        minor = {one.story_id for one in signals if is_minor(one)}
        reader = _BriefingReader(request, told, known, spent)
        with watch.stage("write"):
            chosen = await self._choose_all(stories, ranked, minor, reader)
        told_stories, citations = numbered([*corrected, *chosen])
        also = tuple[Mention, ...]()
        if told_stories:
            places = sorted(ranked, key=lambda one: one.story_id in minor)
            left = [stories[one.story_id] for one in places]
            also = mentioned(
                [*left, *asides(gathered, request, told, about)],
                told,
                known,
                EXTENTS[request.length].also,
                {one.story_id for one in chosen},
            )
        return Briefing(
            window=request.window,
            articles=gathered.articles,
            outlets=gathered.outlets,
            as_of=gathered.as_of,
            mode=mode,
            held=len(stories),
            stories=told_stories,
            citations=citations,
            topics=request.topics,
            dropped=spent.dropped,
            cost=watch.cost(spent.booked if mode is Mode.MODEL else None),
            notices=tuple(spent.notices),
            closest=() if about else await self._closest(request.topics),
            also=also,
            length=request.length,
            unmet=_unmet(request.topics, about),
        )

    async def _corrections(self, told: Told, muted: frozenset[int]) -> list[PlacedDraft]:
        """Corrections of what the reader was told and its source no longer says, as stories."""
        ids = sources_of(told)
        current = await self._archive.articles.newest(ids) if ids else {}
        by_story: dict[int, PlacedDraft] = {}
        for one in await asyncio.to_thread(find_corrections, told, current):
            if one.story_id in muted:
                continue
            placed = PlacedDraft(
                story_id=one.story_id,
                status=StoryStatus.CORRECTION,
                draft=one.draft,
                outlets=(one.outlet,),
                why=(UserMessage("corrects what I told you"),),
                corrects=(one.corrects,),
            )
            before = by_story.get(one.story_id)
            by_story[one.story_id] = _joined(before, placed) if before else placed
        return list(by_story.values())

    async def _choose_all(
        self,
        stories: Mapping[int, Happening],
        ranked: Sequence[Ranked],
        minor: Collection[int],
        reader: _BriefingReader,
    ) -> list[PlacedDraft]:
        """The important stories; on a day with few of them, those of one article fill up."""
        extent = EXTENTS[reader.request.length]
        weighty = [one for one in ranked if one.story_id not in minor]
        chosen = await self._choose(stories, weighty, reader, extent)
        few = replace(extent, stories=_ENOUGH_STORIES - len(chosen))
        if few.stories > 0:
            small = [one for one in ranked if one.story_id in minor]
            chosen += await self._choose(stories, small, reader, few)
        return chosen

    async def _choose(
        self,
        stories: Mapping[int, Happening],
        ranked: Sequence[Ranked],
        reader: _BriefingReader,
        extent: Extent,
    ) -> list[PlacedDraft]:
        """The best stories with news, in order, without repetitions."""
        chosen: list[PlacedDraft] = []
        first = extent.stories * _LOOK_FURTHER
        untold = [one for one in ranked[first:] if not reader.told.of_story(one.story_id)]
        candidates = [*ranked[:first], *untold]
        while candidates and len(chosen) < extent.stories:
            some = candidates[: min(self._teller.at_once, extent.stories - len(chosen))]
            del candidates[: len(some)]
            drafts = await all_of(
                self._teller.tell(
                    stories[one.story_id], reader.request, reader.told, extent, reader.spent
                )
                for one in some
            )
            for place, draft in zip(some, drafts, strict=True):
                if draft is not None:
                    fresh = await self._teller.without_retold(draft, reader.known)
                    chosen += reader.take(place, fresh, stories[place.story_id])
        return chosen

    async def _closest(self, topics: Sequence[str]) -> tuple[str, ...]:
        """Similar names in the archive for topics without matches."""
        near = [name for topic in topics for name in await self._topics.nearest(topic)]
        return tuple(dict.fromkeys(near))


class _BriefingReader:
    """The reader of a briefing; each story that is taken adds to what they know."""

    def __init__(self, request: Request, told: Told, known: Known, spent: Spent) -> None:
        self.request = request
        self.told = told
        self.spent = spent
        self.known = known

    def take(self, place: Ranked, draft: StoryDraft, story: Happening) -> list[PlacedDraft]:
        """The story without what the reader knows by now; empty if nothing is left."""
        self.spent.add(draft)
        fresh = without_dangling(without_known(draft, self.known))
        if not fresh.claims:
            return []
        fresh = on_one_screen(fresh, story.outlets, EXTENTS[self.request.length].lines)
        _remember(fresh, self.known)
        status = StoryStatus.UPDATE if self.told.of_story(place.story_id) else StoryStatus.NEW
        return [
            PlacedDraft(
                place.story_id,
                status,
                fresh,
                story.outlets,
                place.why,
                read=story.members,
                also=story.also,
            )
        ]


def _unmet(topics: Sequence[str], about: Mapping[int, tuple[str, ...]]) -> tuple[str, ...]:
    """The topics, of several, that no article in the window is about."""
    met = {topic for found in about.values() for topic in found}
    return tuple(one for one in topics if one not in met) if met else ()


def _remember(draft: StoryDraft, known: Known) -> None:
    for claim in (*draft.claims, *draft.watch, *draft.disputed):
        known.add(claim.text)
        for citation in claim.cited:
            known.add(citation.quote)


def _joined(one: PlacedDraft, other: PlacedDraft) -> PlacedDraft:
    """Join two corrections of one story."""
    draft = replace(one.draft, claims=(*one.draft.claims, *other.draft.claims))
    outlets = tuple(dict.fromkeys((*one.outlets, *other.outlets)))
    return replace(one, draft=draft, outlets=outlets, corrects=(*one.corrects, *other.corrects))
