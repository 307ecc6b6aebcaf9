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

from retrieval.grounding.figures import Figure, find_figures
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

# The share of a claim's words that stand in one that was told; of either's together.
_INSIDE = 0.75
_ALIKE = 0.6
# How many words besides the figure's unit two claims share that are about the same thing.
_COMMON = 2
_FROM_TO = re.compile(r"\bfrom\b.*\bto\b|\b(?:з|від|с|от)\b.*\bдо\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Source:
    """A sentence that was cited: the slice `[start:end]` of a revision."""

    article_id: int
    revision_id: int
    start: int
    end: int
    quote: str
    published: datetime | None


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


def what_it_was(text: str, told: tuple[ToldClaim, ...]) -> str | None:
    """The figure that a statement replaces, such as "was 8,000 on 3 Nov 2024"; None without one.

    Only where both count the same in the same context, and the statements' other words agree.
    """
    best: tuple[datetime, int, str] | None = None
    mine = find_figures(text)
    words = stems(text)
    for claim in told:
        for quote in claim.quotes[1:] or claim.quotes:
            old = _replaced(mine, words, quote)
            if old is not None and (best is None or (claim.dated, old[0]) >= best[:2]):
                best = (claim.dated, *old)
    if best is None:
        return None
    dated, _, figure = best
    return f"was {figure} on {dated.day} {dated:%b %Y}"


def _replaced(mine: list[Figure], words: frozenset[str], quote: str) -> tuple[int, str] | None:
    """How many words two statements share, and the old figure as it stood; None if none differs."""
    old = find_figures(quote)
    common = len(words & stems(quote))
    # A figure that still stands in the other statement was not replaced.
    added = [one for one in mine if one.value not in {other.value for other in old}]
    gone = [one for one in old if one.value not in {other.value for other in mine}]
    if _FROM_TO.search(quote):
        gone.reverse()  # "from four hours to two": two is what held
    for new in added:
        for was in gone:
            shared = new.units & was.units
            if shared and common >= len(shared) + _COMMON:
                return common, quote[was.start : was.end]
    return None


def _content(text: str) -> tuple[frozenset[str], frozenset[float]]:
    return stems(text), frozenset(one.value for one in find_figures(text))


def _says_no_more(shared: int, mine: int, yours: int) -> bool:
    return shared >= _INSIDE * mine or shared >= _ALIKE * (mine + yours - shared)
