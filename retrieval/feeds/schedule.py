"""When a feed is looked at next. Pure: no clock and no dice but those that are given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from retrieval.ingest.extract.dates import mail_date

if TYPE_CHECKING:
    from retrieval.feeds.models import Feed, Wishes

_SOONER, _LATER = 0.6, 1.3
_JITTER = 0.1
_DAY_HOURS = 24
# A publisher may ask for a long rest, but not for ever.
_LONGEST_WISH = timedelta(days=7)
_MOST_DOUBLINGS = 12
# Zones as HTTP and e-mail write them, or the year of asctime; a strange zone makes a strange date.
_ENDS_LIKE_A_DATE = re.compile(
    r"(?<![+\-\d:])\d?\d:\d\d(?::\d\d)?(?:\s*(?:GMT|UTC?|Z|[+-](?:0\d|1[0-4])[0-5]\d)|\s+\d{4})?$",
    re.IGNORECASE,
)
_END = 30


@dataclass(frozen=True, slots=True)
class Rules:
    """The shortest and longest time between two looks, the first, and how long a 304 is believed.

    `trust`: so long after the document last came whole, it is asked for without validators, since
    some servers answer 304 for ever.
    """

    least: timedelta = timedelta(minutes=10)
    most: timedelta = timedelta(hours=24)
    first: timedelta = timedelta(minutes=30)
    trust: timedelta = timedelta(days=7)


def validators(feed: Feed, now: datetime, rules: Rules) -> dict[str, str]:
    """The headers of a conditional request; none where they have not proved themselves lately."""
    if feed.full_at is None or now - feed.full_at >= rules.trust:
        return {}
    given = {"If-None-Match": feed.etag, "If-Modified-Since": feed.last_modified}
    return {name: value for name, value in given.items() if value}


def adapted(interval: timedelta, *, news: bool, rules: Rules) -> timedelta:
    """The time between two looks, shorter after news, longer without."""
    factor = _SOONER if news else _LATER
    return min(max(interval * factor, rules.least), rules.most)


def next_look(
    now: datetime, interval: timedelta, wishes: Wishes, dice: float, max_age: timedelta
) -> datetime:
    """After `interval`, give or take a tenth by `dice` (0 to 1), as the publisher wishes.

    `max_age` is what HTTP says on how long the answer stays fresh; believed up to a day.
    """
    wait = interval * (1 + _JITTER * (2 * dice - 1))
    wished = min(max(wishes.least, max_age), timedelta(days=1))
    return outside_skipped(now + max(wait, wished), wishes)


def outside_skipped(moment: datetime, wishes: Wishes) -> datetime:
    """`moment`, or the first full hour after it that is not to be skipped."""
    for _ in range(_DAY_HOURS * 8):
        if not _skipped(moment, wishes):
            return moment
        moment = moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return moment


def _skipped(moment: datetime, wishes: Wishes) -> bool:
    """All hours or all days skipped is a mistake, and passed over."""
    hours = len(wishes.skip_hours) < _DAY_HOURS and moment.hour in wishes.skip_hours
    days = len(wishes.skip_days) < 7 and moment.weekday() in wishes.skip_days  # noqa: PLR2004
    return hours or days


def after_failure(
    now: datetime, failures: int, dice: float, rest: timedelta | None, rules: Rules
) -> datetime:
    """When to try again after so many failures in a row: each time twice as long, up to a day.

    `rest` is what the server asked for.
    """
    doubled = rules.least * (1 << min(failures, _MOST_DOUBLINGS))
    wait = min(doubled, rules.most) * (1 + _JITTER * dice)
    return now + max(wait, min(rest or timedelta(), _LONGEST_WISH))


def retry_after(value: str, now: datetime) -> timedelta | None:
    """The rest that a `Retry-After` asks for: seconds or a date (RFC 9110, 10.2.3); else none."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return min(timedelta(seconds=int(value[:9])), _LONGEST_WISH)
    moment = mail_date(value) if _ENDS_LIKE_A_DATE.search(value[-_END:]) else None
    if moment is None:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max(moment - now, timedelta()), _LONGEST_WISH)


def max_age(cache_control: str) -> timedelta:
    """How long an answer stays fresh by its `Cache-Control`; zero where it does not say."""
    for directive in cache_control.lower().split(","):
        name, _, value = directive.strip().partition("=")
        if name == "max-age" and value.isascii() and value.isdigit():
            return timedelta(seconds=int(value[:9]))
    return timedelta()
