"""Which stories come first, and why. Pure.

What an editor weighs: how many independent publishers tell it and in how many articles, how fast
it grows, whom it hit and how many; then what the reader wants. A story of one outlet comes after
those that are confirmed, and one article alone comes last.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.figures import fate, find_figures

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

_HOUR_S = 3_600.0
# More outlets and articles than this say nothing more about how much a story weighs.
_MANY_OUTLETS, _MANY_ARTICLES = 8, 16
# By how much a story of one outlet stays behind, so that it never passes an equal confirmed one,
# and one article alone besides.
_SINGLE, _SOLITARY = 0.5, 0.3
_CONFIRMED = 2
# A story that only one article tells is worth more than a line from this weight on.
_GRAVE_ENOUGH = 0.4
# So many dead weigh as much as anything can; other harm weighs less (see `figures.fate`).
_MOST_DEAD = 1_000.0
_HARM = {"f0": 1.0, "f1": 0.7, "f2": 0.7, "f3": 0.5}
_DEADLY = 0.5
_DEATH = re.compile(
    r"\b(?:killed|kills|dead|deaths?|died|dies|deadly|fatal|massacre|вбит\w*|убит\w*|загинул\w*"
    r"|погиб\w*|смертельн\w*)\b",
    re.IGNORECASE,
)
# What changes the lives of many: a word of these in a title weighs as much as some dead.
_GRAVE = 0.4
_OF_MANY = re.compile(
    r"\b(?:storms?|tornado\w*|blizzard|drought|heat ?waves?|protests?|riots?|unrest|troops"
    r"|annexation|war|invasion|invades?|mobili[sz]\w+|ceasefire|truce|missiles?|nuclear"
    r"|air ?strikes?"
    r"|attacks?"
    r"|earthquake|hurricane|typhoon|cyclone|floods?|flooding|wildfires?|famine|pandemic|outbreak"
    r"|emergency|evacuat\w+|coup|martial law|elections?|president|prime minister|parliament"
    r"|supreme court"
    r"|resign(?:s|ed|ation)|sanctions?|inflation|recession|interest rates?|referendum|annex\w*"
    r"|shooting"
    r"|assassinat\w+|hackers?|cyber ?attacks?|ransomware|security forces|crackdown|detain\w*"
    r"|sentenced|hostages?|explosions?"
    r"|блекаут|війн\w*|войн\w*|вторгнення|мобілізац\w*|мобилизац\w*"
    r"|ракет\w*"
    r"|обстріл\w*|обстрел\w*|землетрус\w*|землетрясен\w*|повін\w*|паводок|наводнен\w*|вибор\w*"
    r"|выбор\w*"
    r"|президент\w*|прем['’]?єр\w*|премьер\w*|відставк\w*|отставк\w*|санкці\w*|санкци\w*"
    r"|теракт\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Weights:
    """What each signal adds at most; all signals run from 0 to 1."""

    outlets: float = 1.0
    articles: float = 0.5
    growth: float = 0.1
    toll: float = 0.7
    recency: float = 0.3
    topics: float = 1.0
    asked: float = 0.5
    followed: float = 1.5
    novelty: float = 0.05
    soft: float = 0.4


@dataclass(frozen=True, slots=True)
class Signals:
    """What ranking knows of a story.

    `outlets` report independently, one for each publisher, copies counted once; `articles` are all
    that tell it, copies too: what many print is no oddity. `growth` is the share of them that came
    in the last quarter of the window, `toll` how heavy what happened is (`toll_of`). `topics` are
    those of the reader's that it matches; `asked` is how well it fits what the reader asked lately
    (0 to 1). `soft` is the share of its articles that are sport, show, lifestyle, or explain.
    """

    story_id: int
    outlets: int
    newest: datetime
    topics: tuple[str, ...] = ()
    asked: float = 0.0
    followed: bool = False
    known: bool = False
    articles: int = 1
    growth: float = 0.0
    toll: float = 0.0
    soft: float = 0.0


@dataclass(frozen=True, slots=True)
class Ranked:
    """A story's place: its score, and the reason in words."""

    story_id: int
    score: float
    why: str


def rank(stories: Sequence[Signals], now: datetime, weights: Weights) -> list[Ranked]:
    """Stories in order, best first; equal ones by the newest, then by id.

    The first has two publishers at least, where any story of those that the reader chose as much
    has.
    """
    ordered = sorted(
        stories,
        key=lambda one: (-_score(one, now, weights), -one.newest.timestamp(), one.story_id),
    )
    if ordered and ordered[0].outlets < _CONFIRMED:
        first = ordered[0]
        confirmed = next(
            (
                one
                for one in ordered
                if one.outlets >= _CONFIRMED
                and (one.followed, bool(one.topics)) >= (first.followed, bool(first.topics))
            ),
            first,
        )
        ordered.remove(confirmed)
        ordered.insert(0, confirmed)
    return [Ranked(one.story_id, _score(one, now, weights), _why(one)) for one in ordered]


def is_minor(story: Signals) -> bool:
    """Whether a story is worth a line: one article tells it, few were hit, no reader is in it."""
    return (
        max(story.outlets, story.articles) < _CONFIRMED
        and story.toll - story.soft < _GRAVE_ENOUGH
        and not story.known
        and not story.topics
        and not story.followed
        and not story.asked
    )


def toll_of(title: str, lead: str) -> float:
    """How heavy what a text tells is, from 0 to 1: whom it hit, and how many, on a log scale.

    The figures of dead, hurt, missing and displaced; words for what changes
    the lives of many count little, and only in the title.
    """
    text = f"{title}.\n{lead}"
    harm = [
        _HARM.get(fate(text, figure) or "", 0.0) * math.log1p(figure.value)
        for figure in find_figures(text)
        if 0 < figure.value < _MOST_DEAD**2
    ]
    counted = min(max(harm, default=0.0) / math.log1p(_MOST_DEAD), 1.0)
    named = _DEADLY if _DEATH.search(title) else _GRAVE if _OF_MANY.search(title) else 0.0
    return min(counted + named, 1.0)


def _score(story: Signals, now: datetime, weights: Weights) -> float:
    age_h = max((now - story.newest).total_seconds(), 0.0) / _HOUR_S
    score = (
        weights.outlets * _of_many(story.outlets, _MANY_OUTLETS)
        + weights.articles * _of_many(story.articles, _MANY_ARTICLES)
        + weights.growth * story.growth
        + weights.toll * story.toll
        + weights.recency * math.exp(-age_h / 24)
        + weights.topics * bool(story.topics)
        + weights.asked * story.asked
        + weights.followed * story.followed
        + weights.novelty * (not story.known)
        - weights.soft * story.soft
    )
    if story.outlets >= _CONFIRMED:
        return score
    return score - (_SINGLE + (_SOLITARY if story.articles < _CONFIRMED else 0)) * weights.outlets


def _of_many(count: int, many: int) -> float:
    return math.log(1 + min(count, many)) / math.log(1 + many)


def _why(story: Signals) -> str:
    """In words that a reader understands, the strongest reasons first."""
    reasons = []
    if story.followed:
        reasons.append("you follow this story")
    if story.topics:
        reasons.append("about " + " and ".join(story.topics))
    if story.asked > 0:
        reasons.append("you asked about this")
    if story.outlets > 1:
        reasons.append(f"{story.outlets} independent outlets")
    else:
        reasons.append("a single source")
    reasons.append("an update" if story.known else "new to you")
    return ", ".join(reasons)
