"""What a figure measures: a share, money, a length, a time. Pure."""

from __future__ import annotations

import re

from retrieval.grounding.written_numbers import POINTS

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
# As far as the words behind a figure are looked at.
_REST = 30


def measure_of(text: str, end: int, units: frozenset[str] = frozenset()) -> str | None:
    """What the figure that ends at `end` of a text measures, by its marks or the words behind it.

    None where it counts things, or says nothing.
    """
    marks = [name for mark, name in _SIGNS.items() if mark in units]
    if marks:
        return marks[-1]
    rest = text[end : end + _REST]
    money = _MONEY.match(rest)
    if money is not None:
        return money.lastgroup
    return next((name for name, pattern in _MEASURE if pattern.match(rest)), None)


def agree(measure: str | None, other: str | None) -> bool:
    """Whether two measures may be one: unless both are known, and differ."""
    if "¥" in {measure, other}:  # of Japan, or of China
        return {measure, other} <= {"¥", "jpy", "cny", None}
    return measure is None or other is None or measure == other
