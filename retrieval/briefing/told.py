"""What a reader knows: the claims of the briefings that they were given. Pure.

A claim is known when it says nothing beyond one that was told: its words are among that one's, and
so are its figures. A claim with another figure for the same thing is an update, and says what the
figure was.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from retrieval.grounding.figures import differing, figure_values
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import datetime

    from retrieval.models import Citation

# The share of a claim's words that stand in one that was told; of either's together.
_INSIDE = 0.75
_ALIKE = 0.6
_FROM = re.compile(r"\b(?:from|з|від|с|от)\b[^.;]{1,40}?(?=\b(?:to|до)\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that was cited: the slice `[start:end]` of a revision; `given` is its footnote."""

    article_id: int
    revision_id: int
    start: int
    end: int
    quote: str
    published: datetime | None
    given: Citation | None = None


@dataclass(frozen=True, slots=True)
class ToldClaim:
    """A statement as a reader was given it, and the sentences that it cited."""

    story_id: int
    text: str
    sources: tuple[Source, ...]
    told_at: datetime

    @property
    def quotes(self) -> tuple[str, ...]:
        """What it says, in its own words and in those that it cites."""
        return (self.text, *(source.quote for source in self.sources))

    @property
    def said(self) -> tuple[tuple[str, str], ...]:
        """The sentences that it cites, each with its outlet; without any, its own words."""
        cited = tuple(
            (one.quote, one.given.article.outlet if one.given else "") for one in self.sources
        )
        return cited or ((self.text, ""),)

    @property
    def dated(self) -> datetime:
        """When it was true, as far as is known: when its newest source was published."""
        return max((one.published for one in self.sources if one.published), default=self.told_at)


@dataclass(frozen=True)
class Told:
    """A reader's ledger. `corrected` are sources whose correction the reader was given.

    `until` is the end of the newest briefing's window, `briefings` the ids of all that count.
    """

    claims: tuple[ToldClaim, ...] = ()
    headlines: frozenset[str] = frozenset()
    corrected: frozenset[tuple[int, int, int]] = frozenset()
    until: datetime | None = None
    briefings: tuple[int, ...] = ()

    def of_story(self, story_id: int) -> tuple[ToldClaim, ...]:
        """What was told of one story, oldest first."""
        return self._by_story.get(story_id, ())

    @cached_property
    def _by_story(self) -> Mapping[int, tuple[ToldClaim, ...]]:
        found: dict[int, list[ToldClaim]] = defaultdict(list)
        for claim in self.claims:
            found[claim.story_id].append(claim)
        return {story: tuple(claims) for story, claims in found.items()}

    @cached_property
    def known(self) -> Known:
        """What of new statements this reader knows."""
        known = Known()
        for claim in self.claims:
            for text in claim.quotes:
                known.add(text)
        return known


@dataclass(slots=True)
class Known:
    """Statements by their words, so that a new one is compared with few."""

    _said: list[tuple[frozenset[str], frozenset[float]]] = field(default_factory=list)
    _places: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, text: str) -> None:
        """Remember a statement."""
        said = _content(text)
        for stem in said[0]:
            self._places[stem].append(len(self._said))
        self._said.append(said)

    def __contains__(self, text: str) -> bool:
        mine, figures = _content(text)
        if not mine:
            return True
        shared = Counter(place for stem in mine for place in self._places.get(stem, ()))
        return any(
            _says_no_more(count, len(mine), len(self._said[place][0]))
            and figures <= self._said[place][1]
            for place, count in shared.items()
        )

    def copy(self) -> Known:
        """The same, to go on with apart."""
        places = defaultdict(list, {stem: list(at) for stem, at in self._places.items()})
        return Known(list(self._said), places)


def what_it_was(
    text: str,
    told: tuple[ToldClaim, ...],
    at: datetime | None = None,
    outlets: Collection[str] = (),
) -> str | None:
    """The figure that a statement replaces, such as "was 8,000 on 3 Nov 2024"; None without one.

    Only where both count the same in the same context, and the statements' other words agree. `at`
    is when the statement was made: what is newer is not replaced by it. Who gave the old figure is
    said where it is none of the `outlets` that give the new one.
    """
    best: tuple[datetime, int, str, str] | None = None
    words = stems(text)
    for claim in told:
        if at is not None and claim.dated > at:
            continue
        for quote, said_by in claim.said:
            old = _replaced(text, quote)
            if old is None:
                continue
            found = (claim.dated, len(words & stems(quote)), old, said_by)
            best = found if best is None or found[:2] >= best[:2] else best
    if best is None:
        return None
    dated, _, figure, outlet = best
    who = f", {outlet}" if outlet and outlets and outlet not in outlets else ""
    return f"was {figure} on {dated.day} {dated:%b %Y}{who}"


def _replaced(text: str, quote: str) -> str | None:
    """The old figure as it stood in a statement that was told; None if none was replaced."""
    held = _FROM.sub("", quote)  # "from four hours to two": two is what held
    pair = differing(text, held)
    if pair is None:
        return None
    new, old = pair
    # A figure that still stands in the other statement was not replaced.
    mine, theirs = figure_values(text), figure_values(quote)
    if new.value in theirs or old.value in mine:
        return None
    return held[old.start : old.end]


def _content(text: str) -> tuple[frozenset[str], frozenset[float]]:
    return stems(text), figure_values(text)


def _says_no_more(shared: int, mine: int, yours: int) -> bool:
    return shared >= _INSIDE * mine or shared >= _ALIKE * (mine + yours - shared)
