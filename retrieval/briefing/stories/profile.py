"""What a story is about so far, and how near an article is to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from retrieval.briefing.stories.lexicon import Ids, Lexicon, Weights
    from retrieval.briefing.stories.member import Member

    Vector = npt.NDArray[np.float32]


class Profile:
    """The sums of some members' vectors and terms."""

    def __init__(self, members: Sequence[Member]) -> None:
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
        """Cosine of the vectors; None where one is not known."""
        if vector is None or self._vector is None:
            return None
        return float(self._vector @ vector)

    def in_words(self, terms: Ids, weights: Weights, lexicon: Lexicon) -> float:
        """Cosine of the terms; `weights` are those of `terms`, part of a vector of unit length."""
        if not len(terms) or not len(self._terms):
            return 0.0
        mine = self._weights * lexicon.rarity(self._terms)
        at = np.minimum(np.searchsorted(self._terms, terms), len(self._terms) - 1)
        shared = self._terms[at] == terms
        return float(mine[at[shared]] @ weights[shared]) / float(np.linalg.norm(mine))
