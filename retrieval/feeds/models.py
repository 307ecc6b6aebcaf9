"""The values of this room, its limits, and what makes an entry the entry that it was. Pure."""

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
class PollingHints:
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
    entries: tuple[FeedEntry, ...]
    wishes: PollingHints = field(default_factory=PollingHints)
    broken_off: bool = False
    assumed_zone: str = ""
    unreadable: int = 0


class FeedState(StrEnum):
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
    entry: FeedEntry


@dataclass(frozen=True, slots=True)
class Waiting:
    """An entry that has to be read; `article_id` is what it became when it was read before."""

    id: int
    key: str
    entry: FeedEntry
    attempts: int
    article_id: int | None


@dataclass(frozen=True, slots=True)
class Settled:
    """What came of a waiting entry: an article, a reason why none, or another try at `again_at`.

    Not `tried` means that its host was at rest, and nobody asked it.
    """

    waiting: Waiting
    article_id: int | None = None
    problem: UserMessage | None = None
    again_at: datetime | None = None
    tried: bool = True


@dataclass(frozen=True, slots=True)
class Outline:
    """A feed in a list: `problem` says why its address is none."""

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


# What makes an entry the entry that it was, whatever else changes. Pure.
#
# Its GUID names it, unless two entries of one document share it; else its link with its fragment,
# unless that is shared too; else its title and date. Under another GUID at a known link it is the
# known entry if it says nearly the same (`is_another`): see `store`.

# A GUID that so many entries have, and no other, is no name.
_SEVERAL = 3
# Of the runs of three words, so many are left in a text that was revised.
_REVISED = 0.3
_FEWEST_RUNS = 4
_NEVER = datetime.min.replace(tzinfo=UTC)


def keyed(entries: Sequence[FeedEntry]) -> list[Keyed]:
    """The entries of one document, each once, with their keys.

    `url` of the result is None where several entries link to the same page, or to the front page:
    then it names none, and each entry has its place there for its address.
    """
    distinct = _without_repetitions(entries)
    guids = Counter(one.guid for one in distinct)
    urls = Counter(_page(one) for one in distinct)
    places = Counter((_page(one), one.fragment) for one in distinct)
    # One stamp on all of them is the hour at which the document was made.
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
    """The page that an entry leads to, the same for all its addresses."""
    return min(twins(one.url)) if one.url else None


def _is_front_page(one: FeedEntry) -> bool:
    """Whether the link leads to the front page of a site, which no article has for itself."""
    parts = urlsplit(one.url or "")
    return parts.path in {"", "/"} and not parts.query and one.url is not None


def _at_place(one: FeedEntry, key: str, *, placed: bool) -> FeedEntry:
    """An entry that shares its page with others, at its place there, if that is its feed's site.

    What another site says on a page is read there, and is one article.
    """
    if not same_site(one.url, one.came_from or one.url):
        return one
    return replace(one, url=f"{one.url}#{one.fragment if placed else f'entry-{key[:16]}'}")


def _without_repetitions(entries: Sequence[FeedEntry]) -> list[FeedEntry]:
    """Each once of those that are the same in GUID and link, or in link, title and text.

    Of several the newest; where no date tells, the first.
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
    """Whether an entry with a GUID of its own is not what its link led to before.

    It is if it has another title and another text; where one of them says too little to be
    compared, the link decides.
    """
    mine, theirs = word_runs(one.text), word_runs(text)
    fewest = min(len(mine), len(theirs))
    if not one.guid or fewest < _FEWEST_RUNS or _folded(one.title) == _folded(title):
        return False
    return len(mine & theirs) < _REVISED * fewest


def at_own_place(one: Keyed) -> Keyed:
    """An entry whose page was another's before, at a place of its own there."""
    entry = _at_place(one.entry, one.key, placed=bool(one.entry.fragment))
    if entry.url == one.entry.url:
        return one
    return replace(one, url=None, entry=replace(entry, page=one.entry.url))


def _place(one: FeedEntry) -> str:
    return f"{one.url}#{one.fragment}" if one.url else ""


def when(one: FeedEntry) -> datetime:
    """When an entry was last changed, as far as it says."""
    return max(one.updated or _NEVER, one.published or _NEVER)


def _name(one: FeedEntry, guid: str | None, url: str | None) -> str:
    if guid:
        return f"guid {guid}"
    if url:
        return f"url {url}"
    title = _folded(one.title)
    dated = f" {one.published.isoformat()}" if one.published else ""
    if one.guid or one.url:  # shared: only together with title and date
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
    """An entry without a page of its own, with an address that leads to its feed."""
    return replace(one, url=f"{feed_url}#entry-{key[:16]}")
