"""Groups reports into stories, one by one, without ever moving a placed one. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from retrieval.briefing.reports import (
    CopyIndex,
    Lexicon,
    Postings,
    ReportedArticle,
    member_of,
    read,
    title_terms,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from retrieval.briefing.reports import Ids, Place, Report, ReportReading, Weights

    Vector = npt.NDArray[np.float32]


# Places reports in stories, in order of time.
#
# Single pass clustering against the profiles of recent stories (Allan, Papka & Lavrenko 1998), by
# meaning and by words (Miranda et al. 2018; Saravanakumar et al. 2021), with a penalty for time.
# Placements are final. Every decision depends only on which articles are in memory, not on their
# order, so a clusterer restored from the archive continues exactly like the one that was lost.

_DAY_S = timedelta(days=1).total_seconds()
# Candidate stories of a report are recent ones that share its most significant terms.
_TELLING_TERMS, _NEWEST_WITH_TERM, _CANDIDATES = 16, 64, 24
# How many of its newest articles form a story's profile.
_SPEAKERS = 30
_TITLE_BORNE_OUT = 0.5
# Sums in another order differ in the last digits, but decisions must not.
_DIGITS = 9


@dataclass(frozen=True, slots=True)
class StoryPlacement:
    """The story of an article; negative for a new one, until `OnlineClusterer.settle`.

    `copy_of` is the article that this one repeats, with the same figures.
    """

    article_id: int
    revision_id: int
    at: datetime
    story_id: int
    copy_of: int | None


class OnlineClusterer:
    """Recent stories in memory. Not thread-safe."""

    def __init__(self, tuning: ClusterConfig | None = None) -> None:
        self._tuning = tuning or ClusterConfig()
        self._members: dict[int, ReportedArticle] = {}
        self._order: list[Place] = []
        self._stories: dict[int, list[Place]] = {}
        self._profiles: dict[int, Profile] = {}
        self._lexicon = Lexicon()
        self._postings = Postings()
        self._copies = CopyIndex()
        self._background = MeanLikeness(self._tuning.unrelated)
        self._new = 0

    def __len__(self) -> int:
        return len(self._members)

    @property
    def tuning(self) -> ClusterConfig:
        """Its settings."""
        return self._tuning

    @property
    def earliest(self) -> datetime | None:
        """Reports from before this instant need a clusterer of their time; None if it is empty."""
        if not self._order:
            return None
        full = len(self._members) >= self._tuning.most
        newest = datetime.fromtimestamp(self._order[-1][0], UTC)
        oldest = datetime.fromtimestamp(self._order[0][0], UTC)
        return max(newest - self._tuning.late, oldest) if full else newest - self._tuning.late

    def place(self, report: Report, story_id: int | None = None) -> StoryPlacement:
        """Place a report and remember it. One that is in a story stays there, even if it changed.

        `story_id` is the story of an article that was placed before and may have been forgotten.
        """
        reading = read(report)
        known = self._members.get(report.article.id)
        if known is not None:
            story_id = known.story
            self._forget(known)
        one = self._is_one(report)
        copy_of = self._original(report, reading)
        if copy_of is not None and story_id not in {None, self._members[copy_of].story}:
            copy_of = None
        if story_id is None and copy_of is not None:
            story_id = self._members[copy_of].story
        if story_id is None and one:
            story_id = self._nearest(report, reading)
        if story_id is None:
            story_id = self._next()
        self._remember(report, reading, story_id, copy_of, one=one)
        return StoryPlacement(
            report.article.id, report.article.revision_id, report.at, story_id, copy_of
        )

    def remember(self, report: Report, story_id: int, copy_of: int | None) -> None:
        """Add an earlier or external placement; known articles are replaced."""
        known = self._members.get(report.article.id)
        if known is not None:
            self._forget(known)
        one = self._is_one(report)
        self._remember(report, read(report), story_id, copy_of, one=one)

    def story_of(self, article_id: int) -> int | None:
        """The story of an article; None if it isn't in memory."""
        known = self._members.get(article_id)
        return known.story if known is not None else None

    def forget(self, article_id: int) -> None:
        """Forget an article; unknown ones are ignored."""
        known = self._members.get(article_id)
        if known is not None:
            self._forget(known)

    def settle(self, numbers: Mapping[int, int]) -> None:
        """Give new stories their ids: `{-1: 57, ...}`, in the same order."""
        for new, number in numbers.items():
            places = self._stories.pop(new, None)
            if places is None:
                continue
            self._stories[number] = places
            if new in self._profiles:
                self._profiles[number] = self._profiles.pop(new)
            for _, article in places:
                self._members[article].story = number

    def _is_one(self, report: Report) -> bool:
        """Whether a report is about one thing; independent of the other articles in memory."""
        return above(report.unity, self._tuning.unrelated) >= self._tuning.unity

    def _next(self) -> int:
        self._new -= 1
        return self._new

    def _original(self, report: Report, reading: ReportReading) -> int | None:
        """The article that this one repeats with the same figures, if any."""
        if reading.signature is None:
            return None
        for key in self._copies.near(reading.signature):
            member = self._members[key]
            apart = abs(member.place[0] - report.at.timestamp())
            if (
                apart <= self._tuning.quiet.total_seconds()
                and member.figures == reading.figures
                and self._bears_out(member, report.article.title)
            ):
                return key
        return None

    def _bears_out(self, member: ReportedArticle, title: str) -> bool:
        """Whether a text supports a title; texts of pages behind a wall support no other page's."""
        asked = title_terms(title)
        numbers, _ = self._lexicon.known(dict.fromkeys(asked, 1.0))
        found = np.isin(numbers, member.terms).sum()
        return bool(found >= _TITLE_BORNE_OUT * len(asked))

    def _nearest(self, report: Report, reading: ReportReading) -> int | None:
        """The most similar story, if it is similar enough."""
        terms, weights = self._asked(reading)
        best: tuple[float, int] | None = None
        for story in self._candidates(terms, weights, report):
            margin = self._margin(story, report, terms, weights)
            # the older of equals; ids of new ones are negative and decrease
            if margin >= 0 and (best is None or (-margin, _age(story)) < (-best[0], _age(best[1]))):
                best = (margin, story)
        return best[1] if best else None

    def _asked(self, reading: ReportReading) -> tuple[Ids, Weights]:
        """The report's known terms, sorted by number; of unit length with the unknown ones."""
        terms, weights = self._lexicon.known(reading.terms)
        weighted = weights * self._lexicon.rarity(terms)
        unknown = sum(w * w for term, w in reading.terms.items() if term not in self._lexicon)
        square = float(weighted @ weighted) + unknown * self._lexicon.rarity_of_unknown() ** 2
        order = np.argsort(terms)
        return terms[order], (weighted / max(square, 1e-12) ** 0.5)[order]

    def _candidates(self, terms: Ids, weights: Weights, report: Report) -> list[int]:
        at = report.at.timestamp()
        telling = sorted(
            zip((-weights.round(_DIGITS)).tolist(), terms.tolist(), strict=True),
            key=lambda one: (one[0], self._lexicon.name(one[1])),
        )
        shared: dict[int, float] = {}
        for weight, term in telling[:_TELLING_TERMS]:
            newest = self._postings.newest(term, _NEWEST_WITH_TERM)
            for story in {self._members[article].story for article in newest}:
                shared[story] = shared.get(story, 0.0) - weight
        near = [one for one in shared if self._days_from(one, at) * _DAY_S <= self._quiet_s]
        near.sort(key=lambda one: (-round(shared[one], _DIGITS), _age(one)))
        return near[:_CANDIDATES]

    def _margin(self, story: int, report: Report, terms: Ids, weights: Weights) -> float:
        """By how much a report's similarity to a story exceeds the threshold."""
        tuning = self._tuning
        profile = self._profile(story)
        words = profile.in_words(terms, weights, self._lexicon)
        meaning = profile.in_meaning(report.vector)
        lost = tuning.a_day * self._days_from(story, report.at.timestamp())
        if meaning is None:
            return round(words - tuning.words_alone - lost, _DIGITS)
        meaning = above(meaning, self._background.likeness())
        near = tuning.meaning * meaning + (1 - tuning.meaning) * words
        return round(near - tuning.threshold - lost, _DIGITS)

    @property
    def _quiet_s(self) -> float:
        return self._tuning.quiet.total_seconds()

    def _days_from(self, story: int, at: float) -> float:
        """The days between an instant and the nearest article of a story."""
        places = self._stories[story]
        after = bisect_left(places, (at, 0))
        around = places[max(after - 1, 0) : after + 1]
        return min(abs(place[0] - at) for place in around) / _DAY_S

    def _profile(self, story: int) -> Profile:
        if story not in self._profiles:
            members = [self._members[article] for _, article in reversed(self._stories[story])]
            speakers = [one for one in members if one.speaks][:_SPEAKERS]
            self._profiles[story] = Profile(speakers)
        return self._profiles[story]

    def _remember(
        self, report: Report, reading: ReportReading, story: int, copy_of: int | None, *, one: bool
    ) -> None:
        member = member_of(report, reading, self._lexicon, story, copy_of, one=one)
        article = report.article.id
        self._members[article] = member
        self._background.add(member.vector)
        insort(self._order, member.place)
        insort(self._stories.setdefault(story, []), member.place)
        if member.speaks:
            self._postings.add(member.terms, member.place)
            self._profiles.pop(story, None)
            if reading.signature is not None:
                self._copies.add(article, reading.signature)
        self._expire()

    def _expire(self) -> None:
        kept = self._tuning.quiet + self._tuning.late
        while self._order[0][0] < self._order[-1][0] - kept.total_seconds() or (
            len(self._order) > self._tuning.most
        ):
            self._forget(self._members[self._order[0][1]])

    def _forget(self, member: ReportedArticle) -> None:
        article = member.place[1]
        del self._members[article]
        _remove(self._order, member.place)
        places = self._stories[member.story]
        _remove(places, member.place)
        if not places:
            del self._stories[member.story]
        self._profiles.pop(member.story, None)
        self._lexicon.forget(member.terms)
        self._background.forget(member.vector)
        if member.speaks:
            self._postings.forget(member.terms, member.place)
            self._copies.discard(article)


def _age(story: int) -> tuple[bool, int]:
    """A sort key by age: new stories, with negative ids, come last in decreasing order."""
    return story < 0, abs(story)


def _remove(places: list[Place], place: Place) -> None:
    del places[bisect_left(places, place)]


class Profile:
    """The sums of members' vectors and terms."""

    def __init__(self, members: Sequence[ReportedArticle]) -> None:
        vectors = [one.vector for one in members if one.vector is not None]
        self._vector: npt.NDArray[np.float64] | None = None
        if vectors:
            total = np.stack(vectors).sum(axis=0, dtype=np.float64)
            self._vector = total / max(float(np.linalg.norm(total)), 1e-12)
        numbers = np.concatenate([one.terms for one in members])
        weights = np.concatenate([one.weights for one in members])
        self._terms, at = np.unique(numbers, return_inverse=True)
        self._weights = np.bincount(at, weights.astype(np.float64), len(self._terms))

    def in_meaning(self, vector: Vector | None) -> float | None:
        """The cosine of the vectors; None if one is unknown."""
        if vector is None or self._vector is None:
            return None
        return float(self._vector @ vector)

    def in_words(self, terms: Ids, weights: Weights, lexicon: Lexicon) -> float:
        """The cosine of the terms; `weights` are those of `terms`, part of a unit vector."""
        if not len(terms) or not len(self._terms):
            return 0.0
        mine = self._weights * lexicon.rarity(self._terms)
        at = np.minimum(np.searchsorted(self._terms, terms), len(self._terms) - 1)
        shared = self._terms[at] == terms
        return float(mine[at[shared]] @ weights[shared]) / float(np.linalg.norm(mine))


# The similarity of unrelated articles, which depends on the embedding model.
#
# Their cosines are around .1 for one model and around .8 for another (anisotropy: Ethayarajh 2019);
# and if all articles are about one war, similarity must mean more than being about that war.

# The mean cosine of pairs of 120 to 311 articles of a month, rounded.
_BY_MODEL = {
    "all-MiniLM-L6-v2-int8": 0.1,
    "multilingual-e5-small-q4": 0.8,
    "wordllama-l2-supercat-256": 0.1,
}
_OF_ANY_MODEL = 0.2
# The weight of the figure above against observed values, in articles.
_TRUST = 50
_MOST = 0.95


def unrelated_by_model(name: str) -> float:
    """The model's mean cosine of unrelated articles."""
    return _BY_MODEL.get(name, _OF_ANY_MODEL)


def above(cosine: float, background: float) -> float:
    """The similarity scaled to 0 for unrelated articles and 1 for equal ones."""
    return (cosine - background) / (1 - background)


class MeanLikeness:
    """The mean cosine of all pairs of articles in memory, independent of their order."""

    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._sum: npt.NDArray[np.float64] | None = None
        self._count = 0

    def add(self, vector: Vector | None) -> None:
        """Add an article; one without a vector is ignored."""
        if vector is not None:
            own = vector.astype(np.float64)
            self._sum = own if self._sum is None else self._sum + own
            self._count += 1

    def forget(self, vector: Vector | None) -> None:
        """The contrary."""
        if vector is not None and self._sum is not None:
            self._sum = self._sum - vector
            self._count -= 1

    def likeness(self) -> float:
        """The expected cosine of two articles; at first the model's."""
        count = self._count
        if count < 2 or self._sum is None:  # noqa: PLR2004  a pair
            return self._expected
        mean = (float(self._sum @ self._sum) - count) / (count * (count - 1))
        return min((count * mean + _TRUST * self._expected) / (count + _TRUST), _MOST)


@dataclass(frozen=True, slots=True)
class ClusterConfig:
    """Thresholds. Similarities are cosines; the weights of meaning and words add up to 1.

    `unrelated` is the embedding model's cosine of unrelated articles (`unrelated_by_model`):
    similarity of meaning is scaled from there (0) to 1. `a_day` is subtracted for each day between
    a report and the nearest article of the story; after `quiet` a story is over. `words_alone` is
    the threshold without a vector. A report with less `unity` is a round-up and stands alone.
    `late` is how much older than the newest article one may be; up to `most` articles are kept.
    """

    threshold: float = 0.5
    unrelated: float = 0.1
    meaning: float = 0.7
    a_day: float = 0.01
    words_alone: float = 0.3
    unity: float = 0.45
    quiet: timedelta = timedelta(days=14)
    late: timedelta = timedelta(days=7)
    most: int = 100_000
