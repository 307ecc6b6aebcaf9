"""Quote mode: the sentences that best answer a question, chosen without a language model. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.grounding.asked import Kind, ask, counts_the_noun, is_denial, leans
from retrieval.grounding.reader import Candidate
from retrieval.words import same_words, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from retrieval.grounding.asked import Asked
    from retrieval.models import Article, Hit, Passage

MOST_QUOTES = 3
# With those that a reader may ask for besides.
MOST_WITH_FURTHER = 8
MOST_PER_ARTICLE = 3
# Log-odds that a further quote may lie below the best one.
GOOD_ENOUGH = 2.0
# What each quote that an article or its outlet already has costs its next one.
_SAME_ARTICLE, _SAME_OUTLET = 0.6, 0.2
# Fits that differ by less answer equally, and the newer one goes first.
_EQUAL = 0.1
# Sentences that share this much of their words (Jaccard) say the same.
SAME = 0.6
_SHORTEST = 4
# Freshness falls to 37 % in this many seconds.
_FRESH_S = 14 * 86_400.0
_CLOSERS = "\"'”’»)]* "
# Where a question has a second one in it.
_PARTS = re.compile(
    r",?\s+(?:and|und|та|і|и)\s+(?=(?:for |to |with |until |since |by |from |in |at )?"
    r"(?:how|what|when|where|who|whom|whose|why|which|is|are|was|were|did|does|do|has|have"
    r"|wie|was|wann|wo|wer|warum|скільки|що|коли|де|хто|чому|який|сколько|что|когда|где|кто"
    r"|почему)\b)",
    re.IGNORECASE,
)
# "When and where did ...": one thing, asked twice about.
_DOUBLE = re.compile(
    r"\b(how many|when|where|who|why|how|what|коли|де|хто|чому|когда|где|кто|почему)\s+"
    r"(?:and|та|і|и)\s+(how many|when|where|who|why|how|what|коли|де|хто|чому|когда|где|кто"
    r"|почему)\b",
    re.IGNORECASE,
)

# Each quotation says whose it is.
_WHO_SAYS = re.compile(
    r"^\W*(?:who (?:says|said|reports?|reported|claims?)|according to whom|хто (?:це|про це|так)"
    r"|кто (?:это|об этом|так))\b(?:\W+(?:so|it|that|this)\b)?\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence `index` of the hit number `hit`, as something that may be quoted."""

    hit: int
    index: int
    passage: Passage
    candidate: Candidate

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.candidate.text

    @property
    def article(self) -> Article:
        """Where it stands."""
        return self.passage.article


@dataclass(frozen=True, slots=True)
class Quote:
    """Neighbouring sentences of a hit that are quoted as one, and how well they answer."""

    hit: int
    first: int
    last: int
    score: float


def parts_of(question: str) -> tuple[Asked, ...]:
    """The questions that stand in one: "How high was the fine, and what was it for?" holds two.

    Each part is taken to be about all that the whole question is about.
    """
    whole = ask(question)
    double = _DOUBLE.search(question)
    if double is not None:
        rest = question[: double.start()] + "{}" + question[double.end() :]
        texts = [rest.format(word) for word in double.groups()] if "{" not in question else []
    else:
        texts = _PARTS.split(question)
    texts = [text for text in texts if len(words(text)) > 1 and not _WHO_SAYS.match(text)]
    if len(texts) < 2:  # noqa: PLR2004  one question
        return (whole,)
    parts = [ask(text) for text in texts]
    return tuple(replace(part, terms=whole.terms, names=whole.names) for part in parts)


def is_question(text: str) -> bool:
    """Whether a sentence asks instead of telling."""
    return text.rstrip(_CLOSERS).endswith(("?", "؟", "？"))


def sentences_of(
    hits: Sequence[Hit],
    now: datetime | None = None,
    is_timely: Callable[[Article], bool] = lambda _article: True,
    day_of: Callable[[Article, str], float] = lambda _article, _text: 0.0,
) -> list[Sentence]:
    """What of the hits may be quoted: their sentences, without questions and scraps.

    `now` is when it is asked, `is_timely` says whether an article is of the days asked for, and
    `day_of` whether a sentence of it names one of them (1), another day (-1), or none (0).
    """
    days = sorted(_day(hit.passage.article) for hit in hits)
    found: list[Sentence] = []
    for number, hit in enumerate(hits):
        passage, article = hit.passage, hit.passage.article
        texts = [passage.sentence(index) for index in range(len(passage.sentences))]
        common = Candidate(
            "",
            "",
            "",
            article.title,
            place=0,
            age=_age(article, now),
            newest=bisect_right(days, _day(article)) / len(days),
            timely=is_timely(article),
        )
        for index, text in enumerate(texts):
            if not passage.is_quotable(index) or is_question(text) or len(words(text)) < _SHORTEST:
                continue
            candidate = replace(
                common,
                text=text,
                before=texts[index - 1] if index else "",
                after=texts[index + 1] if index + 1 < len(texts) else "",
                place=_place(passage, index),
                day=day_of(article, text),
            )
            found.append(Sentence(number, index, passage, candidate))
    return found


def _age(article: Article, now: datetime | None) -> float:
    """1 for what was published now, less and less before; .5 where nobody knows."""
    if now is None or article.published is None:
        return 0.5
    return math.exp(-max((now - article.published.at).total_seconds(), 0.0) / _FRESH_S)


def choose_quotes(
    sentences: Sequence[Sentence],
    fits: Sequence[Sequence[float]],
    asked: Sequence[Asked],
    most: int = MOST_QUOTES,
) -> list[Quote]:
    """A few good sentences that differ, those that answer best first.

    `fits` has for each part of the question (`asked`) the log-odds of each sentence. Each part gets
    its best sentence, unless one that is quoted answers it as well. Then come others that answer
    nearly as well as the first and count what is asked for: of other articles rather, and to a
    yes-no question rather one that says the opposite.
    """
    chosen: list[tuple[Sentence, float]] = []
    for part, scores in zip(asked, fits, strict=True):
        ranked = _ranked(sentences, scores)
        if not ranked:
            return []
        best = _newest_of_the_best(ranked, part)
        answered = [
            one
            for one, _ in chosen
            for other, score in ranked
            if other is one and score >= best[1] - _EQUAL
        ]
        if not answered and len(chosen) < most:
            chosen.append(best)
    first = asked[0]
    ranked = _ranked(sentences, fits[0])
    limit = chosen[0][1] - GOOD_ENOUGH
    while len(chosen) < most:
        rest = [
            (one, score - _crowding(one, chosen) + _opposes(first, one, chosen[0][0]))
            for one, score in ranked
            if counts_the_noun(first, one.text)
            and not any(_repeats(one, other) for other, _ in chosen)
        ]
        further = max(rest, key=lambda pair: pair[1], default=None)
        if further is None or further[1] < limit:
            break
        chosen.append(further)
    return [_with_its_referent(one, score) for one, score in chosen]


def _ranked(sentences: Sequence[Sentence], scores: Sequence[float]) -> list[tuple[Sentence, float]]:
    pairs = zip(sentences, scores, strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].hit, pair[0].index))


def _newest_of_the_best(
    ranked: Sequence[tuple[Sentence, float]], asked: Asked
) -> tuple[Sentence, float]:
    """Of sentences that answer equally well the newest, which of equal ones is the better."""
    equal = _EQUAL if asked.kind is not Kind.LATEST else 2 * _EQUAL
    best = [pair for pair in ranked if pair[1] >= ranked[0][1] - equal]
    return max(best, key=lambda pair: (_day(pair[0].article), pair[1]))


def _day(article: Article) -> int:
    return article.published.at.toordinal() if article.published else 0


def _crowding(one: Sentence, chosen: Sequence[tuple[Sentence, float]]) -> float:
    articles = sum(one.article.id == other.article.id for other, _ in chosen)
    outlets = sum(one.article.outlet == other.article.outlet for other, _ in chosen)
    if articles >= MOST_PER_ARTICLE:
        return float("inf")
    return _SAME_ARTICLE * articles + _SAME_OUTLET * (outlets - articles)


def _opposes(asked: Asked, one: Sentence, first: Sentence) -> float:
    """What a sentence gains by saying the opposite of the first: who asks yes or no wants both."""
    if asked.kind is not Kind.YES_NO:
        return 0.0
    return 0.5 if is_denial(one.text) != is_denial(first.text) else 0.0


def _repeats(one: Sentence, other: Sentence) -> bool:
    near = one.passage.id == other.passage.id and abs(one.index - other.index) <= 1
    return one is other or (near and leans(one.text)) or same_words(one.text, other.text, SAME)


def _with_its_referent(one: Sentence, score: float) -> Quote:
    """The sentence, with the one before it where it begins with a word that points there."""
    if one.index and leans(one.text) and not is_question(one.candidate.before):
        return Quote(one.hit, one.index - 1, one.index, score)
    return Quote(one.hit, one.index, one.index, score)


def _place(passage: Passage, index: int) -> int:
    """About how many sentences stand before, in the article."""
    return passage.ordinal * max(len(passage.sentences), 1) + index
