"""Requests for briefings; which stories a reader wants, and their ranking. Pure."""

from __future__ import annotations

import hashlib
import json
import math
import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import prompts
import retrieval
from retrieval.briefing.kinds import is_apart, is_soft, kind_apart
from retrieval.briefing.material import bare_title
from retrieval.messages import UserMessage
from retrieval.models import Length, Mention
from retrieval.text.figures import fate, find_figures
from retrieval.text.words import stems

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import datetime

    from retrieval.briefing.gathering import Gathered, Happening
    from retrieval.briefing.ledger import Known, Told
    from retrieval.models import Article, BriefingWindow


# The share of a question's words that a story's lead must contain.
_ASKED_ABOUT = 0.5
# A story's gravity is judged by the beginnings of this many of its newest articles.
_LOOKED_AT, _LEAD = 6, 600
# Kinds other than reports that may get a line, and how many.
_WORTH_A_LINE, _MOST_ASIDES = frozenset({"opinion", "a round-up"}), 2


def of_interest(
    gathered: Gathered, request: Request, told: Told, about: Mapping[int, tuple[str, ...]]
) -> dict[int, Happening]:
    """The stories that the reader wants: on their topics or followed, and not muted.

    Only stories with an article that wasn't used for the reader before, since others have nothing
    new. Not those with only round-ups, galleries, columns and the like.
    """
    return {
        story.id: story
        for story in _wanted(gathered, request, told, about)
        if not all(map(is_apart, story.articles))
    }


def asides(
    gathered: Gathered, request: Request, told: Told, about: Mapping[int, tuple[str, ...]]
) -> list[Happening]:
    """Opinion and round-ups for one line each, those of the most outlets first."""
    found = [
        story
        for story in _wanted(gathered, request, told, about)
        if all(kind_apart(one.title, one.url) in _WORTH_A_LINE for one in story.articles)
    ]
    return sorted(found, key=lambda one: (-len(one.outlets), -one.newest.timestamp(), one.id))


def mentioned(
    stories: Sequence[Happening], told: Told, known: Known, most: int, taken: Collection[int] = ()
) -> tuple[Mention, ...]:
    """One line for each of the first stories that the reader wasn't told of, in order."""
    lines: dict[str, Mention] = {}
    apart = 0
    for story in stories:
        if story.id in taken or story.id in told.mentioned or told.of_story(story.id):
            continue
        line = _mention(story)
        apart += line.kind is not None
        if (
            (line.kind is None or apart <= _MOST_ASIDES)
            and line.headline not in told.headlines
            and line.headline not in known
        ):
            lines.setdefault(line.headline, line)
        if len(lines) == most:
            break
    return tuple(lines.values())


def _mention(story: Happening) -> Mention:
    article = next((one for one in story.articles if not is_apart(one)), story.articles[0])
    headline = bare_title(article.title, article.outlet)
    kind = kind_apart(article.title, article.url)
    return Mention(story.id, headline, article, story.outlets, kind)


def _wanted(
    gathered: Gathered, request: Request, told: Told, about: Mapping[int, tuple[str, ...]]
) -> Iterator[Happening]:
    for story in gathered.stories:
        if (
            story.id not in request.muted
            and not all(told.has_read(one.id, one.revision_id) for one in story.articles)
            and (
                not request.topics
                or story.id in request.followed
                or any(article.revision_id in about for article in story.articles)
            )
        ):
            yield story


def signals_of(
    stories: Mapping[int, Happening],
    gathered: Gathered,
    request: Request,
    told: Told,
    about: Mapping[int, tuple[str, ...]],
) -> list[SelectionSignals]:
    """The signals of each story; `about` has, by revision id, the topics of an article."""
    asked = [stems(question) for question in request.asked]
    return [
        SelectionSignals(
            story_id=story.id,
            outlets=len(story.outlets),
            newest=story.newest,
            articles=max(len(story.articles), len(story.members)),
            growth=_growth(story, request),
            soft=sum(is_soft(one.title, one.url) for one in story.articles) / len(story.articles),
            toll=max((_toll(one, gathered) for one in story.articles[:_LOOKED_AT]), default=0.0),
            topics=tuple(
                dict.fromkeys(
                    topic for one in story.articles for topic in about.get(one.revision_id, ())
                )
            ),
            asked=_asked_about(asked, story, gathered),
            followed=story.id in request.followed,
            known=bool(told.of_story(story.id)),
        )
        for story in stories.values()
    ]


def _growth(story: Happening, request: Request) -> float:
    """The share of a story's articles from the last quarter of the window."""
    start, end = request.window.start, request.window.end
    late = end - (end - start) / 4
    dates = [one.published.at for one in story.articles if one.published]
    return sum(at >= late for at in dates) / len(dates) if len(dates) > 1 else 0.0


def _toll(article: Article, gathered: Gathered) -> float:
    lead = gathered.leads.get(article.revision_id)
    return toll_of(article.title, lead.text[:_LEAD] if lead else "")


def _asked_about(asked: Sequence[frozenset[str]], story: Happening, gathered: Gathered) -> float:
    """The largest share of a question's words in the story's newest lead; 0 below a half."""
    lead = gathered.leads.get(story.articles[0].revision_id)
    if lead is None or not asked:
        return 0.0
    said = stems(f"{lead.article.title}\n{lead.text}")
    best = max(len(one & said) / len(one) if one else 0.0 for one in asked)
    return best if best >= _ASKED_ABOUT else 0.0


@dataclass(frozen=True, slots=True)
class Request:
    """A request for a briefing.

    `topics` are words; none means everything. `asked` are the reader's recent questions, `followed`
    and `muted` are story ids. `now` is the reader's local time. With `in_quotes`, no model is used,
    and the reader is told this reason; with `without_model`, no model is used, without a notice.
    `language` is the English name of the language to write in; None: that of the articles.
    """

    window: BriefingWindow
    now: datetime
    topics: tuple[str, ...] = ()
    length: Length = Length.STANDARD
    asked: tuple[str, ...] = ()
    followed: frozenset[int] = frozenset()
    muted: frozenset[int] = frozenset()
    in_quotes: UserMessage | None = None
    language: str | None = None
    without_model: bool = False

    @property
    def by_quotes(self) -> bool:
        """Whether sentences are quoted even if there is a model."""
        return self.without_model or self.in_quotes is not None


@dataclass(frozen=True, slots=True)
class Extent:
    """The number of stories, of claims in each, and whether each has more than claims.

    A story takes at most `lines` on a phone's screen; `also` stories have one line.
    """

    stories: int
    claims: int
    more: bool
    lines: int = 25
    also: int = 5


EXTENTS = {
    Length.HEADLINES: Extent(stories=10, claims=1, more=False),
    Length.STANDARD: Extent(stories=6, claims=3, more=True),
    Length.DEPTH: Extent(stories=8, claims=4, more=True, lines=40, also=8),
}


@cache
def code_version() -> str:
    """A hash of the code, tables and prompts that write briefings.

    A manual version number would be forgotten when a rule changes.
    """
    digest = hashlib.sha256()
    for package in (retrieval, prompts):
        folder = Path(package.__path__[0])
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".json", ".md"}:
                digest.update(str(path.relative_to(folder)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def key_of(request: Request, briefings: tuple[int, ...], writer: str) -> str:
    """A hash of a briefing's inputs besides the archive: equal keys mean equal briefings.

    `briefings` are the ids that the reader got, `writer` names the model or quote mode. The code is
    included, so that nobody gets a briefing stored by an older version.
    """
    window = request.window
    asked = {
        "window": [window.start.isoformat(), window.end.isoformat()],
        "topics": sorted(topic.casefold() for topic in request.topics),
        "length": request.length,
        "asked": list(request.asked),
        "followed": sorted(request.followed),
        "muted": sorted(request.muted),
        "told": list(briefings),
        "writer": writer,
        "code": code_version(),
        "in_quotes": None if request.in_quotes is None else request.in_quotes.text,
        "language": request.language,
        "extent": asdict(EXTENTS[request.length]),
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


# The ranking of stories, and its reasons. Pure.
#
# An editor's criteria: the number of independent publishers and articles, growth, and the people
# affected; then the reader's wishes. A story of one outlet comes after confirmed ones, and one with
# a single article comes last.

_HOUR_S = 3_600.0
# More outlets and articles don't make a story more important.
_MANY_OUTLETS, _MANY_ARTICLES = 8, 16
# The penalty of a story of one outlet, so that it never passes an equal confirmed one, and of a
# single article in addition.
_SINGLE, _SOLITARY = 0.5, 0.3
_CONFIRMED = 2
# A story with a single article gets more than a line from this gravity on.
_GRAVE_ENOUGH = 0.4
# This many dead are the maximum of gravity; other harm weighs less (see `figures.fate`).
_MOST_DEAD = 1_000.0
_HARM = {"f0": 1.0, "f1": 0.7, "f2": 0.7, "f3": 0.5}
_DEADLY = 0.5
_DEATH = re.compile(
    r"\b(?:killed|kills|dead|deaths?|died|dies|deadly|fatal|massacre|вбит\w*|убит\w*|загинул\w*"
    r"|погиб\w*|смертельн\w*)\b",
    re.IGNORECASE,
)
# Words for changes in many people's lives: one in a title weighs as much as some dead.
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
class SelectionWeights:
    """The weight of each signal; all signals are from 0 to 1."""

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
class SelectionSignals:
    """The signals of a story for ranking.

    `outlets` report independently, one per publisher, copies counted once; `articles` counts all,
    including copies, since wide reprinting is a sign of importance. `growth` is the share of them
    from the last quarter of the window, `toll` the gravity of the event (`toll_of`). `topics` are
    the reader's topics that it matches; `asked` is how well it fits the reader's recent questions
    (0 to 1). `soft` is the share of its articles that are sport, show, lifestyle, or explainers.
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
    """A ranked story: its score, and the reasons in words."""

    story_id: int
    score: float
    why: tuple[UserMessage, ...]


def rank(
    stories: Sequence[SelectionSignals], now: datetime, weights: SelectionWeights
) -> list[Ranked]:
    """Stories in order, best first; equal ones by the newest, then by id.

    The first has at least two publishers, if any story that the reader chose as much has.
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


def is_minor(story: SelectionSignals) -> bool:
    """Whether a story only deserves a line: a single article, few affected, no reader's topic."""
    return (
        max(story.outlets, story.articles) < _CONFIRMED
        and story.toll - story.soft < _GRAVE_ENOUGH
        and not story.known
        and not story.topics
        and not story.followed
        and not story.asked
    )


def toll_of(title: str, lead: str) -> float:
    """The gravity of a text's event, from 0 to 1: who was affected, and how many, on a log scale.

    By the figures of dead, hurt, missing and displaced; words for changes in many people's lives
    count little, and only in the title.
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


def _score(story: SelectionSignals, now: datetime, weights: SelectionWeights) -> float:
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


def _listed(names: Sequence[str]) -> UserMessage | str:
    *others, last = names
    if not others:
        return last
    return UserMessage("{names} and {last}", names=", ".join(others), last=last)


def _why(story: SelectionSignals) -> tuple[UserMessage, ...]:
    """The reasons for readers, strongest first."""
    reasons = []
    if story.followed:
        reasons.append(UserMessage("you follow this story"))
    if story.topics:
        reasons.append(UserMessage("about {topics}", topics=_listed(story.topics)))
    if story.asked > 0:
        reasons.append(UserMessage("you asked about this"))
    if story.outlets > 1:
        reasons.append(UserMessage("{count} independent outlets", count=story.outlets))
    else:
        reasons.append(UserMessage("a single source"))
    reasons.append(UserMessage("an update") if story.known else UserMessage("new to you"))
    return tuple(reasons)
