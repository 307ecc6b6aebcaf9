"""The values that the packages exchange: frozen, with next to no behaviour.

Offsets count Unicode code points in the text of the stored revision, half-open:
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
    """How precise the publication date in the source was."""

    DAY = "day"
    MINUTE = "minute"


@dataclass(frozen=True, slots=True)
class Published:
    """When an article was published; with `Precision.DAY`, `at` is midnight UTC of that day.

    Otherwise `at` is in the source's time zone, so that readers see the source's day.
    """

    at: datetime
    precision: Precision


@dataclass(frozen=True, slots=True)
class ArticleDraft:
    """An article as read from a source, not stored yet.

    `url` is canonical, or None if the article has no address. `text` has paragraphs separated by
    blank lines, without the title. `partial`: the page shows only a part of the article.
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
    """A passage of a text: its span and the spans of its sentences, in order."""

    span: Span
    sentences: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Article:
    """One stored revision of an article, without its text.

    `revision` counts from 1 within the article; `revision_id` is unique in the archive.
    `partial`: the page showed only a part of the article. `also` lists other outlets whose near
    copies contain the sentences that are shown, if they were looked up.
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

    `span` and `sentences` are offsets into the revision's text; `text` is `span` of it. `also`
    lists for each sentence the other outlets whose near copies of the article have it, if they were
    looked up. `junk` says for each sentence whether it is unfit for quoting; empty if none is.
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
        """Whether the sentence at `index` may be cited."""
        return not (self.junk and self.junk[index])

    @property
    def is_empty(self) -> bool:
        """Whether all of its sentences are junk."""
        return bool(self.junk) and all(self.junk)

    def sentence(self, index: int) -> str:
        """The sentence at `index`, verbatim."""
        span = self.sentences[index]
        return self.text[span.start - self.span.start : span.end - self.span.start]


@dataclass(frozen=True, slots=True)
class Added:
    """A new article was stored; `copy_of` is the article that it nearly repeats, if any."""

    article: Article
    copy_of: Article | None = None


@dataclass(frozen=True, slots=True)
class Revised:
    """The text at a known address has changed: a new revision was stored.

    `copy_of` is the article that it nearly repeats now, if any.
    """

    article: Article
    copy_of: Article | None = None


@dataclass(frozen=True, slots=True)
class Duplicate:
    """The archive already has this text, in `article`."""

    article: Article


@dataclass(frozen=True, slots=True)
class Rejected:
    """Nothing was stored; `reason` is one sentence for the person who sent the source."""

    reason: UserMessage


Outcome = Added | Revised | Duplicate | Rejected


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that a search found.

    `score` orders the hits of one search and can't be compared across searches. `similarity` is the
    cosine of question and passage, from -1 to 1; None if only keywords matched.
    """

    passage: Passage
    score: float
    similarity: float | None = None
    vector_rank: int | None = None
    keyword_rank: int | None = None


@dataclass(frozen=True, slots=True)
class Citation:
    """Footnote `n`: a sentence of a stored article; `quote` is the text's slice `[start:end]`."""

    n: int
    article: Article
    start: int
    end: int
    quote: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement, and the numbers of its footnotes.

    `was` is what the reader was told before, if it differs, such as "was 8,000 on 3 Nov 2024".
    `message` is `text` as a translatable message if the program wrote it, even if only the outlet
    and the day beside a quotation.
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
    """How an answer was made: written by a language model, or quoted verbatim."""

    MODEL = "model"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Dropped:
    """How much was left out of a model's answer.

    `ids`: citations of sentences that the model wasn't shown. `claims`: claims without a valid
    citation. `unsupported`: claims that their sentences don't support.
    """

    ids: int = 0
    claims: int = 0
    unsupported: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of an answer: tokens as counted by the model server, milliseconds by stage."""

    usage: Mapping[str, int] = field(default_factory=dict)
    timings_ms: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Made:
    """How an answer was made: the model ("" in quote mode) and the version of its prompt.

    `passages` are the ids of the passages that the model was shown, best first.
    """

    model: str = ""
    prompt: str = ""
    passages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """Claims with footnotes. `notices` tell the reader how the answer was made.

    `disputed` are accounts that give different figures for the same thing, newest first. `further`
    are quotations for readers who ask for more, nearly as good as those shown; their `n` is 0.
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
        """The newest cited article; None if none has a date."""
        dated = [(one.article.published, one.article) for one in self.citations]
        return max(
            ((published.at, article) for published, article in dated if published),
            key=lambda one: one[0],
            default=(None, None),
        )[1]


@dataclass(frozen=True, slots=True)
class Unanswered:
    """No answer was found: the reason, and the closest articles."""

    question: str
    mode: Mode
    reason: UserMessage
    closest: tuple[Article, ...]
    dropped: Dropped = Dropped()
    cost: Cost = field(default_factory=Cost)
    notices: tuple[UserMessage, ...] = ()
    made: Made = Made()


class StoryStatus(StrEnum):
    """Whether a story in a briefing is new to its reader."""

    NEW = "new"
    UPDATE = "update"
    CORRECTION = "correction"


class Length(StrEnum):
    """How long a briefing is: the number of stories, and the length of each."""

    HEADLINES = "headlines"
    STANDARD = "standard"
    DEPTH = "depth"


@dataclass(frozen=True, slots=True)
class BriefingWindow:
    """The period that a briefing covers, `[start, end)`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """A story in a briefing; the numbers in its claims refer to the briefing's footnotes.

    `id` stays the same from briefing to briefing. `outlets` report independently; copies count
    once. `why` gives the reasons for the story's rank. `disputed` are contradictory accounts,
    `watch` are upcoming events that an article mentions, `corrects` are sentences that the reader
    was given and that their article no longer contains. `read` has the (article id, revision id) of
    everything that the story was made from, cited or not. `also` are outlets that only have copies.
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
    """A story that gets one line in a briefing: an article's title and its outlets.

    `kind` is "opinion" or "a round-up"; None for a report.
    """

    story_id: int
    headline: str
    article: Article
    outlets: tuple[str, ...]
    kind: str | None = None


@dataclass(frozen=True, slots=True)
class Briefing:
    """The changes in a window, for one reader: stories in order, and their footnotes.

    `articles` and `outlets` count everything in the window, `held` counts its stories that may
    interest the reader, `as_of` is the time of the newest article. `notices` tell the reader how
    the briefing was made. `closest` are the topics nearest to one without matches. `also` are
    stories with one line each. `unmet` are topics without news when others had some. With
    `Length.HEADLINES` the stories are shown as a list.
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
    """The sum of the tokens of several calls, by kind."""
    total = Counter[str]()
    for usage in usages:
        total.update(usage or {})
    return dict(total)
