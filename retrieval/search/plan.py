"""What a question asks for, besides its meaning: when, whose report, which names. Pure, by rules.

A plan only ever changes the order of what is found: a wrong guess costs rank, never a result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from retrieval.search.dates import DateMention, Window, find_dates, window_of, without_dates
from retrieval.search.outlets import named_outlets, outlet_spans
from retrieval.words import names_in, phrases, telling_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo

    from retrieval.models import Span


class Freshness(StrEnum):
    """How much newer articles are preferred."""

    NONE = "none"
    SOME = "some"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is searched.

    `terms` are its telling words and the phrases of it, such as "2,500 tanks"; `names` those words
    that look like names. `dates` are the words of it that name a time: they say when, and need not
    stand in what answers. `content` is the question without them.
    """

    question: str
    now: datetime
    window: Window | None
    outlets: tuple[str, ...]
    names: tuple[str, ...]
    terms: tuple[str, ...]
    freshness: Freshness
    dates: tuple[DateMention, ...] = ()
    content: str = ""

    @property
    def date_spans(self) -> tuple[Span, ...]:
        """Where in the question those words stand."""
        return tuple(one.span for one in self.dates)


_LATEST = re.compile(
    r"\b(?:latest|newest|recent(?:ly)?|current(?:ly)?|now|so far|today|tonight|breaking|just"
    r"|останн\w+|зараз|нині|сьогодні|щойно|последн\w+|сейчас|сегодня|теперь|недавно)\b",
    re.IGNORECASE,
)
# "Will the bridge open on Friday?" asks for the Friday to come, of which nothing is published yet.
_TO_COME = re.compile(
    r"\b(?:will|won['’]t|going to|'ll|’ll)\b|\b(?:буде|будуть|будет|будут|wird|werden)\b",
    re.IGNORECASE,
)
_WEEKDAY_ALONE = re.compile(
    r"(?:[^\W\d_]+\s)?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|понеділ\w+|вівтор\w+|серед\w"
    r"|четвер\w?|п['’ʼ]ятниц\w|субот\w|неділ\w|понедельник\w*|вторник\w*|сред\w|четверг\w?"
    r"|пятниц\w|суббот\w|воскресень\w|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch)",
    re.IGNORECASE,
)
# A window that ended longer ago than this is history: newer is not better.
_HISTORY = timedelta(days=45)


def make_plan(
    question: str,
    now: datetime,
    outlets: Iterable[str] = (),
    zone: tzinfo = UTC,
    *,
    month_first: bool = False,
) -> Plan:
    """Plan a question asked at `now` by somebody in `zone`, of an archive with these `outlets`.

    With `month_first`, 3/10 is 10 March.
    """
    named = named_outlets(question, outlets)
    dates = _dates(question, now, named, zone, month_first=month_first)
    window, content = window_of(dates), without_dates(question, dates)
    return Plan(
        question=question,
        now=now,
        window=window,
        outlets=named,
        names=tuple(names_in(content)),
        terms=(*telling_words(question), *phrases(question)),
        freshness=_freshness(question, window, now),
        dates=dates,
        content=content,
    )


def _dates(
    question: str, now: datetime, outlets: Iterable[str], zone: tzinfo, *, month_first: bool
) -> tuple[DateMention, ...]:
    """The dates of a question; the day in the name of an outlet is none, nor is a day to come."""
    names = outlet_spans(question, outlets)
    is_to_come = _TO_COME.search(question) is not None
    return tuple(
        one
        for one in find_dates(question, now, zone, month_first=month_first)
        if not any(name.start <= one.span.start and one.span.end <= name.end for name in names)
        and not (is_to_come and _WEEKDAY_ALONE.fullmatch(one.span.of(question)))
    )


def _freshness(question: str, window: Window | None, now: datetime) -> Freshness:
    if window is not None and window.end < now - _HISTORY:
        return Freshness.NONE
    return Freshness.STRONG if _LATEST.search(question) else Freshness.SOME
