"""What is told twice, mixed or misquoted in briefings, by other means than the program's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import mean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from retrieval.library import Library
    from retrieval.models import Briefing, Claim, Story

# The share of all words of two sentences that they have in common when one repeats the other.
NEARLY = 0.8
Key = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Day:
    """A briefing as a reader got it, and how long it took."""

    now: datetime
    briefing: Briefing
    seconds: float

    def claims(self) -> Iterator[tuple[Story, Claim]]:
        """Every claim with its story."""
        return ((story, claim) for story in self.briefing.stories for claim in story.claims)


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured on one reader's days."""

    days: int
    stories: int
    claims: int
    same_slice: int
    nearly_same: int
    same_headline: int
    unmixed: int
    two_outlets: int
    citations: int
    verbatim: int
    was: tuple[str, ...]
    mean_s: float
    early_s: float
    late_s: float

    def row(self, name: str) -> str:
        """As a row of the table."""
        return (
            f"| {name} | {self.days} | {self.stories / max(self.days, 1):.1f} "
            f"| {self.claims / max(self.days, 1):.1f} | {self.same_slice} | {self.nearly_same} "
            f"| {self.same_headline} | {_share(self.unmixed, self.stories)} "
            f"| {_share(self.two_outlets, self.stories)} "
            f"| {_share(self.verbatim, self.citations)} of {self.citations} | {len(self.was)} "
            f"| {self.mean_s:.2f} | {self.early_s:.2f} / {self.late_s:.2f} |"
        )


async def measure(library: Library, days: Sequence[Day]) -> Found:
    """Everything that the table shows."""
    told = [day for day in days if day.briefing.stories]
    slices, sentences, headlines = _repeated(told)
    stories = [(day, story) for day in told for story in day.briefing.stories]
    unmixed = [await _is_unmixed(library, day.briefing, story) for day, story in stories]
    citations = [one for day in told for one in day.briefing.citations]
    texts = await library.archive.articles.newest({one.article.id for one in citations})
    third = max(len(told) // 3, 1)
    seconds = [day.seconds for day in told]
    return Found(
        days=len(told),
        stories=len(stories),
        claims=sum(1 for day in told for _ in day.claims()),
        same_slice=slices,
        nearly_same=sentences,
        same_headline=headlines,
        unmixed=sum(unmixed),
        two_outlets=sum(len(_cited_outlets(day.briefing, story)) > 1 for day, story in stories),
        citations=len(citations),
        verbatim=sum(
            texts[one.article.id][1][one.start : one.end] == one.quote for one in citations
        ),
        was=tuple(
            _was(day, story, claim) for day in told for story, claim in day.claims() if claim.was
        ),
        mean_s=mean(seconds),
        early_s=mean(seconds[:third]),
        late_s=mean(seconds[-third:]),
    )


def _repeated(days: Sequence[Day]) -> tuple[int, int, int]:
    """Claims that rest on slices told before; nearly told before; headlines of earlier days."""
    slices: set[Key] = set()
    sentences: list[tuple[frozenset[str], frozenset[str]]] = []
    headlines: set[str] = set()
    counts = [0, 0, 0]
    for day in days:
        notes = {one.n: one for one in day.briefing.citations}
        mine: list[tuple[frozenset[str], frozenset[str]]] = []
        for _, claim in day.claims():
            first = notes[claim.citations[0]]
            key = (first.article.id, first.start, first.end)
            counts[0] += key in slices
            slices.add(key)
            said = _words(first.quote)
            counts[1] += any(_nearly(said, one) for one in (*sentences, *mine))
            mine.append(said)
        sentences += mine
        mine_headlines = [story.headline for story in day.briefing.stories]
        counts[2] += sum(one in headlines for one in mine_headlines)
        headlines.update(mine_headlines)
    return counts[0], counts[1], counts[2]


def _words(text: str) -> tuple[frozenset[str], frozenset[str]]:
    every = frozenset(re.findall(r"\w+(?:[.,]\d+)*", text.lower()))
    return every, frozenset(one for one in every if one[0].isdigit())


def _nearly(
    one: tuple[frozenset[str], frozenset[str]], other: tuple[frozenset[str], frozenset[str]]
) -> bool:
    return one[1] == other[1] and len(one[0] & other[0]) > NEARLY * len(one[0] | other[0])


async def _is_unmixed(library: Library, briefing: Briefing, story: Story) -> bool:
    """Whether headline, claims, disputes and what is to come are all of the story's articles."""
    articles = [article for _, article in await library.archive.stories.articles(story.id)]
    notes = {one.n: one.article.id for one in briefing.citations}
    said = (*story.claims, *story.disputed, *story.watch)
    cited = {notes[n] for claim in said for n in claim.citations}
    titled = any(one.title.startswith(story.headline) for one in articles)
    return titled and cited <= {one.id for one in articles}


def _cited_outlets(briefing: Briefing, story: Story) -> set[str]:
    notes = {one.n: one.article.outlet for one in briefing.citations}
    return {notes[n] for claim in story.claims for n in claim.citations}


def _was(day: Day, story: Story, claim: Claim) -> str:
    return f"{day.now:%d %b}, {story.headline}: {claim.text} ({claim.was})"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "-"
