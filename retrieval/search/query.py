"""Finds the dates, outlets and names in a question. Pure, by rules.

`make_plan` makes the plan of a search; a question that names several outlets, days or things is
split into several plans.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise, zip_longest
from typing import TYPE_CHECKING

from retrieval.models import Span
from retrieval.search.dates import DateMention, DateWindow, find_dates, window_of, without_dates
from retrieval.text.words import names_in, phrases, telling_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from retrieval.models import Article, Hit


class Freshness(StrEnum):
    """How strongly newer articles are preferred."""

    NONE = "none"
    SOME = "some"
    STRONG = "strong"


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question is searched.

    `terms` are its significant words and phrases, such as "2,500 tanks"; `names` are the words that
    look like names. `dates` are the words that name a time, which an answer need not contain.
    `content` is the question without them.
    """

    question: str
    now: datetime
    window: DateWindow | None
    outlets: tuple[str, ...]
    names: tuple[str, ...]
    terms: tuple[str, ...]
    freshness: Freshness
    dates: tuple[DateMention, ...] = ()
    content: str = ""

    @property
    def date_spans(self) -> tuple[Span, ...]:
        """The spans of the dates in the question."""
        return tuple(one.span for one in self.dates)


_LATEST = re.compile(
    r"\b(?:latest|newest|recent(?:ly)?|current(?:ly)?|now|so far|today|tonight|breaking|just"
    r"|останн\w+|зараз|нині|сьогодні|щойно|последн\w+|сейчас|сегодня|теперь|недавно)\b",
    re.IGNORECASE,
)
# "Will the bridge open on Friday?" is about next Friday, from which there are no reports yet.
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
# A window that ended longer ago is history, where newer isn't better.
_HISTORY = timedelta(days=45)


def make_plan(
    question: str,
    now: datetime,
    outlets: Iterable[str] = (),
    zone: tzinfo = UTC,
    *,
    month_first: bool = False,
) -> Plan:
    """Plan the search for a question asked at `now` in `zone`; `outlets` are the archive's.

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
    """The dates in a question, except those in names of outlets and days to come."""
    names = outlet_spans(question, outlets)
    is_to_come = _TO_COME.search(question) is not None
    return tuple(
        one
        for one in find_dates(question, now, zone, month_first=month_first)
        if not any(name.start <= one.span.start and one.span.end <= name.end for name in names)
        and not (is_to_come and _WEEKDAY_ALONE.fullmatch(one.span.of(question)))
    )


def _freshness(question: str, window: DateWindow | None, now: datetime) -> Freshness:
    if window is not None and window.end < now - _HISTORY:
        return Freshness.NONE
    return Freshness.STRONG if _LATEST.search(question) else Freshness.SOME


_DOMAIN = re.compile(r"^(?:www\.)?([\w-]+)(?:\.[\w-]+)*\.[a-z]{2,}$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s\b")
_SECTION = re.compile(r"\s+[|–—-]\s+|:\s+|\s+\|")
# Words in names of outlets that identify none by themselves.
_COMMON_WORDS = "news times post daily wire press today journal herald tribune media the radio"
_COMMON = frozenset(_COMMON_WORDS.split())
_SHORTEST_INITIALS = 3


@lru_cache(maxsize=20_000)
def aliases(outlet: str) -> frozenset[str]:
    """The names that readers may use for an outlet, case folded.

    "The New York Times" is also "new york times" and "nyt"; "cnn.com" is also "cnn".
    """
    name = " ".join(outlet.casefold().split())
    # "FOX News - Health" and "Cnbc | World Business News Leader": sections and slogans.
    short = _SECTION.split(name, maxsplit=1)[0]
    found = {name, name.removeprefix("the "), short, short.removeprefix("the ")}
    if domain := _DOMAIN.match(name):
        found.add(domain.group(1))
    words = re.findall(r"\w+", name.removeprefix("the "))
    if len(words) >= _SHORTEST_INITIALS:
        found.add("".join(word[0] for word in words))
    return frozenset(one for one in found if len(one) > 1 and one not in _COMMON)


def outlet_spans(question: str, outlets: Iterable[str]) -> tuple[Span, ...]:
    """The spans where a question spells out names of these outlets."""
    return tuple(span for span, _ in places_of_outlets(question, outlets))


def places_of_outlets(question: str, outlets: Iterable[str]) -> list[tuple[Span, str]]:
    """The same with the outlets, in order; the longest spelling of each name."""
    found: dict[tuple[str, int], Span] = {}
    for outlet in outlets:
        for name in sorted(aliases(outlet), key=len):
            for match in re.finditer(rf"\b{re.escape(name)}\b", question, re.IGNORECASE):
                inside = [
                    key
                    for key, span in found.items()
                    if key[0] == outlet and match.start() <= span.start < match.end()
                ]
                for key in inside:
                    del found[key]
                found[outlet, match.start()] = Span(*match.span())
    # "The Independent - Sports" doesn't name the paper's other sections.
    spans = list(found.values())
    return sorted(
        (
            (span, key[0])
            for key, span in found.items()
            if not any(
                one.start <= span.start and span.end <= one.end and one != span for one in spans
            )
        ),
        key=lambda pair: pair[0].start,
    )


def named_outlets(question: str, outlets: Iterable[str]) -> tuple[str, ...]:
    """The outlets of the archive that the question names."""
    words = " ".join(re.findall(r"[\w.-]+", _POSSESSIVE.sub("", question.casefold())))
    found = tuple(
        outlet
        for outlet in outlets
        if any(
            name in words and re.search(rf"\b{re.escape(name)}\b", words)
            for name in aliases(outlet)
        )
    )
    spelled = {outlet for _, outlet in places_of_outlets(question, found)}
    return tuple(one for one in found if one in spelled) if spelled else found


# Splitting a question that names several outlets, days or things. Pure.
#
# "Did The Age report X, while Fortune, on 6 October, reported Y?" needs a search for each outlet,
# and a sentence from each in the answer. By rules, as for dates: the words next to an outlet's
# name, up to a comma or a "while", belong to it.

MOST_WISHES = 5
_RRF = 3
# Boundaries between the parts about one outlet and the next.
_CUT = re.compile(
    r",?\s+(?:while|whereas|but|compared (?:to|with)|in contrast(?: to)?|as opposed to|versus|vs\.?"
    r"|unlike|and|or|before|after|than|тоді як|а також|тогда как|während)\s+|[,;:]\s+",
    re.IGNORECASE,
)
# Words that join outlets in a list.
_JOINED = re.compile(
    r"[\s,'\"‘’“”]*(?:(?:and|or|both|the|from|by|та|і|й|и|und)[\s,'\"‘’“”]*)*", re.IGNORECASE
)
# A long question that names outlets once lists several of their reports; at most this many count.
_LISTING = 4
# The number of significant words from which a question is split into clauses.
_LONG = 16
# Words about reports and not about their content.
_REPORTING_WORDS = (
    "article articles report reports reported reporting published publish according story stories"
    " post individual mention mentioned discussed described claim claims suggest suggests focus"
    " focuses indicate indicates"
)
_REPORTING = frozenset(_REPORTING_WORDS.split())
_FEWEST_WORDS = 3


@dataclass(frozen=True, slots=True)
class _Anchor:
    """Outlets named together, with the window of a date near them."""

    start: int
    end: int
    outlets: tuple[str, ...]
    window: DateWindow | None = None


def wishes_of(plan: Plan) -> tuple[Plan, ...]:
    """A plan for each part of the question, in order; empty if it has only one."""
    anchors = _anchors(plan)
    if len(anchors) > 1:
        parts = list(zip(_segments(plan.question, anchors), anchors, strict=True))
    else:
        parts = _clauses(plan, anchors[0]) if anchors else []
    wishes = [_wish(plan, text, anchor) for text, anchor in parts]
    distinct = {(wish.content, wish.outlets, wish.window): wish for wish in wishes}
    return tuple(distinct.values())[:MOST_WISHES] if len(distinct) > 1 else ()


def plans_of(plan: Plan) -> tuple[Plan, ...]:
    """The plans to search for: each part, and the whole; only the whole if there is one part.

    For a long question, or one about certain days, newer articles aren't preferred.
    """
    wishes = wishes_of(plan)
    if not wishes:
        return (plan,)
    plans = (*wishes, plan)
    is_long = len(telling_words(plan.question)) >= _LONG or bool(plan.dates)
    if plan.freshness is Freshness.STRONG or not is_long:
        return plans
    return tuple(replace(one, freshness=Freshness.NONE) for one in plans)


def gathered(plans: Sequence[Plan], found: Sequence[Sequence[Hit]]) -> list[Hit]:
    """Merge the hits of all plans into one list, with the best of each near the top.

    The best article of each plan comes first; the others are ranked by the sum of their reciprocal
    ranks (Cormack et al. 2009). Hits of a plan's outlets and days precede others. The best
    passages of all articles come before the second ones.
    """
    heads: dict[int, None] = {}
    total: dict[int, float] = defaultdict(float)
    passages: dict[int, dict[str, Hit]] = defaultdict(dict)
    for plan, hits in zip(plans, found, strict=True):
        ordered = sorted(hits, key=lambda hit: not is_wished(plan, hit.passage.article))
        articles = list(dict.fromkeys(hit.passage.article.id for hit in ordered))
        heads.update(dict.fromkeys(articles[:1]))
        for rank, article in enumerate(articles):
            total[article] += 1 / (_RRF + rank)
        for hit in ordered:
            passages[hit.passage.article.id].setdefault(hit.passage.id, hit)
    rest = sorted(total.keys() - heads, key=lambda article: (-total[article], article))
    ranked = [*heads, *rest]
    mine = [list(passages[article].values()) for article in ranked]
    return [one for turn in zip_longest(*mine) for one in turn if one is not None]


def is_wished(wish: Plan, article: Article) -> bool:
    """Whether an article matches the outlets and days that a plan names, if any."""
    if wish.outlets and article.outlet not in wish.outlets:
        return False
    return wish.window is None or wish.window.holds(article.published)


def _anchors(plan: Plan) -> list[_Anchor]:
    """The outlets named in the question or, without any, the days; in order."""
    dates = [(one.span, one.window) for one in plan.dates if one.window is not None]
    named = _joined(plan.question, places_of_outlets(plan.question, plan.outlets))
    if not named:
        found = [_Anchor(span.start, span.end, plan.outlets, window) for span, window in dates]
        return found if len(found) > 1 else []
    # A date belongs to the outlet before it, as in "Fortune on 6 October".
    if len(dates) == 1 and dates[0][0].end <= named[0].start:
        return [replace(one, window=dates[0][1]) for one in named]
    for span, window in dates:
        before = [n for n, one in enumerate(named) if one.end <= span.start]
        at = before[-1] if before else 0
        if named[at].window is None:
            named[at] = replace(named[at], window=window, end=max(named[at].end, span.end))
        else:
            named.append(_Anchor(span.start, span.end, named[at].outlets, window))
    return sorted(named, key=lambda one: one.start)


def _joined(question: str, places: Sequence[tuple[Span, str]]) -> list[_Anchor]:
    found: list[_Anchor] = []
    for span, outlet in places:
        last = found[-1] if found else None
        if last is not None and span.start < last.end:
            found[-1] = replace(last, outlets=(*last.outlets, outlet))
        elif last is not None and _JOINED.fullmatch(question, last.end, span.start):
            found[-1] = replace(last, end=span.end, outlets=(*last.outlets, outlet))
        else:
            found.append(_Anchor(span.start, span.end, (outlet,)))
    return found


def _segments(question: str, anchors: Sequence[_Anchor]) -> list[str]:
    """The question cut between the anchors, one piece for each."""
    edges = [0]
    ends = [*(one.start for one in anchors[2:]), len(question)]
    for (one, following), end in zip(pairwise(anchors), ends, strict=True):
        cuts = [cut.end() for cut in _CUT.finditer(question, one.end, following.start)]
        # "..., while The Age implies": the last boundary before the name that leaves enough words.
        rest = question[following.end : end]
        telling = [cut for cut in cuts if _says_enough(question[cut : following.start] + rest)]
        edges.append((telling or cuts or [following.start])[-1])
    edges.append(len(question))
    return [question[start:end] for start, end in pairwise(edges)]


def _says_enough(text: str) -> bool:
    return len([word for word in telling_words(text) if word not in _REPORTING]) >= _FEWEST_WORDS


def _clauses(plan: Plan, anchor: _Anchor) -> list[tuple[str, _Anchor]]:
    """The clauses of a long question, or the question once for each outlet named together."""
    question = plan.question
    texts = re.split(
        r"[,;?]\s+(?:and\s+)?", question.replace(question[anchor.start : anchor.end], " ")
    )
    told = [text for text in texts if _says_enough(text)]
    if len(told) >= 2 and len(telling_words(question)) >= _LONG:  # noqa: PLR2004
        return [(text, anchor) for text in told[:_LISTING]]
    return [(question, replace(anchor, outlets=(one,))) for one in anchor.outlets]


def _wish(plan: Plan, text: str, anchor: _Anchor) -> Plan:
    mine = [one for one in plan.dates if plan.question[one.span.start : one.span.end] in text]
    content = " ".join(text.split()).strip(" ,;?")
    for one in mine:
        content = content.replace(plan.question[one.span.start : one.span.end], " ")
    for outlet in anchor.outlets:
        for span, _ in reversed(places_of_outlets(content, (outlet,))):
            content = content[: span.start] + " " + content[span.end :]
    content = " ".join(content.split()) or plan.content
    return replace(
        plan,
        question=content,
        window=anchor.window,
        outlets=anchor.outlets,
        names=tuple(names_in(content)),
        terms=(*telling_words(content), *phrases(content)),
        dates=(),
        content=content,
    )
