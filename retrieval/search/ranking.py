"""Candidates in order: every signal a number from 0 to 1, their weighted sum the score. Pure.

A weighted sum of normalised scores, because reciprocal ranks threw away how much better a hit was:
see the ablation table of `make eval`, which takes each signal out in turn.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from retrieval.search.plan import Freshness
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt

    from retrieval.models import Article
    from retrieval.search.plan import Plan

    Floats = npt.NDArray[np.float64]

_DAY_S = 86_400.0
# A date that a source got wrong by a time zone is not yet in the future.
_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal adds at most."""

    words: float = 0.5
    meaning: float = 0.5
    freshness: float = 0.8
    window: float = 0.3
    outlet: float = 0.3
    title: float = 0.2
    lead: float = 0.2
    support: float = 0.15


@dataclass(frozen=True, slots=True)
class Tuning:
    """The weights; over how many days freshness falls to 37 %; how much more "latest" wants it."""

    weights: Weights = Weights()
    fresh_days: float = 14.0
    strong: float = 1.5


@dataclass(frozen=True, slots=True)
class Signals:
    """How well passages fit a plan, one number a passage; the names are those of `Weights`.

    Each from 0 to 1, but for freshness, which counts for more where the latest is asked for.
    """

    words: Floats
    meaning: Floats
    freshness: Floats
    window: Floats
    outlet: Floats
    title: Floats
    lead: Floats

    def score(self, weights: Weights) -> Floats:
        """The weighted sum."""
        return (
            weights.words * self.words
            + weights.meaning * self.meaning
            + weights.freshness * self.freshness
            + weights.window * self.window
            + weights.outlet * self.outlet
            + weights.title * self.title
            + weights.lead * self.lead
        )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A passage by what ranking has to know of it; its text is read only if it is shown."""

    id: str
    ordinal: int
    article: Article


def signals_of(
    plan: Plan,
    candidates: Sequence[Candidate],
    by_words: Mapping[str, float],
    by_meaning: Mapping[str, float],
    tuning: Tuning,
) -> Signals:
    """The signals of the candidates, in their order.

    `by_words` are keyword scores, `by_meaning` cosines, by passage id; a passage may be missing
    from either. Both are scaled to the best and the worst of this search.
    """
    names = [one.id for one in candidates]
    # What an article says of itself is worked out once for all of its passages.
    asked, outlets = stems(plan.question), frozenset(plan.outlets)
    articles = {one.article.revision_id: one.article for one in candidates}
    fits = {
        revision: (
            _freshness(plan, article, tuning),
            float(_in_window(plan, article)),
            float(article.outlet in outlets),
            _overlap(asked, article.title),
        )
        for revision, article in articles.items()
    }
    of_articles = np.array([fits[one.article.revision_id] for one in candidates], dtype=np.float64)
    freshness, window, outlet, title = of_articles.reshape(-1, 4).T
    return Signals(
        words=_to_the_best(np.array([by_words.get(name, 0.0) for name in names])),
        meaning=_between_the_ends(np.array([by_meaning.get(name, np.nan) for name in names])),
        freshness=freshness,
        window=window,
        outlet=outlet,
        title=title,
        lead=np.array([float(one.ordinal == 0) for one in candidates]),
    )


def scores(candidates: Sequence[Candidate], signals: Signals, weights: Weights) -> dict[str, float]:
    """The score of each candidate, by its id.

    An article of which another passage fits as well gains by the best of the others: `support`.
    """
    own = signals.score(weights).tolist()
    ranked: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for score, one in zip(own, candidates, strict=True):
        ranked[one.article.id].append((score, one.id))
    for passages in ranked.values():
        passages.sort(reverse=True)
    return {
        one.id: score + weights.support * _best_other(ranked[one.article.id], one.id)
        for score, one in zip(own, candidates, strict=True)
    }


def _best_other(ranked: Sequence[tuple[float, str]], name: str) -> float:
    """The score of the best but `name`, 0 where there is no other."""
    if ranked[0][1] != name:
        return ranked[0][0]
    return ranked[1][0] if len(ranked) > 1 else 0.0


def _to_the_best(values: Floats) -> Floats:
    """Shares of the largest."""
    most = values.max(initial=0.0) or 1.0
    return np.asarray(np.maximum(values, 0.0) / most, dtype=np.float64)


def _between_the_ends(values: Floats) -> Floats:
    """0 for the smallest and for NaN, 1 for the largest."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values))
    low, high = known.min(), known.max()
    scaled = (np.nan_to_num(values, nan=low) - low) / ((high - low) or 1.0)
    return np.asarray(scaled, dtype=np.float64)


def _freshness(plan: Plan, article: Article, tuning: Tuning) -> float:
    """Falls with the age that an article has when it is asked for; 0 for the undated and future."""
    if plan.freshness is Freshness.NONE or article.published is None:
        return 0.0
    age = plan.now - article.published.at
    if age < -_TOLERANCE:
        return 0.0
    times = tuning.strong if plan.freshness is Freshness.STRONG else 1.0
    return times * math.exp(-max(age.total_seconds(), 0.0) / _DAY_S / tuning.fresh_days)


def _in_window(plan: Plan, article: Article) -> bool:
    return (
        plan.window is not None
        and article.published is not None
        and plan.window.start <= article.published.at < plan.window.until
    )


def _overlap(asked: frozenset[str], title: str) -> float:
    """The share of the question's telling words that the title has."""
    return len(asked & _title_stems(title)) / len(asked) if asked else 0.0


@lru_cache(maxsize=20_000)
def _title_stems(title: str) -> frozenset[str]:
    """Remembered, since it costs more than all other signals together."""
    return stems(title)
