"""Whether the dates of a claim stand in what it cites, also as "on Monday" or "last year". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from retrieval.grounding.checks.problem import Problem, ProblemKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from retrieval.models import Citation

_MONTHS = (
    r"jan(?:uary)?|січ\w*|янв\w*",
    r"feb(?:ruary)?|лют\w*|февр\w*",
    r"mar(?:ch)?|берез\w*|март\w*",
    r"apr(?:il)?|квіт\w*|апрел\w*",
    r"may|трав\w*|ма[йяе]",
    r"june?|черв\w*|июн\w*",
    r"july?|лип\w*|июл\w*",
    r"aug(?:ust)?|серп\w*|август\w*",
    r"sept?(?:ember)?|верес\w*|сентябр\w*",
    r"oct(?:ober)?|жовт\w*|октябр\w*",
    r"nov(?:ember)?|листоп\w*|ноябр\w*",
    r"dec(?:ember)?|груд\w*|декабр\w*",
)
_MONTH = "|".join(_MONTHS)
_MONTH_RES = [re.compile(pattern, re.IGNORECASE) for pattern in _MONTHS]
_WEEKDAYS = (
    r"monday|понеділ\w*|понедельник\w*",
    r"tuesday|вівтор\w*|вторник\w*",
    r"wednesday|серед[ауиіою]\w*|сред[ауеыою]\w*",
    r"thursday|четвер\w*|четверг\w*",
    r"friday|п.?ятниц\w*",
    r"saturday|субот\w*|суббот\w*",
    r"sunday|неділ\w*|воскресень\w*",
)
_YEAR = r"(?:1[5-9]\d\d|20\d\d)"
_DATES = re.compile(
    rf"\b(?P<iy>{_YEAR})-(?P<im>\d\d)-(?P<id>\d\d)\b"
    rf"|\b(?P<nd>\d{{1,2}})\.(?P<nm>\d{{1,2}})\.(?P<ny>{_YEAR})\b"
    rf"|\b(?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?\s+(?P<m>{_MONTH})\b\.?(?:,?\s+(?P<y>{_YEAR}))?"
    rf"|\b(?P<m2>{_MONTH})\.?\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(?P<y2>{_YEAR}))?"
    rf"|\b(?P<m3>{_MONTH})\.?,?\s+(?P<y3>{_YEAR})\b"
    rf"|\b(?:in|since|by|during|until|late|early|mid|last|of|through|у|в|з|с|до|від|от)[\s-]+"
    rf"(?P<m4>{_MONTH})\b\.?(?!\s+\d|-)"
    rf"|(?<![\d.,$€£-])\b(?P<y4>{_YEAR})\b(?![\d.,]\d|\s?%)",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    "|".join(rf"(?P<w{n}>\b(?:{pattern})\b)" for n, pattern in enumerate(_WEEKDAYS)), re.IGNORECASE
)
_DAY = "|".join(f"(?:{names})" for names in _WEEKDAYS)
# Of three words before and three behind, so many are the same; a preposition alone says nothing.
_SAME_PLACE, _AROUND, _REACH = 3, 3, 60
_DATED_WEEKDAY = re.compile(
    rf"\b(?P<day>{_DAY}),?\s+(?:the\s+)?(?P<month>{_MONTH})\.?\s+(?P<number>\d\d?)"
)
_RELATIVE = (
    (
        re.compile(
            r"\b(?:today|tonight|this (?:morning|evening|afternoon)|сьогодні|сегодня)\b",
            re.IGNORECASE,
        ),
        0,
    ),
    (re.compile(r"\b(?:yesterday|last night|вчора|учора|вчера)\b", re.IGNORECASE), -1),
    (re.compile(r"\b(?:tomorrow|завтра)\b", re.IGNORECASE), 1),
)
_YEARS_AGO = (
    (re.compile(r"\b(?:this year|цього року|цьогоріч|в этом году)\b", re.IGNORECASE), 0),
    (
        re.compile(
            r"\b(?:last year|a year ago|минулого року|торік|в прошлом году)\b", re.IGNORECASE
        ),
        -1,
    ),
    (re.compile(r"\b(?:next year|наступного року|в следующем году)\b", re.IGNORECASE), 1),
)
# Periods that lie so many days back, first and last, from any day of the week or month on.
_PERIODS = (
    (re.compile(r"\b(?:this week|цього тижня|на этой неделе)\b", re.IGNORECASE), -6, 6),
    (
        re.compile(r"\b(?:last week|a week ago|минулого тижня|на прошлой неделе)\b", re.IGNORECASE),
        1,
        13,
    ),
    (
        re.compile(
            r"\b(?:last month|a month ago|минулого місяця|в прошлом месяце)\b", re.IGNORECASE
        ),
        15,
        62,
    ),
)


@dataclass(frozen=True, slots=True)
class Said:
    """A date as far as it is said; a weekday is 0 (Monday) to 6."""

    words: str
    year: int | None = None
    month: int | None = None
    day: int | None = None
    weekday: int | None = None


@dataclass(frozen=True, slots=True)
class _KnownDates:
    """What sources say of dates: whole days, days of months, months, years, weekdays."""

    days: frozenset[date]
    month_days: frozenset[tuple[int, int]]
    months: frozenset[tuple[int | None, int]]
    years: frozenset[int]
    weekdays: frozenset[int]


def find_dates(text: str) -> list[Said]:
    """The dates in a text that can be held against a calendar, in order of kind."""
    return [*_absolute(text), *_weekdays(text)]


def _absolute(text: str) -> Iterator[Said]:
    for found in _DATES.finditer(text):
        group = found.groupdict()
        words = found.group().strip()
        year = next((int(group[k]) for k in ("iy", "ny", "y", "y2", "y3", "y4") if group[k]), None)
        day = next((int(group[k]) for k in ("id", "nd", "d", "d2") if group[k]), None)
        month = next((int(group[k]) for k in ("im", "nm") if group[k]), None)
        named = next((group[k] for k in ("m", "m2", "m3", "m4") if group[k]), None)
        if named is not None:
            if named.casefold() in {"may", "march", "mar"} and named.islower():
                continue
            month = _month(named)
        if (month is None or 1 <= month <= len(_MONTHS)) and (day is None or 1 <= day <= 31):  # noqa: PLR2004
            yield Said(words, year, month, day)


def _month(name: str) -> int:
    return next(n for n, one in enumerate(_MONTH_RES, start=1) if one.fullmatch(name))


def _weekdays(text: str) -> Iterator[Said]:
    for found in _WEEKDAY.finditer(text):
        yield Said(found.group(), weekday=int((found.lastgroup or "w0")[1:]))


def check_dates(claim: str, cited: Sequence[Citation]) -> list[Problem]:
    """The dates of a claim that its sentences do not have, nor the days of their articles."""
    said = find_dates(claim)
    relative_days = [pattern for pattern, _ in _RELATIVE if pattern.search(claim)]
    periods = [pattern for pattern, *_ in _PERIODS if pattern.search(claim)]
    if not (said or relative_days or periods):
        return []
    known = _known(cited)
    problems = [Problem(ProblemKind.DATE, one.words) for one in said if not _stands(one, known)]
    quotes = " ".join(one.quote for one in cited)
    problems = problems or list(_replaced_weekdays(claim, quotes))
    for pattern, distance in _RELATIVE:
        relative = pattern.search(claim)
        if relative is None or pattern.search(quotes):
            continue
        meant = {one + timedelta(days=distance) for one in _published(cited)}
        if not meant & known.days:
            problems.append(Problem(ProblemKind.DATE, relative.group()))
    return problems + list(_check_periods(claim, cited, known))


def _replaced_weekdays(claim: str, quotes: str) -> Iterator[Problem]:
    """A weekday in the place of another: it is wrong also if it is the day of the article.

    The place is the same if the words around are; "Sunday, October 23" is wrong as a Monday.
    """
    theirs = {found.lastgroup: _place(found) for found in _WEEKDAY.finditer(quotes)}
    for found in _WEEKDAY.finditer(claim):
        if found.lastgroup in theirs:
            continue
        around = _place(found)
        if any(len(around & other) >= _SAME_PLACE for other in theirs.values()):
            yield Problem(ProblemKind.DATE, found.group())
    dated = {
        (m["month"], m["number"]): m["day"] for m in _DATED_WEEKDAY.finditer(quotes.casefold())
    }
    for found in _DATED_WEEKDAY.finditer(claim.casefold()):
        if dated.get((found["month"], found["number"]), found["day"]) != found["day"]:
            yield Problem(ProblemKind.DATE, found["day"])


def _place(found: re.Match[str]) -> frozenset[tuple[int, str]]:
    """The words around a weekday, each with where it stands."""
    text = found.string.casefold()
    before = text[max(found.start() - _REACH, 0) : found.start()].split()[: -_AROUND - 1 : -1]
    after = text[found.end() : found.end() + _REACH].split()[:_AROUND]
    return frozenset([*((-n, word) for n, word in enumerate(before, 1)), *enumerate(after, 1)])


def _check_periods(claim: str, cited: Sequence[Citation], known: _KnownDates) -> Iterator[Problem]:
    """A "last week" where the sentences say another time, and none of that week."""
    quotes = " ".join(one.quote for one in cited)
    for pattern, first, last in _PERIODS:
        said = pattern.search(claim)
        if said is None or pattern.search(quotes):
            continue
        told = known.days - set(_published(cited))
        within = (-last <= (day - one).days <= -first for one in _published(cited) for day in told)
        dated = bool(told or known.months or known.years)
        if dated and not any(within):
            yield Problem(ProblemKind.DATE, said.group())


def _published(cited: Iterable[Citation]) -> Iterator[date]:
    return (one.article.published.at.date() for one in cited if one.article.published)


def _known(cited: Iterable[Citation]) -> _KnownDates:
    days, month_days, months = set[date](), set[tuple[int, int]](), set[tuple[int | None, int]]()
    years, weekdays = set[int](), set[int]()
    for one in cited:
        published = one.article.published.at.date() if one.article.published else None
        if published is not None:
            # a claim may say of what day its article is
            days.add(published)
            days.update(_resolved(one.quote, published))
            years.update(
                published.year + n for pattern, n in _YEARS_AGO if pattern.search(one.quote)
            )
        for said in find_dates(one.quote):
            if said.weekday is not None:
                weekdays.add(said.weekday)
                continue
            year = said.year
            if year is not None:
                years.add(year)
            if said.month is None:
                continue
            months.add((year, said.month))
            if said.day is not None:
                month_days.add((said.month, said.day))
                days.update(_dated(said, published))
    return _KnownDates(
        frozenset(days),
        frozenset(month_days),
        frozenset(months),
        frozenset(years),
        frozenset(weekdays),
    )


def _resolved(text: str, published: date) -> Iterator[date]:
    """What "on Monday" and "yesterday" mean on a day: the last such day, and the next."""
    for pattern, distance in _RELATIVE:
        if pattern.search(text):
            yield published + timedelta(days=distance)
    for said in _weekdays(text):
        back = (published.weekday() - (said.weekday or 0)) % 7
        if back == 0:
            yield published - timedelta(days=7)  # "last Tuesday", written on a Tuesday
        yield published - timedelta(days=back)
        yield published - timedelta(days=back - 7)


def _dated(said: Said, published: date | None) -> Iterator[date]:
    """The day of a month, in its year or in one that is near the article."""
    near = [published.year - 1, published.year, published.year + 1] if published else []
    for year in [said.year] if said.year is not None else near:
        try:
            found = date(year, said.month or 1, said.day or 1)
        except ValueError:
            continue
        if said.year is not None or published is None or abs((found - published).days) <= 183:  # noqa: PLR2004
            yield found


def _stands(said: Said, known: _KnownDates) -> bool:
    if said.weekday is not None:
        return said.weekday in known.weekdays or any(
            day.weekday() == said.weekday for day in known.days
        )
    if said.month is None:
        return said.year in known.years or any(day.year == said.year for day in known.days)
    if said.day is None:
        return _month_stands(said, known)
    if said.year is None:
        return (said.month, said.day) in known.month_days or any(
            (day.month, day.day) == (said.month, said.day) for day in known.days
        )
    return any(
        (day.year, day.month, day.day) == (said.year, said.month, said.day) for day in known.days
    )


def _month_stands(said: Said, known: _KnownDates) -> bool:
    for day in known.days:
        if day.month == said.month and said.year in {None, day.year}:
            return True
    return any(
        month == said.month and (year is None or said.year in {None, year})
        for year, month in known.months
    )
