"""Statements with sentence ids, into an answer with footnotes; accounts that differ. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from retrieval.grounding.citations import (
    CitedStatement,
    SentenceId,
    as_message,
    footnotes,
    quotation,
)
from retrieval.grounding.quotes import is_copy, with_referent
from retrieval.models import Claim
from retrieval.text.figures import differing, find_figures
from retrieval.text.words import stems, words

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from datetime import datetime

    from retrieval.grounding.citations import CitationIndex
    from retrieval.models import Article, Citation


# So few words say nothing by themselves; of so many the end shows whether they are a sentence.
_FEW_WORDS, _PHRASE = 4, 12
_ENDS = '.!?…"”’»。！？'


@dataclass(frozen=True, slots=True)
class Composed:
    """What an answer says, and its footnotes in reading order."""

    claims: tuple[Claim, ...]
    disputed: tuple[Claim, ...]
    citations: tuple[Citation, ...]


def quote_of(shown: CitationIndex, name: SentenceId) -> CitedStatement:
    """A sentence as it stands, and then who says it and when."""
    return CitedStatement(str(quotation(shown.citation(name, 1))), (name,))


def with_its_sentence(
    shown: CitationIndex, said: CitedStatement, beside: Collection[SentenceId] = ()
) -> CitedStatement:
    """A statement that code found the sentence for: what was copied is quoted as it stands.

    It comes with the one before it where it leans on that, unless this is `beside` it anyway.

    Copies leave out who said it, and spell in their own way. Of a few words the sentence stands
    beside them: "320" alone says nothing.
    """
    if not said.ids:
        return said
    count = len(words(said.text))
    is_part = count <= _FEW_WORDS or (count <= _PHRASE and said.text[-1] not in _ENDS)
    quote = shown.citation(said.ids[0], 1).quote
    is_whole = 2 * count > len(words(quote))
    first = said.ids[0]
    before = SentenceId(first.passage, first.sentence - 1)
    name = first if before in beside else with_referent(shown, first)
    if is_copy(said.text, quote) and (is_whole or not is_part):
        return quote_of(shown, name)
    if is_part:
        ids = (name, *said.ids[1:])
        return CitedStatement(f"{said.text.rstrip(' .')}: {quote_of(shown, name).text}", ids)
    return said


def compose(question: str, shown: CitationIndex, said: Sequence[CitedStatement]) -> Composed:
    """Of two figures the newer first; accounts that differ side by side, whoever left one out.

    A statement that is nothing but one of these accounts is not told twice; where the statements
    have all of them, nothing is added.
    """
    ordered = newest_first(
        said, lambda one: one.text, lambda one: [shown.citation(name, 1) for name in one.ids]
    )
    names = [name for one in said for name in one.ids]
    accounts = [one.name for one in rivals(question, shown, names)]
    sides = [quote_of(shown, name) for name in accounts]
    if all(name in names for name in accounts) and not all(one in said for one in sides):
        sides = []  # the writer has set them side by side
    claims = [one for one in ordered if one not in sides]
    texts, citations = cited(shown, [*claims, *sides])
    return Composed(texts[: len(claims)], texts[len(claims) :], citations)


def cited(
    shown: CitationIndex, said: Sequence[CitedStatement]
) -> tuple[tuple[Claim, ...], tuple[Citation, ...]]:
    """Statements in their order, with footnotes in order of first use."""
    citations, marks = footnotes(shown, [one.ids for one in said])
    notes = {one.n: one for one in citations}
    claims = (
        Claim(one.text, numbers, message=as_message(one.text, map(notes.__getitem__, numbers)))
        for one, numbers in zip(said, marks, strict=True)
    )
    return tuple(claims), citations


# The share of the shorter one's words, besides what is counted, that two accounts have in common.
SAME_CONTEXT = 0.5
MOST_ACCOUNTS = 4
# Of one passage; lists of figures have more, and tell nothing in any of them.
_MOST_OF_PASSAGE = 20


@dataclass(frozen=True, slots=True)
class Account:
    """A sentence with a figure, and the article that has it."""

    name: SentenceId
    text: str
    article: Article

    @property
    def time(self) -> float:
        """When its article was published, in seconds; long ago if nobody knows."""
        published = self.article.published
        return published.at.timestamp() if published else float("-inf")


def rivals(question: str, shown: CitationIndex, told: Sequence[SentenceId]) -> tuple[Account, ...]:
    """What sentences say that differs from one of those told, and that one, newest first.

    Nothing where all agree. Only figures that count something which the question names, each once:
    another article with the same figure is left out.
    """
    asked = stems(question)
    accounts = list(_accounts(shown))
    mine = [one for one in accounts if one.name in told]
    groups = [_group(one, accounts, asked) for one in mine]
    best = max(groups, key=len, default=())
    return tuple(sorted(best, key=lambda one: (-one.time, one.name))) if len(best) > 1 else ()


def _accounts(shown: CitationIndex) -> Iterator[Account]:
    for number, passage in enumerate(shown.passages, start=1):
        texts = enumerate(map(passage.sentence, range(len(passage.sentences))))
        counting = (
            (index, text)
            for index, text in texts
            if passage.is_quotable(index) and find_figures(text)
        )
        for index, text in islice(counting, _MOST_OF_PASSAGE):
            yield Account(SentenceId(number, index + 1), text, passage.article)


def _group(
    told: Account, accounts: Sequence[Account], asked: frozenset[str]
) -> tuple[Account, ...]:
    """The one that was told, and the newest account of each other figure."""
    found: dict[float, Account] = {}
    for other in sorted(accounts, key=lambda one: (-one.time, one.name)):
        pair = differing(told.text, other.text, SAME_CONTEXT)
        if pair is None or other.article.id == told.article.id:
            continue
        ours, theirs = pair
        if asked & ours.units & theirs.units:
            found.setdefault(theirs.value, other)
    return (told, *list(found.values())[: MOST_ACCOUNTS - 1])


_T = TypeVar("_T")


def newest_first(
    claims: Iterable[_T], says: Callable[[_T], str], cited: Callable[[_T], Iterable[Citation]]
) -> tuple[_T, ...]:
    """Statements in their order, but none before one that supersedes it."""
    placed: list[_T] = []
    for claim in claims:
        older = (
            at
            for at, one in enumerate(placed)
            if _is_newer(made(cited(claim)), made(cited(one)))
            and differing(says(claim), says(one)) is not None
        )
        placed.insert(next(older, len(placed)), claim)
    return tuple(placed)


def _is_newer(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other


def made(cited: Iterable[Citation]) -> datetime | None:
    """When a statement was made: when its newest source was published; None if nobody knows."""
    dates = (one.article.published.at for one in cited if one.article.published)
    return max(dates, default=None)
