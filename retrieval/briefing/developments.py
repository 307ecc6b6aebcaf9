"""What changed: corrections of what a reader was told, and what watchers hear at once."""

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


# So far back a story's articles are looked for.
SPAN = timedelta(days=2)
# What is dated a little ahead of our clock is there all the same.
_AHEAD = timedelta(minutes=1)
_EXTENT = Extent(stories=1, claims=2, more=False)
_CONFIRMED = 2
_KEY_CHARS = 64


@dataclass(frozen=True, slots=True)
class Development:
    """A story that has articles of late, and the watched topics that it is about, case folded."""

    story: Happening
    topics: frozenset[str]
    why: tuple[UserMessage, ...]

    @property
    def newest_revision(self) -> int:
        """The revision that was stored last, of those that report for themselves."""
        return max(one.revision_id for one in self.story.articles)


class Developments:
    """Looks for what happened of late."""

    def __init__(
        self, archive: Archive, keeper: ClusterService, topics: Topics, teller: Storyteller
    ) -> None:
        self._archive, self._keeper = archive, keeper
        self._topics, self._teller = topics, teller

    async def version(self, now: datetime) -> tuple[int, ...]:
        """What changes whenever there may be something new; stories are put together first.

        Raises:
            ArchiveError: the archive failed.
        """
        await self._keeper.catch_up(now + _AHEAD)
        return (*await self._archive.articles.version(), await self._keeper.version())

    async def look(self, topics: Sequence[str], stories: Collection[int], now: datetime) -> Survey:
        """What is about these topics, or belongs to these stories (ids), the weightiest first.

        Raises:
            ArchiveError: the archive failed.
            ModelError: the embedding model failed.
        """
        window = BriefingWindow(now - SPAN, now + _AHEAD)
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
        self._request = replace(request, without_model=True)
        self.developments = tuple(developments)
        self._drafts: dict[tuple[int, tuple[str, ...]], StoryDraft | None] = {}

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
        status = StoryStatus.UPDATE if before else StoryStatus.NEW
        return self._briefing(one, draft, status)

    async def _draft(self, story: Happening, told: Told) -> StoryDraft | None:
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
            # with a topic it closes no gap between briefings on everything
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


# The share of its words that a page has in common with what it told before, if it tells another.
_ALMOST_NOTHING = 0.2


@dataclass(frozen=True, slots=True)
class Correction:
    """A story's sentence that changed: what stands there now, and what was cited."""

    story_id: int
    draft: StoryDraft
    outlet: str
    corrects: Citation


def find_corrections(told: Told, current: Mapping[int, tuple[Article, str]]) -> list[Correction]:
    """One for each cited sentence that its article's newest revision lacks, oldest story first.

    `current` has, by article id, the newest revision and its text; what was removed is not in it:
    a claim all of whose articles were removed is withdrawn. A sentence that was corrected for this
    reader before is left out.
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
    """Whether a page tells something else by now: its title and text share almost nothing.

    A page without an id of its own that shows each day's story corrects none of them.
    """
    if source.given is None:
        return False
    before, now = stems(source.given.article.title), stems(article.title)
    quote = stems(source.quote)
    return len(before & now) <= _ALMOST_NOTHING * len(before) and len(
        quote & stems(text)
    ) <= _ALMOST_NOTHING * len(quote)


def sources_of(told: Told) -> set[int]:
    """The articles that `find_corrections` has to know the newest revision of."""
    return {source.article_id for claim in told.claims for source in claim.sources}


def _correction(story_id: int, source: Source, article: Article, text: str) -> Correction:
    before = replace(article, revision_id=source.revision_id)
    old = Citation(0, before, source.start, source.end, source.quote)
    now = in_its_place(text, source.quote)
    if now is None:
        # What it said, since nothing stands there now that could be cited.
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
    """Nothing is left that could be cited."""
    outlet = given.article.outlet
    said = UserMessage(
        "{outlet}’s article was removed from the archive. It said: {quote}",
        outlet=outlet,
        quote=quoted(given.quote),
    )
    draft = StoryDraft(given.article.title, (DraftClaim.saying(said),))
    return Correction(story_id, draft, outlet, given)


def _first(article: Article, text: str) -> Citation:
    """Where the article begins now."""
    span = next(iter(split_sentences(text)))
    return Citation(0, article, span.start, span.end, span.of(text))
