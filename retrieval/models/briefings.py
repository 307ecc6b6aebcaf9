"""What briefings are made of: windows of time, stories."""

from __future__ import annotations

# Imported for real, because pydantic reads the types of kept briefings from here.
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003
from enum import StrEnum

from retrieval.models.answers import Citation, Claim, Cost, Dropped, Mode
from retrieval.models.articles import Article  # noqa: TC001


class Status(StrEnum):
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
class Window:
    """The time that a briefing covers, `[start, end)`."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Story:
    """A story as a briefing tells it; the numbers in its claims are the briefing's footnotes.

    `id` stays the same from briefing to briefing. `outlets` are those that report independently,
    copies counted once. `why` says why the story stands where it does. `disputed` are accounts of
    outlets that contradict each other, `watch` what an article says is still to come, `corrects`
    sentences that the reader was given and that their article no longer has. `read` is the article
    and the revision of everything that the story was told from, cited or not, `also` are outlets
    that only have copies.
    """

    id: int
    status: Status
    headline: str
    claims: tuple[Claim, ...]
    outlets: tuple[str, ...]
    why: str
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
    reader may care about, `as_of` is the newest. `notice` says what the reader should know about
    how it was made; `closest` are topics nearest to one that matched nothing. `also` are stories
    that have a line each; `unmet` topics that nothing was found about, beside others. `length` is
    how much was asked for: headlines are shown as a list.
    """

    window: Window
    articles: int
    outlets: int
    as_of: datetime | None
    mode: Mode
    stories: tuple[Story, ...]
    citations: tuple[Citation, ...]
    topics: tuple[str, ...] = ()
    dropped: Dropped = field(default_factory=Dropped)
    cost: Cost = field(default_factory=Cost)
    notice: str | None = None
    closest: tuple[str, ...] = ()
    held: int = 0
    also: tuple[Mention, ...] = ()
    length: Length = Length.STANDARD
    unmet: tuple[str, ...] = ()
