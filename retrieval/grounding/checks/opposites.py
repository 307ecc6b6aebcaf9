"""Whether a claim says that something rose which its source says fell, and the like. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.grounding.checks.problem import Kind, Problem
from retrieval.grounding.figures import fates
from retrieval.words import stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.grounding.checks.problem import Evidence

# Words of one side and of the other; a sentence that has both is not judged.
_UP = (
    r"rose|rises?|rising|risen|increas\w*|grew|grow(?:s|n|ing)?|climb\w*|gain(?:s|ed)?|surg(?:ed?|es)"
    r"|jump(?:s|ed)?|soar(?:s|ed)?|doubl(?:ed?|es)|зрос\w*|зріс|підвищ\w*|збільш\w*|вырос\w*"
    r"|повы[сш]\w*|увелич\w*"
)
_DOWN = (
    r"f[ae]ll(?:s|ing|en)?|decreas\w*|declin\w*|dropp?(?:s|ed|ing)?|slid|shr[aiu]nk\w*|plung\w*"
    r"|tumbl\w*|slump\w*|halv(?:ed?|es)|lower(?:s|ed)?|впа[влд]\w*|зниз\w*|знижу\w*|зменш\w*"
    r"|скороти\w*|упа[лд]\w*|сниз\w*|снижа\w*|уменьш\w*|сократи\w*"
)
# "over the weekend" and "under the law" bound no figure.
_A_FIGURE = r"(?=\s[$€£₴₽]?\d)"
_FROM = (
    r"at least|no (?:less|fewer) than|щонайменше|не менше|как минимум|по меньшей мере|не менее"
    rf"|(?:more than|over|exceed\w*|понад|свыше|более){_A_FIGURE}"
)
_UP_TO = (
    r"at most|no more than|щонайбільше|не більше|не более"
    rf"|(?:fewer than|less than|under|below|менше ніж|менее чем){_A_FIGURE}"
)
_SIDES = tuple(
    tuple(re.compile(rf"\b(?:{side})(?!\w)", re.IGNORECASE) for side in pair)
    for pair in ((_UP, _DOWN), (_FROM, _UP_TO))
)
# The share of a claim's words that a sentence has which says the same of the same thing.
_CLOSE = 0.5


def check_opposites(claim: str, evidence: Evidence) -> list[Problem]:
    """What every sentence that is close to the claim puts the other way round."""
    asked = stems(claim)
    close = [
        one.quote
        for one in evidence.cited
        if asked and len(asked & stems(one.quote)) >= _CLOSE * len(asked)
    ]
    if not close:
        return []
    for sides in _SIDES:
        for mine, other in (sides, sides[::-1]):
            said = mine.search(claim)
            if said is None or other.search(claim):
                continue
            if all(other.search(one) and not mine.search(one) for one in close):
                return [Problem(Kind.NEGATION, said.group())]
    return _other_fate(claim, close)


def _other_fate(claim: str, close: Sequence[str]) -> list[Problem]:
    """The wounded of a claim who are the dead of every close sentence, and the like."""
    mine = fates(claim)
    for kind, word in mine.items():
        theirs = [fates(one) for one in close]
        if all(kind not in one and one.keys() - mine.keys() for one in theirs):
            return [Problem(Kind.NEGATION, word)]
    return []
