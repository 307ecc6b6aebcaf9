"""When an article was published, no more exactly than its source says."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from email.utils import parsedate_to_datetime

from retrieval.errors import ExtractError
from retrieval.ingest.extract.written_dates import read_moment
from retrieval.models import Precision, Published

# Far from where a zone's offset would leave the calendar.
_EARLIEST, _LATEST = date(1450, 1, 1), date(9990, 1, 1)
_TOLERANCE = timedelta(days=1)
_LONGEST = 100
# What the standard library raises, besides what it says, for years, zones and days that are none.
_NO_DATE = (ValueError, OverflowError, TypeError, LookupError, AttributeError)


def published_of(value: str, now: datetime) -> Published:
    """The publication date that `value` tells, in any language and order.

    Precise to the minute only with a time and a zone. Midnight sharp is a date in disguise.

    Raises:
        ExtractError: it is no date, or lies more than a day after `now`.
    """
    published = published_at(_parse(value.strip()))
    if published.at > now + _TOLERANCE:
        raise ExtractError(
            f"Its date, {value.strip()[:40]}, lies in the future; correct it or leave it out."
        )
    return published


def published_at(moment: datetime) -> Published:
    """`moment` as a publication date; without a zone, only its day counts."""
    if moment.tzinfo is None or moment.time() == time(0):
        return Published(datetime.combine(moment.date(), time(0), UTC), Precision.DAY)
    return Published(moment.astimezone(UTC).replace(second=0, microsecond=0), Precision.MINUTE)


def mail_date(value: str) -> datetime | None:
    """The moment that a date as in e-mail and HTTP tells; None if it is none."""
    try:
        moment: datetime = parsedate_to_datetime(value[:_LONGEST])
        zoned = moment.replace(tzinfo=moment.tzinfo or UTC)
        return moment if _EARLIEST < zoned.astimezone(UTC).date() < _LATEST else None
    except _NO_DATE:
        return None


def _parse(value: str) -> datetime:
    moment = read_moment(value)
    if moment is not None:
        return datetime.combine(moment.day, moment.at or time(), moment.zone)
    raise ExtractError(
        f"Its date, “{value[:40]}”, could not be understood; write it like 2024-11-20T14:30+02:00."
    )
