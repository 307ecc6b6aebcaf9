"""Figures in a text: their values, what they count, and what they measure. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from retrieval.text.numbers import POINTS, WrittenNumber, written_numbers
from retrieval.text.words import stems, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at `[start:end]` of a text; `units` are the stems of what it may count.

    Of a range ("10 to 12 thousand") or a margin ("12 ± 2") `other` is its second number.
    """

    value: float
    units: frozenset[str]
    start: int
    end: int
    other: float | None = None

    @property
    def numbers(self) -> tuple[float, ...]:
        """Its numbers."""
        return (self.value,) if self.other is None else (self.value, self.other)


_BREAK = re.compile(r"[.;:!?()\[\]\"“”«»，。、；：！？।؟]|,\s|\d")
_UNIT_WORDS = 3
# "won 2-1": it isn't clear which of the two counts what. "10-12 thousand" is a range.
_PAIRED_BEFORE, _PAIRED_AFTER = re.compile(r"\d[-–]$"), re.compile(r"^[-–]\d")
_TO = re.compile(r"\s?[-–—‑~〜～至到]\s?|\s(?:to|bis|до|по|à|a|do)\s(?:about\s|around\s|nearly\s)?")
_AND = re.compile(r"\s(?:and|і|й|та|и|und|et|y|i)\s")
_BETWEEN = re.compile(r"\b(?:between|між|между|zwischen|entre|między)\s(?:\w+\s)?$", re.IGNORECASE)
# "from 10 to 12" is a change, and so are other such phrases with a word of change.
_CHANGE = re.compile(
    r"\b(?:from|з|із|с|со)\s(?:\w+\s)?$"
    r"|\b(?:зрос|впа|збільш|зменш|вирос|вырос|упал|увелич|сократ|скорот|снизи|зниз|підви|повыс|stieg"
    r"|gestieg|sank|gesunk|erhöh)\w*\s(?:\w+\s){0,2}$",
    re.IGNORECASE,
)
# The gap between two numbers of one figure is shorter.
_JOINT = 20
# Both numbers of a vote are smaller; a score is marked as one.
_MOST_OF_A_SCORE = 20
_SCORED = re.compile(
    r"\s(?:\w+\s)?(?:defeat|win|loss|victory|lead|draw|score|decision|vote|triumph|rout|advantage"
    r"|record|margin|перемог|победа|победу|поразк|поражени|рахунк|счет)",
    re.IGNORECASE,
)
# Words for people, who are counted in ranges and not in scores: "10-12 people".
_PEOPLE = re.compile(
    r"\s(?:\w+\s)?(?:people|persons|men|women|children|soldiers|troops|workers|passengers|residents"
    r"|villages|houses|homes|shops|ships|days|weeks|months|years|осіб|людей|солдат\w*|дітей|жінок"
    r"|днів|тижнів|місяців|років|человек|детей|женщин|дней|недель|месяцев|лет|personen|menschen"
    r"|soldaten|kinder|frauen|tagen?|wochen|monaten?|jahren?)\b",
    re.IGNORECASE,
)
# "a 7.0-magnitude quake", "a 36-year-old": the figure describes one thing and counts none.
# "His 62nd home run" counts none either.
_DESCRIBING = re.compile(r"^[-‑][^\W\d_]")
# The fates of those counted: figures with different fates don't contradict each other.
_FATES = (
    r"kill|dead\b|deaths?\b|die[ds]?\b|dying|bod(?:y|ies)|fatal|убит|загин|погиб|мерт|загибл",
    r"wound|injur|hurt\b|поран|ранен|ранил|травмован",
    r"missing|зникл|пропал",
    r"displac|evacuat|fled|flee|homeless|refugee|евакуй|эвакуир|біжен|бежен",
    r"captur|arrest|detain|prison|hostage|полон|плен|арешт|арест|затрим|задерж",
    r"rescu|surviv|saved|alive|врятов|спас",
    r"shot down|destroy|intercept|down(?:ed|ing)\b|збит|сбит|знищ|уничтож",
    r"cancel|delay|скасов|отмен|затрим",
)
_FATE_WITHIN = 60
_ANOTHER_PART = re.compile(r"[,;]|\b(?:and|while|but|та|і|и|а)\b")


def fate(text: str, figure: Figure) -> str | None:
    """The fate of those that a figure counts, by the nearest word for one."""
    near: list[tuple[int, str]] = []
    reach = 2 * _FATE_WITHIN
    for found in _FATE_WORDS.finditer(text, max(figure.start - reach, 0), figure.end + reach):
        between = (
            text[figure.end : found.start()]
            if found.start() >= figure.end
            else text[found.end() : figure.start]
        )
        distance = len(between) + _FATE_WITHIN // 2 * len(_ANOTHER_PART.findall(between))
        if distance <= _FATE_WITHIN:
            near.append((distance, found.lastgroup or ""))
    return min(near)[1] if near else None


_FATE_WORDS = re.compile(
    "|".join(rf"(?P<f{n}>\b(?:{fate}))" for n, fate in enumerate(_FATES)), re.IGNORECASE
)
_OF_PEOPLE = frozenset({"f0", "f1", "f2", "f5"})
# An additional count doesn't replace another.
_ON_TOP = re.compile(
    r"\b(?:also|another|additional|further|extra|ще|додатков\w*|ещ[её]|дополнительн\w*)\b"
    r"|\d\s(?:\w+\s)?more\b",
    re.IGNORECASE,
)
_ON_TOP_WITHIN = 30
# The number of words besides the counted thing that two statements about one count must share, and
# their share of the shorter one's words.
_COMMON, _COMMON_SHARE = 2, 0.18
# A count that is this many times another is rarely its update.
_TOO_FAR = 50.0
# In a sentence with more figures, it isn't clear which counts what.
_MOST_FIGURES = 12
# The length of sentences, with some words around them.
_SENTENCE = 1_200
# Too common after a number to say what is counted.
_NO_UNIT = frozenset({"new", "more", "other", "least", "total", "percent", "per", "cent"})
_OF = frozenset({"of", "de", "d'", "di", "von"})


def find_figures(text: str) -> list[Figure]:
    """Every figure of a text, in order; cached, because sentences are compared with many others."""
    return list(_remembered(text) if len(text) <= _SENTENCE else _figures(text))


def figure_values(text: str) -> frozenset[float]:
    """The values of all numbers in a text; faster than `find_figures`."""
    if len(text) <= _SENTENCE:
        return frozenset(number for one in _remembered(text) for number in one.numbers)
    return frozenset(value for one, other in _joined(text) for value in _values(one, other))


def _figures(text: str) -> tuple[Figure, ...]:
    return tuple(_figure(text, one, other) for one, other in _joined(text))


def _joined(text: str) -> Iterator[tuple[WrittenNumber, WrittenNumber | None]]:
    """The numbers in order, each with the other end of its range or its margin, if any."""
    written = [one for one in written_numbers(text) if one.value is not None]
    place = 0
    while place < len(written):
        one = written[place]
        other = written[place + 1] if place + 1 < len(written) else None
        if other is not None and not _belongs(text, one, other):
            other = None
        yield one, other
        place += 1 if other is None else 2


def _belongs(text: str, one: WrittenNumber, other: WrittenNumber) -> bool:
    """Whether two numbers are one figure: "10 to 12 thousand", "12 ± 2"."""
    between = text[one.end : min(other.start, one.end + _JOINT)]
    if other.is_margin:
        return not between.strip()
    low, high = _values(one, other)
    return (low < high or high < low < 0) and _is_range(text, one, other, between)


def _values(one: WrittenNumber, other: WrittenNumber | None) -> tuple[float, ...]:
    """The values of a figure; the first of a range may share the second's magnitude."""
    assert one.value is not None  # noqa: S101
    if other is None or other.value is None:
        return (one.value,)
    shares = not other.is_margin and _shares_magnitude(one, other)
    return one.value * (other.factor if shares else 1), other.value


def _shares_magnitude(one: WrittenNumber, other: WrittenNumber) -> bool:
    return one.factor == 1 < other.factor and abs(one.value or 0) < 1_000  # noqa: PLR2004


def _is_range(text: str, one: WrittenNumber, other: WrittenNumber, between: str) -> bool:
    before = text[max(one.start - 40, 0) : one.start]
    if _AND.fullmatch(between):
        return _BETWEEN.search(before) is not None
    if not _TO.fullmatch(between) or _CHANGE.search(before):
        return False
    if one.marks or other.marks or other.factor > 1 or measure_of(text, other.end):
        return True
    if _PEOPLE.match(text, other.end):
        return True
    # "by 5 votes to 4", "a 98-104 defeat"
    return (other.value or 0) > _MOST_OF_A_SCORE and (
        between.strip().isalpha()
        or (bool(_units(text, other.end)) and not _SCORED.match(text, other.end))
    )


def _figure(text: str, one: WrittenNumber, other: WrittenNumber | None) -> Figure:
    values = _values(one, other)
    last = other or one
    paired = (
        other is None and not one.marks and one.factor == 1 and _is_paired(text, one.start, one.end)
    )
    units = frozenset[str]() if paired else _units(text, last.end) | one.marks | last.marks
    return Figure(values[0], units, one.start, last.end, values[1] if other else None)


def _is_paired(text: str, start: int, end: int) -> bool:
    before = text[max(start - 2, 0) : start]
    return bool(_PAIRED_BEFORE.search(before) or _PAIRED_AFTER.match(text[end : end + 2]))


def _units(text: str, end: int) -> frozenset[str]:
    """The stems of the few words after a number, up to the end of their phrase."""
    rest = text[end : end + 60]
    if _DESCRIBING.match(rest):
        return frozenset()
    stop = _BREAK.search(rest)
    counted: list[str] = []
    for word in words(rest[: stop.start()] if stop else rest)[: 2 * _UNIT_WORDS]:
        if word in _NO_UNIT:
            continue
        if telling_words(word):
            counted.append(word)
        elif counted and word not in _OF:
            break
    return frozenset(stems(" ".join(counted[:_UNIT_WORDS])))


# Kinds of measure: a figure of one never supports a figure of another.
_MEASURES = (
    ("degrees", r"^[\s-]?(?:°|degrees?\b|градус\w*|grad\b)"),
    (
        "square",
        r"^\s?(?:square|sq\.?)\s?\w+|^\s?(?:кв\.?|квадратн\w*)\s?\w+|^\s?(?:hectares?|acres?)\b",
    ),
    ("kilometres", r"^[\s-]?(?:kilomet\w+|km|км|кіломет\w*|километ\w*)\b"),
    ("miles", r"^[\s-]?(?:miles?|мил[яіьюи]\w*)\b"),
    ("metres", r"^[\s-]?(?:met(?:er|re)s?|m|метр\w*)\b"),
    ("feet", r"^[\s-]?(?:feet|foot|фут\w*)\b"),
    ("tonnes", r"^[\s-]?(?:tons?|tonnes?|тонн\w*)\b"),
    ("kilograms", r"^[\s-]?(?:kilograms?|kilos?|kg|кг|кілограм\w*|килограмм\w*)\b"),
    ("pounds", r"^[\s-]?(?:pounds?|lbs?)\b"),
    ("years", r"^[\s-]?(?:years?|рок\w*|рік|лет|год\w*)\b"),
    ("months", r"^[\s-]?(?:months?|місяц\w*|месяц\w*)\b"),
    ("weeks", r"^[\s-]?(?:weeks?|тижн\w*|недел\w*)\b"),
    ("days", r"^[\s-]?(?:days?|дн\w*|день|діб|суток)\b"),
    ("hours", r"^[\s-]?(?:hours?|годин\w*|час(?:а|ов)?)\b"),
    ("minutes", r"^[\s-]?(?:minutes?|хвилин\w*|минут\w*)\b"),
)
_MEASURE = [(name, re.compile(pattern, re.IGNORECASE)) for name, pattern in _MEASURES]
_MONEY = re.compile(
    r"^\s?(?:(?P<usd>u\.?s\.? dollars?|dollars?|usd|доллар\w*|долар\w*)"
    r"|(?P<eur>euros?|eur|євро|евро)|(?P<gbp>pounds sterling|gbp)"
    r"|(?P<rub>rubles?|roubles?|rub|рубл\w*|руб)|(?P<uah>hryvnias?|uah|грив\w*|грн)|(?P<inr>rupees?|inr)"
    r"|(?P<chf>francs?|franken|chf)|(?P<jpy>yen|jpy)|(?P<cny>yuan|cny)|(?P<pln>złot\w+|zł|pln|zlotys?))\b",
    re.IGNORECASE,
)
_SIGNS = {
    "$": "usd", "€": "eur", "£": "gbp", "₽": "rub", "₴": "uah", "₹": "inr", "¥": "¥", "CHF": "chf",
    "C$": "cad", "A$": "aud", "%": "percent", POINTS: "points",
}  # fmt: skip
# How many characters after a figure are examined.
_REST = 30


def measure_of(text: str, end: int, units: frozenset[str] = frozenset()) -> str | None:
    """The measure of the figure that ends at `end`, by its marks or the words after it.

    None if it counts things, or if it is unknown.
    """
    marks = [name for mark, name in _SIGNS.items() if mark in units]
    if marks:
        return marks[-1]
    rest = text[end : end + _REST]
    money = _MONEY.match(rest)
    if money is not None:
        return money.lastgroup
    return next((name for name, pattern in _MEASURE if pattern.match(rest)), None)


_remembered = lru_cache(maxsize=2_000)(_figures)


def differing(text: str, other: str, share: float = _COMMON_SHARE) -> tuple[Figure, Figure] | None:
    """The figures with which two statements count the same thing differently, or None.

    None in doubt: each must have one figure for the counted thing, with the same fate, and at least
    `share` of the shorter statement's other words must be in the other.
    """
    mine, theirs = find_figures(text), find_figures(other)
    if max(len(mine), len(theirs)) > _MOST_FIGURES:
        return None
    for one in mine:
        for two in theirs:
            shared = one.units & two.units
            if (
                shared
                and _alone(one, mine, shared)
                and _alone(two, theirs, shared)
                and _may_replace(one, two)
                and agree(
                    measure_of(text, one.end, one.units), measure_of(other, two.end, two.units)
                )
                and fate(text, one) == fate(other, two)
                and not (_is_on_top(text, one) or _is_on_top(other, two))
                and _same_context(text, other, mine, theirs, share)
            ):
                return one, two
    return None


def _alone(figure: Figure, figures: list[Figure], shared: frozenset[str]) -> bool:
    """Whether no other figure in the statement counts the same."""
    return not any(one.units & shared for one in figures if one is not figure)


def _may_replace(one: Figure, other: Figure) -> bool:
    """Whether two figures differ, but not too much, and neither contains the other."""
    if _within(one, other) or _within(other, one):
        return False
    sizes = abs(one.value), abs(other.value)
    return max(sizes) <= _TOO_FAR * min(sizes)


def _within(one: Figure, other: Figure) -> bool:
    return min(other.numbers) <= min(one.numbers) and max(one.numbers) <= max(other.numbers)


def _same_context(
    text: str, other: str, mine: list[Figure], theirs: list[Figure], share: float
) -> bool:
    one, two = _context(text, mine), _context(other, theirs)
    common = len(one & two)
    return common >= _COMMON and common >= share * min(len(one), len(two))


def _context(text: str, figures: list[Figure]) -> frozenset[str]:
    """The stems of a statement without its figures and what they count."""
    for figure in reversed(figures):
        text = text[: figure.start] + " " + text[figure.end :]
    return stems(text) - frozenset[str]().union(*(one.units for one in figures))


def _is_on_top(text: str, figure: Figure) -> bool:
    start, end = max(figure.start - _ON_TOP_WITHIN, 0), figure.end + _ON_TOP_WITHIN
    return _ON_TOP.search(text[start:end]) is not None


def fates_of(text: str) -> frozenset[str]:
    """The fates in a text, as named by `fate`."""
    return frozenset(one.lastgroup or "" for one in _FATE_WORDS.finditer(text))


def fates(text: str) -> dict[str, str]:
    """The fates of people in a text (dead, wounded, missing, saved), each with its word."""
    found: dict[str, str] = {}
    for one in _FATE_WORDS.finditer(text):
        if one.lastgroup in _OF_PEOPLE:
            found.setdefault(one.lastgroup, one.group())
    return found


def agree(measure: str | None, other: str | None) -> bool:
    """Whether two measures are compatible: equal, or one of them unknown."""
    if "¥" in {measure, other}:  # of Japan, or of China
        return {measure, other} <= {"¥", "jpy", "cny", None}
    return measure is None or other is None or measure == other
