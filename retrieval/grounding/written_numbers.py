"""The numbers of a text as they are written, with their signs, magnitudes and marks. Pure.

Digits, words and ideographs are each found by themselves; what `numerals` can't read has the value
None. Dates, clock times, years, ordinals and numbers in names are none.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.grounding.numerals import (
    DIGITS,
    EASTERN,
    FRACTIONS,
    LARGE,
    LARGE_ENGLISH,
    MAGNITUDE,
    RAISED,
    SMALL,
    UNITS_IN_COMPOUNDS,
    has_ideographs,
    is_ambiguous,
    is_foreign,
    read_digits,
    read_ideographs,
    times,
)
from retrieval.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

POINTS = "points"
"""The mark of percentage points, which are no percent."""

# Whole names and their abbreviations: "14 marines" and "3 junior officers" are no dates.
_MONTH = (
    r"(?:jan(?:uary|uar)?|feb(?:ruary|ruar)?|(?-i:Mar(?:ch)?)|märz|apr(?:il)?|(?-i:May)|mai|june?|juni"
    r"|july?|juli|aug(?:ust)?|sept?(?:ember)?|o[ck]t(?:ober)?|nov(?:ember)?|de[cz](?:ember)?"
    r"|janvier|févr(?:ier)?|(?-i:mars)(?= \d)|avril|juin|juillet|août|septembre|octobre|novembre"
    r"|décembre|enero|febrero|marzo|abril|mayo|junio|julio|agosto|se[pt]t?iembre|octubre|noviembre"
    r"|diciembre|gennaio|febbraio|aprile|maggio|giugno|luglio|settembre|ottobre|dicembre"
    r"|stycznia|lutego|marca|kwietnia|maja|czerwca|lipca|sierpnia|września|października|listopada"
    r"|grudnia|ocak|şubat|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık"
    r"|січ(?:ень|ня|ні)?|лют(?:ий|ого|ому)?|берез(?:ень|ня|ні)?|квіт(?:ень|ня|ні)?|трав(?:ень|ня|ні)?"
    r"|черв(?:ень|ня|ні)?|лип(?:ень|ня|ні)?|серп(?:ень|ня|ні)?|верес(?:ень|ня|ні)?"
    r"|жовт(?:ень|ня|ні)?|листоп(?:ада?|аді)?|груд(?:ень|ня|ні)?"
    r"|янв(?:ар[ьяе])?|фев(?:рал[ьяе])?|мар(?:т[ае]?)?|апр(?:ел[ьяе])?|ма[йяе]|июн[ьяе]?|июл[ьяе]?"
    r"|авг(?:уст[ае]?)?|сент(?:ябр[ьяе])?|окт(?:ябр[ьяе])?|ноя(?:бр[ьяе])?|дек(?:абр[ьяе])?)"
)
_POINTS_OF_PERCENT = (
    r"\s?(?:percent(?:age)?[\s-]points?|pps?|p\.p\.|[пв]\.\s?п\.|процентн\w+\sпункт\w*"
    r"|відсотков\w+\sпункт\w*|prozentpunkte?n?|puntos?\sporcentual(?:es)?|points?\sde\spourcentage"
    r"|punkt\w*\sprocentow\w*)"
)
_BASIS_POINTS = r"\s?(?:basis[\s-]points?|bps|базисн\w+\sпункт\w*|basispunkte?n?)"
_PERCENT = (
    r"\s?(?:[%٪％]|per\s?cent(?!age)|pct|pc|por\s?c(?:iento|ento)|pour\s?cent|prozent\w*|procent\w*"
    r"|процент\w*|відсотк\w*|відсотків)"
)
# What has its own reading, or none: addresses of time and place, versions, telephone numbers.
_NUMBER = re.compile(
    r"(?P<none>\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d(?!\d)"
    r"|\d{1,2}\.\d{1,2}\.\d\d(?![\d.])|\d{1,2}:\d\d(?::\d\d)?(?!\d))"
    r"|(?P<part>\d{1,2}/\d{1,2})(?![\d/])|(?P<unknown>\d++(?:[/-]\d++){2,}|\d++/\d++)"
    rf"|(?<!\d)(?P<number>{DIGITS})|(?P<vulgar>[{''.join(FRACTIONS)}])"
)
# Letters after digits are a measure, unless digits follow again: 1e6, 4x4.
_TAIL = re.compile(
    rf"(?P<unknown>(?!k?m[23](?!\d))(?!x10[\^{RAISED}])[A-Za-zА-Яа-я]{{1,3}}\d|[.,'’]?\d)?"
    rf"(?P<vulgar>\s?[{''.join(FRACTIONS)}]|[\s-]\d/\d(?![\d/]))?"
    rf"(?:\s?[×x·*]\s?10(?:\^(?P<ten>-?\d{{1,3}})|(?P<tenth>[{RAISED}]{{1,3}})))?"
    rf"(?:\^\{{?(?P<power>-?\d{{1,3}})\}}?)?(?P<raised>[{RAISED}]{{1,3}})?"
    rf"(?:[\s\u00a0-]?(?P<magnitude>{MAGNITUDE})(?![^\W\d_]))?"
    rf"(?:(?:(?P<points>{_POINTS_OF_PERCENT})|(?P<basis>{_BASIS_POINTS})|(?P<percent>{_PERCENT}))"
    r"(?<![^\W\d_](?=[^\W\d_])))?",
    re.IGNORECASE,
)
_CURRENCIES = {
    "us$": "$", "usd": "$", "eur": "€", "gbp": "£", "uah": "₴", "rub": "₽", "rs": "₹", "rs.": "₹",
    "inr": "₹", "jpy": "¥", "cny": "¥",
}  # fmt: skip
_CURRENCY_BEFORE = re.compile(
    r"(?:(?<![^\W\d_])(?:US\$|[CAS]\$|HK\$|NZ\$|R\$|USD|EUR|GBP|CHF|UAH|RUB|INR|JPY|CNY|Rs\.?)"
    r"|[$€£₴₽₹¥₩₺₪])\s?$",
    re.IGNORECASE,
)
# How what is before a number may end, so that most numbers are spared the search.
_ENDS_LIKE_MONEY = frozenset("$€£₴₽₹¥₩₺₪%dDrRpPfFhHyYbBsS.eE")
_SIGNS = frozenset("-−–±")
_SIGN_WORDS = frozenset({"minus", "мінус", "минус", "±", "+/-", "плюс-мінус", "плюс-минус"})
_PERCENT_BEFORE = re.compile(r"(?<![\d%])%\s?$|\byüzde\s$", re.IGNORECASE)
_SIGN = re.compile(
    r"(?:(?P<margin>±\s?|\+/?[-−]\s?|\bplus or minus\s|\bплюс[ -]мінус\s|\bплюс[ -]минус\s)"
    r"|(?:(?:^|(?<=[^\w\s.,%)\]’”»])|(?<=[^\d%]\s))[-−–]|\b(?:minus|мінус|минус)\s))$",
    re.IGNORECASE,
)
_BELOW = re.compile(
    r"\s?(?:°\s?[CFСF]?|degrees?(?: celsius| centigrade)?|градус\w*|grad)?(?: celsius)?\s?"
    r"(?:below zero|below freezing|of frost|нижче (?:за )?нул[яь]|ниже нуля|мороз[уа]"
    r"|unter null)\b",
    re.IGNORECASE,
)
# A "m" may be metres: "a 2.5m wall", "the 100m final".
_METRES = re.compile(
    r"\s?(?:[²³]|[23](?!\d)|high|tall|wide|long|deep|thick|sprint|race|hurdles|freestyle|butterfly|final|relay"
    r"|away|from|above|below|apart|radius|underground|under)",
    re.IGNORECASE,
)
_A_BEFORE = re.compile(r"\ban?\s$", re.IGNORECASE)
_MEASURED_FINELY = re.compile(
    r"\s?(?:°|degrees?|seconds?|metres?|meters?|m\b|km\b|kilomet|miles?|litres?|liters?|kg\b|tons?\b"
    r"|tonnes?|inch|градус|метр|кілометр|километр|секунд|grad\b|meter|sekunden)",
    re.IGNORECASE,
)
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])\d+,\d{1,2}(?![\d,])")
_DECIMAL_POINT = re.compile(r"(?<![\d.,])\d+\.\d{1,2}(?![\d.]|\s?Uhr)|\d,\d{3}\.\d")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_IS_LARGE = re.compile(LARGE)


def _spelled_out(small: Iterable[str], large: str, half: str) -> re.Pattern[str]:
    words = "|".join(sorted(small, key=len, reverse=True)).replace("'", "['’ʼ]")
    ones = "|".join(UNITS_IN_COMPOUNDS)
    first = rf"(?:{half}|{words}|hundred|a dozen|an?(?= (?:{large})))(?![’'ʼ]\w)"
    return re.compile(
        rf"\b{first}(?:[\s-](?:and\s)?(?:{words}|hundred|{large}|dozen|{ones})(?![’'ʼ]\w))*"
        rf"(?: (?:and a half|[зіс]з?о? половин(?:ою|ой))(?: (?:{large}))?)?\b"
        rf"(?:(?:(?P<points>{_POINTS_OF_PERCENT})|(?P<basis>{_BASIS_POINTS})|(?P<percent>{_PERCENT}))"
        r"(?<![^\W\d_](?=[^\W\d_])))?",
        re.IGNORECASE,
    )


_ONE_AND_A_HALF = ("півтора", "півтори", "полтора", "полторы", "полутора")
_HALVES = {
    "half": 0.5,
    "quarter": 0.25,
    "пів": 0.5,
    "пол": 0.5,
    **dict.fromkeys(_ONE_AND_A_HALF, 1.5),
}
_HALF_ENGLISH = (
    r"(?:half|(?:a|one) quarter|three[ -]quarters)(?: of)?(?: an?)? (?:million|billion|trillion)"
)
_HALF = (
    rf"{_HALF_ENGLISH}|{'|'.join(_ONE_AND_A_HALF)}"
    r"|(?:пів|пол)[ -]?(?=мільйон|миллион|мільярд|миллиард|тисяч|тысяч)(?:\w+)"
)
# "two thirds": no two of anything.
_FRACTION = re.compile(
    r"\b(?P<above>one|two|three|four|five|seven|nine|дві|две|три|чотири|четыре)[\s-](?:"
    r"(?P<n3>thirds?|третини|трети)|(?P<n4>quarters?|чверті|четверти)|(?P<n5>fifths?|п['’ʼ]ятих|пятых)"
    r"|(?P<n6>sixths?)|(?P<n7>sevenths?)|(?P<n8>eighths?)|(?P<n9>ninths?)|(?P<n10>tenths?))\b",
    re.IGNORECASE,
)
# Apart, as most texts are in one of them, and the words of all take eight times as long.
_SPELLED_ENGLISH = _spelled_out(
    (word for word in SMALL if word.isascii()), LARGE_ENGLISH, _HALF_ENGLISH
)
_SPELLED = _spelled_out(SMALL, LARGE, _HALF)
_IS_MONTH = re.compile(rf"{_MONTH}\.?", re.IGNORECASE)
_DATE_AFTER = re.compile(
    rf"(?:st|nd|rd|th|er|\.|º|-?го)?\s?(?:(?:of|de)\s)?{_MONTH}(?![^\W\d_])|\s?(?:[月号號]|日(?!間|间)|월|일(?!간))",
    re.IGNORECASE,
)
_HOUR_BEFORE = re.compile(r"\d:$")
_CLOCK = re.compile(r"^:\d\d|^\s?(?:a\.?m|p\.?m)\b|^\s?Uhr\b|^\s?(?:o['’]clock)\b", re.IGNORECASE)
_YEARS = range(1800, 2101)
_NAME_LETTER = re.compile(r"[A-Za-z\u00c0-\u052f\d]")
# How far before a number its sign and its currency stand.
_BEFORE = 20
_LONGEST = 24
_AND_A_HALF = re.compile(rf" (?:and a half|[зіс]з?о? половин(?:ою|ой))(?: ({LARGE}))?$")
_ORDINAL = re.compile(
    r"^(?:st|nd|rd|th|-?(?:й|я|е|го|му|ша|ю|ої|их|ый|ая|ого|ом))\b", re.IGNORECASE
)
# As far as an ending is looked for, with what may not follow it.
_ENDING = 8


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as it is written, before its neighbours are looked at; of unknown value None."""

    value: float | None
    start: int
    end: int
    marks: frozenset[str] = frozenset()
    # What its magnitude multiplied; 1 for none.
    factor: float = 1.0
    is_margin: bool = False


def unread_numbers(text: str) -> list[str]:
    """Digits that are written in no way that is known here, each as it stands."""
    spans = [one for one in written_numbers(text) if one.value is None]
    return [text[one.start : one.end] for one in spans]


def written_numbers(text: str) -> list[WrittenNumber]:
    """The numbers of a text in order, whatever they are written in; none within another."""
    found = [*_in_digits(text), *_in_words(text)]
    if has_ideographs(text):
        found += _in_ideographs(text)
    kept: list[WrittenNumber] = []
    for one in sorted(found, key=lambda one: (one.start, -one.end)):
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _in_digits(text: str) -> Iterator[WrittenNumber]:
    last = 0
    for found in _NUMBER.finditer(text):
        if found.start() < last or found["none"]:
            continue
        one = _part(text, found) if found["part"] or found["unknown"] else _number(text, found)
        if one is not None:
            last = one.end
            yield one


def _part(text: str, found: re.Match[str]) -> WrittenNumber | None:
    """A fraction, "2/3 of them"; else what stands there is unknown: 24/7, 9/11."""
    start, end = found.span()
    of = re.match(r"\s(?:of|der|від|от)\s|\s?%|\s(?:inch|mile|cup)", text[end : end + 6])
    if found["part"] and of:
        above, below = map(int, found["part"].split("/"))
        if 0 < above < below:
            return WrittenNumber(above / below, start, end)
    return None if _is_part_of_a_name(text, start) else WrittenNumber(None, start, end)


def _number(text: str, found: re.Match[str]) -> WrittenNumber | None:
    """The number that digits are, with what belongs to it before and behind; None for none."""
    start, end = found.span()
    tail = _TAIL.match(text, end)
    assert tail is not None  # noqa: S101  everything in it may be missing
    before = text[max(start - _BEFORE, 0) : start]
    currency = None
    if before.rstrip()[-1:] in _ENDS_LIKE_MONEY:
        currency = _CURRENCY_BEFORE.search(before) or _PERCENT_BEFORE.search(before)
    begin = start - len(before) + currency.start() if currency else start
    if _is_part_of_a_name(text, begin):
        return None
    if tail["unknown"]:
        return WrittenNumber(None, begin, tail.end("unknown"))
    magnitude = _magnitude(before, text, tail, is_money=currency is not None)
    is_bare = not (currency or magnitude or tail["percent"] or tail["points"] or tail["basis"])
    end = tail.end() if magnitude == tail["magnitude"] else tail.start("magnitude")
    while text[end - 1].isspace() or (magnitude != tail["magnitude"] and text[end - 1] == "-"):
        end -= 1
    if is_bare and _counts_nothing(text, found, end):
        return None
    value = _value(text, found, tail, magnitude)
    if value is None or not math.isfinite(value):
        return (
            None
            if found["number"] and len(found["number"]) > _LONGEST
            else WrittenNumber(None, begin, end)
        )
    return _signed(text, WrittenNumber(value, begin, end, _marks(tail, currency), times(magnitude)))


def _magnitude(before: str, text: str, tail: re.Match[str], *, is_money: bool) -> str | None:
    """The magnitude behind a number, unless it is a measure: "2.5 m", "155mm", "a 2.5m wall"."""
    written = tail["magnitude"]
    if written is None or is_money:
        return written
    apart = (
        tail.start("magnitude") > tail.start() and text[tail.start("magnitude") - 1] in " \u00a0-"
    )
    folded = written.casefold()
    if folded == "mm" or (folded in {"m", "b", "k"} and apart):
        return None
    is_length = _A_BEFORE.search(before) or _METRES.match(text, tail.end("magnitude"))
    return None if folded == "m" and is_length else written


def _counts_nothing(text: str, found: re.Match[str], end: int) -> bool:
    if found["vulgar"]:
        return False
    return _is_date(text, found) or _ORDINAL.match(text[end : end + _ENDING]) is not None


def _value(
    text: str, found: re.Match[str], tail: re.Match[str], magnitude: str | None
) -> float | None:
    """What the digits say, with fraction, power and magnitude."""
    if found["vulgar"]:
        return FRACTIONS[found["vulgar"]] * times(magnitude)
    written = found["number"]
    point = _point(text, found, tail, magnitude) if is_ambiguous(written) else None
    value = read_digits(written, point)
    if value is None:
        return None
    if tail["vulgar"]:
        value += _fraction(tail["vulgar"].strip(" -"))
    if tail["ten"] or tail["tenth"]:
        value *= 10.0 ** int(tail["ten"] or _lowered(tail["tenth"]))
    elif tail["power"] or (tail["raised"] and written == "10"):
        value = _power(value, tail["power"] or _lowered(tail["raised"]))
    value *= times(magnitude)
    return value / 100 if tail["basis"] else value


def _power(value: float, exponent: str) -> float:
    try:
        return float(value ** int(exponent))
    except OverflowError:
        return math.inf


def _point(
    text: str, found: re.Match[str], tail: re.Match[str], magnitude: str | None
) -> str | None:
    """Which mark begins a fraction where one stands before three digits; None for neither.

    The text's other numbers say so, else what is measured: 1.200 sheep are whole ones.
    """
    shown = _shown_point(text)
    if shown is not None:
        return shown
    if "," in found["number"]:
        return "," if is_foreign(magnitude) else None
    before = text[max(found.start() - 2, 0) : found.start()]
    finely = magnitude or tail["percent"] or tail["points"] or re.search(r"[$£]\s?$", before)
    return "." if finely or _MEASURED_FINELY.match(text, found.end()) else None


def _word_before(text: str, start: int) -> str:
    """The word that a space parts from what begins at `start`; empty for none."""
    before = text[max(start - _BEFORE, 0) : start]
    return before.split()[-1] if before[-1:].isspace() and before.strip() else ""


@lru_cache(maxsize=8)
def _shown_point(text: str) -> str | None:
    """Which mark begins a fraction wherever a text leaves no doubt; None if none does, or both."""
    comma, point = _DECIMAL_COMMA.search(text), _DECIMAL_POINT.search(text)
    if (comma is None) == (point is None):
        return None
    return "," if comma else "."


def _fraction(written: str) -> float:
    above, slash, below = written.partition("/")
    if not slash:
        return FRACTIONS[written]
    return int(above) / int(below) if int(below) else 0.0


def _lowered(raised: str) -> str:
    return "".join(str(RAISED.index(sign)) for sign in raised)


def _marks(tail: re.Match[str], currency: re.Match[str] | None) -> frozenset[str]:
    """What kind of figure its signs make it: money, a share, points of a share."""
    marks = set[str]()
    if currency is not None:
        sign = currency.group().strip().casefold()
        marks.add("%" if sign in {"%", "yüzde"} else _CURRENCIES.get(sign, sign.upper()))
    if tail["points"] or tail["basis"]:
        marks.add(POINTS)
    elif tail["percent"]:
        marks.add("%")
    return frozenset(marks)


def _signed(text: str, one: WrittenNumber) -> WrittenNumber:
    """With its sign: -12, ± 2, minus 12, 12 degrees below zero."""
    assert one.value is not None  # noqa: S101
    before = text[max(one.start - _BEFORE, 0) : one.start]
    sign = None
    if before[-1:] in _SIGNS or _word_before(text, one.start).casefold() in _SIGN_WORDS:
        sign = _SIGN.search(before)
    below = _BELOW.match(text, one.end)
    if below is not None and sign is None:
        return replace(one, value=-one.value)
    if sign is None or (sign.group() == "–" and not _MEASURED_FINELY.match(text, one.end)):
        return one
    start = one.start - len(before) + sign.start()
    if sign["margin"]:
        return replace(one, start=start, is_margin=True)
    return replace(one, value=-one.value, start=start)


def _in_words(text: str) -> Iterator[WrittenNumber]:
    for found in _FRACTION.finditer(text):
        below = next(n for n in range(3, 11) if found.groupdict().get(f"n{n}"))
        above = SMALL[found["above"].casefold()]
        if above < below:
            yield WrittenNumber(above / below, *found.span())
    spelled = _SPELLED if _CYRILLIC.search(text) else _SPELLED_ENGLISH
    for found in spelled.finditer(text):
        value = _spelled(found.group().casefold())
        # "one" is mostly no figure, and "a hundred" says too little to be held to it
        if value > 1 or found["percent"] or found["points"]:
            value = value / 100 if found["basis"] else value
            yield _signed(text, WrittenNumber(value, *found.span(), _marks(found, None)))


def _in_ideographs(text: str) -> Iterator[WrittenNumber]:
    for found in EASTERN.finditer(text):
        value = read_ideographs(text, found)
        if value is not None and (value > 1 or found["percent"]):
            marks = frozenset({"%"} if found["percent"] else set[str]())
            yield WrittenNumber(value, *found.span(), marks)


def _is_part_of_a_name(text: str, start: int) -> bool:
    """F-16, COVID-19, T72; scripts without spaces, and Arabic's "and", are no part of one."""
    before = text[max(start - 2, 0) : start]
    if not before:
        return False
    if before[-1] in "-‑–":
        return before[0].isalpha() and len(before) > 1
    return _NAME_LETTER.match(before[-1]) is not None


def _is_date(text: str, found: re.Match[str]) -> bool:
    number, rest = found["number"], text[found.end() : found.end() + 24]
    start = found.start("number")
    if _CLOCK.match(rest) or _HOUR_BEFORE.search(text[max(start - 2, 0) : start]):
        return True
    if not number.isdigit():
        return False
    if len(number) <= len("31") and (
        _IS_MONTH.fullmatch(_word_before(text, start))
        or _DATE_AFTER.match(rest.replace("\u00a0", " "))
    ):
        return True
    return len(number) == len("2024") and int(number) in _YEARS


def _spelled(text: str) -> float:
    """Hundreds multiply what stands before them, thousands and more close a group."""
    text, half, rest = _halved(text)
    total, group = 0.0, 0.0
    last = 1.0
    for found in words(text.replace("-", " ").replace("a dozen", "dozen")):
        word = found.replace("’", "'").replace("ʼ", "'")
        if word in SMALL:
            group += SMALL[word]
        elif word in UNITS_IN_COMPOUNDS:
            group += 1
        elif word in _HALVES:
            group += _HALVES[word]
        elif word == "quarters":
            group /= 4
        elif word in {"hundred", "dozen"}:
            group = (group or 1) * (100 if word == "hundred" else 12)
        elif _IS_LARGE.fullmatch(word):
            last = times(word)
            total += (group or 1) * last
            group = 0.0
        elif word.startswith(("пів", "пол")):
            total += times(word[3:]) / 2
    if half:  # "two and a half million", "a million and a half"
        return (total + group + 0.5) * times(rest) if rest else total + group + 0.5 * last
    return total + group


def _halved(text: str) -> tuple[str, bool, str]:
    """What stands before "and a half", whether that is there, and the magnitude behind it."""
    found = _AND_A_HALF.search(text)
    return (text[: found.start()], True, found[1] or "") if found else (text, False, "")
