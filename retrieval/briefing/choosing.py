"""Quote mode's choice: the sentences that tell a story best, from independent outlets. Pure.

Centrality (Erkan & Radev 2004, LexRank: a sentence that is like many of the others says what the
story is about), the place in the article, and diversity (Carbonell & Goldstein 1998, MMR).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.briefing.material import has_figure, is_telling, is_to_come, leans
from retrieval.grounding.figures import find_figures
from retrieval.words import names_in, same_words, stems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt

    from retrieval.briefing.material import Sentence

    Matrix = npt.NDArray[np.float32]

_CENTRAL, _LEAD, _FIGURE, _LEANING, _AGAIN, _ALIKE = 1.0, 0.5, 0.15, 0.3, 0.15, 0.6
# A sentence that names nobody and nothing says of whom it speaks somewhere else.
_NAMELESS = 0.2
_FADING = 6.0
# Sentences closer than this, with the same figures, say the same: one is told, both are cited.
SAME_MEANING = 0.8
_SAME_WORDS = 0.6
_RELATED = 0.5
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
) -> list[Chosen]:
    """The best sentences that differ from each other, at most `most`.

    In the order in which articles have them: what opens an article can be read without the rest.

    `vectors` has shape (sentences, d), of unit length. `is_known` says of a sentence's number
    whether the reader was told as much; what repeats a chosen sentence is left out as well.
    """
    fit = [n for n, one in enumerate(sentences) if is_telling(one.text)]
    if not fit:
        return []
    likeness = vectors @ vectors.T
    scores = _scores(sentences, likeness, fit)
    left = [n for n in fit if not is_known(n)]
    chosen: list[int] = []
    while left and len(chosen) < most:
        best = max(left, key=lambda n: (_worth(n, chosen, sentences, likeness, scores), -n))
        chosen.append(best)
        left = [n for n in left if n != best and not _repeats(n, best, sentences, likeness)]
    chosen.sort(key=lambda n: (leans(sentences[n].text), sentences[n].place > 0, -scores[n], n))
    return [Chosen(sentences[n], _agreeing(n, fit, sentences, likeness)) for n in chosen]


def disputed(sentences: Sequence[Sentence], vectors: Matrix) -> tuple[Sentence, Sentence] | None:
    """Two outlets' sentences that count the same thing differently; None where none do.

    The newer comes first. They have to be about the same thing: alike in meaning, and with two more
    words in common than what is counted.
    """
    figures = [find_figures(one.text) if is_telling(one.text) else [] for one in sentences]
    counting = [n for n, found in enumerate(figures) if found]
    best: tuple[float, Sentence, Sentence] | None = None
    for place, one in enumerate(counting):
        for other in counting[place + 1 :]:
            first, second = sentences[one], sentences[other]
            alike = float(vectors[one] @ vectors[other])
            if first.article.outlet == second.article.outlet or alike < _ALIKE:
                continue
            values = [{figure.value for figure in figures[n]} for n in (one, other)]
            units = [frozenset[str]().union(*(f.units for f in figures[n])) for n in (one, other)]
            common = stems(first.text) & stems(second.text)
            counted = units[0] & units[1]
            if values[0] & values[1] or not counted or len(common - counted) < 2:  # noqa: PLR2004
                continue
            if best is None or alike > best[0]:
                best = (alike, first, second)
    if best is None:
        return None
    return tuple(sorted(best[1:], key=lambda one: -_published(one)))  # type: ignore[return-value]


def to_watch(
    sentences: Sequence[Sentence], told: Sequence[Sentence], is_known: Callable[[int], bool]
) -> Sentence | None:
    """The newest sentence that says what is still to come, if any article has one."""
    coming = [
        (one.place, n, one)
        for n, one in enumerate(sentences)
        if one not in told
        and is_telling(one.text)
        and is_to_come(one.text)
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
        - _NAMELESS * (not names_in(sentences[n].text))
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


def _repeats(n: int, other: int, sentences: Sequence[Sentence], likeness: Matrix) -> bool:
    one, two = sentences[n].text, sentences[other].text
    if same_words(one, two, _SAME_WORDS):
        return True
    return float(likeness[n, other]) >= SAME_MEANING and _figures(one) == _figures(two)


def _agreeing(
    n: int, fit: Sequence[int], sentences: Sequence[Sentence], likeness: Matrix
) -> tuple[Sentence, ...]:
    """One sentence of each other outlet that says the same."""
    found: dict[str, Sentence] = {}
    for other in sorted(fit, key=lambda one: -float(likeness[n, one])):
        outlet = sentences[other].article.outlet
        if outlet != sentences[n].article.outlet and _repeats(other, n, sentences, likeness):
            found.setdefault(outlet, sentences[other])
    return tuple(found.values())[: _MOST_SOURCES - 1]


def _figures(text: str) -> set[float]:
    return {one.value for one in find_figures(text)}


def _published(sentence: Sentence) -> float:
    published = sentence.article.published
    return published.at.timestamp() if published else 0.0
