"""Candidates in order: every signal a number from 0 to 1, their weighted sum the score. Pure.

A weighted sum of normalised scores, because reciprocal ranks threw away how much better a hit was:
see the ablation table of `make eval`, which takes each signal out in turn.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.search.plan import Freshness
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from retrieval.models import Article
    from retrieval.search.plan import Plan

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
    """How well a passage fits a plan; the names are those of `Weights`.

    Each from 0 to 1, but for freshness, which counts for more where the latest is asked for.
    """

    words: float
    meaning: float
    freshness: float
    window: float
    outlet: float
    title: float
    lead: float

    def score(self, weights: Weights) -> float:
        """The weighted sum."""
        return float(
            sum(getattr(weights, one.name) * getattr(self, one.name) for one in fields(Signals))
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
) -> list[Signals]:
    """The signals of each candidate.

    `by_words` are keyword scores, `by_meaning` cosines, by passage id; a passage may be missing
    from either. Both are scaled to the best and the worst of this search.
    """
    most = max((by_words.get(one.id, 0.0) for one in candidates), default=0.0) or 1.0
    known = [by_meaning[one.id] for one in candidates if one.id in by_meaning]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    asked = stems(plan.question)
    outlets = frozenset(plan.outlets)
    titles = {one.article.revision_id: one.article.title for one in candidates}
    overlaps = {name: _overlap(asked, title) for name, title in titles.items()}
    return [
        Signals(
            words=max(by_words.get(one.id, 0.0), 0.0) / most,
            meaning=(by_meaning.get(one.id, low) - low) / ((high - low) or 1.0),
            freshness=_freshness(plan, one.article, tuning),
            window=float(_in_window(plan, one.article)),
            outlet=float(one.article.outlet in outlets),
            title=overlaps[one.article.revision_id],
            lead=float(one.ordinal == 0),
        )
        for one in candidates
    ]


def scores(
    candidates: Sequence[Candidate], signals: Sequence[Signals], weights: Weights
) -> dict[str, float]:
    """The score of each candidate, by its id.

    An article of which another passage fits as well gains by the best of the others: `support`.
    """
    own = {one.id: signal.score(weights) for one, signal in zip(candidates, signals, strict=True)}
    best: dict[int, list[tuple[float, str]]] = defaultdict(list)
    for one in candidates:
        best[one.article.id].append((own[one.id], one.id))
    for ranked in best.values():
        ranked.sort(reverse=True)
    return {
        one.id: own[one.id] + weights.support * _best_other(best[one.article.id], one.id)
        for one in candidates
    }


def _best_other(ranked: Sequence[tuple[float, str]], name: str) -> float:
    return next((score for score, other in ranked[:2] if other != name), 0.0)


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
        and plan.window.start <= article.published.at < plan.window.end
    )


def _overlap(asked: frozenset[str], title: str) -> float:
    """The share of the question's telling words that the title has."""
    return len(asked & stems(title)) / len(asked) if asked else 0.0
