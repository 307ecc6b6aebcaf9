"""Since when: "24h", "3 days", "Monday", "3 October", an ISO date or instant. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from retrieval.search.dates import find_window

if TYPE_CHECKING:
    from datetime import tzinfo

_SPAN = re.compile(
    r"^(?:the )?(?:last |past )?(\d{1,4})\s*"
    r"(h|hrs?|hours?|d|days?|w|wks?|weeks?|год\w*|час\w*|д|дн\w*|день|тиж\w*|нед\w*)\.?$",
    re.IGNORECASE,
)
_HOURS = (("h", "год", "час"), 1), (("d", "д"), 24), (("w", "тиж", "нед"), 24 * 7)
# "за добу", "за неделю": one of them.
_ONE = {"добу": 24, "сутки": 24, "день": 24, "тиждень": 24 * 7, "неделю": 24 * 7}
# The reader's last midnight: what "today" begins with.
_MIDNIGHT = frozenset({"midnight", "tonight", "півночі", "опівночі", "полуночи"})
MOST_DAYS = 366


def parse_since(text: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """The instant that a reader means; None if it can't be read, is not past, or over a year ago.

    `zone` is the reader's, where days begin.
    """
    found = _instant(" ".join(text.split()), now, zone)
    if found is None or not now - timedelta(days=MOST_DAYS) <= found < now:
        return None
    return found


def is_time(text: str, now: datetime) -> bool:
    """Whether all of a text says since when, so that no word of it is a topic."""
    text = " ".join(text.split()).casefold()
    if _SPAN.match(text) or text in _ONE or text in _MIDNIGHT:
        return True
    try:
        datetime.fromisoformat(text)
    except ValueError:
        found = find_window(f"since {text}", now)
        return found is not None and found.words.removeprefix("since ") == text
    return True


def _instant(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    span = _SPAN.match(text)
    if span is not None:
        unit = span[2].casefold()
        hours = next(hours for names, hours in _HOURS if unit.startswith(names))
        return now - timedelta(hours=int(span[1]) * hours)
    if text.casefold() in _ONE:
        return now - timedelta(hours=_ONE[text.casefold()])
    if text.casefold() in _MIDNIGHT:
        return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        window = find_window(f"since {text}", now, zone) or find_window(text, now, zone)
        return window.start if window else None
    return at if at.tzinfo else at.replace(tzinfo=zone)
