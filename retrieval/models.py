"""The values that travel between the rooms: frozen, without behaviour beyond what they are.

Offsets are counted in Unicode code points of the stored revision's text, half-open:
`text[start:end]`. Instants are timezone-aware and in UTC.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import (
    Mapping,  # noqa: TC003
)
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003
from enum import StrEnum
from typing import Self

from retrieval.messages import UserMessage  # noqa: TC001  read at run time


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
class ArticleDraft:
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

    reason: UserMessage


Outcome = Added | Revised | Duplicate | Rejected


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
    """One statement, and the numbers of the footnotes that it rests on.

    `was` is what a reader was told earlier and this changes, such as "was 8,000 on 3 Nov 2024".
    `message` is `text` where it is the program's words, be they only outlet and day beside a
    quotation.
    """

    text: str
    citations: tuple[int, ...]
    was: UserMessage | None = None
    message: UserMessage | None = None

    @classmethod
    def saying(cls, message: UserMessage, citations: tuple[int, ...] = ()) -> Self:
        """A statement in the program's words."""
        return cls(str(message), citations, message=message)


class Mode(StrEnum):
    """Who wrote an answer: a language model, or nobody (sentences quoted as they stand)."""

    MODEL = "model"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Dropped:
    """What was left out of a model's answer.

    `ids` were cited but never shown to it; `claims` rested on no sentence that was shown;
    `unsupported` said what their sentences do not.
    """

    ids: int = 0
    claims: int = 0
    unsupported: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """What an answer took: tokens as the model server counted them, milliseconds by stage."""

    usage: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """How an answer came about: the model ("" in quote mode), its prompt's version, what was read.

    `passages` are the ids of what was shown, best first.
    """

    model: str = ""
    prompt: str = ""
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Claims with footnotes. `notices` say what the reader should know about how it was made.

    `disputed` are accounts that count the same thing differently, the newest first. `further` are
    sentences that answer nearly as well as those that quote mode quotes, for readers who ask for
    more; their `n` are 0.
    """

    question: str
    mode: Mode
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notices: tuple[UserMessage, ...] = ()
    disputed: tuple[Claim, ...] = ()
    made: Made = Made()
    further: tuple[Citation, ...] = ()

    @property
    def newest(self) -> Article | None:
        """The newest of the cited articles; None if none has a date."""
        dated = [(one.article.published, one.article) for one in self.citations]
        return max(
            ((published.at, article) for published, article in dated if published),
            key=lambda one: one[0],
            default=(None, None),
        )[1]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """The archive holds no answer: why, and the articles that come closest."""

    question: str
    mode: Mode
    reason: UserMessage
    closest: tuple[Article, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notices: tuple[UserMessage, ...] = ()
    made: Made = Made()


class StoryStatus(StrEnum):
    """What a story in a briefing is to its reader."""

    NEW = "new"
    UPDATE = "update"
    CORRECTION = "correction"


class Length(StrEnum):
    """How much of each story a briefing tells, and how many stories."""

    HEADLINES = "headlines"
    STANDARD = "standard"
    DEPTH = "depth"


@dataclass(frozen=True, slots=True)
class BriefingWindow:
    """The time that a briefing covers, `[start, end)`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """A story as a briefing tells it; the numbers in its claims are the briefing's footnotes.

    `id` stays the same from briefing to briefing. `outlets` are those that report independently,
    copies counted once. `why` are the reasons why the story stands where it does. `disputed` are
    accounts of outlets that contradict each other, `watch` what an article says is still to come,
    `corrects` sentences that the reader was given and that their article no longer has. `read` is
    the article and the revision of everything that the story was told from, cited or not, `also`
    are outlets that only have copies.
    """

    id: int
    status: StoryStatus
    headline: str
    claims: tuple[Claim, ...]
    outlets: tuple[str, ...]
    why: tuple[UserMessage, ...]
    disputed: tuple[Claim, ...] = ()
    watch: tuple[Claim, ...] = ()
    corrects: tuple[Citation, ...] = ()
    read: tuple[tuple[int, int], ...] = ()
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A story for which a briefing has one line: an article's title, and who tells it.

    `kind` says what it is where it is no report: "opinion" or "a round-up".
    """

    story_id: int
    headline: str
    article: Article
    outlets: tuple[str, ...]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    """What changed in a window, for one reader: stories in order, and their footnotes.

    `articles` and `outlets` count what the window holds, `held` those of its stories that the
    reader may care about, `as_of` is the newest. `notices` say what the reader should know about
    how it was made; `closest` are topics nearest to one that matched nothing. `also` are stories
    that have a line each; `unmet` topics that nothing was found about, beside others. `length` is
    how much was asked for: headlines are shown as a list.
    """

    window: BriefingWindow
    articles: int
    outlets: int
    as_of: datetime | None
    mode: Mode
    stories: tuple[Story, ...]
    citations: tuple[Citation, ...]
    topics: tuple[str, ...] = ()
    dropped: Dropped = field(default_factory=Dropped)
    cost: Cost = field(default_factory=Cost)
    notices: tuple[UserMessage, ...] = ()
    closest: tuple[str, ...] = ()
    held: int = 0
    also: tuple[Mention, ...] = ()
    length: Length = Length.STANDARD
    unmet: tuple[str, ...] = ()


def added(*usages: Mapping[str, int] | None) -> dict[str, int]:
    """Tokens of several calls together."""
    total = Counter[str]()
    for usage in usages:
        total.update(usage or {})
    return dict(total)
