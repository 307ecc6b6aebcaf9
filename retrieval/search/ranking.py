"""Ranks candidates, folds copies, and limits the passages of an article. Pure.

Every signal is a number from 0 to 1; the score is their weighted sum.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from retrieval.search.query import Freshness
from retrieval.text.words import Wording, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import numpy.typing as npt

    from retrieval.models import Article, Hit, Passage
    from retrieval.search.query import Plan
    from retrieval.storage import Family

    Floats = npt.NDArray[np.float64]


_DAY_S = 86_400.0
# A date that is wrong by a time zone isn't in the future yet.
_TOLERANCE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """The weight of each signal."""

    words: float = 0.5
    meaning: float = 0.5
    freshness: float = 0.8
    window: float = 0.3
    outlet: float = 0.3
    title: float = 0.2
    lead: float = 0.2
    support: float = 0.15


@dataclass(frozen=True, slots=True)
class SearchConfig:
    """The weights; in how many days freshness falls to 37 %; its factor for "latest"."""

    weights: FusionWeights = FusionWeights()
    fresh_days: float = 14.0
    strong: float = 1.5


@dataclass(frozen=True, slots=True)
class RankingSignals:
    """How well passages fit a plan: arrays with a number per passage, named as in `FusionWeights`.

    All are from 0 to 1, except freshness, which is larger if the latest is asked for.
    """

    words: Floats
    meaning: Floats
    freshness: Floats
    window: Floats
    outlet: Floats
    title: Floats
    lead: Floats

    def score(self, weights: FusionWeights) -> Floats:
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
class RankedPassage:
    """The data of a passage for ranking; its text is read only if it is shown."""

    id: str
    ordinal: int
    article: Article


def signals_of(
    plan: Plan,
    candidates: Sequence[RankedPassage],
    by_words: Mapping[str, float],
    by_meaning: Mapping[str, float],
    tuning: SearchConfig,
) -> RankingSignals:
    """The signals of the candidates, in the same order.

    `by_words` are keyword scores, `by_meaning` cosines, by passage id; a passage may be missing
    from either. Both are scaled to the best and the worst of this search.
    """
    names = [one.id for one in candidates]
    # Signals of articles are computed once for all passages.
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
    return RankingSignals(
        words=_to_the_best(np.array([by_words.get(name, 0.0) for name in names])),
        meaning=_between_the_ends(np.array([by_meaning.get(name, np.nan) for name in names])),
        freshness=freshness,
        window=window,
        outlet=outlet,
        title=title,
        lead=np.array([float(one.ordinal == 0) for one in candidates]),
    )


def scores(
    candidates: Sequence[RankedPassage], signals: RankingSignals, weights: FusionWeights
) -> dict[str, float]:
    """The score of each candidate, by its id.

    A passage gains by the score of the best other passage of its article: `support`.
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
    """The score of the best passage other than `name`; 0 if there is none."""
    if ranked[0][1] != name:
        return ranked[0][0]
    return ranked[1][0] if len(ranked) > 1 else 0.0


def _to_the_best(values: Floats) -> Floats:
    """The values divided by the largest."""
    most = values.max(initial=0.0) or 1.0
    return np.asarray(np.maximum(values, 0.0) / most, dtype=np.float64)


def _between_the_ends(values: Floats) -> Floats:
    """The values scaled from 0 (smallest, and NaN) to 1 (largest)."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.zeros(len(values))
    low, high = known.min(), known.max()
    scaled = (np.nan_to_num(values, nan=low) - low) / ((high - low) or 1.0)
    return np.asarray(scaled, dtype=np.float64)


def _freshness(plan: Plan, article: Article, tuning: SearchConfig) -> float:
    """Falls with the article's age when the question is asked; 0 if undated or in the future."""
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
    """The share of the question's significant words that are in the title."""
    return len(asked & _title_stems(title)) / len(asked) if asked else 0.0


@lru_cache(maxsize=20_000)
def _title_stems(title: str) -> frozenset[str]:
    """The stems of a title; cached, because this takes longer than all other signals."""
    return stems(title)


T = TypeVar("T")

# Passages that share this much of their words (Jaccard) are copies of one report.
SAME = 0.8


def diverse(hits: Iterable[Hit], k: int, most_per_article: int, *, fold_copies: bool) -> list[Hit]:
    """The first `k` hits with at most `most_per_article` of one article, optionally without copies.

    If that leaves fewer than `k`, skipped passages fill up the end.
    """
    wanted = _without_copies(hits) if fold_copies else hits
    return spread(wanted, k, most_per_article, lambda hit: hit.passage.article.id)


def spread(
    ranked: Iterable[T], k: int, most_per_article: int, article_of: Callable[[T], int]
) -> list[T]:
    """The first `k`, at most `most_per_article` of one article; skipped ones fill up the end."""
    chosen: list[T] = []
    spare: list[T] = []
    counts: Counter[int] = Counter()
    for one in ranked:
        article = article_of(one)
        counts[article] += 1
        (chosen if counts[article] <= most_per_article else spare).append(one)
        if len(chosen) == k:
            break
    return [*chosen, *spare[: k - len(chosen)]]


def _without_copies(hits: Iterable[Hit]) -> Iterator[Hit]:
    seen: list[Wording] = []
    for hit in hits:
        wording = Wording.of(hit.passage.text)
        if not any(wording.same(other, SAME) for other in seen):
            seen.append(wording)
            yield hit


# The share of a passage's words that another article must contain to say the same.
COVERED = 0.8
# The share of a passage's sentences that an outlet must print to be named with it.
_MOST_OF_IT = 0.5
# How many members of a family are read.
MOST_READ = 30
_GAPS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Preference:
    """Which of several copies is shown: one of `outlets`, else a `timely` one, else the first."""

    outlets: frozenset[str] = field(default_factory=frozenset)
    timely: Callable[[Article], bool] = lambda _article: False


def told_once(hits: Sequence[Hit], families: Mapping[int, Family], prefer: Preference) -> list[Hit]:
    """The hits, best first, with each family represented by one of its articles.

    A copy's passage is replaced with the representative's. Passages that only the copy has, or
    with other figures, stay.
    """
    speakers = _speakers(hits, families, prefer)
    spoken: dict[int, list[tuple[Hit, Wording]]] = {}
    told: dict[str, Hit] = {}
    for hit in hits:
        family = families.get(hit.passage.article.id)
        shown: Hit | None = None
        if family is not None and speakers[family.first] != hit.passage.article.id:
            if family.first not in spoken:
                spoken[family.first] = [
                    (one, Wording.of(one.passage.text))
                    for one in hits
                    if one.passage.article.id == speakers[family.first]
                ]
            shown = _in_its_place(hit, spoken[family.first])
        shown = shown or hit
        told.setdefault(shown.passage.id, shown)
    return list(told.values())


def with_copies(hit: Hit, family: Family, texts: Mapping[int, tuple[Article, str]]) -> Hit:
    """The hit with the other outlets of its family that print it; `texts` by article id."""
    passage = hit.passage
    others = [texts[one] for one in family.members if one in texts and one != passage.article.id]
    folded = [(article.outlet, _folded(text)) for article, text in others]
    sentences = [_folded(passage.sentence(at)) for at in range(len(passage.sentences))]
    also = tuple(
        _outlets(passage, (name for name, text in folded if sentence in text))
        for sentence in sentences
    )
    named = [
        name
        for name in dict.fromkeys(name for names in also for name in names)
        if sum(name in names for names in also) >= _MOST_OF_IT * len(also)
    ]
    article = replace(passage.article, also=tuple(named))
    return replace(hit, passage=replace(passage, article=article, also=also))


def _speakers(
    hits: Sequence[Hit], families: Mapping[int, Family], prefer: Preference
) -> dict[int, int]:
    """The id of the article that represents each family, by the family's first."""
    found: dict[int, list[Article]] = {}
    for hit in hits:
        family = families.get(hit.passage.article.id)
        if family is not None:
            found.setdefault(family.first, []).append(hit.passage.article)
    return {
        first: max(articles, key=lambda one, first=first: _rank(one, first, prefer)).id  # type: ignore[misc]
        for first, articles in found.items()
    }


def _rank(article: Article, first: int, prefer: Preference) -> tuple[bool, bool, bool]:
    return article.outlet in prefer.outlets, prefer.timely(article), article.id == first


def _in_its_place(hit: Hit, spoken: Sequence[tuple[Hit, Wording]]) -> Hit | None:
    """The representative's passage most similar to a hit, if its passages say all of it."""
    mine = Wording.of(hit.passage.text)
    stems_told = frozenset().union(*(said.stems for _, said in spoken))
    figures_told = frozenset[str]().union(*(said.figures for _, said in spoken))
    shared = len(mine.stems & stems_told)
    if shared < COVERED * len(mine.stems) or not mine.figures <= figures_told:
        return None
    nearest, _ = max(spoken, key=lambda one: len(mine.stems & one[1].stems))
    return replace(nearest, score=hit.score)


def _outlets(passage: Passage, names: Iterable[str]) -> tuple[str, ...]:
    """The names without duplicates and the passage's own outlet."""
    return tuple(name for name in dict.fromkeys(names) if name != passage.article.outlet)


def _folded(text: str) -> str:
    """Only the words, separated by spaces, so that quotation marks and dashes don't matter."""
    return f" {_GAPS.sub(' ', text.casefold()).strip()} "
