"""Time in a question: which days it is about, in English, Ukrainian, Russian and German. Pure.

Rules, not a parser of dates in general: a question names its time in few ways, and a wrong guess
costs more than none. Each mention is found by itself, wherever it stands; what stands before it
("since", "before") opens a window at one end, and two of them with "between ... and ..." are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING

from retrieval.models import Precision, Span

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import tzinfo

    from retrieval.models import Published

_DAY = timedelta(days=1)
# What was published in the days after an event still tells of it.
_AFTERMATH = timedelta(days=2)
_HALF = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Window:
    """From `start` to before `end`, in UTC; `words` are those of the question that say so.

    Until `until` reports of what happened in the window still come.
    """

    start: datetime
    end: datetime
    words: str
    until: datetime

    def holds(self, published: Published | None) -> bool:
        """Whether something was published in the window; a day is in it with its noon."""
        if published is None:
            return False
        at = published.at + _HALF if published.precision is Precision.DAY else published.at
        return self.start <= at < self.end


@dataclass(frozen=True, slots=True)
class Mention:
    """Words of a question that are a date: where they stand, and the window that they name.

    The window is None where it lies ahead: "in 2031" is what a story is about, not when it was
    told. Of several mentions the most exact counts: the one with the lowest `rank`.
    """

    span: Span
    window: Window | None
    rank: int


Days = tuple[date, date]

# The beginnings of names, as inflections share them; January and Monday first. Names that are
# common words of their own ("march", "may") need something beside them that makes them a month.
_MONTHS = (
    r"january|jan\.?|januar|jänner|січ(?:ень|ня|ні)|январ[ьяе]",
    r"february|feb\.?|februar|лют(?:ий|ого|ому)|феврал[ьяе]",
    r"march|mar\.?|märz|берез(?:ень|ня|ні)|март[ае]?",
    r"april|apr\.?|квіт(?:ень|ня|ні)|апрел[ьяе]",
    r"may|mai|трав(?:ень|ня|ні)|ма[йяе]",
    r"june|jun\.?|juni|черв(?:ень|ня|ні)|июн[ьяе]",
    r"july|jul\.?|juli|лип(?:ень|ня|ні)|июл[ьяе]",
    r"august|aug\.?|серп(?:ень|ня|ні)|август[ае]?",
    r"september|sept?\.?|верес(?:ень|ня|ні)|сентябр[ьяе]",
    r"october|oct\.?|oktober|okt\.?|жовт(?:ень|ня|ні)|октябр[ьяе]",
    r"november|nov\.?|листопад[аі]?|ноябр[ьяе]",
    r"december|dec\.?|dezember|dez\.?|груд(?:ень|ня|ні)|декабр[ьяе]",
)
# No names of people and no words of other meanings, so that they need nothing beside them.
_CLEAR_MONTHS = (
    "january|januar|february|februar|july|juli|september|october|oktober|november|december|dezember"
    "|січ(?:ень|ня|ні)|верес(?:ень|ня|ні)|жовт(?:ень|ня|ні)|груд(?:ень|ня|ні)"
    "|январ[ьяе]|феврал[ьяе]|сентябр[ьяе]|октябр[ьяе]|ноябр[ьяе]|декабр[ьяе]"
)
_WEEKDAYS = (
    "monday|montag|понеділ(?:ок|ка|ком|ку)|понедельник(?:а|ом|у)?",
    "tuesday|dienstag|вівтор(?:ок|ка|ком|ку)|вторник(?:а|ом|у)?",
    "wednesday|mittwoch|серед(?:[ауи]|ою)|сред(?:[уыае]|ой)",
    "thursday|donnerstag|четвер(?:га|гом|гу)?|четверг(?:а|ом|у)?",
    "friday|freitag|п['’ʼ]ятниц(?:[яюі]|ею)|пятниц(?:[ауые]|ей)",
    "saturday|samstag|sonnabend|субот(?:[ауи]|ою)|суббот(?:[ауые]|ой)",
    "sunday|sonntag|неділ(?:[яюі]|ею)|воскресень(?:[еяю]|ем)",
)
# Days that are part of a name: of a newspaper, a company, a feast, a bridge.
_NAMED_BEFORE = (
    r"(?:black|good|ash|cyber|super|bloody|palm|easter|giving|sheffield|happy|ruby|casual|freaky"
    r"|fat|holy|(?-i:Welt|Bild|Schweiz|Merkur) am"
    r"|чорн\w+|ч[её]рн\w+|окружающ\w+|природн\w+|городск\w+|питательн\w+)\s$"
)
_NAMED_AFTER = (
    r"^(?:\.[a-z]|\s+(?:times|mirror|telegraph|express|post|mail|people|world|herald|sun|star"
    r"|independent|tribune|news|review|magazine|observer|age|business\s+post|night\s+(?:football"
    r"|live)|the\s+13th)\b)"
)
_QUOTES = frozenset("\"'“”„«»‘’")
_DATED_NAME_AFTER = (
    r"^[\s,’'s]*\s(?:attacks?|committee|riots?|hearings?|insurrection|massacre|revolution|movement"
    r"|panel|commission|terror\w*|siege)\b"
)
_COUNTS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "few": 3, "couple of": 2,
    "один": 1, "одну": 1, "два": 2, "дві": 2, "две": 2, "три": 3, "чотири": 4, "четыре": 4,
    "п'ять": 5, "п’ять": 5, "пять": 5, "шість": 6, "шесть": 6, "сім": 7, "семь": 7, "вісім": 8,
    "восемь": 8, "дев'ять": 9, "девять": 9, "десять": 10, "кілька": 3, "несколько": 3,
    "einem": 1, "einer": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7,
    "acht": 8, "neun": 9, "zehn": 10, "elf": 11, "двох": 2, "трьох": 3,
    "чотирьох": 4, "двух": 2, "трёх": 3, "трех": 3, "четырёх": 4, "четырех": 4, "several": 3,
    "кількох": 3, "нескольких": 3, "einigen": 3, "paar": 3, "zwölf": 12, "wenigen": 3,
}  # fmt: skip
_UNITS = {
    "hour": r"hours?|hrs?|годин[уиі]?|час(?:а|ов)?|stunden?",
    "day": r"days?|день|дні|днів|дня|дней|добу|доби|діб|сутки|суток|tag(?:e|en)?",
    "fortnight": r"fortnights?",
    "week": r"weeks?|тиждень|тижні|тижнів|тижня|недел[яюиьье]|недель|wochen?",
    "month": r"months?|місяц[ьіяю]|місяців|месяц(?:а|ев|е|у)?|monat(?:e|en|s)?",
    "year": r"years?|рік|роки|років|року|год(?:а|у)?|лет|jahr(?:e|en|es)?",
}
_LAST = (
    r"(?:last|past|previous|минул\w+|попередн\w+|прошл\w+|последн\w+|останн\w+"
    r"|letzte\w*|vergangene\w*|vorige\w*)"
)
_THIS = r"(?:this|цього|цьому|цей|ця|цю|цієї|этой|этом|эту|этот|этого|diese\w*)"
_MONTH = "|".join(f"(?P<m{number}>{names})" for number, names in enumerate(_MONTHS, 1))
_WEEKDAY = "|".join(f"(?P<d{number}>{names})" for number, names in enumerate(_WEEKDAYS))
_YEAR = r"(?P<year>(?:19|20)\d\d)"
_OF_YEAR = rf"(?:,?\s+(?:of\s+)?{_YEAR}(?:\s+(?:року|года|р\.|г\.))?(?!\d))?"
_NUMBER = r"\d{1,2}(?:st|nd|rd|th|-?(?:го|е))?\.?"
_DAY_NUMBER = rf"(?P<day>{_NUMBER})"
_UNIT = "|".join(f"(?P<{name}>{names})" for name, names in _UNITS.items())
_COUNT = r"(?P<count>\d{1,4}|" + "|".join(sorted(map(re.escape, _COUNTS), key=len)[::-1]) + ")"
_PART = (
    r"(?:\s+(?:morning|afternoon|evening|night|noon|вранці|ввечері|увечері|вночі|уночі|утром|дн[её]м"
    r"|вечером|ночью|morgen|früh|vormittag|mittag|nachmittag|abend|nacht))?"
)
_DAY_BEFORE_YESTERDAY = r"(?:the\s+)?day\s+before\s+yesterday|позавчора|позавчера|vorgestern"
_DAYS_OFF = r"вихідн(?:их|і|ими)|выходны(?:е|х|ми)"
_EARLY = r"early(?:\s+in)?|(?:at\s+the\s+)?(?:beginning|start)\s+of|на\s+початку|в\s+начале|anfang"
_LATE = r"late(?:\s+in)?|(?:at\s+the\s+)?end\s+of|наприкінці|в\s+конце|ende"
_MIDDLE = r"mid|(?:in\s+the\s+)?middle\s+of|в\s+середин[іе]|всередині|у\s+середині|mitte"
# What makes a month of "May", and a year of a number.
_IN = (
    r"in|during|over|of|by|since|from|after|before|until|till|between|as\s+of|у|в|за|від|з|із|з|до"
    r"|після|між|с|со|от|после|между|im|ab|seit|bis|von|vor|nach|zwischen|(?:im\s+|des\s+)jahre?s?"
    r"|(?:in\s+)?the\s+year|monat|month\s+of"
)

# What stands right before a mention and opens its window at one end.
_SINCE = r"since|after|starting|від|з|із|починаючи\s+з|після|с|со|от|после|начиная\s+с|seit|ab|nach"
_UNTIL = r"until|till|by|as\s+of|up\s+to|станом\s+на|к|по\s+состоянию\s+на|bis(?:\s+zum)?"
_BEFORE = r"before|до|vor"
_BOUND = re.compile(
    rf"(?:^|(?<=\W))(?:(?P<since>{_SINCE})|(?P<until>{_UNTIL})|(?P<before>{_BEFORE}))"
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
    rf"(?:^|(?<=[\s(]))(?P<first>{_NUMBER})"
    r"(?P<joint>\s*[-–—]\s*|\s+(?:and|to|until|till|through|і|й|та|по|до|и|und|bis(?:\s+zum)?)\s+"
    r"(?:the\s+|dem\s+|den\s+)?)$",
    re.IGNORECASE,
)
_SECOND_DAY = re.compile(
    rf"^(?P<joint>\s*[-–—]\s*|\s+(?:and|to|until|till|through)\s+)(?P<last>{_NUMBER})(?!\w)",
    re.IGNORECASE,
)
_CONNECTED = r"and|to|until|till|through|і|й|та|по|до|и|und|bis|[-–—]"
_AFTER_IN = re.compile(
    rf"(?:^|(?<=\W))(?:{_IN})(?:\s+(?:{'|'.join(_MONTHS)}|(?:19|20)\d\d)\s*(?:{_CONNECTED}))?\s*$",
    re.IGNORECASE,
)
# Names, and the beginnings of others (Mar-a-Lago), where nothing says that they are months.
_ABBREVIATED = frozenset({"jan", "mar", "apr", "jun", "jul", "mai"})
_LEADING_UP = re.compile(
    r"(?:^|(?<=\s))(?:on|in|at|during|over|for|from|of|у|в|во|на|за|am|im|an|in|den|dem)"
    r"(?:\s+the)?\s+$",
    re.IGNORECASE,
)
_POSSESSIVE = re.compile(r"^['’]s?(?=\s|$)")
# What a text has that names a day, a month or a year; the rules are slower.
_PERHAPS = re.compile(
    rf"(?<!\w)(?:{'|'.join((*_MONTHS, *_WEEKDAYS))}|(?:19|20)\d\d"
    r"|yesterday|last|past|ago|вчора|учора|вчера|тому|назад|минул\w+|прошл\w+"
    r"|gestern|vor|letzte\w*)(?!\w)|\d[./]\d",
    re.IGNORECASE,
)
_LONGEST_DAYS = 36_500
_DAYS_OF = {"day": 1, "week": 7, "fortnight": 14}
_DECEMBER = 12
_ORDINALS = (
    r"first|1st|перш\w+|перв\w+|erste[nrs]?|1\.",
    r"second|2nd|друг\w+|втор\w+|zweite[nrs]?|2\.",
    r"third|3rd|трет\w+|dritte[nrs]?|3\.",
    r"fourth|4th|четверт\w+|четвёрт\w+|vierte[nrs]?|4\.",
    r"fifth|5th|п['’ʼ]ят\w+|пят\w+|fünfte[nrs]?|5\.",
)
_NTH = "|".join(f"(?P<n{number}>{words})" for number, words in enumerate(_ORDINALS, 1))
_SEASONS = (
    r"spring|весн(?:а|и|і|ою|ы|е|у|ой)|frühling|frühjahr",
    r"summer|літ(?:о|а|і|ом)|лет(?:о|а|е|ом)|sommer",
    r"autumn|fall|ос(?:інь|ені|інню)|осень|осени|осенью|herbst",
    r"winter|зим(?:а|и|і|ою|ы|е|у|ой)",
)
_SEASON = "|".join(f"(?P<s{number}>{words})" for number, words in enumerate(_SEASONS, 1))
_PART_OF_YEAR = (
    r"(?P<half>half|половин\w+|hälfte|halbjahr\w*|півріччя|полугоди[еияю])"
    r"|quarter|кварта\w+|quartal\w*"
)
# A half and a quarter alone are of a match as often as of a year.
_YEAR_AGAIN = r"(?P<named>(?:19|20)\d\d)"
_BEGINNING = date(1970, 1, 2)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class _Asked:
    """When and where a question is asked, and in what order its writer puts day and month."""

    now: datetime
    zone: tzinfo
    month_first: bool

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()


@dataclass(frozen=True, slots=True)
class _Point:
    """A mention before what stands around it was read."""

    start: int
    end: int
    days: Days
    rank: int
    hours: int = 0


def find_window(
    question: str, now: datetime, zone: tzinfo = UTC, *, month_first: bool = False
) -> Window | None:
    """The days that a question is about, if it says so; the most exact mention wins.

    `now` is when it is asked, aware; days begin at midnight in `zone`. Nothing after `now` is
    meant by "on Thursday" or "in September": they lie in the past. With `month_first`, 3/10 is
    10 March.
    """
    return window_of(find_dates(question, now, zone, month_first=month_first))


def window_of(mentions: Iterable[Mention]) -> Window | None:
    """The window of the most exact of some mentions that have one."""
    ranked = sorted(mentions, key=lambda one: (one.rank, one.span.start))
    return next((one.window for one in ranked if one.window is not None), None)


def find_dates(
    question: str, now: datetime, zone: tzinfo = UTC, *, month_first: bool = False
) -> tuple[Mention, ...]:
    """All words of a question that are dates, in order; see `find_window`."""
    asked = _Asked(now, zone, month_first)
    points = _points(question, asked)
    mentions: list[Mention] = []
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


def without_dates(question: str, mentions: Sequence[Mention]) -> str:
    """The question without the words that are dates, and without the "on" before them."""
    for one in reversed(mentions):
        before = _LEADING_UP.sub("", question[: one.span.start])
        after = _POSSESSIVE.sub("", question[one.span.end :]).lstrip()
        question = f"{before} {after}"
    return re.sub(r"\s+(?=[?!.,;:])", "", " ".join(question.split()))


def _points(question: str, asked: _Asked) -> list[_Point]:
    """The mentions in order, none within another: an earlier rule is the more exact."""
    found: list[_Point] = []
    taken: list[tuple[int, int]] = []
    for rank, (pattern, resolve) in enumerate(_RULES):
        for match in pattern.finditer(question):
            start, end = match.span()
            if any(start < last and first < end for first, last in taken):
                continue
            days = resolve(match, asked)
            is_name = _is_name(question, start, end)
            if days is not None and not is_name:
                hours = _hours(match) if resolve in {_within, _last} else 0
                found.append(_Point(start, end, days, rank, hours))
            # The month of an impossible day, or of a name, is none by itself either.
            if days is not None or is_name or resolve in {_numeric, _day_and_month}:
                taken.append((start, end))
    return sorted(found, key=lambda one: one.start)


def _is_name(question: str, start: int, end: int) -> bool:
    """Whether a day is part of a name: Black Friday, the Sunday Times, the January 6 committee."""
    after = question[end : end + 40]
    if re.search(_DATED_NAME_AFTER, after, re.IGNORECASE) and question[start:end][-1].isdigit():
        return True
    if not re.search(rf"(?:{_WEEKDAY})$", question[start:end], re.IGNORECASE):
        return False
    before = question[max(start - 16, 0) : start]
    if before[-1:] in _QUOTES and after[:1] in _QUOTES:
        return True
    return bool(
        re.search(_NAMED_BEFORE, before, re.IGNORECASE)
        or re.search(_NAMED_AFTER, after, re.IGNORECASE)
        or (re.search(r"\bthe\s$", before, re.IGNORECASE) and re.match(r"\s[A-Z]", after))
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
    return _Point(start, other.end, (first, other.days[1]), min(one.rank, other.rank))


def _is_weekday(question: str, point: _Point) -> bool:
    return (
        re.search(rf"(?:{_WEEKDAY})$", question[point.start : point.end], re.IGNORECASE) is not None
    )


def _with_bare_day(question: str, point: _Point) -> _Point | None:
    """A range whose other end is a bare number: "20 to 25 November", "November 20-25"."""
    if point.days[0] != point.days[1]:
        return None
    after = _SECOND_DAY.match(question[point.end :])
    if after and not question[point.start].isdigit():
        last = _same_month(point.days[0], after["last"])
        is_range = _RANGE.search(question[: point.start]) or _DASH.match(after["joint"])
        joint = after["joint"].strip()
        if last and last > point.days[0] and (is_range or joint != "and"):
            start = _RANGE.search(question[: point.start])
            begin = start.start() if start else point.start
            return _Point(begin, point.end + after.end(), (point.days[0], last), point.rank)
    before = _BARE_DAY.search(question[: point.start])
    if before is None or not question[point.start].isdigit():
        return None
    first = _same_month(point.days[0], before["first"])
    opening = _RANGE.search(question[: before.start("first")])
    if first is None or first >= point.days[0]:
        return None
    begin = opening.start() if opening else before.start("first")
    return _Point(begin, point.end, (first, point.days[1]), point.rank)


def _mention(question: str, point: _Point, asked: _Asked, *, is_range: bool) -> Mention:
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
    return Mention(Span(start, point.end), window, point.rank)


def _window(first: date, last: date, words: str, asked: _Asked) -> Window:
    # What is said to last beyond today ends with it; what is in doubt lies in the past.
    last = min(last, max(asked.today, first))
    until = min(last + _AFTERMATH, max(asked.today, last))
    start, end, reported = (
        datetime.combine(day, time(), asked.zone).astimezone(UTC)
        for day in (first, last + _DAY, until + _DAY)
    )
    return Window(start, end, words, reported)


# The rules' readings, the days that each form names. All of them are given a match and the asking.


def _numeric(found: re.Match[str], asked: _Asked) -> Days | None:
    year = int(found["year"])
    day, month = int(found["day"]), int(found["month"])
    if found.groupdict().get("either"):
        if asked.month_first:
            day, month = month, day
        if month > 12:  # noqa: PLR2004  there is only one way to read it
            day, month = month, day
    return _one_day(year + 2000 * (year < 100), month, day)  # noqa: PLR2004


def _day_and_month(found: re.Match[str], asked: _Asked) -> Days | None:
    month, number = _month_of(found), _digits(found["day"])
    if found["year"]:
        return _one_day(int(found["year"]), month, number)
    days = _one_day(asked.today.year, month, number)
    if days is None or days[0] > asked.today:
        # 29 February was in a leap year
        earlier = (_one_day(asked.today.year - back, month, number) for back in (1, 2, 3, 4))
        return next((one for one in earlier if one is not None), None)
    return days


def _day_of_month(found: re.Match[str], asked: _Asked) -> Days | None:
    number, first = _digits(found["day"]), asked.today.replace(day=1)
    if number > asked.today.day:
        first = (first - _DAY).replace(day=1)
    return _one_day(first.year, first.month, number)


def _month(found: re.Match[str], asked: _Asked) -> Days | None:
    month = _month_of(found)
    groups = found.groupdict()
    is_past = month >= asked.today.month if groups.get("last") else month > asked.today.month
    year = int(found["year"]) if found["year"] else asked.today.year - is_past
    first = date(year, month, 1)
    last = _last_of_month(first)
    if groups.get("early"):
        return first, first + timedelta(days=9)
    if groups.get("middle"):
        return first + timedelta(days=9), first + timedelta(days=19)
    if groups.get("late"):
        return first + timedelta(days=19), last
    return first, last


def _named_month(found: re.Match[str], asked: _Asked) -> Days | None:
    """A month by its name alone, where what stands before it makes it one."""
    name, after = found.group().casefold(), found.string[found.end() : found.end() + 1]
    if after == "-" or name in _ABBREVIATED:
        return None
    clear = re.fullmatch(_CLEAR_MONTHS, name)
    return (
        _month(found, asked) if clear or _AFTER_IN.search(found.string[: found.start()]) else None
    )


def _named_year(found: re.Match[str], asked: _Asked) -> Days | None:
    return _year(found, asked) if _AFTER_IN.search(found.string[: found.start()]) else None


def _year(found: re.Match[str], _asked: _Asked) -> Days | None:
    year = int(found["year"])
    return date(year, 1, 1), date(year, 12, 31)


def _weekday(found: re.Match[str], asked: _Asked) -> Days | None:
    wanted = next(n for n in range(7) if found[f"d{n}"])
    back = (asked.today.weekday() - wanted) % 7 or 7 * bool(found["last"])
    day = asked.today - timedelta(days=back)
    return day, day


def _ago(found: re.Match[str], asked: _Asked) -> Days | None:
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


def _within(found: re.Match[str], asked: _Asked) -> Days | None:
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


def _part_of_year(found: re.Match[str], asked: _Asked) -> Days | None:
    """A half or a quarter of a year or a month; the one that began last if no year is named."""
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


def _part_of_month(found: re.Match[str], asked: _Asked) -> Days | None:
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


def _season(found: re.Match[str], asked: _Asked) -> Days | None:
    """Three months; a winter begins in December of the year before the one that names it."""
    month = next(3 * number for number in range(1, 5) if found[f"s{number}"])
    year = int(found["year"]) if found["year"] else asked.today.year
    first = date(year - (month == _DECEMBER and bool(found["year"])), month, 1)
    if not found["year"]:
        end = _last_of_month(_months_back(first, -2))
        if first > asked.today or (found["last"] and end >= asked.today):
            first = first.replace(year=first.year - 1)
    return first, _last_of_month(_months_back(first, -2))


def _before_last(found: re.Match[str], asked: _Asked) -> Days | None:
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


def _without_year(found: re.Match[str], asked: _Asked) -> Days | None:
    """24.11. or "on 24/11", in the year in which it was last."""
    day, month = int(found["day"]), int(found["month"])
    if found.groupdict().get("either") and asked.month_first and day <= 12:  # noqa: PLR2004
        day, month = month, day
    if month > 12:  # noqa: PLR2004
        day, month = month, day
    days = _one_day(asked.today.year, month, day)
    if days is None or days[0] > asked.today:
        return _one_day(asked.today.year - 1, month, day)
    return days


def _last_year(_found: re.Match[str], asked: _Asked) -> Days:
    year = asked.today.year - 1
    return date(year, 1, 1), date(year, 12, 31)


def _back(days: int, _found: re.Match[str], asked: _Asked) -> Days:
    day = asked.today - timedelta(days=days)
    return day, day


def _this(found: re.Match[str], asked: _Asked) -> Days:
    today = asked.today
    match _unit(found):
        case "week":
            return today - timedelta(days=6), today
        case "month":
            return today.replace(day=1), today
        case "year":
            return today.replace(month=1, day=1), today
    return today, today


def _last(found: re.Match[str], asked: _Asked) -> Days | None:
    """The calendar's last week, month or year; "past week" is the seven days up to now."""
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


def _weekend(found: re.Match[str], asked: _Asked) -> Days:
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


def _same_month(day: date, number: str) -> date | None:
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
    return int(written) if written.isdigit() else _COUNTS[" ".join(written.split())]


def _unit(found: re.Match[str]) -> str:
    return next(name for name in _UNITS if found.groupdict().get(name))


def _digits(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def _rules() -> Iterator[tuple[str, Callable[[re.Match[str], _Asked], Days | None]]]:
    """The forms, the most exact first."""
    month_name = rf"(?:{_MONTH})"
    yield rf"{_YEAR}[-/](?P<month>\d\d?)[-/](?P<day>\d\d?)", _numeric
    yield r"(?P<day>\d{1,2})\.\s?(?P<month>\d\d?)\.\s?(?P<year>(?:19|20)?\d\d)", _numeric
    yield (
        r"(?P<day>\d{1,2})(?P<either>[/-])(?P<month>\d{1,2})(?P=either)(?P<year>(?:19|20)\d\d)",
        _numeric,
    )
    yield r"(?P<day>\d{1,2})(?P<either>/)(?P<month>\d{1,2})/(?P<year>\d\d)", _numeric
    yield rf"{_DAY_NUMBER}\s+(?:of\s+)?{month_name}{_OF_YEAR}", _day_and_month
    yield rf"{month_name}\s+(?:the\s+)?{_DAY_NUMBER}(?!\d|[.,]\d|\s*%){_OF_YEAR}", _day_and_month
    yield _DAY_BEFORE_YESTERDAY, partial(_back, 2)
    yield (
        rf"(?:today|tonight|this\s+(?:morning|afternoon|evening)|сьогодні|сегодня|heute){_PART}",
        (partial(_back, 0)),
    )
    yield rf"(?:yesterday|last\s+night|вчора|учора|вчера|gestern){_PART}", partial(_back, 1)
    yield (
        r"(?:the\s+day\s+after\s+)?tomorrow|завтра|післязавтра|послезавтра|morgen",
        (partial(_back, -1)),
    )
    yield rf"(?:a\s+)?{_COUNT}\s+(?:{_UNIT})\s+(?:ago|тому|назад)", _ago
    yield rf"vor\s+{_COUNT}\s+(?:{_UNIT})", _ago
    yield rf"(?P<count>)(?:{_UNIT})\s+(?:тому|назад)", _ago
    yield (
        rf"(?:(?:in|over|during|within|за|в)\s+)?(?:(?:the|den)\s+)?{_LAST}\s+{_COUNT}\s+(?:{_UNIT})",
        _within,
    )
    yield rf"(?P<count>)(?P<hour>)за\s+(?:{_LAST}\s+)?(?P<day>добу|сутки)", _within
    yield from _parts(month_name)
    yield rf"(?:(?P<last>{_LAST})\s+|this\s+)?(?:{_WEEKDAY})", _weekday
    yield rf"{_THIS}\s+(?:{_UNIT})", _this
    yield rf"(?:the\s+)?(?:(?P<past>past|останн\w+|последн\w+)|{_LAST})\s+(?:{_UNIT})", _last
    yield (
        rf"(?:the\s+)?(?:(?P<last>{_LAST})\s+|this\s+)?(?:weekend|{_DAYS_OFF}|wochenende)",
        _weekend,
    )
    parts = rf"(?:(?P<early>{_EARLY})|(?P<middle>{_MIDDLE})|(?P<late>{_LATE}))"
    yield rf"(?:in\s+|у\s+)?(?:the\s+)?{parts}[\s-]+{month_name}{_OF_YEAR}", _month
    yield rf"{month_name}\s*,?\s+(?:of\s+)?{_YEAR}(?:\s+(?:року|года))?", _month
    yield rf"(?:(?P<last>{_LAST})|{_THIS})\s+{month_name}(?P<year>)", _month
    yield rf"{month_name}(?P<year>)", _named_month
    yield r"(?:on\s+the|am|dem)\s+(?P<day>\d{1,2}(?:st|nd|rd|th|\.))", _day_of_month
    yield r"(?P<day>\d{1,2})(?:-?го)?\s+числа", _day_of_month
    yield rf"{_YEAR}\s+(?:році|року|році|рік|году|года|год)", _year
    yield _YEAR, _named_year


def _parts(month: str) -> Iterator[tuple[str, Callable[[re.Match[str], _Asked], Days | None]]]:
    """Parts of a month or a year, seasons, and days without their year."""
    of = r"(?:of\s+|in\s+|im\s+|des\s+)?(?:the\s+)?"
    final = r"(?P<final>last|final|останн\w+|последн\w+|letzte[nrs]?)"
    off = rf"(?P<off>weekend|{_DAYS_OFF}|wochenende)"
    the = r"(?:in\s+)?(?:(?:the|der|das|den|dem)\s+)?"
    yield (
        rf"{the}(?:{_NTH}|{final})\s+(?:{off}|(?:{_UNITS['week']}))\s+{of}{month}{_OF_YEAR}",
        _part_of_month,
    )
    half_of_month = r"(?P<month_part>half|половин\w+|hälfte)"
    yield rf"{the}(?:{_NTH})\s+{half_of_month}\s+{of}{month}{_OF_YEAR}", _part_of_year
    yield (
        rf"{the}(?:{_NTH})\s+(?:{_PART_OF_YEAR})\s+{of}(?:year(?P<year>)|{_YEAR_AGAIN})",
        _part_of_year,
    )
    quarters = "|".join(rf"(?P<n{number}>{number})" for number in range(1, 5))
    yield rf"q(?:{quarters})(?P<half>)\s+(?:of\s+)?{_YEAR}", _part_of_year
    yield rf"(?:the\s+)?(?:(?P<off>weekend)|{_UNIT})\s+before\s+last", _before_last
    before = r"(?:позамину\w+|позапрошл\w+|vorletzte[nrs]?|vorvergangene[nrs]?)"
    yield rf"{before}\s+(?:(?P<off>{_DAYS_OFF}|wochenende)|{_UNIT})", _before_last
    yield rf"{the}(?:(?P<last>{_LAST})|{_THIS})\s+(?:{_SEASON})(?P<year>)", _season
    yield rf"(?:{_SEASON})\s+(?:of\s+)?{_YEAR}(?:\s+(?:року|года))?(?P<last>)", _season
    yield r"(?P<day>\d{1,2})\.\s?(?P<month>\d{1,2})\.(?!\s?\d)", _without_year
    yield r"(?<=\bon\s)(?P<day>\d{1,2})(?P<either>/)(?P<month>\d{1,2})(?![/\d])", _without_year
    yield r"торік|торішн\w+", _last_year


_RULES = tuple(
    (re.compile(rf"(?<![\w/.])(?:{pattern})(?!\w)", re.IGNORECASE), resolve)
    for pattern, resolve in _rules()
)
