"""Whether the figures of a claim stand in what it cites, measured in the same way. Pure."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.grounding.checks.problem import Kind, Problem
from retrieval.grounding.figures import Figure, fate, find_figures
from retrieval.grounding.measures import agree, measure_of
from retrieval.grounding.written_numbers import POINTS, unread_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence

# How far off a rounded figure may be, and how many digits it has at most.
_ROUNDED, _ROUND_DIGITS = 0.05, 2
_CONVERTED = 0.03
_SHARES = frozenset({"%", POINTS})
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
    for figure in mine:
        said = claim[figure.start : figure.end].strip()
        kind, near = _compared(claim, figure, sentences, theirs)
        if kind is not None:
            problems.append(Problem(kind, said))
        elif near is not None:
            rounded.append(Rounded(said, sentences[near.start : near.end].strip()))
    known = set(_AS_WRITTEN.findall(sentences.casefold()))
    problems += [
        Problem(Kind.FIGURE, one)
        for one in _AS_WRITTEN.findall(claim)
        if one.casefold() not in known
    ]
    # What nobody can read says the same only as it stands.
    problems += [Problem(Kind.FIGURE, one) for one in unread_numbers(claim) if one not in sentences]
    return problems, rounded


def _compared(
    claim: str, figure: Figure, sentences: str, theirs: Sequence[Figure]
) -> tuple[Kind | None, Figure | None]:
    """What is wrong with a figure, None for nothing; and which one it rounds."""
    near: Figure | None = None
    for number in figure.numbers:
        same = [one for one in theirs if any(_is_same(number, n, figure) for n in one.numbers)]
        if same:
            if not any(_same_measure(claim, figure, sentences, one) for one in same) or (
                _other_fate(claim, figure, sentences, same)
            ):
                return Kind.UNIT, None
            continue
        near = _nearest(claim, replace(figure, value=number), sentences, theirs)
        if near is None:
            return Kind.FIGURE, None
    return None, near


def _is_same(number: float, other: float, figure: Figure) -> bool:
    """Equal, but that a share that falls by 3% may be written -3%."""
    if not _SHARES.isdisjoint(figure.units):
        number, other = abs(number), abs(other)
    return math.isclose(number, other)


def _other_fate(text: str, figure: Figure, other_text: str, same: Sequence[Figure]) -> bool:
    """The dead of a claim that are the wounded of every sentence with that figure."""
    mine = fate(text, figure)
    return mine is not None and all(fate(other_text, one) not in {None, mine} for one in same)


def _same_measure(text: str, one: Figure, other_text: str, other: Figure) -> bool:
    """Unless both say what they measure, and it is not the same."""
    return agree(
        measure_of(text, one.end, one.units), measure_of(other_text, other.end, other.units)
    )


def _nearest(text: str, figure: Figure, other_text: str, others: Sequence[Figure]) -> Figure | None:
    """The figure that this one rounds, or gives in another unit."""
    for other in others:
        if any(_rounds(figure.value, n) for n in other.numbers) and _same_measure(
            text, figure, other_text, other
        ):
            return other
        if _converts(text[figure.end :], figure.value, other_text[other.end :], other.value):
            return other
    return None


def _rounds(value: float, exact: float) -> bool:
    """10,000 rounds 10,432; 10,400 and 11,000 do not."""
    if value * exact <= 0 or abs(value - exact) > _ROUNDED * abs(exact):
        return False
    return _digits(value) <= _ROUND_DIGITS and _digits(value) < _digits(exact)


def _digits(value: float) -> int:
    """How many digits say something: 1 in 10,000, 3 in 10,400."""
    return len(f"{abs(value):.6f}".rstrip("0").rstrip(".").replace(".", "").strip("0")) or 1


def _converts(rest: str, value: float, other_rest: str, other: float) -> bool:
    for small, large, factor in _CONVERSIONS:
        if small.match(rest) and large.match(other_rest):
            return math.isclose(value * factor, other, rel_tol=_CONVERTED)
        if large.match(rest) and small.match(other_rest):
            return math.isclose(value, other * factor, rel_tol=_CONVERTED)
    return False
