"""How well a clustering agrees with labels: B-cubed, V-measure, adjusted Rand index."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from math import comb, log
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

RESAMPLES = 1_000


@dataclass(frozen=True, slots=True)
class Scores:
    """Each from 0 to 1, but `ari`, which is 0 for chance; `low` and `high` bound `f1`."""

    precision: float
    recall: float
    f1: float
    low: float
    high: float
    v_measure: float
    ari: float


def scores(found: Sequence[Hashable], labels: Sequence[Hashable]) -> Scores:
    """Compare clusters with labels, item by item; the interval is a 95 % bootstrap over items."""
    precisions, recalls = b_cubed(found, labels)
    count = len(labels)
    chance = random.Random(7)  # noqa: S311  statistics, not secrets
    drawn = (chance.choices(range(count), k=count) for _ in range(RESAMPLES))
    f1s = sorted(
        harmonic(sum(precisions[n] for n in some) / count, sum(recalls[n] for n in some) / count)
        for some in drawn
    )
    precision, recall = sum(precisions) / count, sum(recalls) / count
    return Scores(
        precision,
        recall,
        harmonic(precision, recall),
        f1s[int(0.025 * RESAMPLES)],
        f1s[int(0.975 * RESAMPLES)],
        v_measure(found, labels),
        adjusted_rand(found, labels),
    )


def b_cubed(
    found: Sequence[Hashable], labels: Sequence[Hashable]
) -> tuple[list[float], list[float]]:
    """Precision and recall of each item (Bagga & Baldwin 1998)."""
    clusters, classes = Counter(found), Counter(labels)
    both = Counter(zip(found, labels, strict=True))
    pairs = list(zip(found, labels, strict=True))
    return (
        [both[one, label] / clusters[one] for one, label in pairs],
        [both[one, label] / classes[label] for one, label in pairs],
    )


def f1(found: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    """B-cubed F1 alone."""
    precisions, recalls = b_cubed(found, labels)
    return harmonic(sum(precisions) / len(labels), sum(recalls) / len(labels))


def harmonic(one: float, other: float) -> float:
    """The harmonic mean."""
    return 2 * one * other / (one + other) if one + other else 0.0


def v_measure(found: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    """Harmonic mean of homogeneity and completeness (Rosenberg & Hirschberg 2007)."""
    both = _entropy(Counter(zip(found, labels, strict=True)))
    clusters, classes = _entropy(Counter(found)), _entropy(Counter(labels))
    homogeneity = 1 - (both - clusters) / classes if classes else 1.0
    completeness = 1 - (both - classes) / clusters if clusters else 1.0
    return harmonic(homogeneity, completeness)


def adjusted_rand(found: Sequence[Hashable], labels: Sequence[Hashable]) -> float:
    """Agreement on pairs, corrected for chance (Hubert & Arabie 1985)."""
    together = _pairs(Counter(zip(found, labels, strict=True)))
    mine, yours = _pairs(Counter(found)), _pairs(Counter(labels))
    expected = mine * yours / comb(len(labels), 2)
    most = (mine + yours) / 2
    return (together - expected) / (most - expected) if most != expected else 1.0


def _pairs(counts: Counter[Hashable]) -> int:
    return sum(comb(count, 2) for count in counts.values())


def _entropy(counts: Counter[Hashable]) -> float:
    total = counts.total()
    return -sum(count / total * log(count / total) for count in counts.values())
