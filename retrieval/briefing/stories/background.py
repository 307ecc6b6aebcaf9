"""How alike articles are that have nothing in common, which depends on the embedding model.

Cosines of one model lie around .1 for those, of another around .8 (anisotropy: Ethayarajh 2019);
and where all articles are about one war, nearness has to mean more than being about that war.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    Vector = npt.NDArray[np.float32]

# Mean cosine of any two of 120 to 311 articles of a month, rounded.
_BY_MODEL = {
    "all-MiniLM-L6-v2-int8": 0.1,
    "multilingual-e5-small-q4": 0.8,
    "wordllama-l2-supercat-256": 0.1,
}
_OF_ANY_MODEL = 0.2
# As many articles as the figure above weighs against what is seen.
_TRUST = 50
_MOST = 0.95


def unrelated_by_model(name: str) -> float:
    """The cosine that this model gives to articles that have nothing in common."""
    return _BY_MODEL.get(name, _OF_ANY_MODEL)


def above(cosine: float, background: float) -> float:
    """A likeness that is 0 for what is as alike as any two articles, and 1 for what is equal."""
    return (cosine - background) / (1 - background)


class Background:
    """The mean cosine of any two articles in mind, whatever order they came in."""

    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._sum: npt.NDArray[np.float64] | None = None
        self._count = 0

    def add(self, vector: Vector | None) -> None:
        """Take in an article; one without a vector says nothing."""
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
        """What to expect of any two articles; at first, what is expected of the model."""
        count = self._count
        if count < 2 or self._sum is None:  # noqa: PLR2004  a pair
            return self._expected
        mean = (float(self._sum @ self._sum) - count) / (count * (count - 1))
        return min((count * mean + _TRUST * self._expected) / (count + _TRUST), _MOST)
