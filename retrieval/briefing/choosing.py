"""Chooses the sentences that tell a story best, from independent outlets, for quote mode. Pure.

By centrality (Radev et al. 2004, MEAD's centroid: sentences with the words that the story's
articles share), position in the article, and diversity (Carbonell & Goldstein 1998, MMR). Sentences
whose referents are missing are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrieval.briefing.kinds import is_soft
from retrieval.briefing.referents import lacks_referent, leans
from retrieval.briefing.telling import (
    has_figure,
    is_background,
    is_nameless,
    is_telling,
    is_to_come,
    quoted_share,
    without_attribution,
)
from retrieval.text.figures import differing, figure_values
from retrieval.text.words import same_words, stemmed, stems, telling_stems

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date

    import numpy.typing as npt

    from retrieval.briefing.material import StorySentence

    Matrix = npt.NDArray[np.float32]
    Vector = npt.NDArray[np.float32]

# Weights of a sentence's signals: centrality, position, a figure, length up to this many
# significant words; a second sentence of an outlet counts a little less.
_CENTRAL, _LEAD, _FIGURE, _LENGTH, _AGAIN = 1.0, 0.05, 0.15, 0.1, 0.05
_LONG = 14
# A sentence without names depends on others that have them.
_NAMELESS = 0.1
# Statements by people tell less than events; so do explanations and outlooks.
_QUOTED, _SOFT = 0.15, 0.1
# General truths, and events of long ago.
_BACKGROUND, _TELLS_TITLE = 0.25, 0.7
# The best sentences are about the same as the title: in meaning, and in words.
_TITLE, _TITLE_WORDS = 0.2, 0.3
_BEGINNING = 30
_FADING = 6.0
# Beginnings of articles show what a story is about; a term counts more the more outlets have it.
_CENTRE_FADING, _SHARED = 4.0, 0.5
# More similar sentences with the same figures say the same: one is told, both are cited.
SAME_MEANING = 0.8
_SAME_WORDS = 0.6
# A source cited for a claim must be even more similar, or lack at most this share of its words.
_CONFIRMING, _MAY_LACK = 0.88, 0.4
# A sentence this similar to a told one, without a new figure, adds too little.
_ADDS_LITTLE, _SAME_FIGURES = 0.7, 0.6
# So does one whose similarity exceeds the share of its new words by this much.
_ALIKE_BEYOND_NEW = 0.1
_RELATED = 0.3
# "76 votes to 74" and "76 in favour, 74 against": rare figures say the same.
_TELLING_FIGURE, _SAME_RARE_FIGURES = 10, 0.45
# An article with this many sentences that differ this much from each other and the title has
# many topics.
_ENOUGH, _MANY_TOPICS, _OFF_TITLE, _NO_TITLE = 6, 0.18, 0.27, 0.12
# If no sentence is worth this much, none says what happened.
_SAYS_SOMETHING = 0.45
# Further sentences must be worth this much, or this much with a figure; else the story is shorter.
_WORTH_TELLING, _WITH_FIGURE = 0.8, 0.72
# The similarity, and the share of common words, of two outlets' sentences about one count.
_SAME_COUNT, _SAME_CONTEXT = 0.6, 0.5
# How many outlets a claim cites at most.
_MOST_SOURCES = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """A chosen sentence, and those of other outlets that say the same."""

    sentence: StorySentence
    others: tuple[StorySentence, ...] = ()


def choose(  # noqa: PLR0913, PLR0917  what is known of the sentences
    sentences: Sequence[StorySentence],
    vectors: Matrix,
    most: int,
    is_known: Callable[[int], bool],
    titled: Vector | None = None,
    central: Vector | None = None,
) -> list[Chosen]:
    """The best sentences that differ from each other, at most `most`.

    They are in the order of their articles, whose beginnings can be read without the rest.

    `vectors` has shape (sentences, d), of unit length; `titled` has each sentence's similarity to
    its article's title. `is_known(index)` says whether the reader was told as much; repetitions of
    chosen sentences are left out, too. `central` has the centrality of each sentence in the whole
    story (`centrality`); by default among these sentences.

    A sentence that depends on the one before it is only chosen after that one. If titles are known,
    sentences of little worth in one outlet's story are left out, so the story is shorter.
    """
    fit = [n for n, one in enumerate(sentences) if is_telling(one.text)]
    likeness = vectors @ vectors.T
    if titled is not None:
        fit = _of_one_topic(fit, sentences, likeness, titled)
    if not fit:
        return []
    scores = _scores(sentences, centrality(sentences) if central is None else central, fit)
    if titled is not None:
        scores = {n: score + _TITLE * float(titled[n]) for n, score in scores.items()}
    left = [n for n in fit if not is_known(n)]
    least = _least_worth(sentences)
    chosen: list[int] = []
    while len(chosen) < most:
        understood = [
            n
            for n in left
            if _is_understood(n, chosen, sentences)
            and (not chosen or titled is None or scores[n] >= least[n])
        ]
        if not understood:
            break
        best = max(understood, key=lambda n: (_worth(n, chosen, sentences, likeness, scores), -n))
        if not chosen and scores[best] < _SAYS_SOMETHING:
            break
        chosen = _beside(best, chosen, sentences, likeness)
        chosen.append(best)
        left = [n for n in left if n != best and not _adds_nothing(n, best, sentences, likeness)]
    chosen = _in_reading_order(chosen, sentences)
    return [Chosen(sentences[n], _agreeing(n, fit, sentences, likeness)) for n in chosen]


def _beside(
    best: int, chosen: Sequence[int], sentences: Sequence[StorySentence], likeness: Matrix
) -> list[int]:
    """What stays of the chosen beside another.

    Not what that tells more fully, unless it depends on it, nor what then lacks what it depends on.
    """
    needed, last = set[int](), best
    while leans(sentences[last].text):
        before = next((n for n in chosen if _follows(last, n, sentences)), None)
        if before is None:
            break
        needed.add(before)
        last = before
    kept = [n for n in chosen if n in needed or not _adds_nothing(n, best, sentences, likeness)]
    while True:
        told = [*kept, best]
        understood = [n for n in kept if n in needed or _is_understood(n, told, sentences)]
        if understood == kept:
            return kept
        kept = understood


def _least_worth(sentences: Sequence[StorySentence]) -> list[float]:
    """The worth that each sentence needs to be told after another.

    If several outlets tell a story, what they share is news; one outlet's article has asides.
    """
    if len({one.article.outlet for one in sentences}) > 1:
        return [0.0] * len(sentences)
    return [_WITH_FIGURE if has_figure(one.text) else _WORTH_TELLING for one in sentences]


def _of_one_topic(
    fit: Sequence[int], sentences: Sequence[StorySentence], likeness: Matrix, titled: Vector
) -> list[int]:
    """Drop the sentences of articles with many topics: digests, quizzes, galleries.

    Their sentences differ much from each other and from their title.
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


def _is_understood(n: int, chosen: Sequence[int], sentences: Sequence[StorySentence]) -> bool:
    """Whether all referents of a sentence are named in it or in chosen ones."""
    needs, title = sentences[n].needs, sentences[n].article.title
    told = [title, *(sentences[k].text for k in chosen)]
    if needs and not any(re.search(rf"\b{re.escape(needs)}\b", text) for text in told):
        return False
    shown = [sentences[n].article.title, *(sentences[one].text for one in chosen)]
    revision = sentences[n].article.revision_id
    own = [
        sentences[n].article.title,
        *(sentences[one].text for one in chosen if sentences[one].article.revision_id == revision),
    ]
    if lacks_referent(sentences[n].text, " ".join(shown), " ".join(own)):
        return False
    return not leans(sentences[n].text) or any(_follows(n, one, sentences) for one in chosen)


def _follows(n: int, other: int, sentences: Sequence[StorySentence]) -> bool:
    """Whether a sentence directly follows another in one article."""
    one, before = sentences[n], sentences[other]
    same = one.article.revision_id == before.article.revision_id
    return same and one.place == before.place + 1


def _in_reading_order(chosen: Sequence[int], sentences: Sequence[StorySentence]) -> list[int]:
    """The best first; a sentence that depends on another follows it."""
    plain = [n for n in chosen if not leans(sentences[n].text)]
    ordered = [
        *(n for n in plain if not sentences[n].needs),
        *(n for n in plain if sentences[n].needs),
    ]
    for n in sorted((n for n in chosen if n not in ordered), key=lambda n: sentences[n].place):
        at = next(at for at, one in enumerate(ordered) if _follows(n, one, sentences))
        ordered.insert(at + 1, n)
    return ordered


def centrality(sentences: Sequence[StorySentence]) -> Vector:
    """How much each sentence has of the words that the story's outlets share, from 0 to 1.

    The cosine with the centroid: the mean of all outlets' words, where beginnings of articles and
    terms of many outlets count more. (Without inverse document frequency: within a story, frequent
    words are what it is about.)
    """
    counts = [Counter(terms(one.text)) for one in sentences]
    numbers = {term: n for n, term in enumerate(dict.fromkeys(t for one in counts for t in one))}
    matrix = np.zeros((len(sentences), len(numbers)), dtype=np.float32)
    for row, found in enumerate(counts):
        for term, count in found.items():
            matrix[row, numbers[term]] = 1 + np.log(count)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    outlets = list(dict.fromkeys(one.article.outlet for one in sentences))
    weights = np.zeros((len(outlets), len(sentences)), dtype=np.float32)
    for row, one in enumerate(sentences):
        weights[outlets.index(one.article.outlet), row] = np.exp(-one.place / _CENTRE_FADING)
    weights /= np.maximum(weights.sum(axis=1, keepdims=True), 1e-9)
    by_outlet = weights @ matrix
    centre = by_outlet.sum(axis=0) * ((by_outlet > 0).mean(axis=0) ** _SHARED)
    centre /= max(float(np.linalg.norm(centre)), 1e-9)
    return np.asarray(matrix @ centre, dtype=np.float32)


def terms(text: str) -> list[str]:
    """The stems of a text's significant words, in order, with repetitions."""
    return stemmed(text).split()


def worth_reading(sentences: Sequence[StorySentence], central: Vector) -> list[float]:
    """The worth of each sentence by itself, without comparing meanings, which takes time."""
    scores = _scores(sentences, central, range(len(sentences)))
    return [scores[n] for n in range(len(sentences))]


def disputed(
    sentences: Sequence[StorySentence], vectors: Matrix
) -> tuple[StorySentence, StorySentence] | None:
    """Sentences of two outlets with different figures for the same thing, newer first, or None.

    They must be about the same thing: similar in meaning and in words.
    """
    counting = [
        n
        for n, one in enumerate(sentences)
        if has_figure(one.text) and is_telling(one.text) and not leans(one.text)
    ]
    best: tuple[float, StorySentence, StorySentence] | None = None
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
    sentences: Sequence[StorySentence],
    told: Sequence[StorySentence],
    is_known: Callable[[int], bool],
    today: date | None = None,
) -> StorySentence | None:
    """The newest sentence about something still to come, if any.

    `today` is the reader's day; by default that of the newest article.
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
    sentences: Sequence[StorySentence], central: Vector, fit: Sequence[int]
) -> dict[int, float]:
    return {
        n: _CENTRAL * float(central[n])
        + _LEAD * float(np.exp(-sentences[n].place / _FADING))
        + _FIGURE * has_figure(sentences[n].text)
        + _LENGTH * min(len(terms(sentences[n].text)), _LONG) / _LONG
        + _TITLE_WORDS * _title_share(sentences[n])
        - _NAMELESS * is_nameless(sentences[n].text)
        - _QUOTED * quoted_share(sentences[n].text)
        - _BACKGROUND * _is_background(sentences[n])
        - _SOFT * is_soft(sentences[n].article.title, sentences[n].article.url)
        for n in fit
    }


def _title_share(sentence: StorySentence) -> float:
    """The share of the title's words in a sentence, so that the headline's content is told.

    0 for a first sentence whose beginning serves as the title, as in a post without one.
    """
    if sentence.place == 0 and sentence.text.startswith(sentence.article.title[:_BEGINNING]):
        return 0.0
    title = telling_stems(sentence.article.title)
    return len(title & telling_stems(sentence.text)) / len(title) if title else 0.0


def _worth(
    n: int,
    chosen: Sequence[int],
    sentences: Sequence[StorySentence],
    likeness: Matrix,
    scores: dict[int, float],
) -> float:
    again = sum(sentences[n].article.outlet == sentences[one].article.outlet for one in chosen)
    alike = max((float(likeness[n, one]) for one in chosen), default=0.0)
    return scores[n] - _AGAIN * again - _RELATED * alike


def _adds_nothing(n: int, other: int, sentences: Sequence[StorySentence], likeness: Matrix) -> bool:
    if _repeats(n, other, sentences, likeness):
        return True
    one, two = sentences[n].text, sentences[other].text
    if not _figures(one) <= _figures(two):
        return False
    least = _SAME_FIGURES if _figures(one) else _ADDS_LITTLE
    if any(figure >= _TELLING_FIGURE for figure in _figures(one)):
        least = _SAME_RARE_FIGURES
    alike = float(likeness[n, other])
    titles = f"{sentences[n].article.title} {sentences[other].article.title}"
    mine = telling_stems(without_attribution(one))
    new = len(mine - telling_stems(f"{two} {titles}")) / len(mine) if mine else 0.0
    return alike >= least or alike - new >= _ALIKE_BEYOND_NEW


def _repeats(n: int, other: int, sentences: Sequence[StorySentence], likeness: Matrix) -> bool:
    one, two = sentences[n].text, sentences[other].text
    if same_words(one, two, _SAME_WORDS):
        return True
    return float(likeness[n, other]) >= SAME_MEANING and _figures(one) == _figures(two)


def _confirms(n: int, other: int, sentences: Sequence[StorySentence], likeness: Matrix) -> bool:
    """Whether a sentence is similar enough to be cited for what the other says."""
    return _repeats(n, other, sentences, likeness) and (
        float(likeness[n, other]) >= _CONFIRMING
        or len(stems(sentences[other].text) - stems(sentences[n].text))
        <= _MAY_LACK * len(stems(sentences[other].text))
    )


def _agreeing(
    n: int, fit: Sequence[int], sentences: Sequence[StorySentence], likeness: Matrix
) -> tuple[StorySentence, ...]:
    """One sentence that says the same from each other outlet."""
    found: dict[str, StorySentence] = {}
    for other in sorted(fit, key=lambda one: -float(likeness[n, one])):
        outlet = sentences[other].article.outlet
        if outlet != sentences[n].article.outlet and _confirms(other, n, sentences, likeness):
            found.setdefault(outlet, sentences[other])
    return tuple(found.values())[: _MOST_SOURCES - 1]


def _figures(text: str) -> frozenset[float]:
    return figure_values(text)


def _is_background(sentence: StorySentence) -> bool:
    """Whether a sentence is background; not if it says what its title says."""
    published = sentence.article.published
    year = published.at.year if published else None
    return is_background(sentence.text, year) and _title_share(sentence) < _TELLS_TITLE


def _published(sentence: StorySentence) -> float:
    published = sentence.article.published
    return published.at.timestamp() if published else 0.0
