"""Figures in a text: what number, of what. Pure.

Digits with separators and magnitudes ("2,500", "11 000", "3.5 million", "10k", "10 тыс."), numbers
in words ("ten thousand", "twenty-five"), percentages and currencies. Years, dates and clock times
are no figures.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.words import stems, words

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Figure:
    """A number at `[start:end]` of a text; `units` are the stems of what it may count."""

    value: float
    units: frozenset[str]
    start: int
    end: int


_ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
_TEENS = "fifteen sixteen seventeen eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: n for n, word in enumerate(f"{_ONES} {_TEENS}".split())} | {
    word: 10 * n for n, word in enumerate(_TENS.split(), start=2)
}
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
_SPELLED = re.compile(
    rf"\b(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))}|hundred|a dozen)"
    rf"(?:[\s-](?:and\s)?(?:{'|'.join(sorted(_SMALL, key=len, reverse=True))}|hundred|thousand"
    r"|million|billion|trillion|dozen))*\b(?P<percent>\s?%|\s?per\s?cent)?",
    re.IGNORECASE,
)
_DATE_BEFORE = re.compile(rf"(?:{_MONTH})\w*\.?\s$", re.IGNORECASE)
_DATE_AFTER = re.compile(rf"^(?:st|nd|rd|th)?\s?(?:of\s)?(?:{_MONTH})\w*\b", re.IGNORECASE)
_CLOCK = re.compile(r"^:\d\d|^\s?(?:a\.?m|p\.?m)\b", re.IGNORECASE)
_BREAK = re.compile(r"[.;:!?()\[\]\"“”«»]|,\s|\d")
_YEARS = range(1800, 2101)
_UNIT_WORDS = 3
# Too common after a number to say what is counted.
_NO_UNIT = frozenset({"new", "more", "other", "least", "total", "percent", "per", "cent"})


def find_figures(text: str) -> list[Figure]:
    """Every figure of a text, in order."""
    return sorted([*_in_digits(text), *_in_words(text)], key=lambda one: one.start)


def _in_digits(text: str) -> Iterator[Figure]:
    for found in _DIGITS.finditer(text):
        start, end = found.start("number"), found.end()
        if _is_part_of_a_name(text, start) or _is_date(text, found):
            continue
        value = _value(found["number"]) * _times(found["magnitude"])
        marks = {found["currency"] or "", "%" if found["percent"] else ""} - {""}
        yield Figure(value, _units(text, end) | marks, _first(text, found.start()), end)


def _first(text: str, start: int) -> int:
    return start + 1 if text[start].isspace() else start


def _in_words(text: str) -> Iterator[Figure]:
    for found in _SPELLED.finditer(text):
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
    return int(number) in _YEARS and len(number) == len("2024")


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
    for word in words(text.replace("-", " ").replace("a dozen", "dozen")):
        if word in _SMALL:
            group += _SMALL[word]
        elif word in {"hundred", "dozen"}:
            group = (group or 1) * (100 if word == "hundred" else 12)
        elif word in {"thousand", "million", "billion", "trillion"}:
            total += (group or 1) * _times(word)
            group = 0.0
    return total + group


def _units(text: str, end: int) -> frozenset[str]:
    """The stems of the few words after a number, up to the end of their phrase."""
    rest = text[end : end + 60]
    stop = _BREAK.search(rest)
    after = words(rest[: stop.start()] if stop else rest)[: _UNIT_WORDS + 1]
    return frozenset(stems(" ".join(after)) - _NO_UNIT)
