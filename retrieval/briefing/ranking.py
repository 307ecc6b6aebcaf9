"""Which stories come first, and why. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_HOUR_S = 3_600.0
# More outlets than this say nothing more about how much a story weighs.
_MANY_OUTLETS = 8
# By how much a story of one outlet stays behind, so that it never passes an equal confirmed one.
_SINGLE = 0.5


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal adds at most; all signals run from 0 to 1."""

    outlets: float = 1.0
    recency: float = 0.4
    topics: float = 1.0
    asked: float = 0.5
    followed: float = 1.5
    novelty: float = 0.3


@dataclass(frozen=True, slots=True)
class Signals:
    """What ranking knows of a story.

    `outlets` report independently, copies counted once; `topics` are those of the reader's that it
    matches; `asked` is how well it fits what the reader asked lately (0 to 1).
    """

    story_id: int
    outlets: int
    newest: datetime
    topics: tuple[str, ...] = ()
    asked: float = 0.0
    followed: bool = False
    known: bool = False


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story's place: its score, and the reason in words."""

    story_id: int
    score: float
    why: str


def rank(stories: Sequence[Signals], now: datetime, weights: Weights) -> list[Ranked]:
    """Stories in order, best first; equal ones by the newest, then by id."""
    by_id = {one.story_id: one for one in stories}
    ranked = [Ranked(one.story_id, _score(one, now, weights), _why(one)) for one in stories]
    return sorted(ranked, key=lambda one: (-one.score, -_at(by_id[one.story_id]), one.story_id))


def _score(story: Signals, now: datetime, weights: Weights) -> float:
    age_h = max((now - story.newest).total_seconds(), 0.0) / _HOUR_S
    confirmed = math.log(1 + min(story.outlets, _MANY_OUTLETS)) / math.log(1 + _MANY_OUTLETS)
    score = (
        weights.outlets * confirmed
        + weights.recency * math.exp(-age_h / 24)
        + weights.topics * bool(story.topics)
        + weights.asked * story.asked
        + weights.followed * story.followed
        + weights.novelty * (not story.known)
    )
    return score - (_SINGLE * weights.outlets if story.outlets < 2 else 0)  # noqa: PLR2004


def _why(story: Signals) -> str:
    """In words that a reader understands, the strongest reasons first."""
    reasons = []
    if story.followed:
        reasons.append("you follow it")
    if story.topics:
        reasons.append("about " + " and ".join(story.topics))
    if story.asked > 0:
        reasons.append("you asked about it")
    if story.outlets > 1:
        reasons.append(f"{story.outlets} independent outlets")
    else:
        reasons.append("a single source")
    reasons.append("an update" if story.known else "new to you")
    return ", ".join(reasons)


def _at(story: Signals) -> float:
    return story.newest.timestamp()
