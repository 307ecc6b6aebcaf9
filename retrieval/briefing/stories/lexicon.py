"""The terms of the articles in mind: how rare each is, and which articles have it."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt

    Ids = npt.NDArray[np.int32]
    Weights = npt.NDArray[np.float32]

# When something happened (seconds since 1970), and the article that says so: the order of all here.
Place = tuple[float, int]


class Lexicon:
    """Terms as numbers, and how many of the articles in mind have each.

    What a term weighs depends on who is in mind and not on the order in which they came.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._free: list[int] = []
        self._articles = np.zeros(1024, dtype=np.int32)
        self._count = 0

    def add(self, terms: Mapping[str, float]) -> tuple[Ids, Weights]:
        """Count an article; its terms as numbers, with their weights."""
        numbers = np.fromiter((self._number(term) for term in terms), np.int32, len(terms))
        weights = np.fromiter(terms.values(), np.float32, len(terms))
        self._articles[numbers] += 1
        self._count += 1
        return numbers, weights

    def forget(self, numbers: Ids) -> None:
        """Count an article no more."""
        self._articles[numbers] -= 1
        self._count -= 1
        for number in numbers[self._articles[numbers] == 0].tolist():
            del self._numbers[self._names[number]]
            self._free.append(number)

    def known(self, terms: Mapping[str, float]) -> tuple[Ids, Weights]:
        """Those of the terms that an article in mind has, as numbers with weights."""
        found = [(self._numbers[term], terms[term]) for term in terms if term in self._numbers]
        return np.array([n for n, _ in found], np.int32), np.array(
            [w for _, w in found], np.float32
        )

    def __contains__(self, term: str) -> bool:
        return term in self._numbers

    def name(self, number: int) -> str:
        """The term with this number."""
        return self._names[number]

    def rarity(self, numbers: Ids) -> npt.NDArray[np.float64]:
        """Inverse document frequency, smoothed: log(1 + articles / (articles with it + 1/2))."""
        return np.log1p(self._count / (self._articles[numbers] + 0.5))

    def rarity_of_unknown(self) -> float:
        """The same of a term that no article in mind has."""
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
    """By term, the articles that have it, in order of time."""

    def __init__(self) -> None:
        self._places: dict[int, list[Place]] = {}

    def add(self, terms: Ids, place: Place) -> None:
        """Remember that the article of this place has these terms."""
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
        """The articles with this term, at most so many, the newest first."""
        for _, article in reversed(self._places.get(term, [])[-most:]):
            yield article
