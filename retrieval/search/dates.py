"""The days that a question is about, in English, Ukrainian, Russian and German. Pure.

Rules rather than a general date parser: questions name times in few ways, and a wrong guess is
worse than none. Each mention is found by itself; a word before it ("since", "before") opens its
window at one end, and "between ... and ..." joins two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from retrieval.messages import UserMessage
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

    from retrieval.models import Hit, Passage, Published
    from retrieval.search.date_rules import Days


_DAY = timedelta(days=1)
# Reports of an event still appear in the days after it.
_AFTERMATH = timedelta(days=2)
_HALF = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class DateWindow:
    """The time `[start, end)` in UTC; `words` are the question's words for it.

    Reports of events in the window appear up to `until`. `yearly`: the words name no year; "in
    August" is the last August first of all, but may be an earlier one.
    """

    start: datetime
    end: datetime
    words: str
    until: datetime
    yearly: bool = False

    def holds(self, published: Published | None) -> bool:
        """Whether the date is in the window; for a bare day, whether its noon is."""
        if published is None:
            return False
        at = published.at + _HALF if published.precision is Precision.DAY else published.at
        return self.start <= at < self.end

    def years_before(self, count: int, zone: tzinfo = UTC) -> DateWindow:
        """The same days `count` years earlier; days begin at midnight in `zone`."""
        start, end, until = (
            _years_back(at.astimezone(zone), count).astimezone(UTC)
            for at in (self.start, self.end, self.until)
        )
        return replace(self, start=start, end=end, until=max(end, until))


@dataclass(frozen=True, slots=True)
class DateMention:
    """A date in a question: the span of its words, and the window that they name.

    The window is None if it is in the future: "in 2031" is a story's topic, not its date. Of
    several mentions the most precise counts, which has the lowest `rank`.
    """

    span: Span
    window: DateWindow | None
    rank: int


# Days that are part of a name: of a newspaper, a company, a holiday, a bridge.
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
# A weekday between one of these and a capital begins a name: "Did Sunday Adeyemi speak?"
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
# Comparisons, whose dates aren't when the event was: "than a year ago", "up 5% from August".
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
# A quick test for texts that may name a day, month or year; the rules are slower.
_PERHAPS = re.compile(
    rf"(?<!\w)(?:{'|'.join((*MONTHS, *WEEKDAYS))}|(?:19|20)\d\d"
    r"|yesterday|last|past|ago|вчора|учора|вчера|тому|назад|минул\w+|прошл\w+"
    r"|gestern|vor|letzte\w*)(?!\w)|\d[./]\d",
    re.IGNORECASE,
)
_BEGINNING = date(1970, 1, 2)


@dataclass(frozen=True, slots=True)
class _Point:
    """A mention without the words around it."""

    start: int
    end: int
    days: Days
    rank: int
    hours: int = 0
    yearly: bool = False


def find_window(
    question: str, now: datetime, zone: tzinfo = UTC, *, month_first: bool = False
) -> DateWindow | None:
    """The days that a question is about, if it names any; the most precise mention wins.

    `now` is when it is asked, timezone-aware; days begin at midnight in `zone`. "On Thursday" and
    "in September" mean the last ones before `now`. With `month_first`, 3/10 is 10 March.
    """
    return window_of(find_dates(question, now, zone, month_first=month_first))


def window_of(mentions: Iterable[DateMention]) -> DateWindow | None:
    """The window of the most precise mention that has one."""
    ranked = sorted(mentions, key=lambda one: (one.rank, one.span.start))
    return next((one.window for one in ranked if one.window is not None), None)


def find_dates(
    question: str, now: datetime, zone: tzinfo = UTC, *, month_first: bool = False
) -> tuple[DateMention, ...]:
    """All dates in a question, in order; see `find_window`."""
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


def names_a_day_of(window: DateWindow, text: str, at: datetime) -> bool:
    """Whether a text written at `at` names a day, month or year that overlaps the window."""
    if not _PERHAPS.search(text):
        return False
    named = (one.window for one in find_dates(text, at) if one.window is not None)
    return any(
        one.start < window.end and window.start < one.end and _is_narrow(one, window)
        for one in named
    )


def names_days_of(window: DateWindow, text: str, at: datetime) -> float:
    """1 if a text written at `at` names a day of the window, -1 if only others, 0 if none."""
    if not _PERHAPS.search(text):
        return 0.0
    named = [one.window for one in find_dates(text, at) if one.window is not None]
    named = [one for one in named if _is_narrow(one, window)]
    if any(one.start < window.end and window.start < one.end for one in named):
        return 1.0
    return -1.0 if named else 0.0


def _is_narrow(named: DateWindow, window: DateWindow) -> bool:
    """Whether a date is about as precise as the window asked for: not a year for a day."""
    return named.end - named.start <= max(2 * (window.end - window.start), timedelta(days=3))


def without_dates(question: str, mentions: Sequence[DateMention]) -> str:
    """The question without its dates and the "on" before them."""
    for one in reversed(mentions):
        before = _LEADING_UP.sub("", question[: one.span.start])
        after = _POSSESSIVE.sub("", question[one.span.end :]).lstrip()
        question = f"{before} {after}"
    return re.sub(r"\s+(?=[?!.,;:])", "", " ".join(question.split()))


def _points(question: str, asked: Asking) -> list[_Point]:
    """The mentions in order, without overlaps: an earlier, more precise rule wins."""
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
            # The month in an impossible day or in a name doesn't count by itself, either.
            if days is not None or is_none or rule.is_whole:
                taken.append((start, end))
    return sorted(found, key=lambda one: one.start)


def _is_compared(question: str, start: int, end: int) -> bool:
    """Whether a date is only compared with: "more than a year ago", "up from August"."""
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
    """Two mentions as one range, if the words between and before them make them one."""
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
    """A range with a bare number at one end: "20 to 25 November", "November 20-25"."""
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
    """A mention with its window, which a word before it may open at one end."""
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
            window = DateWindow(asked.now - hours, asked.now, words, asked.now)
        elif point.yearly and bound is None:
            window = replace(window, yearly=True)
    return DateMention(Span(start, point.end), window, point.rank)


def _years_back(at: datetime, count: int) -> datetime:
    year = max(at.year - count, 1)
    try:
        return at.replace(year=year)
    except ValueError:  # 29 February
        return at.replace(year=year, month=3, day=1)


def _window(first: date, last: date, words: str, asked: Asking) -> DateWindow:
    # A range that lasts beyond today ends today; an ambiguous date is in the past.
    last = min(last, max(asked.today, first))
    until = min(last + _AFTERMATH, max(asked.today, last))
    start, end, reported = (
        datetime.combine(day, time(), asked.zone).astimezone(UTC)
        for day in (first, last + _DAY, until + _DAY)
    )
    return DateWindow(start, end, words, reported)


# In an article published this soon after a day, which names the day, all sentences that name no
# other day count as about it.
_MORNING_AFTER = timedelta(hours=12)
# "Before Monday" begins at the epoch.
_FIRST_YEAR = 1970
_MOST_YEARS = 50


def of_window(window: DateWindow, hits: Iterable[Hit]) -> list[Hit]:
    """The hits about the window: published in it, or naming a day of it.

    A passage from another day keeps only the sentences that name a day of the window, such as "on
    Monday" in a report from Tuesday, and their neighbours that name none. An article from the
    morning after the window that names a day of it keeps all sentences that name no other day.
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


def _naming(window: DateWindow, passage: Passage) -> set[int]:
    """The indices of a passage's sentences that name a day of the window."""
    published = passage.article.published
    if published is None:
        return set()
    at = _written(published)
    return {n for n, text in enumerate(_texts(passage)) if names_a_day_of(window, text, at)}


def _written(published: Published) -> datetime:
    """The time that a text's "on Tuesday" is relative to; for a bare day its noon."""
    is_day = published.precision is Precision.DAY
    return published.at + _DAY / 2 if is_day else published.at


def _told(window: DateWindow, passage: Passage, naming: set[int], *, is_about: bool) -> Passage:
    """A passage reduced to its sentences about the window.

    `naming` are the indices of those that name a day of it; `is_about`: its article names one.
    """
    published, texts = passage.article.published, _texts(passage)
    beside = {n + step for n in naming for step in (-1, 1) if 0 <= n + step < len(texts)}
    if published is not None and is_about and _is_of_the_morning_after(window, published):
        beside = set(range(len(texts)))
    # Neighbouring sentences are about that day, too, unless they name another.
    undated = published and {n for n in beside if not find_dates(texts[n], _written(published))}
    kept = sorted(naming | (undated or set()))
    return replace(
        passage,
        sentences=tuple(passage.sentences[n] for n in kept),
        also=tuple(passage.also[n] for n in kept) if passage.also else (),
        junk=tuple(passage.junk[n] for n in kept) if passage.junk else (),
    )


def _is_of_the_morning_after(window: DateWindow, published: Published) -> bool:
    is_exact = published.precision is not Precision.DAY
    return is_exact and window.end <= published.at < window.end + _MORNING_AFTER


def nothing_from(window: DateWindow, zone: tzinfo) -> UserMessage:
    """The message if nothing in the window answers the question."""
    first, last = _days(window, zone)
    if first is None:
        return UserMessage("I found nothing about that up to {date}.", date=last)
    if first == last:
        return UserMessage("I found nothing about that on {date}.", date=last)
    return UserMessage(
        "I found nothing about that from {date} to {last_date}.", date=first, last_date=last
    )


def no_news_from(window: DateWindow, zone: tzinfo) -> UserMessage:
    """The message if nothing at all was published in the window."""
    first, last = _days(window, zone)
    if first is None:
        return UserMessage("I found no news up to {date}.", date=last)
    if first == last:
        return UserMessage("I found no news on {date}.", date=last)
    return UserMessage("I found no news from {date} to {last_date}.", date=first, last_date=last)


def in_earlier_years(
    window: DateWindow, published: Iterable[Published | None], zone: tzinfo
) -> list[DateWindow]:
    """The same days of earlier years with publications, newest first.

    Only for a window without a year: "in August" may be any.
    """
    if not window.yearly:
        return []
    dates = [one for one in published if one is not None]
    oldest = min((one.at.year for one in dates), default=window.start.year)
    # One more, because a winter begins in the year before.
    back = range(1, min(window.start.year - oldest + 2, _MOST_YEARS))
    windows = [window.years_before(years, zone) for years in back]
    return [one for one in windows if any(one.holds(date) for date in dates)]


def of_that_year(window: DateWindow, zone: tzinfo) -> UserMessage:
    """The message if the question named no year, and the answer is from an earlier one."""
    first, last = _days(window, zone)
    if first is None or first == last:
        return UserMessage("You didn't name a year; this is from {date}.", date=last)
    return UserMessage(
        "You didn't name a year; this is from {date} to {last_date}.", date=first, last_date=last
    )


def only_outside(
    window: DateWindow | None, hits: Iterable[Hit], zone: tzinfo
) -> UserMessage | None:
    """The message if all hits were published outside the window asked for.

    The search prefers the window, but doesn't filter by it: a wrong guess must not hide a result.
    """
    if window is None:
        return None
    dates = [hit.passage.article.published for hit in hits]
    if not dates or any(window.holds(one) for one in dates):
        return None
    first, last = _days(window, zone)
    if first is None or first == last:
        return UserMessage(
            "I found nothing published on {date}; this is from other days.", date=last
        )
    return UserMessage(
        "I found nothing published from {date} to {last_date}; this is from other days.",
        date=first,
        last_date=last,
    )


def _days(window: DateWindow, zone: tzinfo) -> tuple[date | None, date]:
    """The first and last day of a window; the first is None if it begins at the epoch."""
    start, end = window.start.astimezone(zone), (window.end - _DAY / 2).astimezone(zone)
    return None if start.year <= _FIRST_YEAR else start.date(), max(start, end).date()
