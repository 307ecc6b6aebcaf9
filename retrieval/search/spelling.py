"""Puts a question into the archive's words: corrects typing errors, expands acronyms. Pure.

Known words stay, however rare: only unknown ones are corrected, and only to words in the archive or
question words. An acronym that the archive lacks is searched for by its full name.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import process
from rapidfuzz.distance import OSA

from retrieval.text.words import empty_words, stem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from retrieval.models import Span

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼ][^\W\d_]+)*")
_SHORTEST = 4
# Typing errors whose intended word isn't the nearest.
_SLIPS = {
    "wat": "what", "wut": "what", "wht": "what", "hom": "how", "hwo": "how", "hw": "how",
    "whn": "when", "wen": "when", "wher": "where", "wich": "which", "whch": "which", "whi": "why",
    "meny": "many", "mutch": "much", "mny": "many", "wos": "was", "teh": "the", "thier": "their",
    "скока": "сколько", "сколка": "сколько", "чо": "что", "шо": "що", "скіки": "скільки",
    "скільків": "скільки", "када": "когда", "хде": "где", "пачему": "почему", "чєму": "чому",
}  # fmt: skip
_LONG_WORD, _LONGER_WORD = 6, 9
_ENDING = 3
_MOST_SLIPS = 2
# A word in at most this many passages, if a similar word is in this many times more, is an error in
# the archive itself.
_RARE, _FAR_MORE = 2, 8


@dataclass(frozen=True, slots=True)
class Typed:
    """A word of a question as typed, and its place."""

    start: int
    end: int
    text: str

    @property
    def stem(self) -> str:
        """Its stem as indexed."""
        return stem(self.text.casefold())


def suspects(question: str, is_word: Callable[[str], bool], dates: Iterable[Span]) -> list[Typed]:
    """The words of a question that may be typing errors: unknown, and not in a date."""
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
    """The question word intended by a known error; None for other words."""
    word = word.casefold()
    if word in _SLIPS:
        return _SLIPS[word]
    if not word.isascii():
        return None  # "такой" and "такий" are from different languages
    near = [
        one
        for one in empty_words()
        if len(one) >= _SHORTEST and one[0] == word[0] and OSA.distance(one, word) == 1
    ]
    return min(near, default=None)


def nearest(typed: Typed, known: Mapping[str, int], most: int = 6) -> list[str]:
    """The archive's stems that may be intended, likeliest first."""
    terms = [term for term in known if len(term) >= _SHORTEST - 1 and not term.isdigit()]
    distances: dict[str, int] = {}
    # An error near the ending changes the stem: "socre".
    for word in dict.fromkeys((typed.stem, typed.text.casefold())):
        found = process.extract(
            word, terms, scorer=OSA.distance, processor=None, score_cutoff=_MOST_SLIPS, limit=None
        )
        for term, distance, _ in found:
            if term != typed.stem and _is_near(word, term, distance):
                distances[term] = min(distance, distances.get(term, distance))
    order = sorted((distance, -known[term], term) for term, distance in distances.items())
    return [term for _, _, term in order[:most]]


def is_archives_own_error(typed: Typed, meant: str, known: Mapping[str, int]) -> bool:
    """Whether a word in the archive is itself an error there.

    It is if it swaps letters of a much more frequent word, or is long and lacks one of its letters.
    A different or additional letter is no evidence: "shelling" isn't an error for "selling".
    """
    mine, other = known.get(typed.stem, 0), known.get(meant, 0)
    is_exchange = sorted(typed.text.casefold()) == sorted(meant) or sorted(typed.stem) == sorted(
        meant
    )
    lacks_one = len(typed.stem) >= _LONG_WORD + 1 and _lacks_a_letter(typed.stem, meant)
    is_rare = mine <= _RARE and other >= _FAR_MORE * mine
    return typed.text[0].islower() and is_rare and (is_exchange or lacks_one)


def _lacks_a_letter(word: str, other: str) -> bool:
    return len(word) + 1 == len(other) and any(
        word == other[:at] + other[at + 1 :] for at in range(len(other))
    )


def best_written(typed: str, written: Sequence[str]) -> str | None:
    """The spelling nearest to the typed word; the first of several.

    None if they differ like two people's names (Sanna, Santa), or like two forms of one word.
    """
    counts, folded = Counter(written), typed.casefold()
    lower = {one for one in counts if one[0].islower()}
    stems = list(dict.fromkeys(stem(one.casefold()) for one in written))

    def likeness(one: str) -> tuple[int, bool, int, int]:
        meant = one.casefold()
        is_other = set(meant) != set(folded)  # "flods" is "floods" rather than "flows"
        return OSA.distance(folded, meant), is_other, stems.index(stem(meant)), -counts[one]

    for one in sorted(counts, key=likeness):
        meant = one.casefold()
        if not _is_near(folded, meant):
            return None
        is_name = one not in lower and meant not in lower
        if not (_is_another_form(folded, meant) or _is_another_name(typed, meant, is_name=is_name)):
            return meant if typed[0].islower() and not is_name else one
    return None


def _is_another_form(typed: str, meant: str) -> bool:
    """Whether two Cyrillic words differ like languages or cases."""
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
    """Whether a name that the archive lacks is probably another name and not an error."""
    folded = typed.casefold()
    if not is_name and typed[0].islower():
        return False
    distance, is_exchange = OSA.distance(folded, meant), len(folded) == len(meant)
    if is_exchange and sorted(folded) == sorted(meant):
        return False  # two letters swapped
    if typed[0].isupper():
        # people who write capitals usually know the spelling of the name
        return distance > 1 or (is_exchange and len(folded) < _LONGER_WORD - 1)
    return is_exchange and len(folded) < _LONG_WORD


# Organisations that news names in full and questions abbreviate; some in the languages of the
# region.
_ACRONYMS_TEXT = """
IAEA: International Atomic Energy Agency
NATO: North Atlantic Treaty Organization
OSCE: Organization for Security and Co-operation in Europe
ICC: International Criminal Court
ICRC: International Committee of the Red Cross
UNHCR: United Nations High Commissioner for Refugees
UNICEF: United Nations Children's Fund
UNESCO: United Nations Educational, Scientific and Cultural Organization
IMF: International Monetary Fund
WTO: World Trade Organization
OPEC: Organization of the Petroleum Exporting Countries
ECB: European Central Bank
BOE: Bank of England
ISW: Institute for the Study of War
GUR: military intelligence
HUR: military intelligence
SBU: Security Service of Ukraine
FSB: Federal Security Service
CIA: Central Intelligence Agency
FBI: Federal Bureau of Investigation
NSA: National Security Agency
DOJ: Justice Department
DHS: Department of Homeland Security
FDA: Food and Drug Administration
CDC: Centers for Disease Control and Prevention
EPA: Environmental Protection Agency
FAA: Federal Aviation Administration
FCC: Federal Communications Commission
FTC: Federal Trade Commission
SEC: Securities and Exchange Commission
IRS: Internal Revenue Service
NTSB: National Transportation Safety Board
NHTSA: National Highway Traffic Safety Administration
FEMA: Federal Emergency Management Agency
NASA: National Aeronautics and Space Administration
NOAA: National Oceanic and Atmospheric Administration
ESA: European Space Agency
IOC: International Olympic Committee
WADA: World Anti-Doping Agency
SCOTUS: Supreme Court
POTUS: President
МАГАТЕ: Міжнародне агентство з атомної енергії
МАГАТЭ: Международное агентство по атомной энергии
НАТО: Північноатлантичний альянс
ГУР: Головне управління розвідки
СБУ: Служба безпеки України
ЗСУ: Збройні сили України
ВСУ: Вооружённые силы Украины
ФСБ: Федеральная служба безопасности
МВФ: Міжнародний валютний фонд
"""
_ACRONYMS = dict(line.split(": ", 1) for line in _ACRONYMS_TEXT.strip().splitlines())


def acronyms_in(question: str) -> dict[Typed, str]:
    """The acronyms in a question with the names that they stand for.

    In capitals; if the question is all in lower case, long ones that aren't words count, too.
    """
    is_lower = question == question.lower()
    found: dict[Typed, str] = {}
    for match in _WORD.finditer(question):
        word = re.sub(r"['’]s$", "", match.group())
        is_long = is_lower and len(word) >= _SHORTEST
        name = _ACRONYMS.get(word.upper() if is_long else word)
        if name is not None:
            found[Typed(match.start(), match.start() + len(word), word)] = name
    return found


def corrected(question: str, changes: Mapping[Typed, str]) -> str:
    """The question with some words replaced."""
    for one in sorted(changes, key=lambda one: -one.start):
        question = f"{question[: one.start]}{changes[one]}{question[one.end :]}"
    return question


def _is_near(word: str, other: str, distance: int | None = None) -> bool:
    """Whether two words differ by no more errors than a word of this length may have.

    Two errors are allowed if all letters are there: "phyton".
    """
    distance = OSA.distance(word, other) if distance is None else distance
    allowed = 1 if len(word) <= _LONG_WORD and sorted(word) != sorted(other) else _MOST_SLIPS
    return distance <= allowed
