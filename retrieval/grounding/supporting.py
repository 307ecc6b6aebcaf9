"""Which shown sentence supports a statement that names none.

Small models often write what a sentence says and forget its id. The rules are strict, since nobody
vouches for the choice: the sentence has nearly all that the statement says, and the statement
passes the claim check against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

from retrieval.grounding.asked import leans
from retrieval.grounding.checks import Evidence, check_claim
from retrieval.grounding.quotes import is_question
from retrieval.grounding.said import Said
from retrieval.grounding.shown import SentenceId
from retrieval.words import stems, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.grounding.shown import Shown

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
    question: str, shown: Shown, statements: Sequence[str]
) -> list[tuple[SentenceId, ...]]:
    """For each statement the sentences that support it; none where none does."""
    candidates = _candidates(shown)
    asked = _stems(question)
    return [_support(one, asked, shown, candidates) for one in statements]


def evidence_of(shown: Shown, ids: Sequence[SentenceId]) -> Evidence:
    """What a statement cites, and the passages around it."""
    around = dict.fromkeys(shown.passages[one.passage - 1].text for one in ids)
    return Evidence([shown.citation(one, 1) for one in ids], "\n".join(around))


def coverage(shown: Shown, text: str, ids: Sequence[SentenceId]) -> float:
    """The share of a statement's words that the sentences have; those of who said it apart."""
    cited = [shown.citation(one, 1) for one in ids]
    said = _stems(" ".join(one.quote for one in cited))
    about = _stems(" ".join(f"{one.article.outlet} {one.article.title}" for one in cited)) - said
    own = _stems(text) - about
    return len(own & said) / len(own) if own else 1.0


def without_idle(shown: Shown, text: str, ids: Sequence[SentenceId]) -> tuple[SentenceId, ...]:
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


def with_referent(shown: Shown, name: SentenceId) -> SentenceId:
    """A sentence, with the one before it where it begins with a word that points there."""
    passage, index = shown.passages[name.passage - 1], name.sentence - 1
    if not index or not leans(passage.sentence(index)):
        return name
    if is_question(passage.sentence(index - 1)) or not passage.is_quotable(index - 1):
        return name
    return SentenceId(name.passage, name.sentence - 1, max(name.sentence, name.through))


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())


def without_repeats(said: Sequence[Said]) -> list[Said]:
    """Statements without those that another says with all their words; the fuller one stays.

    Small models copy a sentence twice, or whole and then a half of it. Of the same words from other
    sentences the sources are joined.
    """
    kept = list[Said]()
    for one in said:
        own = set(words(one.text))
        at = next((n for n, other in enumerate(kept) if _repeats(own, one, other)), None)
        if at is None:
            kept.append(one)
            continue
        other = kept[at]
        fuller = one if own > set(words(other.text)) else other
        kept[at] = Said(fuller.text, tuple(dict.fromkeys((*fuller.ids, *other.ids, *one.ids))))
    return kept


def _repeats(own: set[str], one: Said, other: Said) -> bool:
    theirs = set(words(other.text))
    same_source = bool(set(one.ids) & set(other.ids))
    return own == theirs or (same_source and (own <= theirs or theirs <= own))


def _stems(text: str) -> frozenset[str]:
    """Those of a text, in American spelling."""
    for pattern, american in _SPELLINGS:
        text = pattern.sub(american, text)
    return stems(text)


def _candidates(shown: Shown) -> list[_Candidate]:
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
    statement: str, asked: frozenset[str], shown: Shown, candidates: Sequence[_Candidate]
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


def _stands(statement: str, shown: Shown, ids: tuple[SentenceId, ...]) -> bool:
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
