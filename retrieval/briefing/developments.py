"""What is told at once to those who watch: a story that is confirmed, or a figure that changed.

Two independent publishers confirm a story. Everything is quoted, never written by a model: it is
there at once, costs nothing, and is the same for all who were told the same before.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.archive.briefings import AT_ONCE
from retrieval.briefing.drafts import Placed, numbered, without_known
from retrieval.briefing.gathering import gather
from retrieval.briefing.ranking import rank
from retrieval.briefing.request import Extent, Request
from retrieval.briefing.selection import of_interest, signals_of
from retrieval.briefing.storyteller import Spent
from retrieval.briefing.told import Told
from retrieval.models import Briefing, Mode, Status, Window

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.briefing.drafts import Draft
    from retrieval.briefing.gathering import Gathered, Happening
    from retrieval.briefing.keeper import StoryKeeper
    from retrieval.briefing.storyteller import Storyteller
    from retrieval.briefing.topics import Topics

# So far back a story's articles are looked for.
SPAN = timedelta(days=2)
# What is dated a little ahead of our clock is there all the same.
_AHEAD = timedelta(minutes=1)
_EXTENT = Extent(stories=1, claims=2, more=False)
# A reason not to ask a model; nobody is told of it.
_AT_ONCE = "It is told at once."
_CONFIRMED = 2
_KEY_CHARS = 64


@dataclass(frozen=True, slots=True)
class Development:
    """A story that has articles of late, and the watched topics that it is about, case folded."""

    story: Happening
    topics: frozenset[str]
    why: str

    @property
    def newest_revision(self) -> int:
        """The revision that was stored last, of those that report for themselves."""
        return max(one.revision_id for one in self.story.articles)


class Developments:
    """Looks for what happened of late."""

    def __init__(
        self, archive: Archive, keeper: StoryKeeper, topics: Topics, teller: Storyteller
    ) -> None:
        self._archive, self._keeper = archive, keeper
        self._topics, self._teller = topics, teller

    async def version(self, now: datetime) -> tuple[int, ...]:
        """What changes whenever there may be something new; stories are put together first.

        Raises:
            ArchiveError: the archive failed.
        """
        await self._keeper.catch_up(now + _AHEAD)
        return (*await self._archive.version(), await self._keeper.version())

    async def look(self, topics: Sequence[str], stories: Collection[int], now: datetime) -> Survey:
        """What is about these topics, or belongs to these stories (ids), the weightiest first.

        Raises:
            ArchiveError: the archive failed.
            ModelError: the embedding model failed.
        """
        window = Window(now - SPAN, now + _AHEAD)
        gathered = await gather(self._archive, window)
        about = await self._topics.articles_about(topics, window, gathered.leads)
        # no topic at all would mean every story
        request = Request(window, now, tuple(topics) or ("",), followed=frozenset(stories))
        wanted = of_interest(gathered, request, Told(), about)
        signals = signals_of(wanted, gathered, Request(window, now), Told(), {})
        found = [
            Development(wanted[one.story_id], _topics_of(wanted[one.story_id], about), one.why)
            for one in rank(signals, now, self._teller.rules.weights)
        ]
        return Survey(self._teller, gathered, request, found)


class Survey:
    """What was found, and what of it is news to a reader; each is written once for all of them."""

    def __init__(
        self,
        teller: Storyteller,
        gathered: Gathered,
        request: Request,
        developments: Sequence[Development],
    ) -> None:
        self._teller, self._gathered = teller, gathered
        self._request = replace(request, in_quotes=_AT_ONCE)
        self.developments = tuple(developments)
        self._drafts: dict[tuple[int, tuple[str, ...]], Draft | None] = {}

    async def write(self, one: Development, told: Told) -> tuple[str, Briefing] | None:
        """What a reader who was told this much is told at once, and its key; None: nothing.

        Raises:
            ArchiveError: the archive failed.
            ModelError: the embedding model failed.
        """
        story = one.story
        if all(told.has_read(each.id, each.revision_id) for each in story.articles):
            return None
        before = told.of_story(story.id)
        if not before and len(story.outlets) < _CONFIRMED:
            return None
        draft = await self._draft(story, told)
        if draft is None or not draft.claims:
            return None
        first = draft.claims[0]
        draft = without_known(await self._teller.without_retold(draft, told.known), told.known)
        if before:
            draft = replace(draft, claims=tuple(claim for claim in draft.claims if claim.was))
        elif first not in draft.claims:
            return None  # what happened was told as another story
        if not draft.claims:
            return None
        status = Status.UPDATE if before else Status.NEW
        return self._briefing(one, draft, status)

    async def _draft(self, story: Happening, told: Told) -> Draft | None:
        """The story for those who were told the same of it: their other stories change nothing."""
        before = told.of_story(story.id)
        key = (story.id, tuple(claim.text for claim in before))
        if key not in self._drafts:
            read: Mapping[int, int] = {
                article: told.read[article] for article, _ in story.members if article in told.read
            }
            alone = Told(claims=before, read=read) if before else Told()
            self._drafts[key] = await self._teller.tell(
                story, self._request, alone, _EXTENT, Spent()
            )
        return self._drafts[key]

    def _briefing(self, one: Development, draft: Draft, status: Status) -> tuple[str, Briefing]:
        story = one.story
        placed = Placed(
            story.id,
            status,
            replace(draft, disputed=(), watch=()),
            story.outlets,
            one.why,
            read=story.members,
            also=story.also,
        )
        stories, citations = numbered([placed])
        briefing = Briefing(
            window=self._request.window,
            articles=self._gathered.articles,
            outlets=self._gathered.outlets,
            as_of=self._gathered.as_of,
            mode=Mode.QUOTE,
            held=1,
            stories=stories,
            citations=citations,
            # with a topic it closes no gap between briefings on everything
            topics=(draft.headline,),
        )
        said = [story.id, status, [[claim.text, claim.was] for claim in draft.claims]]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return f"{AT_ONCE}{digest}"[:_KEY_CHARS], briefing


def _topics_of(story: Happening, about: Mapping[int, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(
        topic.casefold() for one in story.articles for topic in about.get(one.revision_id, ())
    )
