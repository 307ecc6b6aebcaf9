"""What a question asks for, besides its meaning: when, whose report, which names. Pure, by rules.

A plan only ever changes the order of what is found: a wrong guess costs rank, never a result.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from retrieval.search.dates import Window, find_window
from retrieval.search.outlets import named_outlets
from retrieval.words import names_in, phrases, telling_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, tzinfo


class Freshness(StrEnum):
    """How much newer articles are preferred."""

    NONE = "none"
    SOME = "some"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is searched.

    `terms` are its telling words and the phrases of it, such as "2,500 tanks"; `names` those words
    that look like names.
    """

    question: str
    now: datetime
    window: Window | None
    outlets: tuple[str, ...]
    names: tuple[str, ...]
    terms: tuple[str, ...]
    freshness: Freshness


_LATEST = re.compile(
    r"\b(?:latest|newest|recent(?:ly)?|current(?:ly)?|now|so far|today|tonight|breaking|just"
    r"|останн\w+|зараз|нині|сьогодні|щойно|последн\w+|сейчас|сегодня|теперь|недавно)\b",
    re.IGNORECASE,
)
# A window that ended longer ago than this is history: newer is not better.
_HISTORY = timedelta(days=45)


def make_plan(
    question: str, now: datetime, outlets: Iterable[str] = (), zone: tzinfo = UTC
) -> Plan:
    """Plan a question asked at `now` by somebody in `zone`, of an archive with these `outlets`."""
    window = find_window(question, now, zone)
    return Plan(
        question=question,
        now=now,
        window=window,
        outlets=named_outlets(question, outlets),
        names=tuple(names_in(question)),
        terms=(*telling_words(question), *phrases(question)),
        freshness=_freshness(question, window, now),
    )


def _freshness(question: str, window: Window | None, now: datetime) -> Freshness:
    if window is not None and window.end < now - _HISTORY:
        return Freshness.NONE
    return Freshness.STRONG if _LATEST.search(question) else Freshness.SOME
