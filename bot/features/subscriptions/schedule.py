"""Subscriptions: their terms, due instants, and changes of state. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from retrieval.models import Length


class SubscriptionState(StrEnum):
    """A subscription's state; only active ones are due at times."""

    # not confirmed yet
    DRAFT = "draft"
    ACTIVE = "active"
    # by its owner
    PAUSED = "paused"
    # Telegram refused the chat
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class ChatThread:
    """A chat and a forum's topic; the thread is 0 outside topics."""

    chat_id: int
    thread_id: int = 0


EVERY_DAY = 0b1111111


@dataclass(frozen=True, slots=True)
class Terms:
    """A subscription's terms. `zone` is "" until it is known; no topics means everything.

    `weekly`: a summary of seven days, on one weekday, including what the reader knows.
    """

    minute: int = 8 * 60
    weekdays: int = EVERY_DAY
    zone: str = ""
    topics: tuple[str, ...] = ()
    length: Length = Length.STANDARD
    silent: bool = False
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A stored subscription; `next_due_at` is None unless it is active.

    `channel` is the name of the channel that it posts in; None for any other chat.
    """

    id: int
    where: ChatThread
    created_by: int
    terms: Terms
    state: SubscriptionState
    next_due_at: datetime | None
    covered_until: datetime
    channel: str | None = None


MINUTES = 24 * 60
WORKING_DAYS = 0b0011111
WEEKEND = 0b1100000
MONDAY = 0b0000001

# A weekday comes within a week, or two if a zone skipped a day (Samoa in 2011).
_DAYS_AHEAD = 16
_CLOCK = re.compile(
    r"(?P<hour>\d{1,2})(?:\s*[:.h]\s*(?P<minute>\d{2})?)?\s*(?P<half>[ap]\.?\s?m\.?)?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"(?P<hour>\d{1,2})(?P<minute>\d{2})")


def next_due(minute: int, weekdays: int, zone: str, after: datetime) -> datetime:
    """The first instant after `after` at which a briefing is due, in UTC.

    Each chosen local day has exactly one, `minute` minutes after midnight by its clocks. In a gap,
    it is the first instant after the gap or, if that is on another day, the last minute before it;
    in an overlap, the first of the two. A day that the zone skipped has none.

    Args:
        minute: 0 to 1439.
        weekdays: bits, Monday the lowest; at least one.
        zone: an IANA name.
        after: aware, in any zone.
    """
    if not 0 <= minute < MINUTES or not 0 < weekdays <= EVERY_DAY:
        raise ValueError(f"no such schedule: {minute=} {weekdays=}")
    local = ZoneInfo(zone)
    first = after.astimezone(local).date() - timedelta(days=1)
    for ahead in range(_DAYS_AHEAD):
        day = first + timedelta(days=ahead)
        if weekdays >> day.weekday() & 1:
            due = _instant(day, minute, local)
            if due is not None and due > after:
                return due
    raise AssertionError(f"no day in {_DAYS_AHEAD} that is {weekdays:b} in {zone}")


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime | None:
    clock = datetime(day.year, day.month, day.day, minute // 60, minute % 60, tzinfo=zone)
    instant = clock.astimezone(UTC)  # the first of two: fold is 0
    if instant.astimezone(zone).replace(tzinfo=None) == clock.replace(tzinfo=None):
        return instant
    # In a gap, PEP 495 gives one offset for each side, so the two instants are around it.
    after = _change(clock.replace(fold=1).astimezone(UTC), instant, zone)
    if after.astimezone(zone).date() == day:
        return after
    before = after - timedelta(minutes=1)
    return before if before.astimezone(zone).date() == day else None


def _change(early: datetime, late: datetime, zone: ZoneInfo) -> datetime:
    """The instant between two at which the zone's clocks change, to the second."""
    old = early.astimezone(zone).utcoffset()
    seconds = int((late - early).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        at = early + timedelta(seconds=middle)
        if at.astimezone(zone).utcoffset() == old:
            low = middle
        else:
            high = middle
    return early + timedelta(seconds=high)


def is_one_day(weekdays: int) -> bool:
    """Whether exactly one day of the week is chosen."""
    return weekdays.bit_count() == 1


def read_time(text: str) -> int | None:
    """Minutes after midnight from a time as people write it (7:30, 0730, 7.30 pm), or None."""
    words = text.strip().rstrip(".,")
    found = _DIGITS.fullmatch(words) if words.isdigit() and len(words) > 2 else None  # noqa: PLR2004
    found = found or _CLOCK.fullmatch(words)
    if found is None:
        return None
    parts = found.groupdict()
    hour, minute, half = int(parts["hour"]), int(parts["minute"] or 0), parts.get("half")
    if half:
        if not 1 <= hour <= 12:  # noqa: PLR2004  a clock's face
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    return hour * 60 + minute if hour < 24 and minute < 60 else None  # noqa: PLR2004  a clock


def is_same(one: Subscription, other: Subscription) -> bool:
    """Whether two would send the same news to the same chat at the same time on some day."""
    a, b = one.terms, other.terms
    return (
        one.where == other.where
        and a.weekly == b.weekly
        and a.minute == b.minute
        and bool(a.weekdays & b.weekdays)
        and {topic.casefold() for topic in a.topics} == {topic.casefold() for topic in b.topics}
    )


def paused(one: Subscription) -> Subscription:
    """The subscription when paused; a draft stays a draft."""
    return (
        one
        if one.state is SubscriptionState.DRAFT
        else replace(one, state=SubscriptionState.PAUSED)
    )


def resumed(one: Subscription, oldest: datetime) -> Subscription:
    """The subscription when resumed; its next briefing covers nothing before `oldest`."""
    if one.state not in {SubscriptionState.PAUSED, SubscriptionState.BLOCKED}:
        return one
    return replace(
        one, state=SubscriptionState.ACTIVE, covered_until=max(one.covered_until, oldest)
    )


def rescheduled(new: Subscription, old: Subscription, now: datetime) -> Subscription:
    """A changed subscription, rescheduled only if its times changed: a due briefing isn't lost."""
    return new if _times(new) == _times(old) else scheduled(new, now)


def _times(one: Subscription) -> tuple[SubscriptionState, int, int, str]:
    return one.state, one.terms.minute, one.terms.weekdays, one.terms.zone


def scheduled(one: Subscription, now: datetime) -> Subscription:
    """The subscription with the next due instant for its state and terms."""
    if one.state is not SubscriptionState.ACTIVE:
        return replace(one, next_due_at=None)
    terms = one.terms
    return replace(one, next_due_at=next_due(terms.minute, terms.weekdays, terms.zone, now))
