"""The forms of dates in questions, and the days that they name, relative to today. Pure.

Rules in order, most precise first. Each has a pattern and a function from its match to days; words
around a date ("since", "between") are read by `retrieval.search.dates`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from retrieval.search.date_words import (
    ABBREVIATED,
    AFTER_IN,
    CLEAR_MONTHS,
    COUNT,
    COUNTS,
    DAY_BEFORE_YESTERDAY,
    DAY_NUMBER,
    DAYS_OFF,
    EARLY,
    LAST,
    LATE,
    MIDDLE,
    MONTH,
    NTH,
    OF_YEAR,
    PART,
    PART_OF_YEAR,
    SEASON,
    SPELLED_DAYS,
    THIS,
    UNIT,
    UNITS,
    WEEKDAY,
    WITH_YEAR,
    YEAR,
    YEAR_AGAIN,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import tzinfo

_DAY = timedelta(days=1)
Days = tuple[date, date]
_LONGEST_DAYS = 36_500
_DAYS_OF = {"day": 1, "week": 7, "fortnight": 14}
_DECEMBER = 12
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Asking:
    """When and where a question is asked, and its writer's order of day and month."""

    now: datetime
    zone: tzinfo
    month_first: bool

    @property
    def today(self) -> date:
        """The local day on which it is asked."""
        return self.now.astimezone(self.zone).date()


def _numeric(found: re.Match[str], asked: Asking) -> Days | None:
    year = int(found["year"])
    day, month = int(found["day"]), int(found["month"])
    if found.groupdict().get("either"):
        if asked.month_first:
            day, month = month, day
        if month > 12:  # noqa: PLR2004  there is only one way to read it
            day, month = month, day
    return _one_day(year + 2000 * (year < 100), month, day)  # noqa: PLR2004


def _day_and_month(found: re.Match[str], asked: Asking) -> Days | None:
    month, number, year = _month_of(found), _digits(found["day"]), _year_of(found, asked)
    if year:
        return _one_day(year, month, number)
    days = _one_day(asked.today.year, month, number)
    if days is None or days[0] > asked.today:
        # 29 February: the last leap year
        earlier = (_one_day(asked.today.year - back, month, number) for back in (1, 2, 3, 4))
        return next((one for one in earlier if one is not None), None)
    return days


def _day_of_month(found: re.Match[str], asked: Asking) -> Days | None:
    number, first = _digits(found["day"]), asked.today.replace(day=1)
    if number > asked.today.day:
        first = (first - _DAY).replace(day=1)
    return _one_day(first.year, first.month, number)


def _month(found: re.Match[str], asked: Asking) -> Days | None:
    month = _month_of(found)
    groups = found.groupdict()
    is_past = month >= asked.today.month if groups.get("last") else month > asked.today.month
    first = date(_year_of(found, asked) or asked.today.year - is_past, month, 1)
    last = _last_of_month(first)
    if groups.get("early"):
        return first, first + timedelta(days=9)
    if groups.get("middle"):
        return first + timedelta(days=9), first + timedelta(days=19)
    if groups.get("late"):
        return first + timedelta(days=19), last
    return first, last


def _named_month(found: re.Match[str], asked: Asking) -> Days | None:
    """A month by its name alone, if the words before it make it one."""
    name, after = found.group().casefold(), found.string[found.end() : found.end() + 1]
    if after == "-" or name in ABBREVIATED:
        return None
    clear = re.fullmatch(CLEAR_MONTHS, name)
    return _month(found, asked) if clear or AFTER_IN.search(found.string[: found.start()]) else None


def _named_year(found: re.Match[str], asked: Asking) -> Days | None:
    return _year(found, asked) if AFTER_IN.search(found.string[: found.start()]) else None


def _year(found: re.Match[str], _asked: Asking) -> Days | None:
    year, groups = int(found["year"]), found.groupdict()
    first = 5 if groups.get("middle") else 9 if groups.get("late") else 1
    last = 4 if groups.get("early") else 8 if groups.get("middle") else 12
    return date(year, first, 1), _last_of_month(date(year, last, 1))


def _decade(found: re.Match[str], _asked: Asking) -> Days | None:
    year = int(found["year"])
    return date(year, 1, 1), date(year + 9, 12, 31)


def _year_of(found: re.Match[str], asked: Asking) -> int | None:
    """The year that a match names, perhaps as "last year"; None if it names none."""
    groups = found.groupdict()
    if groups.get("year"):
        return int(found["year"])
    back = next((n for n in range(3) if groups.get(f"back{n}")), None)
    return None if back is None else asked.today.year - back


def _weekday(found: re.Match[str], asked: Asking) -> Days | None:
    wanted = next(n for n in range(7) if found[f"d{n}"])
    back = (asked.today.weekday() - wanted) % 7 or 7 * bool(found["last"])
    day = asked.today - timedelta(days=back)
    return day, day


def _ago(found: re.Match[str], asked: Asking) -> Days | None:
    count, unit = _count(found), _unit(found)
    if unit == "hour":
        back = asked.now - timedelta(hours=count) if count <= 24 * 31 else None
        day = back.astimezone(asked.zone).date() if back else None
        return (day, asked.today if count <= 48 else day) if day else None  # noqa: PLR2004
    if unit in _DAYS_OF:
        count *= _DAYS_OF[unit]
        if count > _LONGEST_DAYS:
            return None
        slack = timedelta(days=count // 10 if unit == "day" else 3)
        day = asked.today - timedelta(days=count)
        return day - slack, min(day + slack, asked.today)
    months = count * (12 if unit == "year" else 1)
    if months > _LONGEST_DAYS // 31:
        return None
    first = _months_back(asked.today.replace(day=1), months)
    if unit == "year":
        return date(first.year, 1, 1), date(first.year, 12, 31)
    return first, _last_of_month(first)


def _half_ago(found: re.Match[str], asked: Asking) -> Days | None:
    """Half a year ago, a year and a half ago; half an hour ago is today."""
    unit, groups = _unit(found), found.groupdict()
    if unit in {"year", "month"}:
        months = {"year": 6, "month": 0}[unit] + 12 * bool(groups.get("more"))
        first = _months_back(asked.today.replace(day=1), months)
        return first, _last_of_month(first)
    back = {"week": 4}.get(unit, 0)
    return asked.today - timedelta(days=back), asked.today - timedelta(days=back and 3)


def _overnight(_found: re.Match[str], asked: Asking) -> Days:
    return asked.today - _DAY, asked.today


def _lately(_found: re.Match[str], asked: Asking) -> Days:
    return asked.today - timedelta(days=7), asked.today


def _so_far(found: re.Match[str], asked: Asking) -> Days:
    """From the beginning of the current week, month or year."""
    today = asked.today
    match _unit(found):
        case "week":
            return today - timedelta(days=today.weekday()), today
        case "month":
            return today.replace(day=1), today
    return today.replace(month=1, day=1), today


def _weekday_of_week(found: re.Match[str], asked: Asking) -> Days | None:
    """Monday of last week, the Monday before last."""
    wanted = next(n for n in range(7) if found[f"d{n}"])
    if found.groupdict().get("before"):
        day = asked.today - timedelta(days=((asked.today.weekday() - wanted) % 7 or 7) + 7)
        return day, day
    monday = asked.today - timedelta(days=asked.today.weekday() + 7 * bool(found["last"]))
    day = monday + timedelta(days=wanted)
    return day, day


def _within(found: re.Match[str], asked: Asking) -> Days | None:
    count, unit = _count(found), _unit(found)
    length = {"hour": 1 / 24, "month": 30, "year": 365, **_DAYS_OF}[unit] * count
    if length > _LONGEST_DAYS:
        return None
    return asked.today - timedelta(days=length), asked.today


def _hours(found: re.Match[str]) -> int:
    if not found["hour"]:
        return 0
    count = _count(found) if "count" in found.groupdict() else 1
    return count if count <= 24 * 31 else 0


def _part_of_year(found: re.Match[str], asked: Asking) -> Days | None:
    """A half or quarter of a year or a month; the last one that has begun if no year is named."""
    groups = found.groupdict()
    number = _nth(found)
    if "month_part" in groups and any(groups.get(f"m{month}") for month in range(1, 13)):
        first, last = _month(found, asked) or (asked.today, asked.today)
        middle = first + timedelta(days=14)
        return (first, middle) if number == 1 else (middle + _DAY, last)
    length = 6 if groups.get("half") else 3
    named = groups.get("named") or found["year"]
    if number * length > 12:  # noqa: PLR2004  there are so many months
        return None
    year = int(named) if named else asked.today.year
    first = date(year, (number - 1) * length + 1, 1)
    if not named and first > asked.today:
        first = first.replace(year=year - 1)
    return first, _last_of_month(_months_back(first, 1 - length))


def _part_of_month(found: re.Match[str], asked: Asking) -> Days | None:
    """The first week of November, the last weekend of October."""
    first, last = _month(found, asked) or (asked.today, asked.today)
    number = 0 if found["final"] else _nth(found)
    if found["off"]:
        saturdays = [
            day
            for day in (first + timedelta(days=n) for n in range((last - first).days + 1))
            if day.weekday() == _SATURDAY
        ]
        day = saturdays[number - 1] if number <= len(saturdays) else last
        return day, day + _DAY
    if not number:
        return last - timedelta(days=6), last
    start = first + timedelta(days=7 * (number - 1))
    return (start, min(start + timedelta(days=6), last)) if start <= last else None


def _nth(found: re.Match[str]) -> int:
    return next(number for number in range(1, 6) if found.groupdict().get(f"n{number}"))


def _season(found: re.Match[str], asked: Asking) -> Days | None:
    """A season of three months; a winter begins in December of the year before."""
    month = next(3 * number for number in range(1, 5) if found[f"s{number}"])
    named = _year_of(found, asked)
    first = date((named or asked.today.year) - (month == _DECEMBER and bool(named)), month, 1)
    if not named:
        end = _last_of_month(_months_back(first, -2))
        if first > asked.today or (found["last"] and end >= asked.today):
            first = first.replace(year=first.year - 1)
    return first, _last_of_month(_months_back(first, -2))


def _before_last(found: re.Match[str], asked: Asking) -> Days | None:
    """The weekend, week, month or year before the last one."""
    if found["off"]:
        saturday = asked.today - timedelta(days=(asked.today.weekday() - _SATURDAY) % 7 + 7)
        return saturday, saturday + _DAY
    today, unit = asked.today, _unit(found)
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 14)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        first = _months_back(today.replace(day=1), 2)
        return first, _last_of_month(first)
    return (date(today.year - 2, 1, 1), date(today.year - 2, 12, 31)) if unit == "year" else None


def _without_year(found: re.Match[str], asked: Asking) -> Days | None:
    """24.11. or "on 24/11", the last one before today."""
    day, month = int(found["day"]), int(found["month"])
    if found.groupdict().get("either") and asked.month_first and day <= 12:  # noqa: PLR2004
        day, month = month, day
    if month > 12:  # noqa: PLR2004
        day, month = month, day
    days = _one_day(asked.today.year, month, day)
    if days is None or days[0] > asked.today:
        return _one_day(asked.today.year - 1, month, day)
    return days


def _last_year(_found: re.Match[str], asked: Asking) -> Days:
    year = asked.today.year - 1
    return date(year, 1, 1), date(year, 12, 31)


def _back(days: int, _found: re.Match[str], asked: Asking) -> Days:
    day = asked.today - timedelta(days=days)
    return day, day


def _this(found: re.Match[str], asked: Asking) -> Days:
    today = asked.today
    match _unit(found):
        case "week":
            return today - timedelta(days=6), today
        case "month":
            return today.replace(day=1), today
        case "year":
            return today.replace(month=1, day=1), today
    return today, today


def _last(found: re.Match[str], asked: Asking) -> Days | None:
    """The last calendar week, month or year; "past week" is the last seven days."""
    today, unit = asked.today, _unit(found)
    if unit == "hour" and "останн" in found.group().casefold():
        return None  # "за останній час" is "lately" in Ukrainian
    if found["past"] or unit in {"hour", "day", "fortnight"}:
        days = {"week": 7, "month": 30, "year": 365, "fortnight": 14}.get(unit, 1)
        return today - timedelta(days=days), today
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        last = today.replace(day=1) - _DAY
        return last.replace(day=1), last
    return date(today.year - 1, 1, 1), date(today.year - 1, 12, 31)


def _weekend(found: re.Match[str], asked: Asking) -> Days:
    today = asked.today
    is_on = today.weekday() >= _SATURDAY
    saturday = today - timedelta(days=(today.weekday() - _SATURDAY) % 7)
    if is_on and found["last"]:
        saturday -= timedelta(days=7)
    return saturday, saturday + _DAY


def _one_day(year: int, month: int, day: int) -> Days | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found, found


def same_month(day: date, number: str) -> date | None:
    """The day with this number in a day's month, if it has one."""
    days = _one_day(day.year, day.month, _digits(number))
    return days[0] if days else None


def _last_of_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1) - _DAY


def _months_back(first: date, count: int) -> date:
    months = first.year * 12 + first.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def _month_of(found: re.Match[str]) -> int:
    return next(number for number in range(1, 13) if found[f"m{number}"])


def _count(found: re.Match[str]) -> int:
    written = (found["count"] or "1").casefold()
    return int(written) if written.isdigit() else COUNTS[" ".join(written.split())]


def _unit(found: re.Match[str]) -> str:
    return next(name for name in UNITS if found.groupdict().get(name))


def _digits(text: str) -> int:
    """The day of a month, in digits or in words."""
    digits = re.sub(r"\D", "", text)
    folded = " ".join(re.sub(r"[-\s]+", " ", text.casefold()).split())
    return int(digits or SPELLED_DAYS[re.sub("[’ʼ]", "'", folded)])


def _rules() -> Iterator[tuple[str, Callable[[re.Match[str], Asking], Days | None]]]:
    """The forms of dates, most precise first."""
    month_name = rf"(?:{MONTH})"
    yield rf"{YEAR}[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)", _numeric
    yield r"(?P<day>\d{1,2})\.\s?(?P<month>\d\d?)\.\s?(?P<year>(?:19|20)?\d\d)", _numeric
    yield (
        r"(?P<day>\d{1,2})(?P<either>[/-])(?P<month>\d{1,2})(?P=either)(?P<year>(?:19|20)\d\d)",
        _numeric,
    )
    yield r"(?P<day>\d{1,2})(?P<either>/)(?P<month>\d{1,2})/(?P<year>\d\d)", _numeric
    yield rf"{DAY_NUMBER}\s+(?:of\s+)?{month_name}{OF_YEAR}", _day_and_month
    yield rf"{month_name}\s+(?:the\s+)?{DAY_NUMBER}(?!\d|[.,]\d|\s*%){OF_YEAR}", _day_and_month
    yield rf"(?:{DAY_BEFORE_YESTERDAY}){PART}|(?:the\s+)?night\s+before\s+last", partial(_back, 2)
    yield (
        rf"(?:today|tonight|this\s+(?:morning|afternoon|evening)|сьогодні|сегодня|heute){PART}",
        (partial(_back, 0)),
    )
    yield rf"(?:yesterday|last\s+night|вчора|учора|вчера|gestern){PART}", partial(_back, 1)
    yield (
        r"(?:the\s+day\s+after\s+)?tomorrow|завтра|післязавтра|послезавтра|morgen",
        (partial(_back, -1)),
    )
    yield from _halves()
    yield rf"(?:less|no\s+more|not\s+more|fewer)\s+than\s+{COUNT}\s+(?:{UNIT})\s+ago", _within
    yield rf"(?:a\s+)?{COUNT}\s+(?:{UNIT})\s+(?:ago|тому|назад)", _ago
    yield rf"vor\s+{COUNT}\s+(?:{UNIT})", _ago
    yield rf"(?P<count>)(?:{UNIT})\s+(?:тому|назад)", _ago
    yield (
        rf"(?:(?:in|over|during|within|за|в)\s+)?(?:(?:the|den)\s+)?{LAST}\s+{COUNT}\s+(?:{UNIT})",
        _within,
    )
    yield rf"(?P<count>)(?P<hour>)за\s+(?:{LAST}\s+)?(?P<day>добу|сутки)", _within
    yield from _parts(month_name)
    yield r"(?:on\s+the|am|dem)\s+(?P<day>\d{1,2}(?:st|nd|rd|th|\.))", _day_of_month
    beginning = r"(?:the\s+)?(?:start|beginning)\s+of\s+(?:the|this)|початку|начала|anfang\s+des"
    yield rf"(?:since\s+|з\s+|із\s+|від\s+|с\s+|seit\s+)(?:{beginning})\s+(?:{UNIT})", _so_far
    yield r"seit\s+(?P<year>jahresbeginn)", _so_far
    parts = rf"(?:(?P<early>{EARLY})|(?P<middle>{MIDDLE})|(?P<late>{LATE}))"
    yield rf"(?:in\s+|у\s+)?(?:the\s+)?{parts}[\s-]+{month_name}{OF_YEAR}", _month
    yield rf"{month_name}{WITH_YEAR}", _month
    yield (
        rf"(?:{WEEKDAY})\s+(?:of\s+)?(?:(?P<last>{LAST})|{THIS})\s+(?:{UNITS['week']})",
        _weekday_of_week,
    )
    yield rf"(?:the\s+)?(?:{WEEKDAY})\s+(?P<before>before\s+last)", _weekday_of_week
    yield rf"(?:(?P<last>{LAST})\s+|this\s+)?(?:{WEEKDAY}){PART}", _weekday
    yield rf"(?:(?:earlier|later)\s+)?{THIS}\s+(?:{UNIT})", _this
    yield rf"(?:the\s+)?(?:(?P<past>past|останн\w+|последн\w+)|{LAST})\s+(?:{UNIT})", _last
    yield (
        rf"(?:the\s+)?(?:(?P<last>{LAST})\s+|this\s+)?(?:weekend|{DAYS_OFF}|wochenende)",
        _weekend,
    )
    yield rf"(?:(?P<last>{LAST})|(?P<this>{THIS}))\s+{month_name}(?P<year>)", _month
    yield rf"{month_name}(?P<year>)", _named_month
    yield r"(?P<day>\d{1,2})(?:-?го)?\s+числа", _day_of_month
    yield r"(?P<day>\d{1,2})-?(?:го|ого)", _day_of_month
    yield rf"(?:in\s+|у\s+)?(?:the\s+)?{parts}[\s-]+{YEAR}(?:\s+(?:року|года))?", _year
    yield rf"{YEAR}\s+(?:році|року|році|рік|году|года|год)", _year
    yield r"(?:in\s+)?(?:the\s+)?(?P<year>(?:19|20)\d0)(?:s|['’]s|-[хі]|er)", _decade
    yield r"overnight|за\s+ніч|за\s+ночь|über\s+nacht", _overnight
    yield r"(?:the\s+)?other\s+day|днями|на\s+днях|neulich", _lately
    yield rf"(?:the\s+)?(?:{LAST}|recent)\s+(?:days|дні|днів|дни|дней|tagen?)", _lately
    yield YEAR, _named_year


def _halves() -> Iterator[tuple[str, Callable[[re.Match[str], Asking], Days | None]]]:
    ago = r"\s+(?:ago|тому|назад)"
    half_year = r"(?P<year>пів\s?року|півроку|полгода)"
    half_hour = r"(?P<hour>пів\s?години|півгодини|полчаса)"
    yield rf"half\s+an?\s+(?:{UNIT}){ago}|half\s+an?\s+hour", _half_ago
    yield rf"(?:{half_year}|{half_hour}){ago}", _half_ago
    yield rf"vor\s+eine[mr]\s+halben\s+(?:{UNIT})", _half_ago
    yield rf"(?P<more>an?|one)\s+(?:{UNIT})\s+and\s+a\s+half{ago}", _half_ago
    yield rf"(?P<more>півтора|полтора)\s+(?:{UNIT}){ago}", _half_ago
    yield rf"vor\s+(?P<more>anderthalb|eineinhalb)\s+(?:{UNIT})", _half_ago


def _parts(month: str) -> Iterator[tuple[str, Callable[[re.Match[str], Asking], Days | None]]]:
    """Parts of a month or a year, seasons, and days without their year."""
    of = r"(?:of\s+|in\s+|im\s+|des\s+)?(?:the\s+)?"
    final = r"(?P<final>last|final|останн\w+|последн\w+|letzte[nrs]?)"
    off = rf"(?P<off>weekend|{DAYS_OFF}|wochenende)"
    the = r"(?:in\s+)?(?:(?:the|der|das|den|dem)\s+)?"
    yield (
        rf"{the}(?:{NTH}|{final})\s+(?:{off}|(?:{UNITS['week']}))\s+{of}{month}{OF_YEAR}",
        _part_of_month,
    )
    half_of_month = r"(?P<month_part>half|половин\w+|hälfte)"
    yield rf"{the}(?:{NTH})\s+{half_of_month}\s+{of}{month}{OF_YEAR}", _part_of_year
    yield (
        rf"{the}(?:{NTH})\s+(?:{PART_OF_YEAR})\s+{of}(?:year(?P<year>)|{YEAR_AGAIN})",
        _part_of_year,
    )
    quarters = "|".join(rf"(?P<n{number}>{number})" for number in range(1, 5))
    yield rf"q(?:{quarters})(?P<half>)\s+(?:of\s+)?{YEAR}", _part_of_year
    yield rf"(?:the\s+)?(?:(?P<off>weekend)|{UNIT})\s+before\s+last", _before_last
    before = r"(?:позамину\w+|позапрошл\w+|vorletzte[nrs]?|vorvergangene[nrs]?)"
    yield rf"{before}\s+(?:(?P<off>{DAYS_OFF}|wochenende)|{UNIT})", _before_last
    yield rf"{the}(?:(?P<last>{LAST})|{THIS})\s+(?:{SEASON})(?P<year>)", _season
    yield rf"(?:{SEASON}){WITH_YEAR}(?P<last>)", _season
    adverbs = "навесні|влітку|восени|взимку|весной|летом|осенью|зимой"
    in_season = rf"(?:in|during|over)\s+(?:the\s+)?|im\s+|(?={adverbs})"
    yield rf"(?:{in_season})(?:{SEASON})(?P<year>)(?P<last>)(?!\s+of\b)", _season
    yield r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?!\s?\d)", _without_year
    yield (
        r"(?<=\b(?:on|am)\s)(?P<day>\d{1,2})\.(?P<month>0\d|1[0-2])(?!\s*%|[.,]?\d)",
        _without_year,
    )
    ends = r"(?=\s*[?!.]*$)"
    yield rf"(?<=\w\w\w\s)(?P<day>[0-3]\d)\.(?P<month>0\d|1[0-2]){ends}", _without_year
    yield r"(?<=\bon\s)(?P<day>\d{1,2})(?P<either>/)(?P<month>\d{1,2})(?![/\d])", _without_year
    yield r"торік|торішн\w+", _last_year


_HOURLY = frozenset({_within, _last})
_WHOLE = frozenset({_numeric, _day_and_month})
_YEARLY = frozenset(
    {_day_and_month, _month, _named_month, _part_of_month, _part_of_year, _season, _without_year}
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A form of dates: a pattern, and a function from its match to days (None: not a date)."""

    pattern: re.Pattern[str]
    days: Callable[[re.Match[str], Asking], Days | None]

    @property
    def is_whole(self) -> bool:
        """Whether a part of the match can't be a date if the whole isn't one, as in 31 February."""
        return self.days in _WHOLE

    def hours(self, found: re.Match[str]) -> int:
        """How many hours back the match reaches; 0 if it counts in days."""
        return _hours(found) if self.days in _HOURLY else 0

    def lacks_year(self, found: re.Match[str]) -> bool:
        """Whether the match is a day or month without a year: "in August", not "last August"."""
        groups = found.groupdict()
        named = ("year", "last", "this", "back0", "back1", "back2")
        of_a_month = self.days is not _part_of_year or bool(groups.get("month_part"))
        is_yearly = self.days in _YEARLY and of_a_month
        return is_yearly and not any(groups.get(name) for name in named)


RULES = tuple(
    Rule(re.compile(rf"(?<![\w/.])(?:{pattern})(?!\w)", re.IGNORECASE), days)
    for pattern, days in _rules()
)
