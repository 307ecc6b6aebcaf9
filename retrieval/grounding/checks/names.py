"""Whether the names of a claim stand in what it cites or around it, and its speakers too. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from babel import Locale

from retrieval.grounding.checks.problem import Kind, Problem
from retrieval.grounding.checks.scripts import capitalised, may_be_named, other_script, same_script
from retrieval.words import names_in, stem, stems, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.grounding.checks.problem import Evidence

_ABBREVIATED = re.compile(r"\b(?:[A-Z]\.){2,}")
# What people are called by their office; whom it belongs to, the name says.
_OFFICES_WORDS = (
    "president prime minister secretary general senator governor mayor chancellor king queen "
    "pope prince princess mr mrs ms dr sir professor judge justice chief colonel captain "
    "lieutenant major commander officer state defense defence foreign interior army navy air "
    "force ministry office department parliament congress senate house government supreme "
    "court committee council agency international national federal united region province "
    "district city north south east west eastern western northern southern central"
)
_OFFICES = frozenset(_OFFICES_WORDS.split())
_CALENDAR_WORDS = (
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec monday tuesday wednesday thursday "
    "friday saturday sunday"
)
_CALENDAR = frozenset(_CALENDAR_WORDS.split())
# Names of one thing that share no stem.
_SAME = tuple(
    frozenset(one.split())
    for one in (
        "us usa america american washington",
        "uk britain british london",
        "eu european europe brussels",
        "un nations",
        "russia russian moscow kremlin russians",
        "ukraine ukrainian kyiv kiev ukrainians",
        "china chinese beijing",
        "germany german berlin",
        "france french paris",
        "israel israeli jerusalem",
        "iran iranian tehran",
        "netherlands dutch",
        "spain spanish",
        "switzerland swiss",
        "greece greek",
    )
)
_LONG = (
    (re.compile(r"\bUnited States(?: of America)?\b"), "US"),
    (re.compile(r"\bUnited Kingdom\b"), "UK"),
    (re.compile(r"\bUnited Nations\b"), "UN"),
    (re.compile(r"\bEuropean Union\b"), "EU"),
)
_LIKE, _LEAST = 0.7, 4
# Харків, у Харкові; Київ, у Києві; Семён.
_ALTERNATING = str.maketrans({"і": "о", "ї": "є", "ё": "е"})
# Linear on runs of one letter: what matched is not tried again in another way.
_RUN = re.compile(r"\b[A-Z]\w++(?: (?:of |the |and |for )?[A-Z]\w++)+")
_SPOKEN = re.compile(r"(?<=[.!?…])\s+|\n")
_COPIED = 0.75
_PRONOUN = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|we|our|us|i|my|who|this|these"
    r"|the (?:former|latter)"
    r"|він|вона|вони|його|її|їх|он|она|они|его|ее|её|их)\b",
    re.IGNORECASE,
)
_SPEAKS = (
    r"said|says|told|wrote|writes|added|announced|claimed|claims|stated|warned|confirmed|denied"
    r"|reported|reports|tweeted|argued|insisted|acknowledged|заявив|заявила|сказав|сказала|повідомив"
    r"|повідомила|написав|заявил|сказал|сообщил|написал|написала|сообщила"
)
_SPEECH = re.compile(
    rf"\b(?:{_SPEAKS}|saying|telling|tells?|according to|за словами|по словам|заявля\w+|каже"
    r"|повідомля\w+|говорит|сообща\w+)\b",
    re.IGNORECASE,
)
# Of few parts, as a name that never ends would be tried from each of its parts on.
_NAME = r"\b[A-ZА-ЯІЇЄҐ][^\W\d_]++(?:['’-][^\W\d_]++){0,3}"
_SPEAKER = re.compile(
    rf"(?P<before>{_NAME}(?:\s{_NAME}){{0,4}})\s(?:{_SPEAKS})\b"
    rf"|\b(?:{_SPEAKS})\s(?P<behind>{_NAME}(?:\s{_NAME}){{0,4}})"
    rf"|\b(?:[Aa]ccording to|[Зз]а словами|[Пп]о словам)\s(?P<source>{_NAME}(?:\s{_NAME}){{0,4}})"
)
_FIRST = re.compile(rf"^[“\"«]?(?P<name>{_NAME})(?=\s{_NAME}|['’]s\b|\s(?:{_SPEAKS})\b)")


def check_names(claim: str, evidence: Evidence) -> list[Problem]:
    """The names that stand nowhere near; in another script, none that could be theirs."""
    known = _Known(evidence.context)
    names = _names(_plain(claim))
    strange = [name for name in names if name not in known]
    if not same_script(claim, evidence.context):
        crossing = other_script(claim, evidence.context)
        return _across(strange, evidence.context) if crossing else []
    missing = [Problem(Kind.NAME, name) for name in strange]
    return missing or _exchanged(_plain(claim), names, evidence)


def _across(names: list[str], context: str) -> list[Problem]:
    written = capitalised(_plain(context))
    return [Problem(Kind.NAME, name) for name in names if not may_be_named(name, written)]


def _exchanged(claim: str, names: list[str], evidence: Evidence) -> list[Problem]:
    """Names that the claim has in the place of others.

    A name from the text around may stand for a pronoun. Where the cited sentences have no pronoun,
    but names that the claim lacks, and are else as good as the claim word for word, it does not.
    """
    sentences = _plain(evidence.sentences)
    if _PRONOUN.search(sentences):
        return []
    known = _Known("\n".join((sentences, *(one.article.outlet for one in evidence.cited))))
    strange = [name for name in names if name not in known]
    mine = _Known(claim)
    if not strange or all(name in mine for name in _names(sentences)):
        return []
    plain = stems(claim) - stems(" ".join(strange))
    shared = len(plain & stems(sentences))
    return [Problem(Kind.NAME, name) for name in strange] if shared >= _COPIED * len(plain) else []


def check_speakers(claim: str, evidence: Evidence) -> list[Problem]:
    """Who is said to have said it, where the sentences name others as the only ones who did.

    A name that stands in no sentence in which anybody speaks is not one who did.
    """
    plain = _plain(evidence.sentences)
    theirs = list(_speakers(plain))
    if not theirs:
        return []
    outlets = (one.article.outlet for one in evidence.cited)
    spoken = (one for one in _SPOKEN.split(plain) if _SPEECH.search(one))
    said = "\n".join((*spoken, *outlets))
    known, written = _Known(said), frozenset[str]()
    if not same_script(claim, plain):
        if not other_script(claim, plain):
            return []
        written = capitalised(said)
    return [
        Problem(Kind.SPEAKER, one)
        for one in _speakers(_plain(claim))
        if not any(
            word in known or (written and may_be_named(word, written)) for word in words(one)
        )
    ]


def _speakers(text: str) -> Iterator[str]:
    for found in _SPEAKER.finditer(text):
        name = found["before"] or found["behind"] or found["source"]
        telling = [one for one in telling_words(name) if one not in _OFFICES | _CALENDAR]
        if telling:
            yield " ".join(telling)


def _plain(text: str) -> str:
    """U.S. and United States as US, so that it is one word."""
    text = _ABBREVIATED.sub(lambda found: found.group().replace(".", ""), text)
    for pattern, short in _LONG:
        text = pattern.sub(short, text)
    return text


class _Known:
    """The words of a text, to be asked for names in any inflection; made once, asked often."""

    def __init__(self, text: str) -> None:
        text = _plain(text)
        found = (word.removesuffix("'s").removesuffix("’s") for word in words(text))
        acronyms = (
            "".join(letter for letter in run.group() if letter.isupper()).casefold()
            for run in _RUN.finditer(text)
        )
        self.words = frozenset((*found, *acronyms))
        self._stems = frozenset(map(stem, self.words))
        self._alike: dict[str, list[tuple[str, str]]] = {}
        for word in self.words:
            folded = word.translate(_ALTERNATING)
            self._alike.setdefault(folded[:_LEAST], []).append((word, folded))

    def __contains__(self, name: str) -> bool:
        parts = [part for part in re.split(r"[-'’]", name) if part] or [name]
        return all(map(self._has, parts)) or self._has(name)

    def _has(self, name: str) -> bool:
        if name in self.words or stem(name) in self._stems:
            return True
        if any(name in group and group & self.words for group in _SAME):
            return True
        folded = name.translate(_ALTERNATING)
        return any(
            # Austria is not Australia, nor Niger Nigeria
            _alike(other, folded) and not {name, word} <= _countries()
            for word, other in self._alike.get(folded[:_LEAST], ())
        )


@cache
def _countries() -> frozenset[str]:
    """The names of countries that are one word, as Unicode's CLDR has them."""
    names = (
        name.casefold()
        for language in ("en", "uk", "ru")
        for code, name in Locale(language).territories.items()
        if not code.isdigit()
    )
    return frozenset(name for name in names if name.isalpha())


def _names(claim: str) -> list[str]:
    """Capitalised words, the first of a sentence only where more shows that it is a name."""
    found = [name for name in names_in(claim) if _is_name(name)]
    first = _FIRST.match(claim)
    if first is not None and telling_words(first["name"]) and _is_name(first["name"].casefold()):
        name = first["name"].casefold().removesuffix("'s").removesuffix("’s")
        # "Officials said", "Russian Troops": plural nouns begin sentences, too
        if not name.endswith("s") or re.match(rf"{_NAME}\s{_NAME}", claim):
            found.insert(0, name)
    opening = words(claim)[:1]
    if opening and opening[0] in _countries():
        found.insert(0, opening[0])
    return list(dict.fromkeys(found))


def _is_name(word: str) -> bool:
    return len(word) > 1 and not word[0].isdigit() and word not in _OFFICES | _CALENDAR


def _alike(one: str, other: str) -> bool:
    """Inflections and derivations: Ukraine, Ukrainian; Курськ, Курської."""
    common = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        common += 1
    return common >= max(_LEAST, _LIKE * min(len(one), len(other))) and common >= 0.5 * max(
        len(one), len(other)
    )
