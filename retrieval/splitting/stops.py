"""Whether a sentence ends at a gap of white space, told from a few words on either side.

Rules of our own, in the spirit of Kiss and Strunk's analysis of full stops (Unsupervised
Multilingual Sentence Boundary Detection, 2006: abbreviation, initial, ordinal, frequent starter),
with word lists instead of training.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.splitting.vocabulary import (
    AFTER_CLOCK,
    BEFORE_ANYTHING,
    BEFORE_NAME,
    BEFORE_NAME_OF,
    BEFORE_NUMBER,
    CLOCK,
    CLOSERS,
    COMPANIES,
    EXCLAIMED,
    FULL_STOPS,
    ORDINAL_LEADS,
    ORDINAL_NOUNS,
    SPEECH,
    STARTERS,
    starters,
)

if TYPE_CHECKING:
    from retrieval.splitting.vocabulary import Manners

_TAIL = re.compile(rf"""([.!?…{FULL_STOPS}]+)((?:[{CLOSERS}“«‘]|\[\d{{1,3}}\])*)$""")
_HEAD = re.compile(r"""([\s"“«»„‚‘'(\[—–¿¡「『（-]*)(\S?)([\w’'-]*)(.?)""")
_DASHES = frozenset("—–-")
_ACRONYM = re.compile(r"(?:\w\.)+\w$")
_ENUMERATION = re.compile(r"""["“«„‘'(\[]*(?:\d{1,3}|\w)\.$""")
_BETWEEN_WORDS = re.compile(r"[-–/(\[\"“«„‘']")
_LIST_ENDS = frozenset({"д", "п", "к", "др", "пр", "ін", "під"})
_LIST_LEADS = frozenset({"т.", "и", "і", "й", "та"})
# "У 2022 р. Росія ..." is one sentence; "Це було у 2022 р. Росія ..." more likely two.
_OPENING_WORDS = 3
# "z. B.", "d. h.": the first letter, and those after which a sentence never ends.
_PAIRS = {"z.": ["B"], "d.": ["h"], "v.": ["a"], "u.": ["a"], "p.": ["ej", "ex"], "s.": ["o"]}
_PAIRING = frozenset({"de", "es", "fr", "pl"})
_IN_PAIR = frozenset({"z", "d", "i", "v", "u", "p", "o", "n", "e", "s", "a"})
_IS_FULL = frozenset(FULL_STOPS)
_ABBREVIATIONS = BEFORE_NAME | BEFORE_NUMBER | BEFORE_ANYTHING
_ORDINAL = re.compile(r"\d{1,3}$")
_DOUBLED = re.compile(r"([A-Z])\1$")
# Who speaks, after a quotation: Japanese says it by a particle, Chinese by a verb near.
_EASTERN_SPEAKER = re.compile(
    r"(?:と|って|라고|이라고|하고)"
    r"|[^。！？\s「“]{0,12}?(?:说|說|表示|[称稱](?![为為])|[问問](?![题題])|[写寫]道|喊)"
    r"(?![^。！？]{0,2}[：:])"
)
# Where the speaker stands before the quotation, what follows it is another sentence.
_SPEAKER_BEFORE = re.compile(r"[：:]\s?[「『“\"][^「『“\"]*$")
# Hours before minutes: "17 год. 30 хв.", "8 h. 30".
# "in der Hauptstr. 5"
_STREET = "str"
_HOURS = frozenset({"год", "h", "ч", "uhr"})


def ends_sentence(before: str, after: str, manners: Manners = "") -> bool:
    """Whether a sentence ends between `before` and `after`, which a gap parts.

    `before` is the end of the sentence so far (from its start if that is near), without trailing
    white space; `after` is the beginning of what follows, without leading white space.
    """
    words = before.split()
    tail = _TAIL.search(words[-1])
    head = _HEAD.match(after)
    if tail is None or head is None:
        return False
    stop, closers = tail.groups()
    is_full = not _IS_FULL.isdisjoint(stop)
    if (
        closers
        and not after[0].isascii()
        and _EASTERN_SPEAKER.match(after)
        and not _SPEAKER_BEFORE.search(before)
    ):
        return False
    if is_full or not _may_begin(*head.group(2, 3)):
        return is_full
    core = words[-1][: tail.start()]
    if stop != "." or (closers and not closers.startswith(")")):
        return _exclamation_ends(core, closers, head, after, manners)
    lead, first, rest, following = head.groups()
    word = first + rest
    if core.lower() in CLOCK and word in AFTER_CLOCK:
        return False
    if following == "." and (len(word) == 1 or word.lower() in _ABBREVIATIONS):
        word = ""  # an initial, and no "A" that begins a sentence
    dashed = bool(set(lead) & _DASHES)
    return not _continues(words, core, word, manners) and _full_stop_ends(
        words, core, word, first, starters(manners), dashed=dashed
    )


def _exclamation_ends(
    core: str, closers: str, head: re.Match[str], after: str, manners: Manners
) -> bool:
    """Whether a sentence ends at "!", "?", "…" or a quotation: not before who spoke."""
    word = head.group(2) + head.group(3)
    if closers:
        return not _is_attribution(after)
    if core.lower() in EXCLAIMED:
        return word in starters(manners)
    return word not in COMPANIES


def _continues(words: list[str], core: str, word: str, manners: Manners) -> bool:
    """What only some languages write with a stop: ordinals, "z. B.", "EE. UU.", "M. Dupont"."""
    previous = words[-2] if len(words) > 1 else ""
    begins = word in starters(manners)
    if _ORDINAL.match(core) and len(words) > 1:
        is_in_date = word[:1].isdigit() and _ORDINAL.match(previous.rstrip(".")) is not None
        by_lead = (previous in ORDINAL_LEADS or is_in_date) and not begins
        is_german = manners == "de" and (word in ORDINAL_NOUNS or by_lead or not word)
        return is_german or (manners == "tr" and not begins)
    if core in _PAIRS.get(previous, ()) or core in BEFORE_NAME_OF.get(manners, ()):
        return True
    if core in _HOURS and previous[-1:].isdigit() and word[:1].isdigit():
        return True
    if core in _IN_PAIR and manners in _PAIRING and word == "":
        return True
    if manners == "pl" and core == "r" and previous[-1:].isdigit():
        return not begins and len(words) <= _OPENING_WORDS
    return _DOUBLED.match(core) is not None and not begins


def _may_begin(first: str, rest: str) -> bool:
    """Whether a sentence can begin so: not in lower case ("iPads" can), nor with punctuation."""
    if first.islower():
        return rest[:1].isupper()
    return first not in {"", ".", "!", "?", "…", ",", ";", ":", ")", "]", "”", "»", "’", "%"}


def _is_attribution(after: str) -> bool:
    """Whether `after` goes on like "Smith said" (after “Really?”)."""
    words = after.split(maxsplit=4)[:4]
    return words[0] not in STARTERS and any(word.rstrip(".,:;") in SPEECH for word in words[1:])


def _full_stop_ends(  # noqa: PLR0913  both sides of the stop
    words: list[str], core: str, word: str, first: str, begin: frozenset[str], *, dashed: bool
) -> bool:
    """Whether the full stop after `core` ends the sentence `words`, `word` being next."""
    if len(words) == 1 and _ENUMERATION.match(words[0]):
        return False
    if dashed:
        return True
    name = _BETWEEN_WORDS.split(core)[-1]
    previous = words[-2] if len(words) > 1 else ""
    is_numbered = name.lower() in BEFORE_NUMBER or name.endswith(_STREET)
    if is_numbered and first.isdigit() and name != "EST":
        return False
    if (len(name) == 1 and name.isalpha()) or name.lower() in _LIST_ENDS:
        return _letter_ends(name, previous, word, begin, count=len(words))
    return _abbreviation_ends(name, previous, word, begin, count=len(words))


def _letter_ends(name: str, previous: str, word: str, begin: frozenset[str], *, count: int) -> bool:
    """The full stop after one letter: an initial, a unit, a place, or the end of "and so on"."""
    if previous.lower() in _LIST_LEADS and name in _LIST_ENDS:
        return True
    if name.isupper() or name.isascii():
        return word in begin or (name.islower() and name not in "vpcb")
    if previous[-1:].isdigit():
        return word in begin or count > _OPENING_WORDS
    return False


def _abbreviation_ends(
    name: str, previous: str, word: str, begin: frozenset[str], *, count: int
) -> bool:
    """The full stop after a longer word."""
    lower = name.lower()
    if lower in BEFORE_NAME:
        return False
    if lower in {"рр", "гг"} and previous[-1:].isdigit():
        return word in begin or count > _OPENING_WORDS
    if lower in CLOCK:
        return True
    if (name[:1].isupper() and lower in BEFORE_ANYTHING) or _ACRONYM.match(name):
        return word in begin
    return True
