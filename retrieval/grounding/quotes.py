"""Quote mode: the sentences that best answer a question, chosen without a language model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.words import same_words, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from retrieval.models import Hit, Passage

MOST_QUOTES = 5
MOST_PER_ARTICLE = 3
# A quote has to be at least this share as good as the best one.
GOOD_ENOUGH = 0.68
AGAIN = 0.05
# Sentences that share this much of their words (Jaccard) say the same.
SAME = 0.7
# Among so many of the best sentences, quotes are chosen.
_MOST_COMPARED = 200
_WORD_WEIGHT, _MEANING_WEIGHT, _PASSAGE_WEIGHT = 0.42, 0.38, 0.2
_WANTED_BONUS = 0.08

_ASKS_FIGURE = re.compile(
    r"\bhow (?:many|much|large|big|far|long|old)\b|\bfigures?\b"
    r"|\bскільки\b|\bсколько\b",
    re.IGNORECASE,
)
_ASKS_SPEAKER = re.compile(
    r"\bwho (?:says|said|claims?|claimed|reports?|reported)\b|\baccording to whom\b"
    r"|\bхто (?:каже|сказав|заявив|повідом)|\bкто (?:говорит|сказал|заявил|сообщ)",
    re.IGNORECASE,
)
_FIGURE = re.compile(
    r"\d|\b(?:hundreds?|thousands?|dozens?|millions?|half|тисяч|тысяч|сотн)", re.IGNORECASE
)
_SPEECH = re.compile(
    r"\b(?:said|says|told|according to|report(?:ed|s)?|estimate[sd]?|claim(?:ed|s)?|wrote|added"
    r"|сказав|заявив|заявила|повідомив|повідомила|за словами|за даними"
    r"|сказал|заявил|заявила|сообщил|сообщила|по словам|по данным)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Sentence `index` of the hit number `hit`, and how well it answers (0 to about 1.2)."""

    hit: int
    index: int
    score: float
    passage: Passage

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.passage.sentence(self.index)


def sentences_of(hits: Sequence[Hit]) -> list[str]:
    """All sentences of the hits, in order: what `rank_sentences` needs the vectors of."""
    return [
        hit.passage.sentence(index) for hit in hits for index in range(len(hit.passage.sentences))
    ]


def rank_sentences(
    question: str, hits: Sequence[Hit], likeness: npt.NDArray[np.float32]
) -> list[Candidate]:
    """Every sentence of the hits, best first.

    `likeness` is each one's cosine with the question, in the order of `sentences_of`.
    """
    asked = stems(question)
    best = max((hit.score for hit in hits), default=1.0) or 1.0
    ranked: list[Candidate] = []
    for number, hit in enumerate(hits):
        context = stems(hit.passage.article.title)
        for index in range(len(hit.passage.sentences)):
            text = hit.passage.sentence(index)
            score = (
                _WORD_WEIGHT * _overlap(asked, stems(text), context)
                + _MEANING_WEIGHT * float(likeness[len(ranked)])
                + _PASSAGE_WEIGHT * hit.score / best
                + _wanted(question, text)
            )
            ranked.append(Candidate(number, index, score, hit.passage))
    return sorted(ranked, key=lambda one: (-one.score, one.hit, one.index))


def choose_quotes(ranked: Sequence[Candidate]) -> list[Candidate]:
    """A few good sentences that differ, from several outlets; newest article first.

    Each quote that an outlet already has makes its next one a little worse, so that one long
    article does not silence the others, and a poor sentence of a new outlet does not win either.
    """
    best_first = ranked[:_MOST_COMPARED]
    good = [one for one in best_first if one.score >= GOOD_ENOUGH * ranked[0].score]
    chosen: list[Candidate] = []
    while good and len(chosen) < MOST_QUOTES:
        best = max(good, key=lambda one: one.score - AGAIN * _times(one, chosen))
        good.remove(best)
        mine = sum(one.passage.article.id == best.passage.article.id for one in chosen)
        if mine < MOST_PER_ARTICLE and not any(_same(best, one) for one in chosen):
            chosen.append(best)
    return sorted(chosen, key=_newest_first)


def _times(candidate: Candidate, chosen: Sequence[Candidate]) -> int:
    """How often the candidate's outlet is among the chosen."""
    outlet = candidate.passage.article.outlet
    return sum(one.passage.article.outlet == outlet for one in chosen)


def _newest_first(candidate: Candidate) -> tuple[float, int, int, int]:
    article = candidate.passage.article
    published = article.published.at.timestamp() if article.published else float("-inf")
    return (-published, article.id, candidate.passage.ordinal, candidate.index)


def _overlap(asked: frozenset[str], said: frozenset[str], context: frozenset[str]) -> float:
    """The share of the question's words that a sentence has; its title's count half."""
    if not asked:
        return 0.0
    return (len(asked & said) + 0.5 * len(asked & context - said)) / len(asked)


def _wanted(question: str, text: str) -> float:
    """Who asks for a figure or for a speaker prefers a sentence that has one."""
    bonus = 0.0
    if _ASKS_FIGURE.search(question) and _FIGURE.search(text):
        bonus += _WANTED_BONUS
    if _ASKS_SPEAKER.search(question) and _SPEECH.search(text):
        bonus += _WANTED_BONUS
    return bonus


def _same(one: Candidate, other: Candidate) -> bool:
    return same_words(one.text, other.text, SAME)
