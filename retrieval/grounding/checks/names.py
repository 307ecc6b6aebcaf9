"""Whether the names of a claim stand in what it cites or around it, and its speakers too. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.grounding.checks.problem import Kind, Problem
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
_NAME = r"[A-ZА-ЯІЇЄҐ][^\W\d_]+(?:['’-][^\W\d_]+)*"
_SPEAKER = re.compile(
    rf"(?P<before>{_NAME}(?:\s{_NAME})*)\s(?:{_SPEAKS})\b"
    rf"|\b(?:{_SPEAKS})\s(?P<behind>{_NAME}(?:\s{_NAME})*)"
    rf"|\b(?:[Aa]ccording to|[Зз]а словами|[Пп]о словам)\s(?P<source>{_NAME}(?:\s{_NAME})*)"
)
_FIRST = re.compile(rf"^[“\"«]?(?P<name>{_NAME})(?=\s{_NAME}|['’]s\b|\s(?:{_SPEAKS})\b)")


def check_names(claim: str, evidence: Evidence) -> list[Problem]:
    """The names that stand nowhere near, if the sources are written in the same script."""
    known = _known(evidence.context)
    if not _same_script(claim, known):
        return []
    names = _names(_plain(claim))
    missing = [Problem(Kind.NAME, name) for name in names if not _stands(name, known)]
    return missing or _exchanged(_plain(claim), names, evidence)


def _exchanged(claim: str, names: list[str], evidence: Evidence) -> list[Problem]:
    """Names that the claim has in the place of others.

    A name from the text around may stand for a pronoun. Where the cited sentences have no pronoun,
    but names that the claim lacks, and are else as good as the claim word for word, it does not.
    """
    sentences = _plain(evidence.sentences)
    if _PRONOUN.search(sentences):
        return []
    known = _known(sentences) | _known("\n".join(one.article.outlet for one in evidence.cited))
    strange = [name for name in names if not _stands(name, known)]
    if not strange or all(_stands(name, frozenset(words(claim))) for name in _names(sentences)):
        return []
    plain = stems(claim) - stems(" ".join(strange))
    shared = len(plain & stems(sentences))
    return [Problem(Kind.NAME, name) for name in strange] if shared >= _COPIED * len(plain) else []


def check_speakers(claim: str, evidence: Evidence) -> list[Problem]:
    """Who is said to have said it, where the sentences name others as the only ones who did."""
    theirs = [set(words(one)) for one in _speakers(_plain(evidence.sentences))]
    known = _known(evidence.sentences)
    if not theirs or not _same_script(claim, known):
        return []
    outlets = _known("\n".join(one.article.outlet for one in evidence.cited))
    return [
        Problem(Kind.SPEAKER, one)
        for one in _speakers(_plain(claim))
        if not any(_stands(word, known | outlets) for word in words(one))
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


def _known(text: str) -> frozenset[str]:
    text = _plain(text)
    acronyms = {
        "".join(word[0] for word in run.split())
        for run in re.findall(r"[A-Z]\w+(?: (?:of |the |and |for )?[A-Z]\w+)+", text)
    }
    acronyms = {
        "".join(letter for letter in one if letter.isupper()).casefold() for one in acronyms
    }
    known = (word.removesuffix("'s").removesuffix("’s") for word in words(text))
    return frozenset(known) | acronyms


def _same_script(claim: str, known: frozenset[str]) -> bool:
    letters = [letter for letter in claim if letter.isalpha()]
    latin = 2 * sum(letter < "\u0250" for letter in letters) >= len(letters)
    return any(word[0].isalpha() and (word[0] < "\u0250") == latin for word in known)


def _names(claim: str) -> list[str]:
    """Capitalised words, the first of a sentence only where more shows that it is a name."""
    found = [name for name in names_in(claim) if _is_name(name)]
    first = _FIRST.match(claim)
    if first is not None and telling_words(first["name"]) and _is_name(first["name"].casefold()):
        name = first["name"].casefold().removesuffix("'s").removesuffix("’s")
        # "Officials said", "Russian Troops": plural nouns begin sentences, too
        if not name.endswith("s") or re.match(rf"{_NAME}\s{_NAME}", claim):
            found.insert(0, name)
    return list(dict.fromkeys(found))


def _is_name(word: str) -> bool:
    return len(word) > 1 and not word[0].isdigit() and word not in _OFFICES | _CALENDAR


def _stands(name: str, known: frozenset[str]) -> bool:
    parts = [part for part in re.split(r"[-'’]", name) if part] or [name]
    return all(_one_stands(part, known) for part in parts) or _one_stands(name, known)


def _one_stands(name: str, known: frozenset[str]) -> bool:
    if name in known:
        return True
    root = stem(name)
    if any(stem(word) == root or _alike(word, name) for word in known):
        return True
    return any(name in group and group & known for group in _SAME)


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
