"""Changes: corrections of what a reader was told, and news for alerts."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.briefing.drafts import DraftClaim, PlacedDraft, StoryDraft, numbered, without_known
from retrieval.briefing.gathering import gather
from retrieval.briefing.ledger import Told
from retrieval.briefing.selection import Extent, Request, of_interest, rank, signals_of
from retrieval.briefing.writing import Spent
from retrieval.grounding.citations import attributed, in_its_place, quoted, still_says
from retrieval.messages import UserMessage
from retrieval.models import Briefing, BriefingWindow, Citation, Mode, StoryStatus
from retrieval.storage.briefings import AT_ONCE
from retrieval.text.sentences import split_sentences
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from retrieval.archive import Archive
    from retrieval.briefing.gathering import ClusterService, Gathered, Happening
    from retrieval.briefing.ledger import Source
    from retrieval.briefing.topics import Topics
    from retrieval.briefing.writing import Storyteller
    from retrieval.models import Article


# How far back a story's articles are read.
SPAN = timedelta(days=2)
# Articles may be dated slightly ahead of our clock.
_AHEAD = timedelta(minutes=1)
_EXTENT = Extent(stories=1, claims=2, more=False)
_CONFIRMED = 2
_KEY_CHARS = 64


@dataclass(frozen=True, slots=True)
class Development:
    """A story with recent articles, and the watched topics that it is about, case folded."""

    story: Happening
    topics: frozenset[str]
    why: tuple[UserMessage, ...]

    @property
    def newest_revision(self) -> int:
        """The last stored revision that isn't a copy."""
        return max(one.revision_id for one in self.story.articles)


class Developments:
    """Finds recent developments."""

    def __init__(
        self, archive: Archive, keeper: ClusterService, topics: Topics, teller: Storyteller
    ) -> None:
        self._archive, self._keeper = archive, keeper
        self._topics, self._teller = topics, teller

    async def version(self, now: datetime) -> tuple[int, ...]:
        """Update the stories; returns a version that changes when there may be news.

        Raises:
            ArchiveError: the archive failed.
        """
        await self._keeper.catch_up(now + _AHEAD)
        return (*await self._archive.articles.version(), await self._keeper.version())

    async def look(self, topics: Sequence[str], stories: Collection[int], now: datetime) -> Survey:
        """The developments about these topics or in these stories (ids), most important first.

        Raises:
            ArchiveError: the archive failed.
            ModelError: the embedding model failed.
        """
        window = BriefingWindow(now - SPAN, now + _AHEAD)
        gathered = await gather(self._archive, window)
        about = await self._topics.articles_about(topics, window, gathered.leads)
        # without topics, every story would match
        request = Request(window, now, tuple(topics) or ("",), followed=frozenset(stories))
        wanted = of_interest(gathered, request, Told(), about)
        signals = signals_of(wanted, gathered, Request(window, now), Told(), {})
        found = [
            Development(wanted[one.story_id], _topics_of(wanted[one.story_id], about), one.why)
            for one in rank(signals, now, self._teller.rules.weights)
        ]
        return Survey(self._teller, gathered, request, found)


class Survey:
    """Developments and alerts about them; each is written once for readers who know the same."""

    def __init__(
        self,
        teller: Storyteller,
        gathered: Gathered,
        request: Request,
        developments: Sequence[Development],
    ) -> None:
        self._teller, self._gathered = teller, gathered
        self._request = replace(request, without_model=True)
        self.developments = tuple(developments)
        self._drafts: dict[tuple[int, tuple[str, ...]], StoryDraft | None] = {}

    async def write(self, one: Development, told: Told) -> tuple[str, Briefing] | None:
        """The key and text of an alert for a reader with this ledger; None if there is no news.

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
            return None  # it was already told as another story
        if not draft.claims:
            return None
        status = StoryStatus.UPDATE if before else StoryStatus.NEW
        return self._briefing(one, draft, status)

    async def _draft(self, story: Happening, told: Told) -> StoryDraft | None:
        """The story for readers who were told the same of it, whatever else they were told."""
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

    def _briefing(
        self, one: Development, draft: StoryDraft, status: StoryStatus
    ) -> tuple[str, Briefing]:
        story = one.story
        placed = PlacedDraft(
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
            # a topic, so that it doesn't count as a briefing on everything
            topics=(draft.headline,),
        )
        said = [
            story.id,
            status,
            [[claim.text, None if claim.was is None else str(claim.was)] for claim in draft.claims],
        ]
        digest = hashlib.sha256(json.dumps(said).encode()).hexdigest()
        return f"{AT_ONCE}{digest}"[:_KEY_CHARS], briefing


def _topics_of(story: Happening, about: Mapping[int, tuple[str, ...]]) -> frozenset[str]:
    return frozenset(
        topic.casefold() for one in story.articles for topic in about.get(one.revision_id, ())
    )


# A page that shares less of its words with its former text tells another story.
_ALMOST_NOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Correction:
    """A changed sentence of a story: its replacement, and what was cited."""

    story_id: int
    draft: StoryDraft
    outlet: str
    corrects: Citation


def find_corrections(told: Told, current: Mapping[int, tuple[Article, str]]) -> list[Correction]:
    """One for each cited sentence that its article's newest revision lacks, oldest story first.

    `current` has, by article id, the newest revision and its text, without removed articles: a
    claim is withdrawn if all of its articles were removed. Corrections that the reader already got
    are left out.
    """
    found: dict[tuple[int, int, int], Correction] = {}
    for claim in told.claims:
        for source in claim.sources:
            key = (source.revision_id, source.start, source.end)
            if key in told.corrected or key in found:
                continue
            if source.article_id not in current:
                if source.given and not any(one.article_id in current for one in claim.sources):
                    found[key] = _withdrawal(claim.story_id, source.given)
                continue
            article, text = current[source.article_id]
            if (
                article.revision_id != source.revision_id
                and not still_says(text, source.quote)
                and not _is_another_story(source, article, text)
            ):
                found[key] = _correction(claim.story_id, source, article, text)
    return list(found.values())


def _is_another_story(source: Source, article: Article, text: str) -> bool:
    """Whether a page now has another story: title and text share almost nothing with the old ones.

    A page at one address that shows each day's story doesn't correct the former ones.
    """
    if source.given is None:
        return False
    before, now = stems(source.given.article.title), stems(article.title)
    quote = stems(source.quote)
    return len(before & now) <= _ALMOST_NOTHING * len(before) and len(
        quote & stems(text)
    ) <= _ALMOST_NOTHING * len(quote)


def sources_of(told: Told) -> set[int]:
    """The ids of the articles whose newest revisions `find_corrections` needs."""
    return {source.article_id for claim in told.claims for source in claim.sources}


def _correction(story_id: int, source: Source, article: Article, text: str) -> Correction:
    before = replace(article, revision_id=source.revision_id)
    old = Citation(0, before, source.start, source.end, source.quote)
    now = in_its_place(text, source.quote)
    if now is None:
        # Cites the old text, since there is no replacement.
        said = UserMessage(
            "{outlet} no longer says: {quote}", outlet=article.outlet, quote=quoted(source.quote)
        )
        claim = DraftClaim.saying(said, (_first(article, text),))
    else:
        cited = Citation(0, article, now.start, now.end, now.of(text))
        was = UserMessage("was {quote}", quote=quoted(source.quote))
        claim = DraftClaim.saying(attributed(cited.quote, article), (cited,), was)
    return Correction(story_id, StoryDraft(article.title, (claim,)), article.outlet, old)


def _withdrawal(story_id: int, given: Citation) -> Correction:
    """The correction for a claim whose articles were all removed."""
    outlet = given.article.outlet
    said = UserMessage(
        "{outlet}’s article was removed from the archive. It said: {quote}",
        outlet=outlet,
        quote=quoted(given.quote),
    )
    draft = StoryDraft(given.article.title, (DraftClaim.saying(said),))
    return Correction(story_id, draft, outlet, given)


def _first(article: Article, text: str) -> Citation:
    """A citation of the article's present beginning."""
    span = next(iter(split_sentences(text)))
    return Citation(0, article, span.start, span.end, span.of(text))
