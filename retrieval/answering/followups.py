"""Whether a question leans on the one before, and what it then takes from it: pure, by rules.

Caution goes one way: a question that names something of its own stands alone unless it begins or
refers like a follow-up, for a wrong carry pollutes a good question.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.words import names_in, telling_words, words

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORT = 8
BARE = 2
LONGEST = 300
MOST_CARRIED = 12

_OPENING = re.compile(
    r"^\W*(?:and|but|so|what about|how about|what else|why|since then|а|і|й|але|и|но|"
    r"а як щодо|що щодо|как насчет|как насчёт|что насчет|чому|почему)\b",
    re.IGNORECASE,
)
# "That" as a pronoun, not as in "who said that Kursk ...".
_REFERRING = re.compile(
    r"\b(?:it|its|he|him|his|she|her|hers|they|them|their|theirs|there|then|those|these|this"
    r"|це|цього|цьому|він|його|йому|вона|її|їй|вони|їх|їхні|там|тоді|туди"
    r"|это|этого|этом|он|его|ему|она|её|ее|ей|они|их|им|там|тогда|туда)\b"
    r"|\bthat(?=\W*$|\s+(?:happen\w*|was|is|be|mean\w*|day|time|figure|number)\b)",
    re.IGNORECASE,
)
_WRITTEN = re.compile(r"\w+")
_WHEN = re.compile(r"\b(?:when|коли|когда|since|since then)\b", re.IGNORECASE)


# From here on are the scripts of East Asia.
_NO_SPACES = "\u2e80"


def leans(question: str) -> bool:
    """Whether a question can't be understood without the one before it."""
    said = words(question)
    if not said or len(said) > 4 * SHORT:
        return False
    if sum(letter >= _NO_SPACES for letter in question) > BARE:
        return False  # written without spaces: one "word" is a whole question
    if names_in(question):
        return len(said) <= SHORT and bool(_OPENING.search(question))
    if _REFERRING.search(question):
        return True
    return len(said) <= SHORT and (bool(_OPENING.search(question)) or len(said) <= BARE)


def carried(question: str, earlier: Sequence[str]) -> str:
    """The question, with the words of the conversation that it leans on; itself if it stands alone.

    `earlier` are the conversation's stand-alone questions, oldest first; the newest one counts. Its
    dates travel with its words, unless the new question has figures of its own or asks when.
    """
    if not earlier or not leans(question):
        return question
    before = earlier[-1][-LONGEST:]
    dated = any(word.isdigit() for word in words(question)) or bool(_WHEN.search(question))
    said = {word.casefold() for word in words(question)}
    useful = {word.casefold() for word in telling_words(before)} - said
    kept = dict[str, str]()
    for written in _WRITTEN.findall(before):
        key = written.casefold()
        if key in useful and not (dated and key.isdigit()):
            kept.setdefault(key, written)
    # Names first, as they were written: they are what the conversation is about.
    names = {part.casefold() for name in names_in(before) for part in words(name)}
    order = sorted(kept, key=lambda key: key not in names)
    context = " ".join(kept[key] for key in order[:MOST_CARRIED])
    return f"{question.strip()} ({context})" if context else question
