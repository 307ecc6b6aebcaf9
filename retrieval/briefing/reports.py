"""The data for placing an article: its terms, their rarity, its near copies. Pure."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections import Counter
from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

import numpy as np

from retrieval.text.figures import figure_values
from retrieval.text.near_duplicates import bands, resemblance, signature
from retrieval.text.words import names_in, phrases, stem, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    import numpy.typing as npt

    from retrieval.models import Article
    from retrieval.text.near_duplicates import Signature

    Vector = npt.NDArray[np.float32]
    Ids = npt.NDArray[np.int32]
    Weights = npt.NDArray[np.float32]


# The first passages of an article show its topic, some more whether it is about one thing.
PASSAGES_OF_LEAD = 3
PASSAGES_READ = 12
# An article with fewer passages is about one thing.
_FEWEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One article as the clusterer reads it.

    `text` is its lead. `at` is when it was published or, if that is unknown, stored. `vector` has
    unit length and shape (d,); None if there is none yet. `unity` is the mean cosine of its
    passages, which is low in round-ups.
    """

    article: Article
    text: str
    at: datetime
    vector: Vector | None = None
    unity: float = 1.0


def summarise_vectors(passages: Sequence[Vector]) -> tuple[Vector | None, float]:
    """The vector of an article, from those of its first passages in order, and its unity."""
    if not passages:
        return None, 1.0
    rows = np.stack(passages[:PASSAGES_READ]).astype(np.float32)
    vector = rows[:PASSAGES_OF_LEAD].mean(axis=0)
    length = float(np.linalg.norm(vector))
    if length == 0:
        return None, 1.0
    return (vector / np.float32(length)).astype(np.float32), _unity(rows)


def _unity(rows: npt.NDArray[np.float32]) -> float:
    count = len(rows)
    if count < _FEWEST:
        return 1.0
    total = float(np.square(rows.sum(axis=0, dtype=np.float64)).sum())
    return (total - count) / (count * (count - 1))


@dataclass(frozen=True, slots=True, eq=False)
class ReportReading:
    """The content of a report that decides its story; `figures` are its numbers."""

    terms: dict[str, float]
    signature: Signature | None
    figures: frozenset[float]


@dataclass(slots=True, eq=False)
class ReportedArticle:
    """A placed article. `terms` are ids in the lexicon, with `weights` of the same shape.

    `speaks` is False for copies and round-ups, which don't count for their story's profile.
    """

    place: Place
    story: int
    copy_of: int | None
    speaks: bool
    terms: Ids
    weights: Weights
    vector: Vector | None
    figures: frozenset[float]


def read(report: Report) -> ReportReading:
    """The costly part of placing a report."""
    return ReportReading(
        terms_of(report.article.title, report.text),
        signature(report.text),
        figure_values(report.text),
    )


def place_of(report: Report) -> Place:
    """The sort key of a report by time."""
    return report.at.timestamp(), report.article.id


def member_of(  # noqa: PLR0913  what a member is made of
    report: Report,
    reading: ReportReading,
    lexicon: Lexicon,
    story: int,
    copy_of: int | None,
    *,
    one: bool,
) -> ReportedArticle:
    """A report as a member of its story; `one`: it is about one thing."""
    terms, weights = lexicon.add(reading.terms)
    return ReportedArticle(
        place_of(report),
        story,
        copy_of,
        one and copy_of is None,
        terms,
        weights,
        report.vector,
        reading.figures,
    )


# The time (seconds since 1970) and article id of a report, by which everything here is sorted.
Place = tuple[float, int]


class Lexicon:
    """Ids of terms, and how many of the articles in memory have each.

    Weights depend only on the articles in memory, not on their order.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._free: list[int] = []
        self._articles = np.zeros(1024, dtype=np.int32)
        self._count = 0

    def add(self, terms: Mapping[str, float]) -> tuple[Ids, Weights]:
        """Count an article; returns the ids and weights of its terms."""
        numbers = np.fromiter((self._number(term) for term in terms), np.int32, len(terms))
        weights = np.fromiter(terms.values(), np.float32, len(terms))
        self._articles[numbers] += 1
        self._count += 1
        return numbers, weights

    def forget(self, numbers: Ids) -> None:
        """Stop counting an article."""
        self._articles[numbers] -= 1
        self._count -= 1
        for number in numbers[self._articles[numbers] == 0].tolist():
            del self._numbers[self._names[number]]
            self._free.append(number)

    def known(self, terms: Mapping[str, float]) -> tuple[Ids, Weights]:
        """The ids and weights of those terms that an article in memory has."""
        found = [(self._numbers[term], terms[term]) for term in terms if term in self._numbers]
        return np.array([n for n, _ in found], np.int32), np.array(
            [w for _, w in found], np.float32
        )

    def __contains__(self, term: str) -> bool:
        return term in self._numbers

    def name(self, number: int) -> str:
        """The term with this id."""
        return self._names[number]

    def rarity(self, numbers: Ids) -> npt.NDArray[np.float64]:
        """Inverse document frequency, smoothed: log(1 + articles / (articles with it + 1/2))."""
        return np.log1p(self._count / (self._articles[numbers] + 0.5))

    def rarity_of_unknown(self) -> float:
        """The same for a term that no article in memory has."""
        return float(np.log1p(self._count / 0.5))

    def _number(self, term: str) -> int:
        number = self._numbers.get(term)
        if number is None:
            if self._free:
                number = self._free.pop()
                self._names[number] = term
            else:
                number = len(self._names)
                self._names.append(term)
                if number >= len(self._articles):
                    self._articles = np.concatenate([self._articles, np.zeros_like(self._articles)])
            self._numbers[term] = number
        return number


class Postings:
    """An index from terms to articles, in order of time."""

    def __init__(self) -> None:
        self._places: dict[int, list[Place]] = {}

    def add(self, terms: Ids, place: Place) -> None:
        """Add an article with these terms."""
        for term in terms.tolist():
            places = self._places.setdefault(term, [])
            if places and places[-1] > place:
                insort(places, place)
            else:
                places.append(place)

    def forget(self, terms: Ids, place: Place) -> None:
        """The contrary."""
        for term in terms.tolist():
            places = self._places[term]
            del places[bisect_left(places, place)]
            if not places:
                del self._places[term]

    def newest(self, term: int, most: int) -> Iterator[int]:
        """At most `most` articles with this term, newest first."""
        for _, article in reversed(self._places.get(term, [])[-most:]):
            yield article


LEAD_WORDS = 150
_TITLE, _NAME, _PHRASE = 2.0, 1.5, 1.5


def terms_of(title: str, text: str) -> dict[str, float]:
    """Stems and phrases of a title and a lead, weighted by the logarithm of their frequency.

    A word in the title counts twice, a name half as much again (Miranda et al. 2018 also keep
    title, text and entities apart). Phrases, such as longer names, are separate terms.
    """
    lead = " ".join(text.split()[:LEAD_WORDS])
    kept = {word: stem(word) for word in telling_words(f"{title}\n{lead}")}
    counts: Counter[str] = Counter()
    for part, weight in ((title, _TITLE), (lead, 1.0)):
        for word in words(part):
            if word in kept:
                counts[kept[word]] += weight  # type: ignore[assignment]  # Counter takes any number
    names = {stem(name) for name in names_in(f"{title}.\n{lead}")}
    weights = {
        term: (1 + log(count)) * (_NAME if term in names else 1.0) for term, count in counts.items()
    }
    return weights | dict.fromkeys(phrases(f"{title}.\n{lead}"), _PHRASE)


def title_terms(title: str) -> frozenset[str]:
    """The stems of a title's significant words."""
    return frozenset(stem(word) for word in telling_words(title))


# For leads; whole articles have their own threshold.
ALIKE = 0.8
# Pages from one template fill a bucket without being copies: only the newest are compared.
_NEWEST = 50


class CopyIndex:
    """Finds similar signatures."""

    def __init__(self) -> None:
        self._signatures: dict[int, Signature] = {}
        self._buckets: dict[bytes, list[int]] = {}

    def add(self, key: int, signed: Signature) -> None:
        """Add a signature under a new key."""
        self._signatures[key] = signed
        for bucket in bands(signed):
            insort(self._buckets.setdefault(bucket, []), key)

    def discard(self, key: int) -> None:
        """Remove a key; unknown ones are ignored."""
        signed = self._signatures.pop(key, None)
        if signed is None:
            return
        for bucket in bands(signed):
            keys = self._buckets[bucket]
            keys.remove(key)
            if not keys:
                del self._buckets[bucket]

    def near(self, signed: Signature) -> list[int]:
        """The keys of similar texts, most similar first; the smaller key of equals."""
        found = (self._buckets.get(bucket, [])[-_NEWEST:] for bucket in bands(signed))
        candidates = {key for keys in found for key in keys}
        scored = [(resemblance(signed, self._signatures[key]), key) for key in candidates]
        return [key for score, key in sorted(scored, key=_best_first) if score >= ALIKE]


def _best_first(scored: tuple[float, int]) -> tuple[float, int]:
    return -scored[0], scored[1]
