"""The values of this package, its limits, and the identity of entries. Pure."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.messages import UserMessage
from retrieval.text.near_duplicates import word_runs
from retrieval.text.outlets import same_site, twins

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One entry of a feed.

    `guid` is as its publisher gave it, `url` is canonical. `text` is plain, its paragraphs
    separated by blank lines; `whole`: the publisher called it the content and not a summary.
    `fragment` is the link's fragment. `page` is the page to read if `url` is only the entry's own
    place on it, because the page was another entry's before. `outlet` is the feed's name for
    itself; `came_from` is the feed's address, which alone is verified.
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
class PollingHints:
    """A publisher's wishes for polling: hours from 0 to 23 in UTC, days with Monday as 0."""

    least: timedelta = timedelta()
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Document:
    """A fetched feed, with its entries in the publisher's order.

    `broken_off`: its end is missing, and with it an unknown number of entries. `unreadable` counts
    entries that could not be parsed. `assumed_zone` is the zone assumed for times without one, if
    there are any.
    """

    title: str
    site_url: str | None
    language: str | None
    entries: tuple[FeedEntry, ...]
    wishes: PollingHints = field(default_factory=PollingHints)
    broken_off: bool = False
    assumed_zone: str = ""
    unreadable: int = 0


class FeedState(StrEnum):
    """active; paused by an admin; gone: it answered 410, or moved to another feed's address."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Feed:
    """A stored feed. Instants are in UTC; `problem` is a message for admins."""

    id: int
    url: str
    host: str
    title: str
    state: FeedState
    interval: timedelta
    next_at: datetime
    wishes: PollingHints
    site_url: str | None = None
    etag: str | None = None
    last_modified: str | None = None
    full_at: datetime | None = None
    body_hash: str | None = None
    checked_at: datetime | None = None
    news_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    problem: UserMessage | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """A feed with the numbers of its entries that are articles, are waiting, and failed."""

    feed: Feed
    articles: int
    waiting: int
    unreadable: int


@dataclass(frozen=True, slots=True)
class Keyed:
    """An entry with its key within its feed, and a hash of its content."""

    key: str
    url: str | None
    fingerprint: str
    entry: FeedEntry


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry to be read; `article_id` is its article if it was read before."""

    id: int
    key: str
    entry: FeedEntry
    attempts: int
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """The outcome of a waiting entry: an article, a reason why there is none, or a retry time.

    Not `tried`: its host was paused, so no request was made.
    """

    waiting: Waiting
    article_id: int | None = None
    problem: UserMessage | None = None
    again_at: datetime | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list; `problem` says why its address is invalid."""

    url: str
    title: str
    site_url: str | None = None
    problem: UserMessage | None = None


MAX_FEED_BYTES = 10_000_000
MAX_ENTRIES = 5_000
MAX_ENTITY_CHARS = 1_000
"""Of a document type's own entity; longer ones, or ones made of others, are how bombs are built."""

MAX_OPML_BYTES = 5_000_000
LIST_TOO_LARGE = UserMessage(
    "The list is larger than {number} MB.", number=MAX_OPML_BYTES // 1_000_000
)
MAX_OPML_FEEDS = 5_000
MOST_ADDRESSES = 8
"""Of feeds that one page names."""
MAX_GUID_CHARS = 2_000
MAX_VALIDATOR_CHARS = 500

FEW_CHARS = 500
"""A text with fewer is a teaser, whatever its publisher calls it."""
FEW_SUMMARY_CHARS = 1_500
"""A summary with fewer is a teaser."""

PAGE_TRIES = 4
"""After so many failed fetches of a page, the teaser has to do."""
PAGE_AGAIN = timedelta(minutes=10)
REREAD_AFTER = timedelta(minutes=30)
"""What changes all the time is read again no sooner than this."""

PATIENCE_S = 10.0
"""So long one waits for a turn with a host before doing something else ..."""
BUSY_AGAIN = timedelta(minutes=1)
"""... and tries again after so long."""
SLICE_S = 60.0
"""So long the entries of one feed are read before another that is due has its turn."""


# The identity of entries across changes. Pure.
#
# An entry is identified by its GUID, unless two entries in a document share it; otherwise by its
# link with the fragment, unless that is shared, too; otherwise by title and date. An entry with a
# new GUID at a known link is the known entry if its content is nearly the same (`is_another`).

# If this many entries have one GUID, and there is no other, it doesn't identify them.
_SEVERAL = 3
# The share of runs of three words that remain in a revised text.
_REVISED = 0.3
_FEWEST_RUNS = 4
_NEVER = datetime.min.replace(tzinfo=UTC)


def keyed(entries: Sequence[FeedEntry]) -> list[Keyed]:
    """The entries of one document with their keys, without duplicates.

    `url` of the result is None for entries that link to the same page, or to the front page:
    each gets its own place there as its address.
    """
    distinct = _without_repetitions(entries)
    guids = Counter(one.guid for one in distinct)
    urls = Counter(_page(one) for one in distinct)
    places = Counter((_page(one), one.fragment) for one in distinct)
    # If all have one date, it is when the document was generated.
    stamps = {one.updated for one in distinct}
    stamped = len(stamps) == len(distinct) or len(stamps) > 1
    found: dict[str, Keyed] = {}
    for one in distinct:
        alone = urls[_page(one)] == 1 and not _is_front_page(one)
        placed = bool(one.fragment) and places[_page(one), one.fragment] == 1
        own = one.url if alone else None
        guid = one.guid if guids[one.guid] == 1 else None
        place = f"{one.url}#{one.fragment}" if placed and not alone else own
        key = _digest(_name(one, guid, place))
        entry = one if own or one.url is None else _at_place(one, key, placed=placed)
        print_ = _fingerprint(one, stamped=stamped)
        found.setdefault(key, Keyed(key, own, print_, entry))
    return list(found.values())


def _page(one: FeedEntry) -> str | None:
    """The page that an entry links to, in one form for all its addresses."""
    return min(twins(one.url)) if one.url else None


def _is_front_page(one: FeedEntry) -> bool:
    """Whether the link leads to a site's front page, which can't be an article's."""
    parts = urlsplit(one.url or "")
    return parts.path in {"", "/"} and not parts.query and one.url is not None


def _at_place(one: FeedEntry, key: str, *, placed: bool) -> FeedEntry:
    """An entry that shares its page, with its own place there as address, if it is the feed's site.

    A page of another site is read there, as one article.
    """
    if not same_site(one.url, one.came_from or one.url):
        return one
    return replace(one, url=f"{one.url}#{one.fragment if placed else f'entry-{key[:16]}'}")


def _without_repetitions(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """Drop entries with the same GUID and link, or with the same link, title and text.

    The newest is kept; without dates the first.
    """
    constant = len(entries) >= _SEVERAL and len({one.guid for one in entries}) == 1
    at: dict[tuple[str, ...], int] = {}
    distinct: list[FeedEntry] = []
    for one in entries:
        rest = "" if one.guid or one.url else one.text
        marks: list[tuple[str, ...]] = [("entry", one.guid or "", _place(one), rest)]
        if constant or not one.guid:
            marks[0] += (_folded(one.title), str(one.published))
        if one.url:
            marks.append(("page", _place(one), _folded(one.title), _folded(one.text)))
        known = next((at[mark] for mark in marks if mark in at), None)
        if known is None:
            known = len(distinct)
            distinct.append(one)
        elif when(one) > when(distinct[known]):
            distinct[known] = one
        at.update(dict.fromkeys(marks, known))
    return distinct


def is_another(one: FeedEntry, title: str, text: str) -> bool:
    """Whether an entry with a new GUID differs from the known entry at its link.

    It does if both title and text differ; texts too short to be compared don't differ.
    """
    mine, theirs = word_runs(one.text), word_runs(text)
    fewest = min(len(mine), len(theirs))
    if not one.guid or fewest < _FEWEST_RUNS or _folded(one.title) == _folded(title):
        return False
    return len(mine & theirs) < _REVISED * fewest


def at_own_place(one: Keyed) -> Keyed:
    """An entry whose page was another's before, with its own place there as address."""
    entry = _at_place(one.entry, one.key, placed=bool(one.entry.fragment))
    if entry.url == one.entry.url:
        return one
    return replace(one, url=None, entry=replace(entry, page=one.entry.url))


def _place(one: FeedEntry) -> str:
    return f"{one.url}#{one.fragment}" if one.url else ""


def when(one: FeedEntry) -> datetime:
    """When an entry was last changed, if it says."""
    return max(one.updated or _NEVER, one.published or _NEVER)


def _name(one: FeedEntry, guid: str | None, url: str | None) -> str:
    if guid:
        return f"guid {guid}"
    if url:
        return f"url {url}"
    title = _folded(one.title)
    dated = f" {one.published.isoformat()}" if one.published else ""
    if one.guid or one.url:  # shared, so combined with title and date
        return f"shared {one.guid} {one.url} {title}{dated}"
    if title and dated:
        return f"title {title}{dated}"
    return f"text {_folded(one.text)}" if one.text else f"title {title}"


def _fingerprint(one: FeedEntry, *, stamped: bool) -> str:
    stamp = one.updated.isoformat() if stamped and one.updated else ""
    return _digest("\n".join((_folded(one.title), _folded(one.text), stamp)))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def with_address(one: FeedEntry, feed_url: str, key: str) -> FeedEntry:
    """An entry without its own page, with an address that leads to its feed."""
    return replace(one, url=f"{feed_url}#entry-{key[:16]}")
