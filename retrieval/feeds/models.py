"""The values of this room: a feed's document as read, a feed as kept, an entry that waits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a feed.

    `guid` is as its publisher gave it, `url` canonical. `text` is plain, its paragraphs separated
    by blank lines; `whole` says that the publisher called it the content and not a summary.
    `fragment` is the place on that page that its link names. `page` is the page to read where `url`
    is the entry's own place on it, since the page itself was another entry's before.
    `outlet` is what the feed calls itself; `came_from` is where it was, which alone is proven.
    """

    guid: str | None
    url: str | None
    title: str
    text: str
    whole: bool
    author: str | None = None
    outlet: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    came_from: str = ""
    fragment: str = ""
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a publisher asks of those who fetch: hours 0 to 23 in UTC, days with Monday as 0."""

    least: timedelta = timedelta()
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """A feed as it was fetched, its entries in the publisher's order.

    `broken_off`: its end is missing, and with it an unknown number of entries. `unreadable` are
    those that could not be understood, and were left out. `assumed_zone` is the one in which times
    that name none were read, if there are such.
    """

    title: str
    site_url: str | None
    language: str | None
    entries: tuple[Entry, ...]
    wishes: Wishes = field(default_factory=Wishes)
    broken_off: bool = False
    assumed_zone: str = ""
    unreadable: int = 0


class State(StrEnum):
    """active; paused by an admin; gone: it answered 410, or is now where another feed is."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as it is kept. Instants are in UTC; `problem` is one sentence for an admin."""

    id: int
    url: str
    host: str
    title: str
    state: State
    interval: timedelta
    next_at: datetime
    wishes: Wishes
    site_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    full_at: datetime | None = None
    body_hash: str | None = None
    checked_at: datetime | None = None
    news_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed with the numbers of its entries that became articles, wait, and could not be read."""

    feed: Feed
    articles: int
    waiting: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """An entry with what names it within its feed, and with what tells whether it changed."""

    key: str
    url: str | None
    fingerprint: str
    entry: Entry


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that has to be read; `article_id` is what it became when it was read before."""

    id: int
    key: str
    entry: Entry
    attempts: int
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a waiting entry: an article, a reason why none, or another try at `again_at`.

    Not `tried` means that its host was at rest, and nobody asked it.
    """

    waiting: Waiting
    article_id: int | None = None
    problem: str | None = None
    again_at: datetime | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list: `problem` says why its address is none."""

    url: str
    title: str
    site_url: str | None = None
    problem: str | None = None
