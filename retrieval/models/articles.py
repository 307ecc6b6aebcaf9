"""Articles: as read, as kept, as cut into passages; what became of adding one."""

from __future__ import annotations

# Imported for real, because pydantic reads the types of kept briefings from here.
from dataclasses import dataclass
from datetime import datetime  # noqa: TC003
from enum import StrEnum


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
    """When an article was published; with `Precision.DAY`, `at` is that day's midnight UTC.

    Otherwise `at` is in the zone that its source gives, so that its day is the one that is shown.
    """

    at: datetime
    precision: Precision


@dataclass(frozen=True, slots=True)
class Draft:
    """An article as read from a source, before the archive knows it.

    `url` is canonical, or None for what has no address. `text` is what will be stored: paragraphs
    separated by blank lines, without the title. `partial`: its page shows only a part of it.
    """

    title: str
    text: str
    outlet: str
    url: str | None = None
    author: str | None = None
    published: Published | None = None
    language: str | None = None
    partial: bool = False


@dataclass(frozen=True, slots=True)
class PassageDraft:
    """A passage as cut from a text: its span and the spans of its sentences, in order."""

    span: Span
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One stored revision of an article, without its text.

    `revision` counts from 1 within the article; `revision_id` is unique in the archive.
    `partial`: its page showed only a part of the article. `also` are the other outlets whose near
    copies of it say what is shown of it, where somebody looked for them.
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
    partial: bool = False
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """Some sentences of an article that are searched and shown together.

    `span` and `sentences` are offsets into the revision's text; `text` is `span` of it. `also` has
    for each sentence the other outlets that have it in near copies of the article, where somebody
    looked for them. `junk` says of each sentence whether it tells nothing that could be quoted;
    empty: none is known to.
    """

    id: str
    article: Article
    ordinal: int
    span: Span
    text: str
    sentences: tuple[Span, ...]
    also: tuple[tuple[str, ...], ...] = ()
    junk: tuple[bool, ...] = ()

    def is_quotable(self, index: int) -> bool:
        """Whether the sentence number `index`, from 0, may be cited."""
        return not (self.junk and self.junk[index])

    @property
    def is_empty(self) -> bool:
        """Whether it is nothing but junk."""
        return bool(self.junk) and all(self.junk)

    def sentence(self, index: int) -> str:
        """The sentence number `index`, from 0, verbatim."""
        span = self.sentences[index]
        return self.text[span.start - self.span.start : span.end - self.span.start]


@dataclass(frozen=True, slots=True)
class Added:
    """A new article was stored; `copy_of` is the one that it is a near copy of, if so."""

    article: Article
    copy_of: Article | None = None


@dataclass(frozen=True, slots=True)
class Revised:
    """A known address came with a changed text: a new revision was stored.

    `copy_of` is the article that it is a near copy of now, if so.
    """

    article: Article
    copy_of: Article | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The archive has this text already; `article` is where."""

    article: Article


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was stored; `reason` is one sentence for the person who gave the source."""

    reason: str


Outcome = Added | Revised | Duplicate | Rejected
