"""Figures in a text: what number, of what. Pure.

Digits with separators and magnitudes ("2,500", "11 000", "3.5 million", "10k", "10 тыс."), numbers
in words ("ten thousand", "twenty-five"), percentages and currencies. Years, dates and clock times
are no figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.numerals import SMALL
from retrieval.words import stems, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at `[start:end]` of a text; `units` are the stems of what it may count."""

    value: float
    units: frozenset[str]
    start: int
    end: int


_MAGNITUDES = (
    (r"hundreds?|сот\w*|сотен", 1e2),
    (r"dozens?", 12.0),
    (r"k|thousands?|тис(?:яч\w*|\.)?|тыс(?:яч\w*|\.)?", 1e3),
    (r"m|mn|millions?|млн\.?|мільйон\w*|миллион\w*", 1e6),
    (r"b|bn|billions?|млрд\.?|мільярд\w*|миллиард\w*", 1e9),
    (r"trn|trillions?|трлн\.?|трильйон\w*|триллион\w*", 1e12),
)
_MAGNITUDE = "|".join(pattern for pattern, _ in _MAGNITUDES)
_MONTH = (
    r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
    r"|січ|лют|берез|квіт|трав|черв|лип|серп|верес|жовт|листоп|груд"
    r"|янв|фев|март|апр|ма[йя]|июн|июл|авг|сент|окт|ноя|дек"
)
_DIGITS = re.compile(
    r"(?P<currency>[$€£₴₽])?\s?"
    r"(?P<number>\d{1,3}(?:[,\u00a0\u202f ]\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?)"
    rf"(?:[\s\u00a0-]?(?P<magnitude>{_MAGNITUDE})(?![^\W\d_]))?(?P<percent>\s?%|\s?per\s?cent)?",
    re.IGNORECASE,
)
_LARGE_ENGLISH = r"thousand|million|billion|trillion"
_LARGE = (
    rf"{_LARGE_ENGLISH}"
    r"|тисяч\w*|тысяч\w*|мільйон\w*|миллион\w*|мільярд\w*|миллиард\w*|трильйон\w*|триллион\w*"
)
_IS_LARGE = re.compile(_LARGE)
_CYRILLIC = re.compile(r"[\u0400-\u052f]")


def _spelled_out(small: Iterable[str], large: str) -> re.Pattern[str]:
    words = "|".join(sorted(small, key=len, reverse=True)).replace("'", "['’ʼ]")
    return re.compile(
        rf"\b(?:{words}|hundred|a dozen)(?![’'ʼ]\w)"
        rf"(?:[\s-](?:and\s)?(?:{words}|hundred|{large}|dozen)(?![’'ʼ]\w))*\b"
        r"(?P<percent>\s?%|\s?per\s?cent)?",
        re.IGNORECASE,
    )


# Apart, as most texts are in one of them, and the words of all take eight times as long.
_SPELLED_ENGLISH = _spelled_out((word for word in SMALL if word.isascii()), _LARGE_ENGLISH)
_SPELLED = _spelled_out(SMALL, _LARGE)
_DATE_BEFORE = re.compile(rf"(?:{_MONTH})\w*\.?\s$", re.IGNORECASE)
_DATE_AFTER = re.compile(rf"^(?:st|nd|rd|th)?\s?(?:of\s)?(?:{_MONTH})\w*\b", re.IGNORECASE)
_CLOCK = re.compile(r"^:\d\d|^\s?(?:a\.?m|p\.?m)\b", re.IGNORECASE)
_BREAK = re.compile(r"[.;:!?()\[\]\"“”«»]|,\s|\d")
_YEARS = range(1800, 2101)
_UNIT_WORDS = 3
# "won 2-1", "10-12 of them": which of the two counts what is not said.
_PAIRED_BEFORE, _PAIRED_AFTER = re.compile(r"\d[-–]$"), re.compile(r"^[-–]\d")
# "a 7.0-magnitude quake", "a 36-year-old": the figure describes one thing and counts none.
# "His 62nd home run" counts none either.
_ORDINAL = re.compile(
    r"^(?:st|nd|rd|th|-?(?:й|я|е|го|му|ша|ю|ої|их|ый|ая|ого|ом))\b", re.IGNORECASE
)
_DESCRIBING = re.compile(r"^[-‑][^\W\d_]")
# What became of those who are counted: figures of different fates are no rivals.
_FATES = (
    r"kill|dead\b|deaths?\b|die[ds]?\b|dying|bod(?:y|ies)|fatal|убит|загин|погиб|мерт|загибл",
    r"wound|injur|hurt\b|поранен|ранен|травмован",
    r"missing|зникл|пропал",
    r"displac|evacuat|fled|flee|homeless|refugee|евакуй|эвакуир|біжен|бежен",
    r"captur|arrest|detain|prison|hostage|полон|плен|арешт|арест|затрим|задерж",
    r"rescu|surviv|saved|alive|врятов|спас",
    r"shot down|destroy|intercept|down(?:ed|ing)\b|збит|сбит|знищ|уничтож",
    r"cancel|delay|скасов|отмен|затрим",
)
_FATE_WORDS = re.compile(
    "|".join(rf"(?P<f{n}>\b(?:{fate}))" for n, fate in enumerate(_FATES)), re.IGNORECASE
)
_FATE_WITHIN = 60
# What comes on top of a count does not replace it.
_ON_TOP = re.compile(
    r"\b(?:also|another|additional|further|extra|ще|додатков\w*|ещ[её]|дополнительн\w*)\b"
    r"|\d\s(?:\w+\s)?more\b",
    re.IGNORECASE,
)
_ON_TOP_WITHIN = 30
_ANOTHER_PART = re.compile(r"[,;]|\b(?:and|while|but|та|і|и|а)\b")
# The words, besides what is counted, that two statements about one count share: how many, and what
# share of the shorter one's.
_COMMON, _COMMON_SHARE = 2, 0.18
# A count that is this many times another is rarely what became of it.
_TOO_FAR = 50.0
# Too common after a number to say what is counted.
_NO_UNIT = frozenset({"new", "more", "other", "least", "total", "percent", "per", "cent"})


def find_figures(text: str) -> list[Figure]:
    """Every figure of a text, in order."""
    return sorted([*_in_digits(text), *_in_words(text)], key=lambda one: one.start)


def _in_digits(text: str) -> Iterator[Figure]:
    for found in _DIGITS.finditer(text):
        start, end = found.start("number"), found.end()
        bare = not (found["magnitude"] or found["percent"])
        if _is_part_of_a_name(text, start) or _is_date(text, found):
            continue
        if bare and _ORDINAL.match(text[end:]):
            continue
        value = _value(found["number"]) * _times(found["magnitude"])
        marks = {found["currency"] or "", "%" if found["percent"] else ""} - {""}
        units = frozenset[str]() if _is_paired(text, start, end) else _units(text, end) | marks
        yield Figure(value, units, _first(text, found.start()), end)


def _first(text: str, start: int) -> int:
    return start + 1 if text[start].isspace() else start


def _in_words(text: str) -> Iterator[Figure]:
    spelled = _SPELLED if _CYRILLIC.search(text) else _SPELLED_ENGLISH
    for found in spelled.finditer(text):
        value = _spelled(found.group().casefold())
        # "one" is mostly no figure, and "a hundred" says too little to be held to it
        if value > 1 or found["percent"]:
            marks = {"%"} if found["percent"] else set[str]()
            yield Figure(value, _units(text, found.end()) | marks, found.start(), found.end())


def _is_part_of_a_name(text: str, start: int) -> bool:
    """F-16, COVID-19, T72."""
    before = text[max(start - 2, 0) : start]
    return bool(before) and (before[-1].isalnum() or (before[-1] in "-‑–" and before[0].isalpha()))


def _is_date(text: str, found: re.Match[str]) -> bool:
    number, rest = found["number"], text[found.end() : found.end() + 20]
    if _CLOCK.match(rest) or re.search(r"\d:$", text[: found.start("number")]):
        return True
    bare = not (found["currency"] or found["magnitude"] or found["percent"])
    if not bare or not number.isdigit():
        return False
    if len(number) <= len("31") and (
        _DATE_BEFORE.search(text[max(found.start("number") - 12, 0) : found.start("number")])
        or _DATE_AFTER.match(rest.lstrip("\u00a0 "))
    ):
        return True
    return len(number) == len("2024") and int(number) in _YEARS


def _value(number: str) -> float:
    plain = re.sub(r"[,\u00a0\u202f ](?=\d{3}(?:\D|$))", "", number)
    return float(plain.replace(",", "."))


def _times(magnitude: str | None) -> float:
    if magnitude is None:
        return 1.0
    return next(n for pattern, n in _MAGNITUDES if re.fullmatch(pattern, magnitude, re.IGNORECASE))


def _spelled(text: str) -> float:
    """Hundreds multiply what stands before them, thousands and more close a group."""
    total, group = 0.0, 0.0
    for found in words(text.replace("-", " ").replace("a dozen", "dozen")):
        word = found.replace("’", "'").replace("ʼ", "'")
        if word in SMALL:
            group += SMALL[word]
        elif word in {"hundred", "dozen"}:
            group = (group or 1) * (100 if word == "hundred" else 12)
        elif _IS_LARGE.fullmatch(word):
            total += (group or 1) * _times(word)
            group = 0.0
    return total + group


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
        elif counted and word != "of":
            break
    return frozenset(stems(" ".join(counted[:_UNIT_WORDS])))


def differing(text: str, other: str, share: float = _COMMON_SHARE) -> tuple[Figure, Figure] | None:
    """The figures in which two statements count the same thing differently; None where none do.

    Rather none than a wrong pair: each has one figure of what is counted, with the same fate, and
    of the other words of the shorter statement at least `share` stand in the other.
    """
    mine, theirs = find_figures(text), find_figures(other)
    for one in mine:
        for two in theirs:
            shared = one.units & two.units
            if (
                shared
                and _alone(one, mine, shared)
                and _alone(two, theirs, shared)
                and _may_replace(one.value, two.value)
                and fate(text, one) == fate(other, two)
                and not (_is_on_top(text, one) or _is_on_top(other, two))
                and _same_context(text, other, mine, theirs, share)
            ):
                return one, two
    return None


def _alone(figure: Figure, figures: list[Figure], shared: frozenset[str]) -> bool:
    """Whether no other figure of the statement counts the same."""
    return not any(one.units & shared for one in figures if one is not figure)


def _may_replace(one: float, other: float) -> bool:
    return one != other and max(one, other) <= _TOO_FAR * min(one, other)


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


def fate(text: str, figure: Figure) -> str | None:
    """What became of those who are counted, by the nearest word for it."""
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
