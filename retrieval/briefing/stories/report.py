"""What is read of an article to place it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    import numpy.typing as npt

    from retrieval.models import Article

    Vector = npt.NDArray[np.float32]

# Of an article: its first passages tell what it is about, some more whether it is about one thing.
PASSAGES_OF_LEAD = 3
PASSAGES_READ = 12
# Fewer passages than this are about one thing.
_FEWEST = 3


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """One article as the story book reads it.

    `text` is its lead. `at` is when it was published, or where that is unknown stored. `vector` has
    unit length, shape (d,); None where there is none yet. `unity` is how alike its passages are,
    the mean cosine of any two: round-ups of the day have little.
    """

    article: Article
    text: str
    at: datetime
    vector: Vector | None = None
    unity: float = 1.0


def summarise_vectors(passages: Sequence[Vector]) -> tuple[Vector | None, float]:
    """The vector of an article from those of its first passages, in order; and its unity."""
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
