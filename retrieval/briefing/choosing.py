"""Quote mode's choice: the sentences that tell a story best, from independent outlets. Pure.

Centrality (Erkan & Radev 2004, LexRank: a sentence that is like many of the others says what the
story is about), the place in the article, and diversity (Carbonell & Goldstein 1998, MMR).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.briefing.material import (
    has_figure,
    is_nameless,
    is_telling,
    is_to_come,
    leans,
)
from retrieval.grounding.figures import differing, figure_values
from retrieval.words import same_words, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import numpy.typing as npt

    from retrieval.briefing.material import Sentence

    Matrix = npt.NDArray[np.float32]
    Vector = npt.NDArray[np.float32]

_CENTRAL, _LEAD, _FIGURE, _LEANING, _AGAIN = 1.0, 0.5, 0.15, 0.3, 0.15
# A sentence that names nobody and nothing says of whom it speaks somewhere else.
_NAMELESS = 0.2
# What its title is about, an article's best sentences are about.
_TITLE = 0.5
_FADING = 6.0
# Sentences closer than this, with the same figures, say the same: one is told, both are cited.
SAME_MEANING = 0.8
_SAME_WORDS = 0.6
# A source that is cited for a claim is closer still, or lacks at most this share of its words.
_CONFIRMING, _MAY_LACK = 0.88, 0.4
# A sentence that is so close to a told one, with no figure besides, adds too little.
_ADDS_LITTLE, _SAME_FIGURES = 0.7, 0.6
# A sentence farther from its title and from what is told first is about something else.
_ASTRAY = 0.2
_RELATED = 0.5
# An article of this many sentences, as unlike each other and their title as this, has many topics.
_ENOUGH, _MANY_TOPICS, _OFF_TITLE, _NO_TITLE = 6, 0.18, 0.27, 0.12
# How alike two outlets' sentences are, and the share of their words, that count the same thing.
_SAME_COUNT, _SAME_CONTEXT = 0.6, 0.5
# How many outlets one claim cites.
_MOST_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence to tell, and those of other outlets that say the same."""

    sentence: Sentence
    others: tuple[Sentence, ...] = ()


def choose(
    sentences: Sequence[Sentence],
    vectors: Matrix,
    most: int,
    is_known: Callable[[int], bool],
    titled: Vector | None = None,
) -> list[Chosen]:
    """The best sentences that differ from each other, at most `most`.

    In the order in which articles have them: what opens an article can be read without the rest.

    `vectors` has shape (sentences, d), of unit length; `titled` says how close each sentence is to
    its article's title. `is_known` says of a sentence's number whether the reader was told as much;
    what repeats a chosen sentence is left out as well.
    """
    fit = [n for n, one in enumerate(sentences) if is_telling(one.text)]
    likeness = vectors @ vectors.T
    if titled is not None:
        fit = _of_one_topic(fit, sentences, likeness, titled)
    if not fit:
        return []
    scores = _scores(sentences, likeness, fit)
    if titled is not None:
        scores = {n: score + _TITLE * float(titled[n]) for n, score in scores.items()}
    left = [n for n in fit if not is_known(n)]
    chosen: list[int] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda n: (_worth(n, chosen, sentences, likeness, scores), -n))
        chosen.append(best)
        left = [
            n
            for n in left
            if n != best
            and not _adds_nothing(n, best, sentences, likeness)
            and not _is_astray(n, chosen[0], likeness, titled)
        ]
    chosen.sort(key=lambda n: (leans(sentences[n].text), sentences[n].place > 0, -scores[n], n))
    return [Chosen(sentences[n], _agreeing(n, fit, sentences, likeness)) for n in chosen]


def _of_one_topic(
    fit: Sequence[int], sentences: Sequence[Sentence], likeness: Matrix, titled: Vector
) -> list[int]:
    """Without the sentences of articles that go through many topics: digests, quizzes, galleries.

    Their sentences are far from each other and from their title.
    """
    by_article: dict[int, list[int]] = {}
    for n in fit:
        by_article.setdefault(sentences[n].article.revision_id, []).append(n)
    kept: list[int] = []
    for mine in by_article.values():
        pairs = likeness[np.ix_(mine, mine)][np.triu_indices(len(mine), 2)]
        title = float(titled[mine].mean())
        many = len(mine) >= _ENOUGH and (
            title < _NO_TITLE or (float(pairs.mean()) < _MANY_TOPICS and title < _OFF_TITLE)
        )
        kept += [] if many else mine
    return sorted(kept)


def _is_astray(n: int, first: int, likeness: Matrix, titled: Vector | None) -> bool:
    return titled is not None and max(float(titled[n]), float(likeness[n, first])) < _ASTRAY


def disputed(sentences: Sequence[Sentence], vectors: Matrix) -> tuple[Sentence, Sentence] | None:
    """Two outlets' sentences that count the same thing differently; None where none do.

    The newer comes first. They have to be about the same thing: alike in meaning and in words.
    """
    counting = [
        n
        for n, one in enumerate(sentences)
        if has_figure(one.text) and is_telling(one.text) and not leans(one.text)
    ]
    best: tuple[float, Sentence, Sentence] | None = None
    for place, one in enumerate(counting):
        for other in counting[place + 1 :]:
            first, second = sentences[one], sentences[other]
            alike = float(vectors[one] @ vectors[other])
            if (
                first.article.outlet != second.article.outlet
                and alike >= max(_SAME_COUNT, best[0] if best else 0.0)
                and differing(first.text, second.text, _SAME_CONTEXT)
            ):
                best = (alike, first, second)
    if best is None:
        return None
    return tuple(sorted(best[1:], key=lambda one: -_published(one)))  # type: ignore[return-value]


def to_watch(
    sentences: Sequence[Sentence],
    told: Sequence[Sentence],
    is_known: Callable[[int], bool],
    today: date | None = None,
) -> Sentence | None:
    """The newest sentence that says what is still to come, if any article has one.

    `today` is the reader's; without it, the day of the newest article.
    """
    days = [one.article.published.at.date() for one in sentences if one.article.published]
    if not days:
        return None
    today = today or max(days)
    coming = [
        (one.place, n, one)
        for n, one in enumerate(sentences)
        if one not in told
        and is_telling(one.text)
        and one.article.published is not None
        and is_to_come(one.text, one.article.published.at.date(), today)
        and not leans(one.text)
        and not is_known(n)
    ]
    return (
        max(coming, key=lambda one: (_published(one[2]), -one[0], -one[1]))[2] if coming else None
    )


def _scores(
    sentences: Sequence[Sentence], likeness: Matrix, fit: Sequence[int]
) -> dict[int, float]:
    """Each outlet counts once in what is central, however much it wrote."""
    counts = Counter(sentences[n].article.outlet for n in fit)
    weights = np.array([1 / counts[sentences[n].article.outlet] for n in fit], dtype=np.float32)
    central = (likeness[np.ix_(fit, fit)] @ weights) / weights.sum()
    return {
        n: _CENTRAL * float(central[row])
        + _LEAD * float(np.exp(-sentences[n].place / _FADING))
        + _FIGURE * has_figure(sentences[n].text)
        - _LEANING * leans(sentences[n].text)
        - _NAMELESS * is_nameless(sentences[n].text)
        for row, n in enumerate(fit)
    }


def _worth(
    n: int,
    chosen: Sequence[int],
    sentences: Sequence[Sentence],
    likeness: Matrix,
    scores: dict[int, float],
) -> float:
    again = sum(sentences[n].article.outlet == sentences[one].article.outlet for one in chosen)
    alike = max((float(likeness[n, one]) for one in chosen), default=0.0)
    return scores[n] - _AGAIN * again - _RELATED * alike


def _adds_nothing(n: int, other: int, sentences: Sequence[Sentence], likeness: Matrix) -> bool:
    if _repeats(n, other, sentences, likeness):
        return True
    one, two = sentences[n].text, sentences[other].text
    least = _SAME_FIGURES if _figures(one) else _ADDS_LITTLE
    return float(likeness[n, other]) >= least and _figures(one) <= _figures(two)


def _repeats(n: int, other: int, sentences: Sequence[Sentence], likeness: Matrix) -> bool:
    one, two = sentences[n].text, sentences[other].text
    if same_words(one, two, _SAME_WORDS):
        return True
    return float(likeness[n, other]) >= SAME_MEANING and _figures(one) == _figures(two)


def _confirms(n: int, other: int, sentences: Sequence[Sentence], likeness: Matrix) -> bool:
    """Closer than for a repetition: it is cited for what the other says."""
    return _repeats(n, other, sentences, likeness) and (
        float(likeness[n, other]) >= _CONFIRMING
        or len(stems(sentences[other].text) - stems(sentences[n].text))
        <= _MAY_LACK * len(stems(sentences[other].text))
    )


def _agreeing(
    n: int, fit: Sequence[int], sentences: Sequence[Sentence], likeness: Matrix
) -> tuple[Sentence, ...]:
    """One sentence of each other outlet that says the same."""
    found: dict[str, Sentence] = {}
    for other in sorted(fit, key=lambda one: -float(likeness[n, one])):
        outlet = sentences[other].article.outlet
        if outlet != sentences[n].article.outlet and _confirms(other, n, sentences, likeness):
            found.setdefault(outlet, sentences[other])
    return tuple(found.values())[: _MOST_SOURCES - 1]


def _figures(text: str) -> frozenset[float]:
    return figure_values(text)


def _published(sentence: Sentence) -> float:
    published = sentence.article.published
    return published.at.timestamp() if published else 0.0
