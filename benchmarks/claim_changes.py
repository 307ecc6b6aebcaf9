"""One thing of a sentence changed, each kind apart: what a claim check has to find. Pure."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}(?: [A-Z][a-z]{2,})+")
_NUMBER = re.compile(
    r"(?<![\d.,$€-])\d{1,3}(?:,\d{3})+(?![\d,])|(?<![\d.,$€-])\d{2,3}(?![\d,.:%-])"
)
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
WEEKDAY = re.compile(rf"\bon ({'|'.join(WEEKDAYS)})\b")
_MONTHS = [f"{datetime(2024, n, 1, tzinfo=UTC):%B}" for n in range(1, 13)]
DAY = re.compile(rf"\b({'|'.join(_MONTHS)}) (\d{{1,2}})\b(?!,? \d)")
_YEAR = re.compile(r"\bin (20\d\d|19\d\d)\b")
_VERB = re.compile(
    r"\b(was|is|are|were|will|has|had|have|could|would|can|should)\b(?! not\b|n['’]t)"
)
_SPEAKER = re.compile(r"\b([A-Z][a-z]+ [A-Z][a-z]+) (?=said|told|wrote|added|announced)")
_QUOTE = re.compile(r"[“\"]([^”\"]{20,200})[”\"]")
_MONEY = re.compile(r"\$(?=\d)")
_OPENING_WORDS = (
    "the a an in on at it its he she they his her their there this that these those but and for "
    "as under just following still when while if with after before since some many most one two"
)
OPENING = frozenset(_OPENING_WORDS.split())
_MAGNITUDE = re.compile(r"\b(million|billion|thousand)\b")

Change = Callable[[str, str, Sequence[str], random.Random], str | None]


def _number(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = _NUMBER.search(sentence)
    if found is None or 1900 <= int(found.group().replace(",", "")) <= 2100:
        return None
    value = int(found.group().replace(",", ""))
    new = round(value * chosen.choice((0.5, 0.7, 1.4, 2, 3))) + 1
    return _put(sentence, found, f"{new:,}")


def _magnitude(sentence: str, *_: object) -> str | None:
    found = _MAGNITUDE.search(sentence)
    other = {"million": "billion", "billion": "million", "thousand": "million"}
    return _put(sentence, found, other[found[1]]) if found else None


def _currency(sentence: str, *_: object) -> str | None:
    found = _MONEY.search(sentence)
    return _put(sentence, found, "€") if found else None


def _percent(sentence: str, *_: object) -> str | None:
    found = re.search(r"(?<=\d)(?:%| percent)(?! points?)", sentence)
    return _put(sentence, found, " days") if found else None


def _weekday(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = WEEKDAY.search(sentence)
    if found is None:
        return None
    at = (WEEKDAYS.index(found[1]) + chosen.randint(1, 6)) % 7
    return _put(sentence, found, f"on {WEEKDAYS[at]}")


def _day(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = DAY.search(sentence)
    if found is None:
        return None
    return _put(sentence, found, f"{found[1]} {(int(found[2]) + chosen.randint(1, 20)) % 28 + 1}")


def _year(sentence: str, _around: str, _names: object, chosen: random.Random) -> str | None:
    found = _YEAR.search(sentence)
    if found is None:
        return None
    return _put(sentence, found, f"in {int(found[1]) - chosen.randint(2, 9)}")


def _name(sentence: str, around: str, names: Sequence[str], chosen: random.Random) -> str | None:
    found = NAME.search(sentence)
    if found is None:
        return None
    other = chosen.choice(names)
    return None if any(part in around for part in other.split()) else _put(sentence, found, other)


def _near_name(sentence: str, around: str, _names: object, chosen: random.Random) -> str | None:
    found = NAME.search(sentence)
    others = sorted(
        {one.group() for one in NAME.finditer(around)} - {found.group() if found else ""}
    )
    others = [one for one in others if not set(one.split()) & set(sentence.split())]
    return _put(sentence, found, chosen.choice(others)) if found and others else None


def _speaker(sentence: str, around: str, names: Sequence[str], chosen: random.Random) -> str | None:
    found = _SPEAKER.search(sentence)
    others = [one.group() for one in NAME.finditer(around)] or list(names)
    others = [one for one in others if not set(one.split()) & set(sentence.split())]
    return _put(sentence, found, f"{chosen.choice(others)} ") if found and others else None


def _negated(sentence: str, *_: object) -> str | None:
    found = _VERB.search(sentence)
    if found is None or re.search(r"\bnot\b|n['’]t\b|\bno\b|never", sentence):
        return None
    return _put(sentence, found, f"{found[1]} not")


def _affirmed(sentence: str, *_: object) -> str | None:
    found = re.search(r"\b(was|is|are|were|will|has|had|have|could|would|did|does) not ", sentence)
    return _put(sentence, found, f"{found[1]} ") if found else None


def _misquoted(sentence: str, around: str, _names: object, chosen: random.Random) -> str | None:
    found = _QUOTE.search(sentence)
    if found is None:
        return None
    parts = found[1].split()
    others = [one for one in around.split() if one.isalpha() and one not in parts]
    if len(parts) < 4 or not others:
        return None
    parts[chosen.randrange(1, len(parts) - 1)] = chosen.choice(others)
    return sentence.replace(found[1], " ".join(parts), 1)


def _swapped(pairs: Mapping[str, str]) -> Change:
    """The first of these words as its opposite or neighbour; the sentence has it only once."""
    either = {**pairs, **{other: one for one, other in pairs.items()}}
    pattern = re.compile(rf"\b({'|'.join(either)})\b")

    def change(sentence: str, *_: object) -> str | None:
        found = list(pattern.finditer(sentence))
        return _put(sentence, found[0], either[found[0][1]]) if len(found) == 1 else None

    return change


def _other_day(sentence: str, *_: object) -> str | None:
    """A day that is written out, as yesterday."""
    found = DAY.search(sentence)
    return (
        _put(sentence, found, "yesterday") if found and "on " + found.group() in sentence else None
    )


def _put(sentence: str, found: re.Match[str] | None, new: str) -> str | None:
    return None if found is None else sentence[: found.start()] + new + sentence[found.end() :]


CHANGES: dict[str, Change] = {
    "number": _number,
    "magnitude": _magnitude,
    "currency": _currency,
    "percent": _percent,
    "weekday": _weekday,
    "day": _day,
    "year": _year,
    "name": _name,
    "name of the same passage": _near_name,
    "speaker": _speaker,
    "negation put in": _negated,
    "negation taken out": _affirmed,
    "quotation": _misquoted,
    "direction": _swapped(
        {"rose": "fell", "increased": "decreased", "grew": "shrank", "rising": "falling"}
    ),
    "fate of those counted": _swapped({"killed": "wounded", "died": "were injured"}),
    "unit": _swapped({"miles": "kilometers", "feet": "meters", "pounds": "kilograms"}),
    "country": _swapped(
        {"Iran": "Iraq", "Austria": "Australia", "Sweden": "Switzerland", "Russia": "Romania"}
        | {"China": "Chile", "Ukraine": "Uganda", "Germany": "Georgia", "France": "Finland"}
    ),
    "a date as yesterday": _other_day,
}
