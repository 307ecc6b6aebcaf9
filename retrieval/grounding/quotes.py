"""Quote mode: the sentences that best answer a question, chosen without a language model. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING

from retrieval.grounding.asked import (
    QuestionKind,
    ask,
    counts_the_noun,
    denies_before,
    is_denial,
    leans,
)
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.grounding.citations import CitedStatement, SentenceId
from retrieval.grounding.reader import SentenceCandidate
from retrieval.text.figures import find_figures
from retrieval.text.words import same_words, stems, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from retrieval.grounding.asked import Asked
    from retrieval.grounding.citations import CitationIndex
    from retrieval.models import Article, Hit, Passage, Span


MOST_QUOTES = 3
# With those that a reader may ask for besides.
MOST_WITH_FURTHER = 8
MOST_PER_ARTICLE = 3
# Log-odds that a further quote may lie below the best one.
GOOD_ENOUGH = 3.5
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
# Characters between a sentence and the next, at most.
_GAP = 4
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


_IS_CORRECTION = re.compile(
    r"^\W*(?:correction|clarification|corrected|виправлення|уточнення|исправление|уточнение|поправка"
    r"|korrektur|berichtigung)(?:\s*[:—–(]|\s-\s)",
    re.IGNORECASE,
)

_MOST_OF_CORRECTION = 2


@dataclass(frozen=True, slots=True)
class QuotableSentence:
    """Sentence `index` of the hit number `hit`, as something that may be quoted."""

    hit: int
    index: int
    passage: Passage
    candidate: SentenceCandidate

    @property
    def text(self) -> str:
        """The sentence, verbatim."""
        return self.candidate.text

    @property
    def span(self) -> Span:
        """Where it stands in its article's text."""
        return self.passage.sentences[self.index]

    @property
    def article(self) -> Article:
        """The article that it stands in."""
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
) -> list[QuotableSentence]:
    """What of the hits may be quoted: their sentences, without questions and scraps.

    `now` is when it is asked, `is_timely` says whether an article is of the days asked for, and
    `day_of` whether a sentence of it names one of them (1), another day (-1), or none (0).
    """
    days = sorted(_day(hit.passage.article) for hit in hits)
    found: list[QuotableSentence] = []
    for number, hit in enumerate(hits):
        passage, article = hit.passage, hit.passage.article
        texts = [passage.sentence(index) for index in range(len(passage.sentences))]
        common = SentenceCandidate(
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
            found.append(QuotableSentence(number, index, passage, candidate))
    return found


def _age(article: Article, now: datetime | None) -> float:
    """1 for what was published now, less and less before; .5 where nobody knows."""
    if now is None or article.published is None:
        return 0.5
    return math.exp(-max((now - article.published.at).total_seconds(), 0.0) / _FRESH_S)


def choose_quotes(
    sentences: Sequence[QuotableSentence],
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
    chosen: list[tuple[QuotableSentence, float]] = []
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
            chosen += _across_passages(best, ranked)
    chosen = chosen[:most]
    first = asked[0]
    ranked = _ranked(sentences, fits[0])
    limit = max(score for _, score in chosen) - GOOD_ENOUGH
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


def _ranked(
    sentences: Sequence[QuotableSentence], scores: Sequence[float]
) -> list[tuple[QuotableSentence, float]]:
    pairs = zip(sentences, scores, strict=True)
    return sorted(pairs, key=lambda pair: (-pair[1], pair[0].hit, pair[0].index))


def _newest_of_the_best(
    ranked: Sequence[tuple[QuotableSentence, float]], asked: Asked
) -> tuple[QuotableSentence, float]:
    """Of sentences that answer equally well the newest, which of equal ones is the better."""
    equal = _EQUAL if asked.kind is not QuestionKind.LATEST else 2 * _EQUAL
    best = [pair for pair in ranked if pair[1] >= ranked[0][1] - equal]
    return max(best, key=lambda pair: (_day(pair[0].article), pair[1]))


def _day(article: Article) -> int:
    return article.published.at.toordinal() if article.published else 0


def _crowding(one: QuotableSentence, chosen: Sequence[tuple[QuotableSentence, float]]) -> float:
    articles = sum(one.article.id == other.article.id for other, _ in chosen)
    outlets = sum(one.article.outlet == other.article.outlet for other, _ in chosen)
    if articles >= MOST_PER_ARTICLE:
        return float("inf")
    return _SAME_ARTICLE * articles + _SAME_OUTLET * (outlets - articles)


def _opposes(asked: Asked, one: QuotableSentence, first: QuotableSentence) -> float:
    """What a sentence gains by saying the opposite of the first: who asks yes or no wants both."""
    if asked.kind is not QuestionKind.YES_NO:
        return 0.0
    return 0.5 if is_denial(one.text) != is_denial(first.text) else 0.0


def _repeats(one: QuotableSentence, other: QuotableSentence) -> bool:
    beside = one.index - other.index if one.passage.id == other.passage.id else 0
    together = (abs(beside) == 1 and _leans(one)) or (beside == -1 and _leans(other))
    return one is other or together or same_words(one.text, other.text, SAME)


def _with_its_referent(one: QuotableSentence, score: float) -> Quote:
    """The sentence, with the one before it where it points there.

    A correction that says what was wrong comes with the next one, which says what is right, and
    what the next sentence denies with that.
    """
    if _IS_CORRECTION.match(one.text):
        return Quote(one.hit, one.index, _end_of_correction(one), score)
    first = last = one.index
    if first and _leans(one) and not is_question(one.candidate.before):
        first -= 1
    elif _is_denied(one.passage, last + 1):
        last += 1
    return Quote(one.hit, first, last, score)


def _across_passages(
    best: tuple[QuotableSentence, float], ranked: Sequence[tuple[QuotableSentence, float]]
) -> list[tuple[QuotableSentence, float]]:
    """A claim and its denial where that begins the next passage, in order; else what is best."""
    beside = [
        pair
        for pair in ranked
        if pair[0].article.revision_id == best[0].article.revision_id
        and pair[0].passage.id != best[0].passage.id
    ]
    for pair in beside:
        for claim, denial in ((best, pair), (pair, best)):
            gap = denial[0].span.start - claim[0].span.end
            if 0 <= gap <= _GAP and denies_before(denial[0].text):
                return [claim, denial]
    return [best]


def _is_denied(passage: Passage, by: int) -> bool:
    """Whether the sentence `by` denies the one before it."""
    there = by < len(passage.sentences) and passage.is_quotable(by)
    return there and denies_before(passage.sentence(by))


def _leans(one: QuotableSentence) -> bool:
    return leans(one.text) or denies_before(one.text)


def _end_of_correction(one: QuotableSentence) -> int:
    """The sentence that gives the right figure; without figures, the next one."""
    passage, first = one.passage, one.index
    last = min(first + _MOST_OF_CORRECTION, len(passage.sentences) - 1)
    following = [n for n in range(first + 1, last + 1) if passage.is_quotable(n)]
    if find_figures(one.text):
        right = (n for n in following if find_figures(passage.sentence(n)))
        return next(right, next(iter(following), first))
    return next(iter(following), first)


def _place(passage: Passage, index: int) -> int:
    """About how many sentences stand before, in the article."""
    return passage.ordinal * max(len(passage.sentences), 1) + index


# Which shown sentence supports a statement that names none.
#
# Small models often write what a sentence says and forget its id. The rules are strict, since
# nobody vouches for the choice: the sentence has nearly all that the statement says, and the
# statement passes the claim check against it.

# The share of a statement's words that its sentences have; of a question's, for a short answer.
COVERED = 0.75
ASKED = 0.5
# A statement with fewer words of its own is an answer such as "Rihanna", and leans on the question.
SHORT = 3
_ALONE = 4
# Two sentences of a passage together have to have more of it, and each its part.
COVERED_BY_TWO = 0.9
_LEAST_PART = 2
_MOST_TRIED = 4
# American spelling and British: what a model writes is the same word.
_SPELLINGS = (
    (re.compile(r"(?<=[a-z]t)re(?=s?\b)"), "er"),  # metre, centre, theatre
    (re.compile(r"(?<=[a-z]{3})our(?=s?\b|ed\b|ing\b)"), "or"),  # harbour, labour
    (re.compile(r"(?<=en)ce(?=s?\b)"), "se"),  # defence
    (re.compile(r"(?<=[a-z]{3}i)s(?=e[sd]?\b|ing\b|ations?\b)"), "z"),  # organise
)
_CAPITALISED = re.compile(r"\b[^\W\d_a-zа-яіїєґё]\w*")


# What makes one thing the reason of another: models asked why put two facts together by it.
_CAUSE = re.compile(
    r"\b(?:because|due to|owing to|thanks to|as a result|caus(?:e[ds]?|ing)"
    r"|result(?:s|ed)? (?:in|from)|led to|leads? to|therefore|prompt(?:s|ed)|in order to|so that"
    r"|since(?! (?:then|\d|the |last |january|february|march|april|may|june|july|august|september"
    r"|october|november|december))"
    r"|тому що|бо|через|внаслідок|завдяки|призв\w+|потому что|из-за|вследствие|благодаря"
    r"|прив[её]л\w*|weil|wegen|aufgrund|dank)\b",
    re.IGNORECASE,
)


# What begins in the middle of a sentence; not "iPhone".
_FRAGMENT = re.compile(r"\W*[a-zа-яіїєґё](?![A-ZА-ЯІЇЄҐ])")


@dataclass(frozen=True, slots=True)
class _Candidate:
    name: SentenceId
    said: frozenset[str]
    context: frozenset[str]


async def find_support(
    question: str, shown: CitationIndex, statements: Sequence[str]
) -> list[tuple[SentenceId, ...]]:
    """For each statement the sentences that support it; none where none does."""
    candidates = _candidates(shown)
    asked = _stems(question)
    return [_support(one, asked, shown, candidates) for one in statements]


def evidence_of(shown: CitationIndex, ids: Sequence[SentenceId]) -> Evidence:
    """What a statement cites, and the passages around it."""
    around = dict.fromkeys(shown.passages[one.passage - 1].text for one in ids)
    return Evidence([shown.citation(one, 1) for one in ids], "\n".join(around))


def coverage(shown: CitationIndex, text: str, ids: Sequence[SentenceId]) -> float:
    """The share of a statement's words that the sentences have; those of who said it apart."""
    cited = [shown.citation(one, 1) for one in ids]
    said = _stems(" ".join(one.quote for one in cited))
    about = _stems(" ".join(f"{one.article.outlet} {one.article.title}" for one in cited)) - said
    own = _stems(text) - about
    return len(own & said) / len(own) if own else 1.0


def without_idle(
    shown: CitationIndex, text: str, ids: Sequence[SentenceId]
) -> tuple[SentenceId, ...]:
    """The ids of a statement without those that support nothing of it.

    Small models cite a whole passage for one sentence of it. A sentence is left out where another
    that is cited of its passage has all that both have of the statement; one of another article
    stays, if it has anything: who else reports it is worth knowing.
    """
    own = _stems(text)
    said = {one: own & _stems(shown.citation(one, 1).quote) for one in ids}
    kept = sorted(said, key=lambda one: -len(said[one]))
    for one in reversed(kept.copy()):
        others = [other for other in kept if other != one]
        beside = [said[other] for other in others if other.passage == one.passage]
        is_idle = others and (not said[one] or (beside and said[one] <= frozenset().union(*beside)))
        if is_idle and check_claim(text, evidence_of(shown, others)).stands:
            kept = others
    return tuple(one for one in ids if one in kept)


def is_copy(text: str, quote: str) -> bool:
    """Whether a statement is a sentence, or a part of one, letter by letter."""
    own = _letters(text)
    return bool(own) and own in _letters(quote)


def with_referent(shown: CitationIndex, name: SentenceId) -> SentenceId:
    """A sentence, with the one before it where it begins with a word that points there."""
    passage, index = shown.passages[name.passage - 1], name.sentence - 1
    if not index or not leans(passage.sentence(index)):
        return name
    if is_question(passage.sentence(index - 1)) or not passage.is_quotable(index - 1):
        return name
    return SentenceId(name.passage, name.sentence - 1, max(name.sentence, name.through))


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def without_repeats(said: Sequence[CitedStatement]) -> list[CitedStatement]:
    """Statements without those that another says with all their words; the fuller one stays.

    Small models copy a sentence twice, or whole and then a half of it. Of the same words from other
    sentences the sources are joined.
    """
    kept = list[CitedStatement]()
    for one in said:
        own = set(words(one.text))
        at = next((n for n, other in enumerate(kept) if _says_the_same(own, one, other)), None)
        if at is None:
            kept.append(one)
            continue
        other = kept[at]
        fuller = one if own > set(words(other.text)) else other
        kept[at] = CitedStatement(
            fuller.text, tuple(dict.fromkeys((*fuller.ids, *other.ids, *one.ids)))
        )
    return kept


def _says_the_same(own: set[str], one: CitedStatement, other: CitedStatement) -> bool:
    theirs = set(words(other.text))
    same_source = bool(set(one.ids) & set(other.ids))
    return own == theirs or (same_source and (own <= theirs or theirs <= own))


def _stems(text: str) -> frozenset[str]:
    """Those of a text, in American spelling."""
    for pattern, american in _SPELLINGS:
        text = pattern.sub(american, text)
    return stems(text)


def _candidates(shown: CitationIndex) -> list[_Candidate]:
    found = list[_Candidate]()
    for number, passage in enumerate(shown.passages, start=1):
        article = passage.article
        date = f"{article.published.at:%A %d %B %Y}" if article.published else ""
        context = _stems(f"{article.outlet} {date}")
        title = _stems(article.title)
        for index in filter(passage.is_quotable, range(len(passage.sentences))):
            said = _stems(passage.sentence(index))
            found.append(_Candidate(SentenceId(number, index + 1), said, context | title))
    return found


def _support(
    statement: str, asked: frozenset[str], shown: CitationIndex, candidates: Sequence[_Candidate]
) -> tuple[SentenceId, ...]:
    said = _stems(statement)
    if not said:
        return ()
    names = _stems(" ".join(_CAPITALISED.findall(statement)))
    scored = [(_score(said, names, asked, one), one) for one in candidates]
    best = sorted((one for one in scored if one[0] > 0), key=lambda one: (-one[0], one[1].name))
    for _, one in best[:_MOST_TRIED]:
        if _stands(statement, shown, (one.name,)):
            return (one.name,)
    for pair in _pairs(said, names, candidates)[:_MOST_TRIED]:
        if _stands(statement, shown, pair):
            return pair
    return ()


def _stands(statement: str, shown: CitationIndex, ids: tuple[SentenceId, ...]) -> bool:
    """Whether sentences that nobody named support a statement, its reasons included."""
    evidence = evidence_of(shown, ids)
    if _FRAGMENT.match(statement) and not is_copy(statement, evidence.sentences):
        return False
    gives_cause = _CAUSE.search(statement) is None or _CAUSE.search(evidence.sentences) is not None
    return gives_cause and check_claim(statement, evidence).stands


def _pairs(
    said: frozenset[str], names: frozenset[str], candidates: Sequence[_Candidate]
) -> list[tuple[SentenceId, SentenceId]]:
    """Sentences of a passage that say together what neither says alone, the best first."""
    scored = list[tuple[float, tuple[SentenceId, SentenceId]]]()
    for first, other in combinations(candidates, 2):
        if first.name.passage != other.name.passage:
            continue
        both = first.said | other.said
        own = said - ((first.context | other.context) - both)
        parts = (own & first.said - other.said, own & other.said - first.said)
        covered = len(own & both) / len(own) if len(own) >= _ALONE else 0.0
        has_names = not (own & names) - both
        if covered >= COVERED_BY_TWO and has_names and min(map(len, parts)) >= _LEAST_PART:
            scored.append((covered, (first.name, other.name)))
    return [pair for _, pair in sorted(scored, key=lambda one: (-one[0], one[1]))]


def _score(
    said: frozenset[str], names: frozenset[str], asked: frozenset[str], one: _Candidate
) -> float:
    """How well a sentence supports a statement; 0: it does not.

    `names` are all words with a capital, the first one too: the claim check can't know that one.
    """
    # Who published it and when is said of the article, not in the sentence.
    own = said - (one.context - one.said)
    if not own or (own & names) - one.said:
        return 0.0
    covered = len(own & one.said) / len(own)
    of_question = len(asked & (one.said | one.context)) / len(asked) if asked else 0.0
    if own == one.said or (len(own) >= _ALONE and covered >= COVERED):
        return covered + 0.1 * of_question
    new = own - asked
    if covered == 1.0 and new and (len(own) >= SHORT or of_question >= ASKED):
        return covered + 0.1 * of_question if of_question >= ASKED else 0.0
    return 0.0
