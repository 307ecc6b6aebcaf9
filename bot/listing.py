"""What `/articles` asks for: words to search, `outlet:`, `since:` and `until:`."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from bot.language import gettext as _
from retrieval.archive.listing import Wanted
from retrieval.errors import SitrepError

if TYPE_CHECKING:
    from collections.abc import Sequence

LONGEST = 200
_MOST_WORDS = 8
# phones write typographic quotation marks
_FILTER = re.compile(
    r"(?<!\S)(outlet|since|until):\s*(?:\"([^\"]*)\"|“([^”]*)”|«([^»]*)»|(\S+))", re.IGNORECASE
)


class ListingError(SitrepError):
    """What was asked for can't be read; the sentence is for who asked."""


def folded(asked: str) -> str:
    """On one line, without what is not printed, and not endless."""
    return " ".join("".join(c if c.isprintable() else " " for c in asked).split())[:LONGEST]


def wanted(asked: str, outlets: Sequence[str]) -> Wanted:
    """Read what was asked; `outlets` are those that there are, and part of a name will do.

    Raises:
        ListingError: no such outlet, no date, or too many words.
    """
    start = end = None
    chosen: list[str] = []
    for name, *values in _FILTER.findall(asked):
        value = next((one for one in values if one), "")
        match name.lower():
            case "outlet":
                chosen += _outlets(value, outlets)
            case "since":
                start = _day(value)
            case _:
                end = _day(value) + timedelta(days=1)
    words = tuple(_FILTER.sub(" ", asked).split())
    if len(words) > _MOST_WORDS:
        raise ListingError(
            _("Search for at most {count} words at a time.").format(count=_MOST_WORDS)
        )
    if start is not None and end is not None and start >= end:
        raise ListingError(_("since: must not be later than until:."))
    return Wanted(words, tuple(dict.fromkeys(chosen)), start, end)


def _outlets(part: str, outlets: Sequence[str]) -> list[str]:
    part = part.casefold().strip()
    same = [one for one in outlets if one.casefold() == part]
    found = same or [one for one in outlets if part and part in one.casefold()]
    if not found:
        raise ListingError(
            _("No outlet has “{part}” in its name. /sources lists them.").format(part=part)
        )
    return found


def _day(value: str) -> datetime:
    try:
        # the last day that there is has none after it
        day = min(date.fromisoformat(value), date.max - timedelta(days=1))
    except ValueError:
        raise ListingError(
            _("“{value}” isn't a date. Write it like since:2024-11-30.").format(value=value)
        ) from None
    return datetime.combine(day, time(), UTC)
