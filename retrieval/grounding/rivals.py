"""Accounts that count the same thing differently, among the sentences that were found. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from retrieval.grounding.figures import differing, find_figures
from retrieval.grounding.shown import SentenceId
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.grounding.shown import Shown
    from retrieval.models import Article

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


def rivals(question: str, shown: Shown, told: Sequence[SentenceId]) -> tuple[Account, ...]:
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


def _accounts(shown: Shown) -> Iterator[Account]:
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
