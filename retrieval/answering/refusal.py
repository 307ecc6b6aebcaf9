"""Whether the archive answers a question at all: a calibrated decision, pure.

A logistic model over `Evidence`, fitted by `python -m benchmarks.refusal --fit` on labelled
questions of three kinds (benchmarks/refusal_set.py). Cosines of different embedding models
mean different things, so that each local model has its own weights; other models, and questions in
a script that the model was not made for, are judged by words.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.answering.evidence import Evidence
    from retrieval.models import Article, Hit

CLOSEST = 3


@dataclass(frozen=True, slots=True)
class Calibration:
    """The weight of each sign in the log-odds that passages answer; fields as in `Evidence`."""

    intercept: float
    likeness: float = 0.0
    sentence: float = 0.0
    covered: float = 0.0
    names: float = 0.0
    numbers: float = 0.0
    kind: float = 0.0


def chance(found: Evidence, weights: Calibration) -> float:
    """How likely it is that the passages answer, from 0 to 1."""
    odds = (
        weights.intercept
        + weights.likeness * found.likeness
        + weights.sentence * found.sentence
        + weights.covered * found.covered
        + weights.names * found.names
        + weights.numbers * found.numbers
        + weights.kind * found.kind
    )
    return 1 / (1 + math.exp(-odds))


def closest(hits: Sequence[Hit], most: int = CLOSEST) -> tuple[Article, ...]:
    """The first articles among the hits, each once."""
    articles = {hit.passage.article.id: hit.passage.article for hit in reversed(hits)}
    order = dict.fromkeys(hit.passage.article.id for hit in hits)
    return tuple(articles[name] for name in list(order)[:most])
