"""Time in a question: which days it is about, in English, Ukrainian, Russian and German. Pure.

Rules, not a parser of dates in general: a question names its time in few ways, and a wrong guess
costs more than none. Each mention is found by itself, wherever it stands; what stands before it
("since", "before") opens a window at one end, and two of them with "between ... and ..." are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from retrieval.models import Precision, Span
from retrieval.search.date_rules import RULES, Asking, same_month
from retrieval.search.date_words import (
    BEFORE,
    MONTHS,
    NUMBER,
    PART,
    SINCE,
    UNTIL,
    WEEKDAY,
    WEEKDAYS,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from retrieval.models import Published
    from retrieval.search.date_rules import Days

_DAY = timedelta(days=1)
# What was published in the days after an event still tells of it.
_AFTERMATH = timedelta(days=2)
_HALF = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, in UTC; `words` are those of the question that say so.

    Until `until` reports of what happened in the window still come. `yearly` where its words name
    no year: "in August" is the newest August first of all, but may be an earlier one.
    """

    start: datetime
    end: datetime
    words: str
    until: datetime
    yearly: bool = False

    def holds(self, published: Published | None) -> bool:
        """Whether something was published in the window; a day is in it with its noon."""
        if published is None:
            return False
        at = published.at + _HALF if published.precision is Precision.DAY else published.at
        return self.start <= at < self.end

    def years_before(self, count: int, zone: tzinfo = UTC) -> Window:
        """The same days so many years before; days begin at midnight in `zone`."""
        start, end, until = (
            _years_back(at.astimezone(zone), count).astimezone(UTC)
            for at in (self.start, self.end, self.until)
        )
        return replace(self, start=start, end=end, until=max(end, until))


@dataclass(frozen=True, slots=True)
class DateMention:
    """Words of a question that are a date: where they stand, and the window that they name.

    The window is None where it lies ahead: "in 2031" is what a story is about, not when it was
    told. Of several mentions the most exact counts: the one with the lowest `rank`.
    """

    span: Span
    window: Window | None
    rank: int


# Days that are part of a name: of a newspaper, a company, a feast, a bridge.
_NAMED_BEFORE = (
    r"(?:black|good|ash|cyber|super|bloody|palm|easter|giving|sheffield|happy|ruby|casual|freaky"
    r"|fat|holy|the (?-i:Mail|Independent|Herald) on|did (?-i:Scotland|Wales) on"
    r"|(?-i:Welt|Bild|Schweiz|Merkur) am"
    r"|чорн\w+|ч[её]рн\w+|окружающ\w+|природн\w+|городск\w+|питательн\w+)\s$"
)
_NAMED_AFTER = (
    r"^(?:\.[a-z]|\s+(?:times|mirror|telegraph|express|post|mail|people|world|herald|sun|star"
    r"|independent|tribune|news|review|magazine|observer|age|business\s+post|night\s+(?:football"
    r"|live|lights|fever)|the\s+13th)\b)"
)
_MONTH_NAME_AFTER = r"^\s(?:Revolution|Surprise|Manifesto|Fools|Fourth|Day|Madness|Uprising|War)\b"
# A weekday between these and another capital begins a name: "Did Sunday Adeyemi speak?"
_BEFORE_A_NAME = re.compile(
    r"(?:^|\b(?:the|did|does|is|was|has|had|will|would|can|could|who|whom|about|named|called)\s)$",
    re.IGNORECASE,
)
_QUOTES = frozenset("\"'“”„«»‘’")
_DATED_NAME_AFTER = (
    r"^[\s,’'s]*\s(?:attacks?|committee|riots?|hearings?|insurrection|massacre|revolution|movement"
    r"|panel|commission|terror\w*|siege)\b"
)
_BOUND = re.compile(
    rf"(?:^|(?<=\W))(?:(?P<since>{SINCE})|(?P<until>{UNTIL})|(?P<before>{BEFORE}))"
    r"\s+(?:the\s+|dem\s+|der\s+|den\s+)?$",
    re.IGNORECASE,
)
# "between 20 and 25 November", "с понедельника по среду"
_JOINT = re.compile(
    r"^\s*(?:,?\s*(?:and|to|until|till|through|і|й|та|по|до|и|und|bis(?:\s+zum)?)\s+"
    r"(?:the\s+|dem\s+|den\s+)?|[-–—]\s*)$",
    re.IGNORECASE,
)
_RANGE = re.compile(
    r"(?:^|(?<=\W))(?:between|from|між|від|з|із|между|от|с|со|zwischen|von|vom)\s+"
    r"(?:the\s+|dem\s+|den\s+)?$",
    re.IGNORECASE,
)
_DASH = re.compile(r"^\s*[-–—]\s*$")
_BARE_DAY = re.compile(
    rf"(?:^|(?<=[\s(]))(?P<first>{NUMBER})"
    r"(?P<joint>\s*[-–—]\s*|\s+(?:and|to|until|till|through|і|й|та|по|до|и|und|bis(?:\s+zum)?)\s+"
    r"(?:the\s+|dem\s+|den\s+)?)$",
    re.IGNORECASE,
)
_SECOND_DAY = re.compile(
    rf"^(?P<joint>\s*[-–—]\s*|\s+(?:and|to|until|till|through)\s+)(?P<last>{NUMBER})(?!\w)",
    re.IGNORECASE,
)
_LEADING_UP = re.compile(
    r"(?:^|(?<=\s))(?:on|in|at|during|over|for|from|of|у|в|во|на|за|am|im|an|in|den|dem)"
    r"(?:\s+the)?\s+$",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"^['’]s?(?=\s|$)")
# What a date is compared with is not when it happened: "than a year ago", "up 5% from August".
_COMPARED = re.compile(
    r"(?:^|(?<=\W))(?:(?:(?:rather\s+|other\s+)?than|versus|vs\.?|against|unlike"
    r"|(?:compar\w+|relative|in\s+contrast)\s+(?:to|with)|compared\s+against"
    r"|(?:same|as\s+\w+)\s+as|(?:up|down|higher|lower|differ\w*|chang\w+|increas\w+|decreas\w+|r[io]se"
    r"|fell|fall\w*|drop\w*|gr[eo]w\w*|gain\w*|jump\w*|declin\w+)\s+(?:by\s+)?"
    r"(?:[\d.,]+\s*(?:%|percent(?:age\s+points?)?|per\s+cent)?\s+)?(?P<from>from)"
    r"|ніж|аніж|чем|als|проти|против|gegenüber|verglichen\s+mit|im\s+vergleich\s+(?:zu[mr]?|mit)"
    r"|(?:у\s+)?порівнян\w+\s+(?:з|із|зі|до)|(?:по\s+)?сравнен\w+\s+(?:с|со))"
    r"\s+(?:(?:that|those|it|they|he|she)\s+(?:of|was|were|did|had)\s+)?"
    r"(?:(?:in|on|at|during|of|for|a|the|у|в|на|за|во|im|am|in|vor|dem|der|den)\s+){0,2})$",
    re.IGNORECASE,
)
_NEAR = 60
# "from August to October" is a range.
_ENDS = re.compile(r"\s*(?:to|until|till|through|[-–—])\s", re.IGNORECASE)
# What a text has that names a day, a month or a year; the rules are slower.
_PERHAPS = re.compile(
    rf"(?<!\w)(?:{'|'.join((*MONTHS, *WEEKDAYS))}|(?:19|20)\d\d"
    r"|yesterday|last|past|ago|вчора|учора|вчера|тому|назад|минул\w+|прошл\w+"
    r"|gestern|vor|letzte\w*)(?!\w)|\d[./]\d",
    re.IGNORECASE,
)
_BEGINNING = date(1970, 1, 2)


@dataclass(frozen=True, slots=True)
class _Point:
    """A mention before what stands around it was read."""

    start: int
    end: int
    days: Days
    rank: int
    hours: int = 0
    yearly: bool = False


def find_window(
    question: str, now: datetime, zone: tzinfo = UTC, *, month_first: bool = False
) -> Window | None:
    """The days that a question is about, if it says so; the most exact mention wins.

    `now` is when it is asked, aware; days begin at midnight in `zone`. Nothing after `now` is
    meant by "on Thursday" or "in September": they lie in the past. With `month_first`, 3/10 is
    10 March.
    """
    return window_of(find_dates(question, now, zone, month_first=month_first))


def window_of(mentions: Iterable[DateMention]) -> Window | None:
    """The window of the most exact of some mentions that have one."""
    ranked = sorted(mentions, key=lambda one: (one.rank, one.span.start))
    return next((one.window for one in ranked if one.window is not None), None)


def find_dates(
    question: str, now: datetime, zone: tzinfo = UTC, *, month_first: bool = False
) -> tuple[DateMention, ...]:
    """All words of a question that are dates, in order; see `find_window`."""
    asked = Asking(now, zone, month_first)
    points = _points(question, asked)
    mentions: list[DateMention] = []
    while points:
        point, *points = points
        joined = _between(question, point, points[0]) if points else None
        if joined is not None:
            points = points[1:]
        else:
            joined = _with_bare_day(question, point)
        mentions.append(_mention(question, joined or point, asked, is_range=joined is not None))
    return tuple(mentions)


def names_a_day_of(window: Window, text: str, at: datetime) -> bool:
    """Whether a text written at `at` names a day, month or year that meets the window."""
    if not _PERHAPS.search(text):
        return False
    named = (one.window for one in find_dates(text, at) if one.window is not None)
    return any(
        one.start < window.end and window.start < one.end and _is_narrow(one, window)
        for one in named
    )


def names_days_of(window: Window, text: str, at: datetime) -> float:
    """1 if a text written at `at` names a day of the window, -1 if only others, 0 if none."""
    if not _PERHAPS.search(text):
        return 0.0
    named = [one.window for one in find_dates(text, at) if one.window is not None]
    named = [one for one in named if _is_narrow(one, window)]
    if any(one.start < window.end and window.start < one.end for one in named):
        return 1.0
    return -1.0 if named else 0.0


def _is_narrow(named: Window, window: Window) -> bool:
    """Whether what a text names is about as exact as what was asked for: not a year for a day."""
    return named.end - named.start <= max(2 * (window.end - window.start), timedelta(days=3))


def without_dates(question: str, mentions: Sequence[DateMention]) -> str:
    """The question without the words that are dates, and without the "on" before them."""
    for one in reversed(mentions):
        before = _LEADING_UP.sub("", question[: one.span.start])
        after = _POSSESSIVE.sub("", question[one.span.end :]).lstrip()
        question = f"{before} {after}"
    return re.sub(r"\s+(?=[?!.,;:])", "", " ".join(question.split()))


def _points(question: str, asked: Asking) -> list[_Point]:
    """The mentions in order, none within another: an earlier rule is the more exact."""
    found: list[_Point] = []
    taken: list[tuple[int, int]] = []
    for rank, rule in enumerate(RULES):
        for match in rule.pattern.finditer(question):
            start, end = match.span()
            if any(start < last and first < end for first, last in taken):
                continue
            days = rule.days(match, asked)
            is_none = _is_name(question, start, end) or _is_compared(question, start, end)
            if days is not None and not is_none:
                yearly = rule.lacks_year(match)
                found.append(_Point(start, end, days, rank, rule.hours(match), yearly=yearly))
            # The month of an impossible day, or of a name, is none by itself either.
            if days is not None or is_none or rule.is_whole:
                taken.append((start, end))
    return sorted(found, key=lambda one: one.start)


def _is_compared(question: str, start: int, end: int) -> bool:
    """Whether a date is only what is compared with: "more than a year ago", "up from August"."""
    before = _COMPARED.search(question[max(start - _NEAR, 0) : start])
    return before is not None and not (before["from"] and _ENDS.match(question, end))


def _is_name(question: str, start: int, end: int) -> bool:
    """Whether a day is part of a name: Black Friday, the Sunday Times, the January 6 committee."""
    after = question[end : end + 40]
    if re.search(_DATED_NAME_AFTER, after, re.IGNORECASE) and question[start:end][-1].isdigit():
        return True
    if re.search(_MONTH_NAME_AFTER, after) and question[start].isupper():
        return True
    day = re.search(rf"(?:{WEEKDAY})(?P<part>{PART})$", question[start:end], re.IGNORECASE)
    if day is None:
        return False
    before, after = question[max(start - 20, 0) : start], day["part"] + after
    if before[-1:] in _QUOTES and after[:1] in _QUOTES:
        return True
    return bool(
        re.search(_NAMED_BEFORE, before, re.IGNORECASE)
        or re.search(_NAMED_AFTER, after, re.IGNORECASE)
        or (re.match(r"\s[A-Z]", after) and _BEFORE_A_NAME.search(before))
    )


def _between(question: str, one: _Point, other: _Point) -> _Point | None:
    """Two mentions as one range, if what stands between and before them says so."""
    gap, first = question[one.end : other.start], one.days[0]
    if one.rank == other.rank and one.days[0] == one.days[1] and _is_weekday(question, one):
        first -= timedelta(days=7) * (other.days[1] < first)
    if not _JOINT.match(gap) or other.days[1] < first:
        return None
    before = _RANGE.search(question[: one.start])
    if before is None and not _DASH.match(gap):
        return None
    start = before.start() if before else one.start
    days, rank = (first, other.days[1]), min(one.rank, other.rank)
    return _Point(start, other.end, days, rank, yearly=one.yearly and other.yearly)


def _is_weekday(question: str, point: _Point) -> bool:
    return (
        re.search(rf"(?:{WEEKDAY})$", question[point.start : point.end], re.IGNORECASE) is not None
    )


def _with_bare_day(question: str, point: _Point) -> _Point | None:
    """A range whose other end is a bare number: "20 to 25 November", "November 20-25"."""
    if point.days[0] != point.days[1]:
        return None
    after = _SECOND_DAY.match(question[point.end :])
    if after and not question[point.start].isdigit():
        last = same_month(point.days[0], after["last"])
        is_range = _RANGE.search(question[: point.start]) or _DASH.match(after["joint"])
        joint = after["joint"].strip()
        if last and last > point.days[0] and (is_range or joint != "and"):
            start = _RANGE.search(question[: point.start])
            begin = start.start() if start else point.start
            days, end = (point.days[0], last), point.end + after.end()
            return _Point(begin, end, days, point.rank, yearly=point.yearly)
    before = _BARE_DAY.search(question[: point.start])
    if before is None or not question[point.start].isdigit():
        return None
    first = same_month(point.days[0], before["first"])
    opening = _RANGE.search(question[: before.start("first")])
    if first is None or first >= point.days[0]:
        return None
    begin = opening.start() if opening else before.start("first")
    days = first, point.days[1]
    return _Point(begin, point.end, days, point.rank, yearly=point.yearly)


def _mention(question: str, point: _Point, asked: Asking, *, is_range: bool) -> DateMention:
    """The window of a mention, with what opens it at one end."""
    (first, last), start = point.days, point.start
    bound = None if is_range else _BOUND.search(question[:start])
    is_ahead = first > asked.today
    if bound is not None and not point.hours:
        start = bound.start()
        if bound["since"]:
            last = max(asked.today, first)
        elif bound["until"]:
            first = _BEGINNING
        else:
            first, last = _BEGINNING, first - _DAY
    window = None
    if not is_ahead:
        words = " ".join(question[start : point.end].casefold().split())
        window = _window(first, max(first, last), words, asked)
        if point.hours:
            hours = timedelta(hours=point.hours)
            window = Window(asked.now - hours, asked.now, words, asked.now)
        elif point.yearly and bound is None:
            window = replace(window, yearly=True)
    return DateMention(Span(start, point.end), window, point.rank)


def _years_back(at: datetime, count: int) -> datetime:
    year = max(at.year - count, 1)
    try:
        return at.replace(year=year)
    except ValueError:  # 29 February
        return at.replace(year=year, month=3, day=1)


def _window(first: date, last: date, words: str, asked: Asking) -> Window:
    # What is said to last beyond today ends with it; what is in doubt lies in the past.
    last = min(last, max(asked.today, first))
    until = min(last + _AFTERMATH, max(asked.today, last))
    start, end, reported = (
        datetime.combine(day, time(), asked.zone).astimezone(UTC)
        for day in (first, last + _DAY, until + _DAY)
    )
    return Window(start, end, words, reported)
