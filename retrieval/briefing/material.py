"""What a story is told from: its sentences, in the order in which they matter. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Self

from retrieval.grounding.figures import find_figures
from retrieval.models import Citation
from retrieval.words import telling_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from retrieval.models import Article, Passage

MOST_ARTICLES = 8
# Of each article: news says first what matters.
PASSAGES_READ = 3
# In words, of which those count at the lower end that say something.
_SHORTEST, _LONGEST = 5, 60

_LEANS_ON_WHAT_WAS_SAID = re.compile(
    r"^[\"“«]?(?:he|she|it|they|this|that|these|those|but|and|so|however|also|still|meanwhile"
    r"|in addition|for example|instead|then|the (?:former|latter)"
    r"|він|вона|воно|вони|це|цей|ця|але|і|та|також|он|она|оно|они|это|этот|эта|но|и|также)\b",
    re.IGNORECASE,
)
_NO_NEWS = re.compile(
    r"\b(?:sign up|subscribe|newsletter|click here|read more|all rights reserved|follow us"
    r"|getty images|file photo|associated press contributed|contributed to this report"
    r"|cookies?|advertisement|(?:photo|image|video)(?:graph)? (?:by|credit|courtesy))\b|©|https?://"
    r"|@\w",
    re.IGNORECASE,
)
_TO_COME = re.compile(
    r"\b(?:is|are) (?:expected|due|scheduled|set|planned|likely) to\b|\bwill (?:meet|vote|begin"
    r"|start|decide|hold|hear|announce|visit|travel|take (?:place|effect)|go to|be held|resume"
    r"|discuss|address|speak|open|rule|testify|publish|present)\b|\b(?:scheduled|planned) for\b"
    r"|\b(?:заплановано|відбудеться|очікується|запланирован[оа]?|состоится|ожидается)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence `index` of the passage number `passage` of a story's material.

    `place` counts the article's sentences from 0.
    """

    passage: int
    index: int
    place: int
    article: Article
    start: int
    end: int
    text: str

    def citation(self, n: int = 0) -> Citation:
        """As a footnote."""
        return Citation(n, self.article, self.start, self.end, self.text)


@dataclass(frozen=True, slots=True)
class Material:
    """What one story is told from, and nothing else; `sentences` are all of `passages`."""

    story_id: int
    passages: tuple[Passage, ...]
    sentences: tuple[Sentence, ...]

    @classmethod
    def of(cls, story_id: int, passages: Iterable[Passage]) -> Self:
        """The material that these passages are, in order within each article."""
        kept = tuple(passages)
        return cls(story_id, kept, tuple(_sentences(kept)))


def choose_articles(newest_first: Sequence[Article], most: int = MOST_ARTICLES) -> list[Article]:
    """The newest of each outlet, then each outlet's next, and so on."""
    by_outlet: dict[str, list[Article]] = {}
    for article in newest_first:
        by_outlet.setdefault(article.outlet, []).append(article)
    rounds = zip_longest(*by_outlet.values())
    return [one for articles in rounds for one in articles if one is not None][:most]


def _sentences(passages: Iterable[Passage]) -> Iterator[Sentence]:
    places: dict[int, int] = {}
    for number, passage in enumerate(passages):
        revision = passage.article.revision_id
        for index, span in enumerate(passage.sentences):
            place = places.get(revision, 0)
            places[revision] = place + 1
            yield Sentence(
                number,
                index,
                place,
                passage.article,
                span.start,
                span.end,
                passage.sentence(index),
            )


def is_telling(text: str) -> bool:
    """Whether a sentence can stand alone as news: whole, not too long, no byline, no advice."""
    return (
        len(telling_words(text)) >= _SHORTEST
        and len(words(text)) <= _LONGEST
        and text.rstrip("\"”»’') ").endswith((".", "!", "…"))
        and not _NO_NEWS.search(text)
    )


def leans(text: str) -> bool:
    """Whether a sentence needs the one before it to be understood."""
    return _LEANS_ON_WHAT_WAS_SAID.search(text.lstrip()) is not None


def is_to_come(text: str) -> bool:
    """Whether a sentence says what is still to happen."""
    return _TO_COME.search(text) is not None


def has_figure(text: str) -> bool:
    """Whether a sentence gives a figure."""
    return bool(find_figures(text))
