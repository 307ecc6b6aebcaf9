"""Whether the figures of a claim stand in what it cites, measured in the same way. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.grounding.checks.problem import Kind, Problem
from retrieval.grounding.figures import Figure, fate, find_figures

if TYPE_CHECKING:
    from collections.abc import Sequence

# How far off a rounded figure may be, and how many digits it has at most.
_ROUNDED, _ROUND_DIGITS = 0.05, 2
_CONVERTED = 0.03
# Kinds of measure: a figure of one never supports a figure of another.
_MEASURES = (
    ("points", r"^[\s-]?(?:percentage[\s-]points?|відсотков\w+ пункт\w*|процентн\w+ пункт\w*)"),
    ("percent", r"^\s?(?:%|per\s?cent\b(?! point)|відсотк\w*|процент\w*)"),
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
    r"|(?P<rub>rubles?|roubles?|rub|рубл\w*)|(?P<uah>hryvnias?|uah|грив\w*))\b",
    re.IGNORECASE,
)
_SIGNS = {"$": "usd", "€": "eur", "£": "gbp", "₽": "rub", "₴": "uah"}
# The same measure in another unit: pattern, pattern, how many of the second are one of the first.
_CONVERSIONS = tuple(
    (re.compile(one, re.IGNORECASE), re.compile(other, re.IGNORECASE), factor)
    for one, other, factor in (
        (
            r"^[\s-]?(?:square|sq\.?) miles?\b",
            r"^[\s-]?(?:square|sq\.?) ?(?:kilomet\w+|km)",
            2.58999,
        ),
        (r"^[\s-]?miles?\b", r"^[\s-]?(?:kilomet\w+|km)\b", 1.60934),
        (r"^[\s-]?acres?\b", r"^[\s-]?hectares?\b", 0.404686),
        (r"^[\s-]?(?:pounds?|lbs?)\b", r"^[\s-]?(?:kilograms?|kg)\b", 0.453592),
        (r"^[\s-]?(?:feet|foot)\b", r"^[\s-]?(?:met(?:er|re)s?|m)\b", 0.3048),
        (r"^[\s-]?decades?\b", r"^[\s-]?years?\b", 10),
        (r"^[\s-]?years?\b", r"^[\s-]?months?\b", 12),
        (r"^[\s-]?weeks?\b", r"^[\s-]?days?\b", 7),
        (r"^[\s-]?(?:тижн\w*|недел\w*)", r"^[\s-]?(?:дн\w*|день|діб|суток)\b", 7),
        (r"^[\s-]?days?\b", r"^[\s-]?hours?\b", 24),
        (r"^[\s-]?hours?\b", r"^[\s-]?minutes?\b", 60),
    )
)
_SHARED = re.compile(r"(?P<number>\d+(?:[.,]\d+)?)[\s\u00a0-]?[^\W\d_].*")
_TO = re.compile(r"\s?(?:-|–|to|and|до|і|и)\s?")
# Written alike on both sides, or wrong: clock times, and what is 18th of its kind.
_AS_WRITTEN = re.compile(
    r"\b\d{1,2}:\d{2}\b|\b\d+(?:st|nd|rd|th)\b(?!\s(?:of\s)?(?:jan|feb|mar|apr|may|ju[nl]|aug|sep|oct|nov"
    r"|dec))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rounded:
    """A figure that a claim rounds or converts: as it stands there, and in the source."""

    said: str
    source: str


def check_figures(claim: str, sentences: str) -> tuple[list[Problem], list[Rounded]]:
    """The figures that no sentence has, and those that only nearly stand there."""
    mine, theirs = find_figures(claim), find_figures(sentences)
    problems, rounded = list[Problem](), list[Rounded]()
    for place, figure in enumerate(mine):
        said = claim[figure.start : figure.end].strip()
        values = {figure.value, _in_range(claim, figure, mine[place + 1 : place + 2])}
        same = [one for one in theirs if any(math.isclose(one.value, n) for n in values)]
        if same:
            if not any(_same_measure(claim, figure, sentences, one) for one in same) or (
                _other_fate(claim, figure, sentences, same)
            ):
                problems.append(Problem(Kind.UNIT, said))
            continue
        near = _nearest(claim, figure, sentences, theirs)
        if near is None:
            problems.append(Problem(Kind.FIGURE, said))
        else:
            rounded.append(Rounded(said, sentences[near.start : near.end].strip()))
    known = set(_AS_WRITTEN.findall(sentences.casefold()))
    problems += [
        Problem(Kind.FIGURE, one)
        for one in _AS_WRITTEN.findall(claim)
        if one.casefold() not in known
    ]
    return problems, rounded


def _in_range(text: str, figure: Figure, following: Sequence[Figure]) -> float:
    """What the first figure of "10 to 12 thousand" is."""
    for other in following:
        between = text[figure.end : other.start]
        magnitude = _SHARED.fullmatch(text[other.start : other.end].strip())
        if magnitude is not None and _TO.fullmatch(between):
            bare = float(magnitude["number"].replace(",", "."))
            return figure.value * other.value / bare if bare else figure.value
    return figure.value


def _other_fate(text: str, figure: Figure, other_text: str, same: Sequence[Figure]) -> bool:
    """The dead of a claim that are the wounded of every sentence with that figure."""
    mine = fate(text, figure)
    return mine is not None and all(fate(other_text, one) not in {None, mine} for one in same)


def _same_measure(text: str, one: Figure, other_text: str, other: Figure) -> bool:
    """Unless both say what they measure, and it is not the same."""
    mine, theirs = _measure(text, one), _measure(other_text, other)
    return mine is None or theirs is None or mine == theirs


def _measure(text: str, figure: Figure) -> str | None:
    sign = next((name for mark, name in _SIGNS.items() if mark in figure.units), None)
    if sign is not None:
        return sign
    if "%" in figure.units:
        return "percent"
    rest = text[figure.end : figure.end + 30]
    money = _MONEY.match(rest)
    if money is not None:
        return money.lastgroup
    return next((name for name, pattern in _MEASURE if pattern.match(rest)), None)


def _nearest(text: str, figure: Figure, other_text: str, others: Sequence[Figure]) -> Figure | None:
    """The figure that this one rounds, or gives in another unit."""
    for other in others:
        if _rounds(figure.value, other.value) and _same_measure(text, figure, other_text, other):
            return other
        if _converts(text[figure.end :], figure.value, other_text[other.end :], other.value):
            return other
    return None


def _rounds(value: float, exact: float) -> bool:
    """10,000 rounds 10,432; 10,400 and 11,000 do not."""
    if exact <= 0 or abs(value - exact) > _ROUNDED * exact:
        return False
    return _digits(value) <= _ROUND_DIGITS and _digits(value) < _digits(exact)


def _digits(value: float) -> int:
    """How many digits say something: 1 in 10,000, 3 in 10,400."""
    return len(f"{value:.6f}".rstrip("0").rstrip(".").replace(".", "").strip("0")) or 1


def _converts(rest: str, value: float, other_rest: str, other: float) -> bool:
    for small, large, factor in _CONVERSIONS:
        if small.match(rest) and large.match(other_rest):
            return math.isclose(value * factor, other, rel_tol=_CONVERTED)
        if large.match(rest) and small.match(other_rest):
            return math.isclose(value, other * factor, rel_tol=_CONVERTED)
    return False
