"""What a reader is told when nothing of the time that they asked about was found. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import tzinfo

    from retrieval.models import Hit
    from retrieval.search.dates import Window

_DAY = timedelta(days=1)


def only_outside(window: Window | None, hits: Iterable[Hit], zone: tzinfo) -> str | None:
    """The sentence for hits that all were published outside the window asked for, if so.

    The search prefers a window and never stops at its edges: a wrong guess must not hide a result.
    """
    if window is None:
        return None
    dates = [hit.passage.article.published for hit in hits]
    if not dates or any(one and window.start <= one.at < window.end for one in dates):
        return None
    start, end = window.start.astimezone(zone), (window.end - _DAY / 2).astimezone(zone)
    first, last = (f"{day.day} {day:%B %Y}" for day in (start, end))
    if first == last:
        return f"Nothing published on {first} was found; this is from other days."
    return f"Nothing published from {first} to {last} was found; this is from other days."
