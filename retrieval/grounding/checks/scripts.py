"""Names across scripts: whether Шольца may be the Scholz of an English article. Pure.

Names are compared by their consonants, which transliteration leaves nearly alone; what is
translated instead, countries and the best-known organisations, by a table. A capitalised word that
is neither a person's nor a place's name ("Білий дім") can't be found so, and is not asked for.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect
from functools import cache, lru_cache
from itertools import product

from babel import Locale

from retrieval.grounding.checks.translated import GROUPS, TRANSLATED
from retrieval.words import stem

_CAPITALISED = re.compile(r"\b[^\W\d_a-zа-яёіїєґ](?:['’ʼ]?[^\W\d_])+")
_CYRILLIC = re.compile(r"[\u0400-\u052f]")
_OF_A_PLACE = re.compile(r"[сзц]ь?к\w{0,3}$")
_BEHIND_LATIN = "\u0250"
_ABBREVIATION = 3
_MOSTLY = 0.7
# The first that fits is taken; what is spelt for several sounds stands for each of them.
# S: hissing; H: g, h, kh, zh, j, which languages exchange; V: v, w, f. The rest are vowels.
_LATIN = (
    ("shch", "S"), ("sch", "S"), ("tsch", "S"), ("tch", "S"), ("dzh", "H"), ("dj", "H"),
    ("tz", "S"), ("ts", "S"), ("cz", "S"), ("sz", "S"), ("sh", "S"), ("zh", "HS"), ("kh", "H"),
    ("ph", "V"), ("ck", "K"), ("ch", "SHK"), ("gh", "H "), ("th", "TV"), ("dg", "H"),
    ("j", "H "), ("x", "XS"), ("c", "SKH"), ("s", "S"), ("z", "S"), ("k", "K"), ("q", "K"),
    ("g", "H"), ("h", "H "), ("v", "V"), ("w", "V "), ("f", "V"), ("b", "B"), ("p", "P"),
    ("t", "T"), ("d", "D"), ("m", "M"), ("n", "N"), ("l", "L"), ("r", "R"),
)  # fmt: skip
_CYRILLIC_SOUNDS = (
    ("дж", "H"), ("тс", "S"), ("кс", "X"), ("щ", "S"), ("ш", "S"), ("ч", "S"), ("ц", "S"),
    ("с", "S"), ("з", "S"), ("ж", "HS"), ("г", "H"), ("х", "H"), ("ґ", "H"), ("к", "K"),
    ("в", "V"), ("ф", "V"), ("б", "B"), ("п", "P"), ("т", "T"), ("д", "D"), ("м", "M"),
    ("н", "N"), ("л", "L"), ("р", "R"),
)  # fmt: skip
# Spellings of one name that are looked at; "ch" in "Church" alone makes nine.
_MOST_SPELLINGS = 24
# Sounds that a name has at least to be compared; from how many on one may differ, and two; from
# how many on one may follow, and two.
_LEAST, _SLIPS, _ENDINGS = 2, (4, 6), (3, 5)


def is_cyrillic(word: str) -> bool:
    """Whether a word is written in Cyrillic letters, for the most part."""
    return 2 * len(_CYRILLIC.findall(word)) > len(word)


def same_script(one: str, other: str) -> bool:
    """Whether two texts can be compared word by word.

    A name or quotation in other letters does not make a text foreign; an article does.
    """
    return _share(other, cyrillic=_in_cyrillic(one)) > _MOSTLY


def other_script(one: str, other: str) -> bool:
    """Whether a text in Latin letters meets one in Cyrillic ones, or the other way.

    False also where one is in neither: nothing is known of how names are written there.
    """
    cyrillic = _in_cyrillic(one)
    return (
        _share(one, cyrillic=cyrillic) > _MOSTLY
        and _share(other, cyrillic=not cyrillic) >= 1 - _MOSTLY
    )


def _in_cyrillic(text: str) -> bool:
    return is_cyrillic("".join(filter(str.isalpha, text)))


def _share(text: str, *, cyrillic: bool) -> float:
    """What share of a text's letters is Cyrillic, or else Latin."""
    letters = [letter for letter in text if letter.isalpha()]
    alike = (
        len(_CYRILLIC.findall(text)) if cyrillic else sum(one < _BEHIND_LATIN for one in letters)
    )
    return alike / len(letters) if letters else 0.0


def capitalised(text: str) -> frozenset[str]:
    """The words of a text that may be names: those with a capital, as they stand."""
    return frozenset(found.removesuffix("'s") for found in _CAPITALISED.findall(text))


def may_be_named(name: str, written: frozenset[str]) -> bool:
    """Whether a name in one script may be one of the words `written` in the other.

    True also for what can't be compared: abbreviations and words that are translated.
    """
    name = name.casefold()
    folded = frozenset(word.casefold() for word in written)
    groups = _groups(name)
    if groups:
        return any(groups & _groups(word) for word in folded) or _sounds(name, folded)
    whole, beginnings = TRANSLATED
    if name in whole or name.startswith(beginnings) or len(name) <= _ABBREVIATION:
        return True
    return _sounds(name, folded) or _same_country(name, folded)


def _sounds(name: str, written: frozenset[str]) -> bool:
    mine = _spoken(name)
    if max(map(len, mine)) < _LEAST:  # too little is left of it to be told from another
        return True
    return any(_near(one, other) for word in written for other in _spoken(word) for one in mine)


@lru_cache(maxsize=20_000)
def _spoken(word: str) -> frozenset[str]:
    """The consonants of a word, in each way in which its spelling may be read.

    Of a Cyrillic one also without its ending, and without what makes an adjective of a place.
    """
    if not is_cyrillic(word):
        return _readings(word, _LATIN)
    bare = stem(word)
    forms = {word, bare, _OF_A_PLACE.sub("", bare)}
    return frozenset(way for form in forms for way in _readings(form, _CYRILLIC_SOUNDS))


def _readings(word: str, sounds: tuple[tuple[str, str], ...]) -> frozenset[str]:
    bare = unicodedata.normalize("NFKD", word) if sounds is _LATIN else word
    bare = "".join(char for char in bare if not unicodedata.combining(char))
    read, at = list[str](), 0
    while at < len(bare):
        for spelling, heard in sounds:
            if bare.startswith(spelling, at):
                read.append(heard)
                at += len(spelling)
                break
        else:
            at += 1
    ways = ("".join(way) for _, way in zip(range(_MOST_SPELLINGS), product(*read), strict=False))
    return frozenset(_single(way.replace(" ", "").replace("X", "KS")) for way in ways)


def _single(sounds: str) -> str:
    return re.sub(r"(.)\1+", r"\1", sounds)


def _near(one: str, other: str) -> bool:
    """The same but for one sound in a name of four, two in one of six, none in shorter ones.

    Three sounds may be followed by a fourth, an ending; five by two.
    """
    short, long = sorted((one, other), key=len)
    size = len(short)
    if size < _LEAST:
        return False
    begin = _common(short, long)
    if begin == size:
        return len(long) - begin <= bisect(_ENDINGS, size)
    end = _common(short[begin:][::-1], long[begin:][::-1])
    return len(long) - begin - end <= bisect(_SLIPS, size)


def _common(one: str, other: str) -> int:
    count = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        count += 1
    return count


@lru_cache(maxsize=20_000)
def _groups(word: str) -> frozenset[int]:
    """The numbers of the groups of words for one thing that a word belongs to."""
    return frozenset(
        number
        for number, (whole, beginnings) in enumerate(GROUPS)
        if word in whole or word.startswith(beginnings)
    )


def _same_country(name: str, written: frozenset[str]) -> bool:
    """Countries whose names share no sounds, as Unicode's CLDR has them: Німеччина, Germany."""
    countries = _countries()
    mine = countries.get(stem(name), frozenset())
    return any(mine & countries.get(stem(word), frozenset()) for word in written)


@cache
def _countries() -> dict[str, frozenset[str]]:
    found = dict[str, frozenset[str]]()
    for language in ("en", "uk", "ru"):
        for code, name in Locale(language).territories.items():
            if not code.isdigit() and name.isalpha():
                key = stem(name.casefold())
                found[key] = found.get(key, frozenset()) | {code}
    return found
