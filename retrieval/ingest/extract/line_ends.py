"""Words that a line's end divides: put together, with their hyphen or without. Pure.

"trans-" and "port" are "transport", "state-" and "owned" are "state-owned": the document's own
words decide, then the words of English, as far as the local model's tokenizer has them.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from retrieval.errors import ModelSettingsError
from retrieval.packaged import known_words

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_END = re.compile(r"([^\W_]+)([-‐\u00ad])$")
_BEGIN = re.compile(r"[^\W_]+")
# Stand before a word without a hyphen, although both halves are words.
_PREFIXES = frozenset(
    re.findall(
        r"\w+",
        """
        anti auto bi co counter de dis fore hyper im in inter mega micro mid mini mis mono multi out
        over para photo poly post pre pro re semi sub super tele trans tri ultra un under up
        """,
    )
)
# Stand behind a hyphen, whatever is before it.
_SECOND = frozenset(
    re.findall(
        r"\w+",
        """
        based backed born bound built controlled driven educated elect era free friendly funded held
        hit led like made old only operated orient oriented owned part priced related rich run scale
        sized speaking sponsored style term time trained wide winning year
        """,
    )
)
_SLAVIC_FIRST = frozenset({"будь", "казна", "хтозна", "кое", "по", "во", "в"})
_SLAVIC_SECOND = frozenset(
    {"то", "небудь", "таки", "либо", "нибудь", "ка", "от", "но", "перше", "друге", "третє"}
    | {"первых", "вторых", "третьих"}
)


class LineEnds:
    """Joins lines, knowing the words of their document."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._words: set[str] = set()
        for line in lines:
            self._words.update(word.lower() for word in _WORD.findall(line)[:-1])
            last = _WORD.findall(line)[-1:]
            if last and not line.endswith(("-", "‐", "\u00ad")):
                self._words.add(last[0].lower())

    def joined(self, lines: list[str]) -> str:
        """The lines of a paragraph, its divided words whole."""
        text = ""
        for line in lines:
            end = _END.search(text)
            begin = _BEGIN.match(line)
            if end is None or begin is None:
                text += f"\n{line}" if text else line
            elif end[2] == "\u00ad" or not self._keeps_hyphen(end[1], begin[0]):
                text = text[: -len(end[2])] + line
            else:
                text = text[: -len(end[2])] + "-" + line
        return text

    def _keeps_hyphen(self, first: str, second: str) -> bool:
        """Whether the hyphen belongs to the word that a line's end divides."""
        if first[-1].isdigit() or second[0].isdigit():
            return True
        if second[0].isupper() and not (first.isupper() and second.isupper()):
            return True
        one, two = first.lower(), second.lower()
        if one + two in self._words:
            return False
        if f"{one}-{two}" in self._words:
            return True
        if one in _SLAVIC_FIRST or two in _SLAVIC_SECOND:
            return True
        return one.isascii() and two.isascii() and _is_compound(one, two)


def _is_compound(one: str, two: str) -> bool:
    """Whether two halves are an English compound with a hyphen, and not one word."""
    english = _english()
    if one + two in english or one in _PREFIXES:
        return False
    return two in _SECOND or (one in english and two in english)


@cache
def _english() -> frozenset[str]:
    """Words of three letters and more; none where the package that carries them is missing."""
    try:
        return frozenset(word for word in known_words() if len(word) > 2 and word.isascii())  # noqa: PLR2004
    except ModelSettingsError:
        return frozenset()
