"""Time in a question: which days it is about, in English, Ukrainian and Russian. Pure.

Rules, not a parser of dates in general: a question names its time in few ways, and a wrong guess
costs more than none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, in UTC; `words` are those of the question that say so."""

    start: datetime
    end: datetime
    words: str


Days = tuple[date, date]
Rule = tuple[re.Pattern[str], "Callable[[re.Match[str], date], Days | None]"]

# The beginnings of names, as inflections share them; January and Monday first.
_MONTHS = (
    "january|jan|січ(?:ень|ня|ні)|январ[ьяе]",
    "february|feb|лют(?:ий|ого|ому)|феврал[ьяе]",
    "march|mar|берез(?:ень|ня|ні)|март[ае]?",
    "april|apr|квіт(?:ень|ня|ні)|апрел[ьяе]",
    "may|трав(?:ень|ня|ні)|ма[йяе]",
    "june|jun|черв(?:ень|ня|ні)|июн[ьяе]",
    "july|jul|лип(?:ень|ня|ні)|июл[ьяе]",
    "august|aug|серп(?:ень|ня|ні)|август[ае]?",
    "september|sept?|верес(?:ень|ня|ні)|сентябр[ьяе]",
    "october|oct|жовт(?:ень|ня|ні)|октябр[ьяе]",
    "november|nov|листопад[аі]?|ноябр[ьяе]",
    "december|dec|груд(?:ень|ня|ні)|декабр[ьяе]",
)
_DAYS = (
    "monday|понеділ(?:ок|ка)|понедельник[а]?",
    "tuesday|вівтор(?:ок|ка)|вторник[а]?",
    "wednesday|серед[ауи]|сред[ауы]",
    "thursday|четвер(?:га)?|четверг[а]?",
    "friday|п['’ʼ]ятниц[яюі]|пятниц[ауы]",
    "saturday|субот[ауи]|суббот[ауы]",
    "sunday|неділ[яюі]|воскресень[ея]",
)
_UNITS = {
    "day|days|день|дні|днів|дня|дней": 1,
    "week|weeks|тиждень|тижні|тижнів|неделя|неделю|недели|недель": 7,
    "month|months|місяць|місяці|місяців|месяц|месяца|месяцев": 30,
    "year|years|рік|роки|років|год|года|лет": 365,
}
_LAST = r"(?:last|past|previous|минул\w+|попередн\w+|прошл\w+|последн\w+|останн\w+)"
_THIS = r"(?:this|цього|цьому|цей|ця|цю|этой|этом|эту|этот|этого)"
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, 1))
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_SINCE = r"(?P<since>since|after|від|з|із|після|с|со|после)"
_UNTIL = r"(?P<until>until|till|by|as of|станом на|к|по состоянию на)"
_BEFORE = r"(?P<before>before|до)"
_LONGEST_DAYS = 36_500

# What was published in the days after an event still tells of it.
_AFTERMATH = timedelta(days=2)
_BEGINNING = date(1970, 1, 2)


def find_window(question: str, now: datetime, zone: tzinfo = UTC) -> Window | None:
    """The days that a question is about, if it says so; the most exact mention wins.

    `now` is when it is asked, aware; days begin at midnight in `zone`. Nothing after `now` is
    meant by "on Thursday" or "in September": they lie in the past.
    """
    today = now.astimezone(zone).date()
    for pattern, resolve in _RULES:
        for found in pattern.finditer(question.casefold()):
            days = resolve(found, today)
            # "in 2031" is what a story is about, not when it was told
            if days is not None and days[0] <= today:
                return _window(days, found.group().strip(), zone)
    return None


def _window(days: Days, words: str, zone: tzinfo) -> Window:
    start = datetime.combine(days[0], time(), zone)
    end = datetime.combine(days[1] + timedelta(days=1), time(), zone)
    return Window(start.astimezone(UTC), end.astimezone(UTC), words)


def _bounded(found: re.Match[str], first: date, last: date, today: date) -> Days:
    """`since` and its like open a window at one end; otherwise the aftermath counts too."""
    groups = found.groupdict()
    if groups.get("since"):
        return first, max(today, first)
    if groups.get("until"):
        return _BEGINNING, last
    if groups.get("before"):
        return _BEGINNING, first - timedelta(days=1)
    return first, min(last + _AFTERMATH, max(today, last))


def _iso(found: re.Match[str], today: date) -> Days | None:
    try:
        day = date(int(found["year"]), int(found["month"]), int(found["day"]))
    except ValueError:
        return None
    return _bounded(found, day, day, today)


def _day_and_month(found: re.Match[str], today: date) -> Days | None:
    month = _month_of(found)
    years = [int(found["year"])] if found["year"] else [today.year, today.year - 1]
    for year in years:
        try:
            day = date(year, month, int(found["day"]))
        except ValueError:
            continue
        if found["year"] or day <= today:
            return _bounded(found, day, day, today)
    return None


def _month(found: re.Match[str], today: date) -> Days | None:
    month = _month_of(found)
    year = int(found["year"]) if found["year"] else today.year - (month > today.month)
    first = date(year, month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return _bounded(found, first, last, today)


def _year(found: re.Match[str], today: date) -> Days | None:
    year = int(found["year"])
    return _bounded(found, date(year, 1, 1), date(year, 12, 31), today)


def _weekday(found: re.Match[str], today: date) -> Days | None:
    wanted = next(n for n in range(7) if found[f"d{n}"])
    back = (today.weekday() - wanted) % 7 or 7 * bool(found["last"])
    day = today - timedelta(days=back)
    return _bounded(found, day, day, today)


def _ago(found: re.Match[str], today: date) -> Days | None:
    count = int(found["count"] or 1) * next(n for u, n in _UNITS.items() if _is(u, found["unit"]))
    if count > _LONGEST_DAYS:
        return None
    day = today - timedelta(days=count)
    slack = timedelta(days=count // 10)
    return day - slack, min(day + slack + _AFTERMATH, today)


def _within(found: re.Match[str], today: date) -> Days | None:
    count = int(found["count"] or 1) * next(n for u, n in _UNITS.items() if _is(u, found["unit"]))
    return (today - timedelta(days=count), today) if count <= _LONGEST_DAYS else None


def _fixed(back: int, length: int = 0) -> Callable[[re.Match[str], date], Days]:
    def resolve(_found: re.Match[str], today: date) -> Days:
        first = today - timedelta(days=back)
        return first, min(first + timedelta(days=length), today)

    return resolve


def _this(found: re.Match[str], today: date) -> Days:
    unit = next(n for u, n in _UNITS.items() if _is(u, found["unit"]))
    if unit == 7:  # noqa: PLR2004  a week
        return today - timedelta(days=max(today.weekday(), 6)), today
    return (today.replace(day=1) if unit == 30 else today.replace(month=1, day=1)), today  # noqa: PLR2004


def _month_of(found: re.Match[str]) -> int:
    return next(number for number in range(1, 13) if found[f"m{number}"])


def _is(names: str, word: str) -> bool:
    return word in names.split("|")


def _rules() -> Iterator[Rule]:
    unit = "|".join(_UNITS)
    bound = rf"(?:{_SINCE}\s+|{_UNTIL}\s+|{_BEFORE}\s+)?"
    days = "|".join(f"(?P<d{number}>{names})" for number, names in enumerate(_DAYS))
    yield _rule(rf"{bound}{_YEAR}-(?P<month>\d\d)-(?P<day>\d\d)", _iso)
    yield _rule(rf"{bound}(?P<day>\d{{1,2}})\.(?P<month>\d\d?)\.{_YEAR}", _iso)
    yield _rule(rf"{bound}{_DAY}\s+(?:of\s+)?(?:{_MONTH})\.?(?:,?\s+{_YEAR})?", _day_and_month)
    yield _rule(rf"{bound}(?:{_MONTH})\.?\s+{_DAY}(?:,?\s+{_YEAR})?(?!\d)", _day_and_month)
    yield _rule(r"today|tonight|this morning|сьогодні|сегодня", _fixed(1, 1))
    yield _rule(r"yesterday|last night|вчора|учора|вчера", _fixed(1, 1))
    yield _rule(rf"(?P<count>\d{{1,4}})\s+(?P<unit>{unit})\s+(?:ago|тому|назад)", _ago)
    yield _rule(rf"{_LAST}\s+(?P<count>\d{{1,4}})\s+(?P<unit>{unit})", _within)
    yield _rule(rf"{bound}(?:(?P<last>{_LAST})\s+)?(?:{days})", _weekday)
    yield _rule(rf"{_THIS}\s+(?P<unit>{unit})", _this)
    yield _rule(r"last week|past week|минул\w+ тиж\w+|прошл\w+ недел\w+", _fixed(14, 10))
    yield _rule(r"last month|минул\w+ місяц\w+|прошл\w+ месяц\w+", _fixed(62, 55))
    yield _rule(
        rf"(?:in|during|since|before|until|after|late|early|mid|у|в|за|з|с|до)[\s-]+(?:{_MONTH})"
        rf"(?:\s+{_YEAR})?",
        _named_month,
    )
    yield _rule(rf"(?:{_MONTH})\s+(?:of\s+)?{_YEAR}", _named_month)
    yield _rule(rf"(?:{_SINCE}|{_UNTIL}|{_BEFORE}|in|during|у|в|за)\s+{_YEAR}", _year)


def _named_month(found: re.Match[str], today: date) -> Days | None:
    word = found.group().split()[0]
    first, last = _month(found, today) or (today, today)
    if word in {"since", "after", "з", "с"}:
        return first, today
    if word == "until":
        return _BEGINNING, last
    if word in {"before", "до"}:
        return _BEGINNING, first - timedelta(days=1)
    return first, last


def _rule(pattern: str, resolve: Callable[[re.Match[str], date], Days | None]) -> Rule:
    return re.compile(rf"\b(?:{pattern})\b", re.IGNORECASE), resolve


_RULES = tuple(_rules())
