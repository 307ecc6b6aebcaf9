"""Publication dates, as precise as their source."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from babel import Locale

from retrieval.errors import ExtractError
from retrieval.messages import UserMessage
from retrieval.models import Precision, Published

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


# Far enough from the ends of the calendar for any zone's offset.
_EARLIEST, _LATEST = date(1450, 1, 1), date(9990, 1, 1)
_TOLERANCE = timedelta(days=1)
_LONGEST = 100
# The errors of the standard library, documented or not, for invalid years, zones and days.
_NO_DATE = (ValueError, OverflowError, TypeError, LookupError, AttributeError)


def published_of(value: str, now: datetime) -> Published:
    """The publication date in `value`, in any language and order.

    Precise to the minute only with a time and a zone. Exactly midnight counts as a day only.

    Raises:
        ExtractError: it isn't a date, or is more than a day after `now`.
    """
    published = published_at(_parse(value.strip()))
    if published.at > now + _TOLERANCE:
        raise ExtractError(
            UserMessage(
                "Its date, {date}, is in the future; correct it or leave it out.",
                date=value.strip()[:40],
            )
        )
    return published


def published_at(moment: datetime) -> Published:
    """`moment` as a publication date; without a zone, only its day counts."""
    if moment.tzinfo is None or moment.time() == time(0):
        return Published(datetime.combine(moment.date(), time(0), UTC), Precision.DAY)
    return Published(moment.astimezone(UTC).replace(second=0, microsecond=0), Precision.MINUTE)


def mail_date(value: str) -> datetime | None:
    """The instant of a date in the format of e-mail and HTTP; None if it isn't one."""
    try:
        moment: datetime = parsedate_to_datetime(value[:_LONGEST])
        zoned = moment.replace(tzinfo=moment.tzinfo or UTC)
        return moment if _EARLIEST < zoned.astimezone(UTC).date() < _LATEST else None
    except _NO_DATE:
        return None


def _parse(value: str) -> datetime:
    moment = read_moment(value)
    if moment is not None:
        return datetime.combine(moment.day, moment.at or time(), moment.zone)
    raise ExtractError(
        UserMessage(
            "I couldn't understand its date, “{date}”; write it like 2024-11-20T14:30+02:00.",
            date=value[:40],
        )
    )


# Seconds since 1970 in the years since feeds exist; milliseconds are a thousand times that.
_EPOCH_SECONDS = range(631_152_000, 4_102_444_800)
_ISO = re.compile(
    r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
    r"(?:[T ]?(?P<hour>\d\d):?(?P<minute>\d\d)(?::?(?P<second>\d\d))?(?:[.,]\d+)?(?P<zone>Z)?)?"
)
_COMPACT = re.compile(r"(?:19|20)\d{6}(?:T?\d{4}(?:\d\d)?Z?)?$", re.IGNORECASE)
_TIME = re.compile(
    r"(?P<part>上午|午前|오전|下午|午後|오후|晚上)?\s?(?<![\d.:])(?P<hour>\d{1,2})"
    r"(?:\s?[:h时時시点]\s?(?P<minute>\d\d)(?:\s?[:分분]\s?(?P<second>\d\d)(?:[.,]\d+)?)?[分秒분초]?"
    r"|\.(?P<dotted>\d\d)(?=\s?(?:uhr|[ap]\.?m|Uhr))|(?=\s?[ap]\.?m\b))(?![\d:])"
    r"\s?(?P<half>[ap]\.?\s?m\b\.?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(
    r"(?:\b(?:UTC|GMT)\s?)?(?<![\d.])(?P<sign>[+\-−])(?P<hours>\d{1,2})(?::?(?P<minutes>\d\d))?(?!\d)"
)
_AFTERNOON = frozenset({"下午", "午後", "오후", "晚上"})
_HOURS = {
    "utc": 0, "gmt": 0, "ut": 0, "z": 0, "wet": 0, "west": 1, "cet": 1, "cest": 2, "mez": 1,
    "mesz": 2, "bst": 1, "ist": 5.5, "eet": 2, "eest": 3, "msk": 3, "мск": 3, "msd": 4, "trt": 3,
    "gst": 4, "pkt": 5, "npt": 5.75, "wib": 7, "ict": 7, "hkt": 8, "sgt": 8, "awst": 8, "pht": 8,
    "jst": 9, "kst": 9, "acst": 9.5, "acdt": 10.5, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
    "akst": -9, "akdt": -8, "hst": -10, "ast": -4, "adt": -3, "nst": -3.5, "ndt": -2.5, "brt": -3,
    "art": -3, "clt": -4, "sast": 2, "eat": 3, "cat": 2, "wat": 1, "idt": 3, "irst": 3.5,
    "uzt": 5, "yekt": 5, "novt": 7, "krat": 7, "vlat": 10,
}  # fmt: skip
# Regions whose offset depends on the day.
_REGIONS = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver",
    "pt": "America/Los_Angeles",
}  # fmt: skip
_ZONE_WORD = re.compile(r"[A-Za-z]+/[A-Za-z_]+|[^\W\d_]+")
_LONGEST_OFFSET_MINUTES = 14 * 60
_WRITTEN_LOCALES = """
    en de fr es it pt nl da sv nb fi is pl cs sk hr sr sl bg uk ru be ro hu el tr ar ar_SY ar_DZ
    ar_MA he fa hi bn ur ta te th vi id ja zh ko ka hy az kk et lv lt mk sq ca eu gl
"""
_LOCALES = tuple(_WRITTEN_LOCALES.split())
# Values of fields that nobody filled in.
_ZERO = datetime(1970, 1, 1, tzinfo=UTC)
_AMERICAN = frozenset({"en-us", "es-us"})
_ERAS = {"令和": 2018, "平成": 1988}
_ERA = re.compile(r"(?P<era>令和|平成)\s?(?P<year>\d{1,2})年")
# Earlier years belong to another calendar, or to zeros and empty fields.
_FIRST_YEAR, _LAST_YEAR = 1450, 9989
_THAI_YEARS, _THAI_OFFSET = range(2_400, 2_700), 543
_NUMBER = re.compile(r"\d+")
# Words that may stand beside an English month, so that it isn't another language's weekday.
_WRITTEN_ENGLISH = """
    mon tue tues wed thu thur thurs fri sat sun monday tuesday wednesday thursday friday saturday
    sunday of at on the st nd rd th published updated posted date time
"""
_ENGLISH = frozenset(_WRITTEN_ENGLISH.split())
_SHORT = 3
_ALL_WORDS = re.compile(r"[^\W\d_]+")
# Words beside a date: weekdays, "de", "року". A sentence has more.
_MOST_WORDS = 6
_AFTERNOON_HOUR = 12


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as written: a day, perhaps with a time and a zone."""

    day: date
    at: time | None = None
    zone: tzinfo | None = None

    def instant(self, usual: tzinfo = UTC) -> datetime:
        """As an instant, in the `usual` zone if it names none; a bare day is midnight UTC."""
        if self.at is None:
            return datetime.combine(self.day, time(), UTC)
        return datetime.combine(self.day, self.at, self.zone or usual)


def read_moment(written: str, language: str | None = None) -> Moment | None:
    """Parse a written date; None if it is unknown, ambiguous or impossible.

    `language` is that of the surrounding text, such as "en-US": it decides what 3/4/2026 means.
    """
    text = _plain(written)
    if not text or len(text) > _LONGEST:
        return None
    try:
        moment = _epoch(text) or _iso(text) or _in_words(text, (language or "").replace("_", "-"))
    except (ValueError, OverflowError, LookupError, OSError):  # no such day, hour or zone
        return None
    return None if moment is not None and moment.instant() == _ZERO else moment


def _plain(written: str) -> str:
    """The text with ASCII digits, single spaces, and no brackets around a zone."""
    digits = (str(unicodedata.digit(one, one)) if one.isdigit() else one for one in written[:200])
    return " ".join("".join(digits).replace("(", " ").replace(")", " ").split())


def _epoch(text: str) -> Moment | None:
    found = re.fullmatch(r"(\d{9,16})(?:\.\d+)?", text)
    if found is None or _COMPACT.match(text):
        return None
    for divisor in (1, 1_000, 1_000_000):
        seconds = int(found[1]) // divisor
        if seconds in _EPOCH_SECONDS:
            moment = datetime.fromtimestamp(seconds, UTC)
            return Moment(moment.date(), moment.time(), UTC)
    raise ValueError(text)


def _iso(text: str) -> Moment | None:
    """ISO 8601 and RFC 3339, also with a space before the zone."""
    found = _ISO.match(text)
    if found is None or not (found["hour"] or found.end() == len(text)):
        return None
    if found["hour"] is None and "-" not in text and not _COMPACT.match(text):
        return None
    day = _day(int(found["year"]), int(found["month"]), int(found["day"]))
    if found["hour"] is None:
        return Moment(day)
    rest = text[found.end() :]
    hour, minute = int(found["hour"]), int(found["minute"])
    if (hour, minute) == (24, 0):
        day, hour = day + timedelta(days=1), 0
    at = time(hour, minute, _second(found["second"]))
    if found["zone"]:
        return Moment(day, at, UTC) if not rest.strip() else None
    zone, rest = _zone(rest)
    return Moment(day, at, _fixed(zone, day, at)) if not rest.strip() else None


def _second(written: str | None) -> int:
    return min(int(written or 0), 59) if int(written or 0) <= 60 else 60  # noqa: PLR2004  leap second


def _in_words(text: str, language: str) -> Moment | None:
    """Parse a date of numbers and names in any order."""
    at, text = _time(text)
    zone: tzinfo | None = None
    if at is not None:
        before, _, after = text.partition("\0")
        zone, after = _zone(after)
        text = f"{before} {after}"
    day = _date(text, language)
    return Moment(day, at, _fixed(zone, day, at)) if day else None


def _time(text: str) -> tuple[time | None, str]:
    """The time of day, and the text with a mark in its place."""
    found = _TIME.search(text)
    if found is None:
        return None, text
    hour, half = int(found["hour"]), (found["half"] or "")[:1].lower()
    minute = int(found["minute"] or found["dotted"] or 0)
    if half and not 0 <= hour <= 23:  # noqa: PLR2004
        raise ValueError(text)
    if (half == "p" or found["part"] in _AFTERNOON) and hour < _AFTERNOON_HOUR:
        hour += 12
    elif half == "a" and hour == _AFTERNOON_HOUR:
        hour = 0
    at = time(hour, minute, _second(found["second"]))
    return at, f"{text[: found.start()]}\0{text[found.end() :]}"


def _zone(text: str) -> tuple[tzinfo | None, str]:
    """The zone in a text, if any, and the text without it."""
    offset = _OFFSET.search(text)
    if offset is not None:
        minutes = int(offset["hours"]) * 60 + int(offset["minutes"] or 0)
        if minutes > _LONGEST_OFFSET_MINUTES or int(offset["minutes"] or 0) > 59:  # noqa: PLR2004
            raise ValueError(text)
        minutes *= 1 if offset["sign"] == "+" else -1
        rest = _without_zone_words(text[: offset.start()] + text[offset.end() :])
        return timezone(timedelta(minutes=minutes)), rest
    for word in _ZONE_WORD.finditer(text):
        zone = _named(word.group())
        if zone is not None:
            return zone, _without_zone_words(text[: word.start()] + text[word.end() :])
    return None, text


def _named(word: str) -> tzinfo | None:
    folded = word.casefold()
    if folded in _HOURS:
        return timezone(timedelta(hours=_HOURS[folded]))
    name = _REGIONS.get(folded) or (word if "/" in word else None)
    return ZoneInfo(name) if name else None


def _fixed(zone: tzinfo | None, day: date, at: time | None) -> tzinfo | None:
    """A region's zone as its offset on that day."""
    if not isinstance(zone, ZoneInfo) or at is None:
        return zone
    return timezone(datetime.combine(day, at, zone).utcoffset() or timedelta())


def _without_zone_words(text: str) -> str:
    """The text without a second name of its zone, as in "+0300 (MSK)"."""
    return _ZONE_WORD.sub(lambda one: "" if one.group().casefold() in _HOURS else one.group(), text)


def _date(text: str, language: str) -> date | None:
    """The date from numbers and perhaps a month's name; None if there is none, or several."""
    era = _ERA.search(text)
    if era is not None:
        year = int(era["year"]) + _ERAS[era["era"]]
        text = f"{text[: era.start()]}{year}年{text[era.end() :]}"
    if len(_NUMBER.findall(text)) not in {2, 3}:  # no day and year: skip the search for months
        return None
    month, text = _month(text, language) if re.search(r"[^\W\d_]", text) else (None, text)
    numbers = [found.group() for found in _NUMBER.finditer(text)]
    if len(re.findall(r"[^\W\d_]{2,}", text)) > _MOST_WORDS:
        return None
    if month is not None:
        return _with_month(numbers, month)
    return _of_numbers(numbers, text, language)


def _with_month(numbers: list[str], month: int) -> date | None:
    """27 November 2026, November 27, 2026, 2026. november 27., 27 Nov 26."""
    if len(numbers) != 2:  # noqa: PLR2004
        return None
    first, second = numbers
    if len(first) == len("2026"):
        first, second = second, first
    if len(first) > 2 or len(second) not in {2, 4}:  # noqa: PLR2004
        return None
    return _day(_year(second), month, int(first))


def _of_numbers(numbers: list[str], text: str, language: str) -> date | None:
    """2026/11/27, 27.11.2026, 11/27/2026; None if it could be two different days."""
    sizes = tuple(map(len, numbers))
    if sizes[:1] == (4,) and len(sizes) == 3 and max(sizes[1:]) <= 2:  # noqa: PLR2004
        return _day(*map(int, numbers))
    if len(sizes) != 3 or max(sizes[:2]) > 2 or sizes[2] not in {2, 4}:  # noqa: PLR2004
        return None
    one, two, year = int(numbers[0]), int(numbers[1]), _year(numbers[2])
    if re.search(r"\d\s?\.\s?\d", text):
        return _day(year, two, one)
    if sizes[2] == 2 or (max(one, two) <= 12 and one != two and _is_open(language)):  # noqa: PLR2004
        return None  # 05-06-07 and 3/4/2026 could be anything
    is_american = language.casefold() in _AMERICAN
    if max(one, two) > 12:  # noqa: PLR2004
        is_american = two > one
    return _day(year, *((one, two) if is_american else (two, one)))


def _is_open(language: str) -> bool:
    """Whether both orders of day and month are common in a language."""
    return language.casefold() in {"", "en"}


def _year(written: str) -> int:
    year = int(written)
    if len(written) == 2:  # noqa: PLR2004
        return year + (2000 if year < 70 else 1900)  # noqa: PLR2004
    return year


def _day(year: int, month: int, day: int) -> date:
    """A day of the calendar.

    Raises:
        ValueError: there is no such day, or it is a placeholder.
    """
    if year in _THAI_YEARS:
        year -= _THAI_OFFSET
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise ValueError(year)
    return date(year, month, day)


def _month(text: str, language: str) -> tuple[int | None, str]:
    """The month in a text (in English, its language or any other), and the text without it."""
    found = _named_month(text, ("en",))
    if found is not None and set(re.findall(r"[^\W\d_]+", found[1])) <= _ENGLISH:
        return found
    short = language[:2].casefold()
    found = _named_month(text, (short,)) if short in _LOCALES else None
    return found or _named_month(text, tuple(_LOCALES)) or (None, text)


def _named_month(text: str, locales: tuple[str, ...]) -> tuple[int, str] | None:
    """A month's name in one of the locales, and the text without it.

    The last of several counts: the first is a weekday ("mar. 27 oct." in French).

    Raises:
        ValueError: it means another month in another locale ("listopad"), and no weekday tells
            which language it is.
    """
    names, pattern = _months(locales)
    folded = text.casefold()
    matches = list(pattern.finditer(folded))
    if not matches:
        return None
    found = matches[-1]
    months = names[found["name"]]
    if len(months) > 1:
        rest = f"{folded[: found.start()]} {folded[found.end() :]}"
        months = _months_of_languages(found["name"], set(_ALL_WORDS.findall(rest)), locales)
    if len(months) != 1:
        raise ValueError(text)
    return min(months), f"{folded[: found.start()]} {folded[found.end() :]}"


def _months_of_languages(name: str, beside: set[str], locales: tuple[str, ...]) -> set[int]:
    """The months that a name may mean in the locales with a weekday among the other words."""
    fitting = [one for one in locales if beside & _weekdays_of(one)]
    return {number for one in fitting for written, number in _names_of(one) if written == name}


@lru_cache(maxsize=64)
def _weekdays_of(locale: str) -> frozenset[str]:
    days = Locale.parse(locale).days["format"]
    forms = (days["wide"], days["abbreviated"])
    return frozenset(name.casefold().rstrip(".") for one in forms for name in one.values())


@lru_cache(maxsize=64)
def _months(locales: tuple[str, ...]) -> tuple[dict[str, set[int]], re.Pattern[str]]:
    names: dict[str, set[int]] = {"sept": {9}}
    for locale in locales:
        for name, number in _names_of(locale):
            names.setdefault(name, set()).add(number)
    ordered = "|".join(re.escape(one) for one in sorted(names, key=len, reverse=True))
    # Hebrew prefixes "in" to the month: בנובמבר.
    return names, re.compile(rf"(?:(?<![^\W\d_])|(?<=\bב))(?P<name>{ordered})\.?(?![^\W\d_]|\d)")


def _names_of(locale: str) -> Iterator[tuple[str, int]]:
    """The names of months in a locale, and their unambiguous beginnings, with their numbers."""
    months = Locale.parse(locale).months
    for form in ("format", "stand-alone"):
        for number, written in (
            *months[form]["abbreviated"].items(),
            *months[form]["wide"].items(),
        ):
            folded = written.casefold().rstrip(".")
            if locale == "vi" or not any(letter.isdigit() for letter in folded):
                yield folded, number
    wide = {number: name.casefold() for number, name in months["format"]["wide"].items()}
    starts = Counter(name[:_SHORT] for name in wide.values())
    for number, name in wide.items():
        # Finnish "mar" would be November, but nobody writes that
        if starts[name[:_SHORT]] == 1 and name[:_SHORT].isalpha() and locale != "fi":
            yield name[:_SHORT], number


def usual_zone(moments: Iterable[Moment]) -> tzinfo:
    """The zone of more than half of the dates that name one; otherwise UTC."""
    offsets = Counter(
        one.instant().utcoffset() for one in moments if one.at is not None and one.zone is not None
    )
    if not offsets:
        return UTC
    offset, count = offsets.most_common(1)[0]
    return timezone(offset or timedelta()) if 2 * count > offsets.total() else UTC
