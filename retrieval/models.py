"""The values that travel between the rooms: frozen, without behaviour beyond what they are.

Offsets are counted in Unicode code points of the stored revision's text, half-open:
`text[start:end]`.
Instants are timezone-aware and in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of text, `text[start:end]`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The slice of `text` that this span marks."""
        return text[self.start : self.end]


class Precision(StrEnum):
    """How much of a publication date the source gave."""

    DAY = "day"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published; with `Precision.DAY`, `at` is that day's midnight UTC."""

    at: datetime
    precision: Precision


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as read from a source, before the archive knows it.

    `url` is canonical, or None for what has no address. `text` is what will be stored: paragraphs
    separated by blank lines, without the title.
    """

    title: str
    text: str
    outlet: str
    url: str | None = None
    author: str | None = None
    published: Published | None = None
    language: str | None = None


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage as cut from a text: its span and the spans of its sentences, in order."""

    span: Span
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One stored revision of an article, without its text.

    `revision` counts from 1 within the article; `revision_id` is unique in the archive.
    """

    id: int
    revision_id: int
    revision: int
    title: str
    outlet: str
    url: str | None
    author: str | None
    published: Published | None
    language: str | None


@dataclass(frozen=True, slots=True)
class Passage:
    """Some sentences of an article that are searched and shown together.

    `span` and `sentences` are offsets into the revision's text; `text` is `span` of it.
    """

    id: str
    article: Article
    ordinal: int
    span: Span
    text: str
    sentences: tuple[Span, ...]

    def sentence(self, index: int) -> str:
        """The sentence number `index`, from 0, verbatim."""
        span = self.sentences[index]
        return self.text[span.start - self.span.start : span.end - self.span.start]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found.

    `score` orders the hits of one search and means nothing across searches. `similarity` is the
    cosine of question and passage, from -1 to 1; None where only the keywords matched.
    """

    passage: Passage
    score: float
    similarity: float | None = None
    vector_rank: int | None = None
    keyword_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Footnote `n`: a sentence of a stored article, `quote` being its slice `[start:end]`."""

    n: int
    article: Article
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement, and the numbers of the footnotes that it rests on."""

    text: str
    citations: tuple[int, ...]


class Mode(StrEnum):
    """Who wrote an answer: a language model, or nobody (sentences quoted as they stand)."""

    MODEL = "model"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out of a model's answer.

    `ids` were cited but never shown to it; `claims` rested on no sentence that was shown.
    """

    ids: int = 0
    claims: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer took: tokens as the model server counted them, milliseconds by stage."""

    usage: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answer:
    """Claims with footnotes. `notice` says what the reader should know about how it was made."""

    question: str
    mode: Mode
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The archive holds no answer: why, and the articles that come closest."""

    question: str
    mode: Mode
    reason: str
    closest: tuple[Article, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Added:
    """A new article was stored."""

    article: Article


@dataclass(frozen=True, slots=True)
class Revised:
    """A known address came with a changed text: a new revision was stored."""

    article: Article


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The archive has this text already; `article` is where."""

    article: Article


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was stored; `reason` is one sentence for the person who gave the source."""

    reason: str


Outcome = Added | Revised | Duplicate | Rejected
