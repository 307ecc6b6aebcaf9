"""Quote mode: the sentences that best answer a question, chosen without a language model."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import numpy.typing as npt

    from retrieval.models import Hit, Passage

MOST_QUOTES = 5
MOST_PER_ARTICLE = 2
# A quote has to be at least this share as good as the best one.
GOOD_ENOUGH = 0.75
# Sentences that share this much of their words (Jaccard) say the same.
SAME = 0.7
_WORD_WEIGHT, _MEANING_WEIGHT, _PASSAGE_WEIGHT = 0.45, 0.4, 0.15
_WANTED_BONUS = 0.12

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
    """Sentence `index` of the hit number `hit`, and how well it answers (0 to about 1.3)."""

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
    question: str,
    hits: Sequence[Hit],
    question_vector: npt.NDArray[np.float32],
    sentence_vectors: npt.NDArray[np.float32],
) -> list[Candidate]:
    """Every sentence of the hits, best first.

    `question_vector` has shape (d,), `sentence_vectors` (sentences, d) in the order of
    `sentences_of`; all of unit length.
    """
    asked = stems(question)
    similarities = sentence_vectors @ question_vector
    ranked: list[Candidate] = []
    for number, hit in enumerate(hits):
        context = stems(hit.passage.article.title)
        for index in range(len(hit.passage.sentences)):
            text = hit.passage.sentence(index)
            score = (
                _WORD_WEIGHT * _overlap(asked, stems(text), context)
                + _MEANING_WEIGHT * float(similarities[len(ranked)])
                + _PASSAGE_WEIGHT * (hit.similarity or 0.0)
                + _wanted(question, text)
            )
            ranked.append(Candidate(number, index, score, hit.passage))
    return sorted(ranked, key=lambda one: (-one.score, one.hit, one.index))


def choose_quotes(ranked: Sequence[Candidate]) -> list[Candidate]:
    """A few good sentences that differ, outlets taking turns; newest article first.

    Outlets take turns so that one long article does not silence the others.
    """
    if not ranked:
        return []
    good = [one for one in ranked if one.score >= GOOD_ENOUGH * ranked[0].score]
    chosen: list[Candidate] = []
    for candidate in _taking_turns(good):
        if len(chosen) == MOST_QUOTES:
            break
        mine = [one for one in chosen if one.passage.article.id == candidate.passage.article.id]
        if len(mine) < MOST_PER_ARTICLE and not any(_same(candidate, one) for one in chosen):
            chosen.append(candidate)
    return sorted(chosen, key=_newest_first)


def _taking_turns(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each outlet's best, then each outlet's second, and so on; within a turn by score."""
    by_outlet = sorted(candidates, key=lambda one: one.passage.article.outlet)
    turns: list[tuple[int, float, Candidate]] = []
    for _, group in groupby(by_outlet, key=lambda one: one.passage.article.outlet):
        mine = sorted(group, key=lambda one: -one.score)
        turns += [(turn, -one.score, one) for turn, one in enumerate(mine)]
    return [one for _, _, one in sorted(turns, key=lambda item: (item[0], item[1]))]


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
    mine, yours = stems(one.text), stems(other.text)
    return bool(mine | yours) and len(mine & yours) / len(mine | yours) >= SAME
