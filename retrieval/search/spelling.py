"""Typing errors in a question: words that the archive does not have and that nearly are one. Pure.

A word that is a word stays, however rare: only what is in no vocabulary is corrected, and only to
what the archive has, or to a word that questions are asked with.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.words import empty_words, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from retrieval.models import Span

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_SHORTEST = 4
# Slips of which the word meant is not the nearest.
_SLIPS = {
    "wat": "what", "wut": "what", "wht": "what", "hom": "how", "hwo": "how", "hw": "how",
    "whn": "when", "wen": "when", "wher": "where", "wich": "which", "whch": "which", "whi": "why",
    "meny": "many", "mutch": "much", "mny": "many", "wos": "was", "teh": "the", "thier": "their",
    "скока": "сколько", "сколка": "сколько", "чо": "что", "шо": "що", "скіки": "скільки",
    "скільків": "скільки", "када": "когда", "хде": "где", "пачему": "почему", "чєму": "чому",
}  # fmt: skip
_LONG, _LONGER = 6, 9
_ENDING = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """A word of a question as it stands there, and its stem."""

    start: int
    end: int
    text: str

    @property
    def stem(self) -> str:
        """As the archive has it."""
        return stem(self.text.casefold())


def suspects(question: str, is_word: Callable[[str], bool], dates: Iterable[Span]) -> list[Typed]:
    """The words of a question that may be typing errors: in no list of words, and no dates."""
    taken = [(one.start, one.end) for one in dates]
    empty = empty_words()
    found: list[Typed] = []
    for match in _WORD.finditer(question):
        word = match.group().casefold()
        is_date = any(start <= match.start() < end for start, end in taken)
        if is_date or (word not in _SLIPS and (word in empty or is_word(word))):
            continue
        if len(word) >= _SHORTEST or word in _SLIPS:
            found.append(Typed(match.start(), match.end(), match.group()))
    return found


def slip(word: str) -> str | None:
    """The question word that is meant; None if the word is none of those."""
    word = word.casefold()
    if word in _SLIPS:
        return _SLIPS[word]
    if not word.isascii():
        return None  # "такой" and "такий" are two languages
    near = [
        one
        for one in empty_words()
        if len(one) >= _SHORTEST and one[0] == word[0] and OSA.distance(one, word) == 1
    ]
    return min(near, default=None)


def nearest(typed: Typed, known: Mapping[str, int], most: int = 6) -> list[str]:
    """Those stems of the archive that may be meant, the likeliest first."""
    word = typed.stem
    terms = [term for term in known if len(term) >= _SHORTEST - 1 and not term.isdigit()]
    found = process.extract(
        word, terms, scorer=OSA.distance, processor=None, score_cutoff=_allowed(word), limit=None
    )
    order = sorted((distance, -known[term], term) for term, distance, _ in found if distance)
    return [term for _, _, term in order[:most]]


def best_written(typed: str, written: Sequence[str]) -> str | None:
    """Of the ways in which words are written the nearest to what was typed, then the first.

    None is near enough where two names differ as those of two people do (Sanna, Santa), or two
    forms of one word do.
    """
    counts, folded = Counter(written), typed.casefold()
    lower = {one for one in counts if one[0].islower()}
    stems = list(dict.fromkeys(stem(one.casefold()) for one in written))

    def likeness(one: str) -> tuple[int, bool, int, int]:
        meant = one.casefold()
        is_other = set(meant) != set(folded)  # "flods" is rather floods than flows
        return OSA.distance(folded, meant), is_other, stems.index(stem(meant)), -counts[one]

    for one in sorted(counts, key=likeness):
        meant = one.casefold()
        if OSA.distance(folded, meant) > _allowed(folded):
            return None
        is_name = one not in lower and meant not in lower
        if not (_is_another_form(folded, meant) or _is_another_name(typed, meant, is_name=is_name)):
            return meant if typed[0].islower() and not is_name else one
    return None


def _is_another_form(typed: str, meant: str) -> bool:
    """Whether two Cyrillic words differ as languages or cases do."""
    if typed.isascii():
        return False
    letters = zip(typed, meant, strict=False)
    shared = next((n for n, (one, other) in enumerate(letters) if one != other), len(typed))
    endings = shared >= max(len(typed), len(meant)) - _ENDING
    return endings or any(
        sum(letter in letters for letter in typed) != sum(letter in letters for letter in meant)
        for letters in ("іїєґ", "ыэёъ")
    )


def _is_another_name(typed: str, meant: str, *, is_name: bool) -> bool:
    """Whether a name that the archive lacks is rather another than written wrongly."""
    folded = typed.casefold()
    if not is_name and typed[0].islower():
        return False
    distance, is_exchange = OSA.distance(folded, meant), len(folded) == len(meant)
    if is_exchange and sorted(folded) == sorted(meant):
        return False  # two letters in the wrong order
    if typed[0].isupper():
        # who writes capitals knows how the name is written, as a rule
        return distance > 1 or (is_exchange and len(folded) < _LONGER - 1)
    return is_exchange and len(folded) < _LONG


def corrected(question: str, changes: Mapping[Typed, str]) -> str:
    """The question with some of its words exchanged."""
    for one in sorted(changes, key=lambda one: -one.start):
        question = f"{question[: one.start]}{changes[one]}{question[one.end :]}"
    return question


def _allowed(word: str) -> int:
    """How many slips a word of its length may have."""
    return 1 if len(word) <= _LONG else 2
