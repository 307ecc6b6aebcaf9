"""Finds the numbers in a text, with their signs, magnitudes and marks. Pure.

Digits, words and ideographs are found separately; unreadable numbers have the value None. Dates,
clock times, years, ordinals and numbers in names don't count.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.text.words import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


POINTS = "points"
"""The mark of percentage points, which are no percent."""

# Full names and their abbreviations: "14 marines" and "3 junior officers" aren't dates.
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
_POINTS = ".,\u066b"
_APOSTROPHES = "'’\u066c"
_SPACES = " \u00a0\u202f\u2009"
# Digits with all separators; spaces only before groups of three.
DIGITS = (
    rf"(?:\d{{1,3}}(?:[{_SPACES}]\d{{3}}(?!\d))+(?:[{_POINTS}]\d+)?"
    rf"|\d+(?:[{_POINTS}{_APOSTROPHES}]\d+)*)"
)


FRACTIONS = {
    "½": 1 / 2, "⅓": 1 / 3, "⅔": 2 / 3, "¼": 1 / 4, "¾": 3 / 4, "⅕": 1 / 5, "⅖": 2 / 5, "⅗": 3 / 5,
    "⅘": 4 / 5, "⅙": 1 / 6, "⅚": 5 / 6, "⅛": 1 / 8, "⅜": 3 / 8, "⅝": 5 / 8, "⅞": 7 / 8,
}  # fmt: skip
# Forms with special meanings: times, network addresses, versions, telephone numbers.
_NUMBER = re.compile(
    r"(?P<none>\d{4}-\d{1,2}-\d{1,2}(?!\d)|\d{1,2}[./]\d{1,2}[./](?:19|20)\d\d(?!\d)"
    r"|\d{1,2}\.\d{1,2}\.\d\d(?![\d.])|\d{1,2}:\d\d(?::\d\d)?(?!\d))"
    r"|(?P<part>\d{1,2}/\d{1,2})(?![\d/])|(?P<unknown>\d++(?:[/-]\d++){2,}|\d++/\d++)"
    rf"|(?<!\d)(?P<number>{DIGITS})|(?P<vulgar>[{''.join(FRACTIONS)}])"
)

_THOUSAND = (
    r"k|thousands?|тис(?:яч\w*|\.)?|тыс(?:яч\w*|\.)?|tausend|tsd\.?|mil(?! millones)|mille|mila"
    r"|tys\.|tysi[ąę]c\w*|ألف|آلاف|हज़ार|हज़ार|हजार"
)
_MILLION = (
    r"m|mm|mn|mln|mio\.?|millions?|millionen|millones|millón|milion\w*|milioni|milione|milhões"
    r"|milhão|milyon|млн\.?|мільйон\w*|миллион\w*|مليون|ملايين"
)
_MILLIARD = (
    r"b|bn|bln|billions?|mrd\.?|milliarden?|milliards?|mil millones|miliard\w*|miliardi|mld\.?"
    r"|bilhões|bilhão|milyar|млрд\.?|мільярд\w*|миллиард\w*|مليارات|مليار"
)
MAGNITUDES = (
    (r"hundreds?|сот\w*|сотен", 1e2),
    (r"dozens?|дюжин\w*", 12.0),
    (_THOUSAND, 1e3),
    (r"lakhs?|lacs?|लाख", 1e5),
    (_MILLION, 1e6),
    (r"crores?|करोड़|करोड़", 1e7),
    (_MILLIARD, 1e9),
    (r"lakh crores?|tn|trn|tln|trillions?|трлн\.?|трильйон\w*|триллион\w*|billionen", 1e12),
)
MAGNITUDE = "|".join(pattern for pattern, _ in reversed(MAGNITUDES))
RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
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
# How the text before a number may end, so that most numbers need no search.
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

LARGE_ENGLISH = r"thousand|million|billion|trillion|lakh|crore"
LARGE = (
    rf"{LARGE_ENGLISH}"
    r"|тисяч\w*|тысяч\w*|мільйон\w*|миллион\w*|мільярд\w*|миллиард\w*|трильйон\w*|триллион\w*"
)
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
# "two thirds" doesn't count two of anything.
_FRACTION = re.compile(
    r"\b(?P<above>one|two|three|four|five|seven|nine|дві|две|три|чотири|четыре)[\s-](?:"
    r"(?P<n3>thirds?|третини|трети)|(?P<n4>quarters?|чверті|четверти)|(?P<n5>fifths?|п['’ʼ]ятих|пятых)"
    r"|(?P<n6>sixths?)|(?P<n7>sevenths?)|(?P<n8>eighths?)|(?P<n9>ninths?)|(?P<n10>tenths?))\b",
    re.IGNORECASE,
)

# Without ordinals ("двадцятого"), which count nothing, and ambiguous words, such as Russian
# "семью", a family.

_ENGLISH = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_ENGLISH_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_CYRILLIC_WORDS = """
2 два дві две двох двух двом двум двома двумя двоє двое
3 три трьох трёх трех трьом трём трем трьома тремя троє трое
4 чотири четыре чотирьох четырёх четырех чотирьом четырём четырем чотирма четырьмя четверо
5 п'ять пять п'яти пяти п'ятьох п'ятьом пятью п'ятеро пятеро
6 шість шесть шести шістьох шістьом шестью шестеро
7 сім семь семи сімох сімом семеро
8 вісім восемь восьми вісьмох вісьмом восемью
9 дев'ять девять дев'яти девяти дев'ятьох девятью
10 десять десяти десятьох десятью
11 одинадцять одинадцяти одиннадцать одиннадцати
12 дванадцять дванадцяти двенадцать двенадцати
13 тринадцять тринадцяти тринадцать тринадцати
14 чотирнадцять чотирнадцяти четырнадцать четырнадцати
15 п'ятнадцять п'ятнадцяти пятнадцать пятнадцати
16 шістнадцять шістнадцяти шестнадцать шестнадцати
17 сімнадцять сімнадцяти семнадцать семнадцати
18 вісімнадцять вісімнадцяти восемнадцать восемнадцати
19 дев'ятнадцять дев'ятнадцяти девятнадцать девятнадцати
20 двадцять двадцяти двадцать двадцати
30 тридцять тридцяти тридцать тридцати
40 сорок сорока
50 п'ятдесят п'ятдесяти пятьдесят пятидесяти
60 шістдесят шістдесяти шестьдесят шестидесяти
70 сімдесят сімдесяти семьдесят семидесяти
80 вісімдесят вісімдесяти восемьдесят восьмидесяти
90 дев'яносто девяносто
100 сто ста
200 двісті двести двохсот двухсот
300 триста трьохсот трёхсот трехсот
400 чотириста четыреста чотирьохсот четырёхсот четырехсот
500 п'ятсот пятьсот п'ятисот пятисот
600 шістсот шестьсот шестисот
700 сімсот семьсот семисот
800 вісімсот восемьсот восьмисот
900 дев'ятсот девятьсот дев'ятисот девятисот
"""


def _cyrillic() -> dict[str, int]:
    rows = (line.split() for line in _CYRILLIC_WORDS.strip().splitlines())
    return {word: int(value) for value, *written in rows for word in written}


# "двадцять один" is 21; alone it is often not a figure, like "one".
_ONES = "один одна одне одно одного одній одним одну однієї одной одному одном"
UNITS_IN_COMPOUNDS = frozenset(_ONES.split())

# Numbers that are added up: "twenty five", "двісті п'ять". Case folded, with a plain apostrophe.
SMALL = (
    {word: n for n, word in enumerate(_ENGLISH.split())}
    | {word: 10 * n for n, word in enumerate(_ENGLISH_TENS.split(), start=2)}
    | _cyrillic()
)
# Separate by script: most texts have only one, and a pattern for all takes eight times longer.
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
# How far before a number its sign and currency may be.
_BEFORE = 20
_LONGEST = 24
_AND_A_HALF = re.compile(rf" (?:and a half|[зіс]з?о? половин(?:ою|ой))(?: ({LARGE}))?$")
_ORDINAL = re.compile(
    r"^(?:st|nd|rd|th|-?(?:й|я|е|го|му|ша|ю|ої|их|ый|ая|ого|ом))\b", re.IGNORECASE
)
# How far an ending is searched for, including what must not follow it.
_ENDING = 8


@dataclass(frozen=True, slots=True)
class WrittenNumber:
    """A number as written, without regard to its neighbours; its value is None if unknown."""

    value: float | None
    start: int
    end: int
    marks: frozenset[str] = frozenset()
    # The factor of its magnitude; 1 without one.
    factor: float = 1.0
    is_margin: bool = False


def unread_numbers(text: str) -> list[str]:
    """Digits written in an unknown way, verbatim."""
    spans = [one for one in written_numbers(text) if one.value is None]
    return [text[one.start : one.end] for one in spans]


def written_numbers(text: str) -> list[WrittenNumber]:
    """The numbers in a text in order, in digits, words or ideographs; without overlaps."""
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
    """A fraction, "2/3 of them"; of unknown value if it may be something else: 24/7, 9/11."""
    start, end = found.span()
    of = re.match(r"\s(?:of|der|від|от)\s|\s?%|\s(?:inch|mile|cup)", text[end : end + 6])
    if found["part"] and of:
        above, below = map(int, found["part"].split("/"))
        if 0 < above < below:
            return WrittenNumber(above / below, start, end)
    return None if _is_part_of_a_name(text, start) else WrittenNumber(None, start, end)


def _number(text: str, found: re.Match[str]) -> WrittenNumber | None:
    """The number in digits, with its sign, currency, magnitude and unit; None if it isn't one."""
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
    """The magnitude after a number, unless it is a unit: "2.5 m", "155mm", "a 2.5m wall"."""
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
    """The value of the digits with fraction, power and magnitude."""
    if found["vulgar"]:
        return FRACTIONS[found["vulgar"]] * times(magnitude)
    written = found["number"]
    point = _point(text, found, tail, magnitude) if is_ambiguous(written) else None
    value = read_digits(written, point)
    if value is None:
        return None
    if tail["vulgar"]:
        value += _fraction(tail["vulgar"].replace("-", " ").strip())
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
    """The decimal mark for a number with a mark before three digits; None if it has no fraction.

    Decided by the text's other numbers, or else by the unit: 1.200 sheep are whole ones.
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
    """The word before the space at `start`; empty if there is none."""
    before = text[max(start - _BEFORE, 0) : start]
    return before.split()[-1] if before[-1:].isspace() and before.strip() else ""


@lru_cache(maxsize=8)
def _shown_point(text: str) -> str | None:
    """The decimal mark in a text's unambiguous numbers; None if there are none, or both marks."""
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
    """The kinds of a figure by its signs: money, a share, percentage points."""
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
    """The number with its sign: -12, ± 2, minus 12, 12 degrees below zero."""
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
        # "one" is mostly not a figure, and "a hundred" is too vague
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
    """Whether it is part of a name: F-16, COVID-19, T72; scripts without spaces don't count."""
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
    """The value of number words: hundreds multiply the number before, thousands end a group."""
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
    """The text before "and a half", whether it has that, and the magnitude after it."""
    found = _AND_A_HALF.search(text)
    return (text[: found.start()], True, found[1] or "") if found else (text, False, "")


# How numbers are written: digits with separators, magnitudes, words, ideographs. Pure.
#
# An unknown form gets None, never the value of a readable part: "1.2.3" isn't 1.2, nor "12'5" 12.

# Separators by function: a grouping mark never begins a fraction.
_GROUPING = str.maketrans({"’": "'", "\u066c": "'", "\u00a0": " ", "\u202f": " ", "\u2009": " "})
# A number with more digits isn't a count.
_MOST_DIGITS = 24
_GROUP = 3
# With these, a comma before three digits begins a fraction: "1,234 млн".
_COMMA_COUNTRIES = re.compile(
    r"[^\W\da-z]|mio|mrd|millionen|millones|milion|mln|mld", re.IGNORECASE
)


def times(magnitude: str | None) -> float:
    """The factor of a magnitude; 1 for None."""
    if not magnitude:
        return 1.0
    return next(n for pattern, n in MAGNITUDES if re.fullmatch(pattern, magnitude, re.IGNORECASE))


def is_foreign(magnitude: str | None) -> bool:
    """Whether a magnitude is from a language with decimal commas."""
    return bool(magnitude and _COMMA_COUNTRIES.search(magnitude))


def is_ambiguous(written: str) -> bool:
    """Whether digits may be one thousand or one and a fraction: "1.200", "1,200"."""
    head, mark, rest = written.partition("," if "," in written else ".")
    return bool(mark) and len(head) <= _GROUP and rest.isdigit() and len(rest) == _GROUP


def read_digits(written: str, point: str | None = None) -> float | None:
    """The value of digits with separators (`DIGITS`); None if they follow no convention.

    `point` is the decimal mark of this text, for ambiguous digits.
    """
    plain = written.translate(_GROUPING)
    groups, marks = re.split(r"\D", plain), re.findall(r"\D", plain)
    if sum(map(len, groups)) > _MOST_DIGITS:
        return None
    if len(marks) == 1 and is_ambiguous(plain) and (plain.startswith("0") or marks[0] == point):
        return float(".".join(groups))
    if _is_grouped(groups, marks):
        return float("".join(groups))
    *grouping, last = marks
    if (
        last not in _POINTS
        or last in grouping
        or (grouping and not _is_grouped(groups[:-1], grouping))
    ):
        return None
    return float("".join(groups[:-1]) + "." + groups[-1])


def _is_grouped(groups: list[str], marks: list[str]) -> bool:
    """Whether all groups have the same mark and three digits, or two and at last three (India)."""
    if not marks:
        return True
    first, *between, last = map(len, groups)
    if len(set(marks)) > 1 or marks[0] == "\u066b" or not 1 <= first <= _GROUP or last != _GROUP:
        return False
    western = all(size == _GROUP for size in between)
    indian = marks[0] == "," and first < _GROUP and bool(between) and set(between) == {2}
    return (western or indian) and (groups[0] != "0" or bool(between))


# Chinese, Japanese and Korean mix digits and words, and count in ten thousands.
_IDEOGRAPHS = {
    sign: n
    for n, signs in enumerate(["〇零", "一", "二两兩", "三", "四", "五", "六", "七", "八", "九"])
    for sign in signs
}
_SMALL_UNITS = {"十": 10, "百": 100, "千": 1_000, "천": 1_000, "백": 100}
_LARGE_UNITS = (
    dict.fromkeys("万萬만", 10_000) | dict.fromkeys("亿億억", 10**8) | dict.fromkeys("兆조", 10**12)
)
_COUNTERS = "人名个個位艘架辆輛台条條件岁歳歲次回天匹頭头只隻株枚戸户校社倍票冊"
_UNIT_SIGNS = "".join((*_SMALL_UNITS, *_LARGE_UNITS))
_HAN = "".join(_IDEOGRAPHS)
EASTERN = re.compile(
    rf"(?P<percent>百分之)?(?P<eastern>(?<!\d)(?<!\d[.,])\d++(?:[,.]\d++)*+"
    rf"(?:\s?[{_UNIT_SIGNS}]++(?:\s?\d++(?=\s?[{_UNIT_SIGNS}])|\d++|[{_HAN}]++)?)++"
    rf"|[{_HAN}{_UNIT_SIGNS}]++)"
)
_EASTERN_DATE = re.compile(r"\s?(?:[月号號點点時时年분]|日(?!間|间)|分(?!之)|分之)")


def has_ideographs(text: str) -> bool:
    """Whether a text may have East Asian numbers."""
    return _EAST.search(text) is not None


_EAST = re.compile(r"[\u3400-\u9fff\uac00-\ud7af]")
_EASTERN_TOKEN = re.compile(r"\d+(?:[,.]\d+)*|\S")


def read_ideographs(text: str, found: re.Match[str]) -> float | None:
    """The value of a match of `EASTERN` in a text; None for dates, ordinals and names."""
    written = found["eastern"]
    before, after = (
        text[max(found.start() - 1, 0) : found.start()],
        text[found.end() : found.end() + 3],
    )
    if before in {"第", "周", "之", "期"} and not found["percent"]:
        return None
    has_unit = any(sign in _UNIT_SIGNS for sign in written)
    duration = has_unit and after[:1] == "年"
    if _EASTERN_DATE.match(after) and not duration:
        return None
    is_number = (has_unit and len(written) > 1) or (len(written) == 1 and after[:1] in _COUNTERS)
    if not is_number and not found["percent"]:
        return None
    return _summed(written)


def _summed(written: str) -> float | None:
    """The value of ideographs: small units multiply the number before, large ones end a group."""
    total = group = 0.0
    number: float | None = None
    for token in _EASTERN_TOKEN.findall(written):
        if token in _SMALL_UNITS:
            group += (1 if number is None else number) * _SMALL_UNITS[token]
            number = None
        elif token in _LARGE_UNITS:
            total += (group + (number or 0) or 1) * _LARGE_UNITS[token]
            group, number = 0.0, None
        elif token in _IDEOGRAPHS:
            if number:  # digits in succession are a year or a telephone number
                return None
            number = float(_IDEOGRAPHS[token])
        else:
            number = read_digits(token, ".")
            if number is None:
                return None
    return total + group + (number or 0)
