"""Whether a sentence ends at a gap of white space, told from a few words on either side.

Rules of our own, in the spirit of Kiss and Strunk's analysis of full stops (Unsupervised
Multilingual Sentence Boundary Detection, 2006: abbreviation, initial, ordinal, frequent starter),
with word lists instead of training.
"""

from __future__ import annotations

import re

from retrieval.splitting.vocabulary import (
    AFTER_CLOCK,
    BEFORE_ANYTHING,
    BEFORE_NAME,
    BEFORE_NUMBER,
    CLOCK,
    SPEECH,
    STARTERS,
)

_TAIL = re.compile(r"""([.!?…]+)((?:["”»’'“)\]]|\[\d{1,3}\])*)$""")
_HEAD = re.compile(r"""([\s"“«„‘'(\[—–-]*)(\S?)([\w’'-]*)(.?)""")
_DASHES = frozenset("—–-")
_ACRONYM = re.compile(r"(?:\w\.)+\w$")
_ENUMERATION = re.compile(r"""["“«„‘'(\[]*(?:\d{1,3}|\w)\.$""")
_BETWEEN_WORDS = re.compile(r"[-–/(\[\"“«„‘']")
_LIST_ENDS = frozenset({"д", "п", "к", "др", "пр", "ін", "під"})
_LIST_LEADS = frozenset({"т.", "и", "і", "й", "та"})
# "У 2022 р. Росія ..." is one sentence; "Це було у 2022 р. Росія ..." more likely two.
_OPENING_WORDS = 3


def ends_sentence(before: str, after: str) -> bool:
    """Whether a sentence ends between `before` and `after`, which a gap of white space parts.

    `before` is the end of the sentence so far (from its start if that is near), without trailing
    white space; `after` is the beginning of what follows, without leading white space.
    """
    words = before.split()
    tail = _TAIL.search(words[-1])
    head = _HEAD.match(after)
    if tail is None or head is None:
        return False
    lead, first, rest, following = head.groups()
    if not _may_begin(first, rest):
        return False
    stop, closers = tail.groups()
    if stop != ".":
        return not (closers and _is_attribution(after))
    if closers and not closers.startswith(")"):
        return True
    word = first + rest if following != "." else ""
    return _full_stop_ends(
        words, words[-1][: tail.start()], word, first, dashed=bool(set(lead) & _DASHES)
    )


def _may_begin(first: str, rest: str) -> bool:
    """Whether a sentence can begin so: not in lower case ("iPads" can), nor with punctuation."""
    if first.islower():
        return rest[:1].isupper()
    return first not in {"", ".", "!", "?", "…", ",", ";", ":", ")", "]", "”", "»", "’", "%"}


def _is_attribution(after: str) -> bool:
    """Whether `after` goes on like "Smith said" (after “Really?”)."""
    words = after.split(maxsplit=4)[:4]
    return words[0] not in STARTERS and any(word.rstrip(".,:;") in SPEECH for word in words[1:])


def _full_stop_ends(words: list[str], core: str, word: str, first: str, *, dashed: bool) -> bool:
    """Whether the full stop after `core` ends the sentence `words`, `word` being next."""
    if len(words) == 1 and _ENUMERATION.match(words[0]):
        return False
    if dashed:
        return True
    name = _BETWEEN_WORDS.split(core)[-1]
    previous = words[-2] if len(words) > 1 else ""
    if name.lower() in BEFORE_NUMBER and first.isdigit():
        return False
    if (len(name) == 1 and name.isalpha()) or name.lower() in _LIST_ENDS:
        return _letter_ends(name, previous, word, count=len(words))
    return _abbreviation_ends(name, previous, word, count=len(words))


def _letter_ends(name: str, previous: str, word: str, *, count: int) -> bool:
    """The full stop after one letter: an initial, a unit, a place, or the end of "and so on"."""
    if previous.lower() in _LIST_LEADS and name in _LIST_ENDS:
        return True
    if name.isupper() or name.isascii():
        return word in STARTERS or (name.islower() and name not in "vpcb")
    if previous[-1:].isdigit():
        return word in STARTERS or count > _OPENING_WORDS
    return False


def _abbreviation_ends(name: str, previous: str, word: str, *, count: int) -> bool:
    """The full stop after a longer word."""
    lower = name.lower()
    if lower in BEFORE_NAME:
        return False
    if lower in {"рр", "гг"} and previous[-1:].isdigit():
        return word in STARTERS or count > _OPENING_WORDS
    if lower in CLOCK:
        return word not in AFTER_CLOCK
    if (name[:1].isupper() and lower in BEFORE_ANYTHING) or _ACRONYM.match(name):
        return word in STARTERS
    return True
