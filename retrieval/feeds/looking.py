"""One poll of a feed: the server's response, and its consequences."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from retrieval.errors import SourceError
from retrieval.feeds.getting import FEED_TYPES, FeedResponse, get, soon
from retrieval.feeds.models import BUSY_AGAIN, MAX_FEED_BYTES, MAX_VALIDATOR_CHARS, FeedState
from retrieval.feeds.store import wishes_row
from retrieval.ingest.extract.dates import mail_date
from retrieval.ingest.http import answered
from retrieval.messages import UserMessage
from retrieval.text.outlets import host_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from retrieval.feeds.documents import Documents
    from retrieval.feeds.models import Document, Feed, Keyed, PollingHints
    from retrieval.feeds.store import EntryStore
    from retrieval.ingest.http import FetchConfig


log = logging.getLogger(__name__)

_ASKS_FOR_REST = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_NAME_CHARS = 200


@dataclass(frozen=True, slots=True)
class Look:
    """The result of a poll: columns of the feed, entries, and a pause for the host."""

    values: dict[str, Any]
    entries: Sequence[Keyed] = ()
    rest_until: datetime | None = None
    problem: UserMessage | None = None
    news: int = field(default=0)


_NO_VALIDATORS = {"etag": None, "last_modified": None, "body_hash": None}


class Looker:
    """Polls feeds; `dice` returns numbers from 0 to 1, to spread the requests.

    `turn` is entered before each request to a host.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it works with
        self,
        reading: FetchConfig,
        entries: EntryStore,
        rules: PollingConfig,
        now: Callable[[], datetime],
        dice: Callable[[], float],
        turn: Callable[[str], AbstractAsyncContextManager[None]],
        documents: Documents,
    ) -> None:
        self._reading, self._entries, self._rules = reading, entries, rules
        self._now, self._dice, self._turn = now, dice, turn
        self._documents = documents

    async def look(self, feed: Feed) -> Look:
        """Ask the feed's server; every failure is a value.

        Raises:
            ArchiveError: the database failed.
        """
        conditions = validators(feed, self._now(), self._rules)
        try:
            headers = {"Accept": FEED_TYPES, **conditions}
            async with soon(self._turn(feed.host)):
                answer = await get(feed.url, self._reading, headers, MAX_FEED_BYTES)
        except TimeoutError:  # the host is busy with our other requests: not a failure of the feed
            return Look({"next_at": self._now() + BUSY_AGAIN})
        except SourceError as error:
            return self._failed(feed, error.message)
        if answer.status == HTTPStatus.NOT_MODIFIED and conditions:
            return Look(self._well(feed, answer, news=0))
        if answer.status == HTTPStatus.GONE:
            problem = UserMessage(
                "{address} answered 410 (gone): its publisher has shut it down.", address=feed.url
            )
            values = {"state": FeedState.GONE, "problem": problem, "checked_at": self._now()}
            return Look(values, problem=problem)
        if not answer.is_success:
            return self._refused(feed, answer)
        return await self.read(feed, answer)

    async def read(self, feed: Feed, answer: FeedResponse) -> Look:
        """The result of a successful response's document."""
        body_hash = hashlib.sha256(answer.body).hexdigest()
        if body_hash == feed.body_hash:
            return Look({**self._well(feed, answer, news=0), **self._fresh(answer, body_hash)})
        try:
            document, entries = await self._documents.read(answer)
        except SourceError as error:
            return self._failed(
                feed, UserMessage("{address}: {why}", address=feed.url, why=error.message)
            )
        if document.assumed_zone:
            log.info("feed %s: times without a zone read as %s", feed.id, document.assumed_zone)
        if document.unreadable:
            log.warning("feed %s: %s entries can't be read", feed.id, document.unreadable)
        news = await self._entries.known_news(feed.id, entries)
        values = self._well(feed, answer, news=news, document=document)
        # With a truncated document's validators, a 304 would hide the rest until the next change.
        fresh = _NO_VALIDATORS if document.broken_off else self._fresh(answer, body_hash)
        return Look({**values, **fresh}, entries, news=news)

    def _well(
        self, feed: Feed, answer: FeedResponse, *, news: int, document: Document | None = None
    ) -> dict[str, Any]:
        """The feed's columns after a successful response."""
        now = self._now()
        wishes = document.wishes if document else feed.wishes
        interval = adapted(feed.interval, news=news > 0, rules=self._rules)
        fresh = max_age(answer.headers.get("Cache-Control", ""))
        values: dict[str, Any] = {
            "checked_at": now,
            "interval_s": int(interval.total_seconds()),
            "next_at": next_look(now, interval, wishes, self._dice(), fresh),
            "wishes": wishes_row(wishes),
            "failures": 0,
            "failing_since": None,
            "problem": None,
        }
        if news:
            values["news_at"] = now
        if answer.moved_to is not None:
            log.info("feed %s moved for good to %s", feed.id, answer.moved_to)
            values |= {"url": answer.moved_to, "host": host_of(answer.moved_to)}
        if document is not None:
            title = document.title[:_NAME_CHARS] or feed.title
            values |= {"title": title, "site_url": document.site_url or feed.site_url}
        return values

    def _fresh(self, answer: FeedResponse, body_hash: str) -> dict[str, Any]:
        """The validators of a complete document; one that is too long for a header is dropped."""
        return {
            "etag": _validator(answer, "ETag"),
            "last_modified": _validator(answer, "Last-Modified"),
            "full_at": self._now(),
            "body_hash": body_hash,
        }

    def _refused(self, feed: Feed, answer: FeedResponse) -> Look:
        rest = retry_after(answer.headers.get("Retry-After", ""), self._now())
        failed = self._failed(feed, answered(feed.url, answer.status), rest)
        asks = answer.status in _ASKS_FOR_REST and rest is not None
        until = self._now() + rest if asks and rest is not None else None
        return Look(failed.values, rest_until=until, problem=failed.problem)

    def _failed(self, feed: Feed, problem: UserMessage, rest: timedelta | None = None) -> Look:
        now = self._now()
        values = {
            "checked_at": now,
            "failures": feed.failures + 1,
            "failing_since": feed.failing_since or now,
            "problem": problem,
            "next_at": after_failure(now, feed.failures, self._dice(), rest, self._rules),
        }
        return Look(values, problem=problem)


def _validator(answer: FeedResponse, name: str) -> str | None:
    value = str(answer.headers.get(name, ""))
    sound = value.isascii() and value.isprintable() and len(value) <= MAX_VALIDATOR_CHARS
    return value if value and sound else None


_SOONER, _LATER = 0.6, 1.3
_JITTER = 0.1
_DAY_HOURS = 24
# The longest pause that a publisher may ask for.
_LONGEST_WISH = timedelta(days=7)
_MOST_DOUBLINGS = 12
# Zones as in HTTP and e-mail, or the year of asctime; with an unknown zone a date is unreliable.
_ENDS_LIKE_A_DATE = re.compile(
    r"(?<![+\-\d:])\d?\d:\d\d(?::\d\d)?(?:\s*(?:GMT|UTC?|Z|[+-](?:0\d|1[0-4])[0-5]\d)|\s+\d{4})?$",
    re.IGNORECASE,
)
_END = 30


@dataclass(frozen=True, slots=True)
class PollingConfig:
    """The shortest, longest and first interval between polls, and how long 304s are trusted.

    `trust`: this long after the last complete document, the next is requested without validators,
    because some servers answer 304 forever.
    """

    least: timedelta = timedelta(minutes=10)
    most: timedelta = timedelta(hours=24)
    first: timedelta = timedelta(minutes=30)
    trust: timedelta = timedelta(days=7)


def validators(feed: Feed, now: datetime, rules: PollingConfig) -> dict[str, str]:
    """The headers of a conditional request; empty if the last complete document is too old."""
    if feed.full_at is None or now - feed.full_at >= rules.trust:
        return {}
    given = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in given.items() if value}


def adapted(interval: timedelta, *, news: bool, rules: PollingConfig) -> timedelta:
    """The next interval between polls: shorter after news, longer without."""
    factor = _SOONER if news else _LATER
    return min(max(interval * factor, rules.least), rules.most)


def next_look(
    now: datetime, interval: timedelta, wishes: PollingHints, dice: float, max_age: timedelta
) -> datetime:
    """The time of the next poll: after `interval`, varied by a tenth, as the publisher wishes.

    `dice` is from 0 to 1. `max_age` is how long HTTP declares the response fresh; it counts up to a
    day.
    """
    wait = interval * (1 + _JITTER * (2 * dice - 1))
    wished = min(max(wishes.least, max_age), timedelta(days=1))
    return outside_skipped(now + max(wait, wished), wishes)


def outside_skipped(moment: datetime, wishes: PollingHints) -> datetime:
    """`moment`, or the first full hour after it that isn't skipped."""
    for _ in range(_DAY_HOURS * 8):
        if not _skipped(moment, wishes):
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


def _skipped(moment: datetime, wishes: PollingHints) -> bool:
    """Whether `moment` is in a skipped hour or day; skipping all of them is ignored."""
    hours = len(wishes.skip_hours) < _DAY_HOURS and moment.hour in wishes.skip_hours
    days = len(wishes.skip_days) < 7 and moment.weekday() in wishes.skip_days  # noqa: PLR2004
    return hours or days


def after_failure(
    now: datetime, failures: int, dice: float, rest: timedelta | None, rules: PollingConfig
) -> datetime:
    """When to try again after consecutive failures: each time after twice as long, up to a day.

    `rest` is the pause that the server asked for.
    """
    doubled = rules.least * (1 << min(failures, _MOST_DOUBLINGS))
    wait = min(doubled, rules.most) * (1 + _JITTER * dice)
    return now + max(wait, min(rest or timedelta(), _LONGEST_WISH))


def retry_after(value: str, now: datetime) -> timedelta | None:
    """The pause in a `Retry-After`: seconds or a date (RFC 9110, 10.2.3); None if malformed."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _LONGEST_WISH)
    moment = mail_date(value) if _ENDS_LIKE_A_DATE.search(value[-_END:]) else None
    if moment is None:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max(moment - now, timedelta()), _LONGEST_WISH)


def max_age(cache_control: str) -> timedelta:
    """How long a response stays fresh by its `Cache-Control`; zero if it doesn't say."""
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isascii() and value.isdigit():
            return timedelta(seconds=int(value[:9]))
    return timedelta()
