"""What of a search is of the time asked for, and what a reader is told if none is. Pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.models import Precision
from retrieval.search.dates import find_dates, names_a_day_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from retrieval.models import Hit, Passage, Published
    from retrieval.search.dates import Window

_DAY = timedelta(days=1)
# What is published so soon after a day, and names it, tells of it wherever it names no other.
_MORNING_AFTER = timedelta(hours=12)
# "Before Monday" begins with the epoch.
_FIRST_YEAR = 1970
_MOST_YEARS = 50


def of_window(window: Window, hits: Iterable[Hit]) -> list[Hit]:
    """The hits that tell of the window: published in it, or what they say of a day of it.

    Of a passage from another day only those sentences are left that name a day of the window, such
    as "on Monday" in a report of Tuesday, and those beside them that name none; of an article from
    the morning after the window that names a day of it, all that name no other day.
    """
    found = list(hits)
    others = [one for one in found if not window.holds(one.passage.article.published)]
    named = {one.passage.id: _naming(window, one.passage) for one in others}
    about = {one.passage.article.id for one in others if named[one.passage.id]}
    kept: list[Hit] = []
    for hit in found:
        passage = hit.passage
        if passage.id not in named:
            kept.append(hit)
            continue
        is_about = passage.article.id in about
        told = _told(window, passage, named[passage.id], is_about=is_about)
        if told.sentences:
            kept.append(replace(hit, passage=told))
    return kept


def _texts(passage: Passage) -> list[str]:
    return [passage.sentence(index) for index in range(len(passage.sentences))]


def _naming(window: Window, passage: Passage) -> set[int]:
    """The sentences of a passage that name a day of the window."""
    published = passage.article.published
    if published is None:
        return set()
    at = _written(published)
    return {n for n, text in enumerate(_texts(passage)) if names_a_day_of(window, text, at)}


def _written(published: Published) -> datetime:
    """When a text was written from which its "on Tuesday" counts; of a day alone its noon."""
    is_day = published.precision is Precision.DAY
    return published.at + _DAY / 2 if is_day else published.at


def _told(window: Window, passage: Passage, naming: set[int], *, is_about: bool) -> Passage:
    """A passage with those of its sentences that tell of the window.

    `naming` are those that name a day of it; `is_about`: its article names one somewhere.
    """
    published, texts = passage.article.published, _texts(passage)
    beside = {n + step for n in naming for step in (-1, 1) if 0 <= n + step < len(texts)}
    if published is not None and is_about and _is_of_the_morning_after(window, published):
        beside = set(range(len(texts)))
    # What stands beside it is of that day too, unless it names another.
    undated = published and {n for n in beside if not find_dates(texts[n], _written(published))}
    kept = sorted(naming | (undated or set()))
    return replace(
        passage,
        sentences=tuple(passage.sentences[n] for n in kept),
        also=tuple(passage.also[n] for n in kept) if passage.also else (),
        junk=tuple(passage.junk[n] for n in kept) if passage.junk else (),
    )


def _is_of_the_morning_after(window: Window, published: Published) -> bool:
    is_exact = published.precision is not Precision.DAY
    return is_exact and window.end <= published.at < window.end + _MORNING_AFTER


def nothing_from(window: Window, zone: tzinfo) -> str:
    """What is said where a window holds nothing about what was asked."""
    first, last = _days(window, zone)
    if first is None:
        return f"I found nothing about that up to {last}."
    if first == last:
        return f"I found nothing about that on {last}."
    return f"I found nothing about that from {first} to {last}."


def no_news_from(window: Window, zone: tzinfo) -> str:
    """What is said where a window holds nothing at all."""
    first, last = _days(window, zone)
    if first is None:
        return f"I found no news up to {last}."
    if first == last:
        return f"I found no news on {last}."
    return f"I found no news from {first} to {last}."


def in_earlier_years(
    window: Window, published: Iterable[Published | None], zone: tzinfo
) -> list[Window]:
    """The same days of earlier years in which something was published, the newest first.

    Only of a window whose words name no year: "in August" may be any.
    """
    if not window.yearly:
        return []
    dates = [one for one in published if one is not None]
    oldest = min((one.at.year for one in dates), default=window.start.year)
    # One more: a winter begins in the year before the one in which it ends.
    back = range(1, min(window.start.year - oldest + 2, _MOST_YEARS))
    windows = [window.years_before(years, zone) for years in back]
    return [one for one in windows if any(one.holds(date) for date in dates)]


def of_that_year(window: Window, zone: tzinfo) -> str:
    """What is said where a question names no year, and an earlier one than the last answers."""
    first, last = _days(window, zone)
    if first == last:
        return f"You didn't name a year; this is from {last}."
    return f"You didn't name a year; this is from {first} to {last}."


def only_outside(window: Window | None, hits: Iterable[Hit], zone: tzinfo) -> str | None:
    """The sentence for hits that all were published outside the window asked for, if so.

    The search prefers a window and never stops at its edges: a wrong guess must not hide a result.
    """
    if window is None:
        return None
    dates = [hit.passage.article.published for hit in hits]
    if not dates or any(window.holds(one) for one in dates):
        return None
    first, last = _days(window, zone)
    if first is None or first == last:
        return f"I found nothing published on {last}; this is from other days."
    return f"I found nothing published from {first} to {last}; this is from other days."


def _days(window: Window, zone: tzinfo) -> tuple[str | None, str]:
    """The first and last day of a window; no first one where it begins with the epoch."""
    start, end = window.start.astimezone(zone), (window.end - _DAY / 2).astimezone(zone)
    first, last = (f"{day.day} {day:%B %Y}" for day in (start, max(start, end)))
    return None if start.year <= _FIRST_YEAR else first, last
