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
MOST_DAYS = 366


def parse_since(text: str, now: datetime, zone: tzinfo = UTC) -> datetime | None:
    """The instant that a reader means; None if it can't be read, is not past, or over a year ago.

    `zone` is the reader's, where days begin.
    """
    found = _instant(" ".join(text.split()), now, zone)
    if found is None or not now - timedelta(days=MOST_DAYS) <= found < now:
        return None
    return found


def _instant(text: str, now: datetime, zone: tzinfo) -> datetime | None:
    span = _SPAN.match(text)
    if span is not None:
        unit = span[2].casefold()
        hours = next(hours for names, hours in _HOURS if unit.startswith(names))
        return now - timedelta(hours=int(span[1]) * hours)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        window = find_window(f"since {text}", now, zone) or find_window(text, now, zone)
        return window.start if window else None
    return at if at.tzinfo else at.replace(tzinfo=zone)
