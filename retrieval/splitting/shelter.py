"""Quotations and brackets that are kept whole: a stop inside them ends no sentence.

“We lost. We are tired,” he said: cut at the first stop, the reader would not learn who spoke.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.models import Span
from retrieval.splitting.sizes import MAX_SHELTER_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARK = re.compile(r'[()«»“”„"「」『』（）]|\n[^\S\n]*\n')
_CLOSERS = {")": "(", "”": "“„", "」": "「", "』": "『", "）": "（"}
# British quotations, whose closing mark is an apostrophe too; German ones open with a low mark.
_SINGLE = re.compile(
    r"(?P<open>(?<![^\s(\[—–“\"])[‘'](?=[^\s‘’'])|‚(?=\S))|(?P<close>[’'‘])(?!\w)|\n[^\S\n]*\n"
)
_BEFORE_CLOSING = frozenset(",.!?…")


def shelters(text: str) -> list[Span]:
    """The pairs of quotation marks or brackets, by start, that are short and in one paragraph.

    Each mark enters and leaves the stack once: linear time whatever the text.
    """
    found: list[Span] = list(_single_quotations(text))
    open_marks: list[tuple[str, int]] = []
    for match in _MARK.finditer(text):
        mark, at = match[0], match.start()
        if len(mark) > 1:
            open_marks.clear()
            continue
        if mark == '"' and _is_inside_a_word(text, at):
            continue
        opener = _opener_of(mark, open_marks, text, at)
        if opener is None:
            open_marks.append((mark, at))
            continue
        start = _close(opener, open_marks)
        if start is not None and at - start <= MAX_SHELTER_CHARS:
            found.append(Span(start, at))
    return sorted(found, key=lambda span: span.start)


def _single_quotations(text: str) -> Iterator[Span]:
    """Quotations in single marks: up to a closing mark behind a comma or a stop, else any.

    "The boys’ shoes" closes nothing that a comma closes later.
    """
    opened: int | None = None
    bare: int | None = None
    for match in _SINGLE.finditer(text):
        at = match.start()
        if match["close"] and opened is not None and at - opened <= MAX_SHELTER_CHARS:
            if text[at - 1] in _BEFORE_CLOSING:
                yield Span(opened, at)
                opened = bare = None
            elif bare is None and match["close"] != "'":
                bare = at
        elif not match["close"]:
            if opened is not None and bare is not None:
                yield Span(opened, bare)
            opened, bare = (at if match["open"] else None), None
    if opened is not None and bare is not None:
        yield Span(opened, bare)


def _is_inside_a_word(text: str, at: int) -> bool:
    """Hebrew writes initials so: צה"ל."""
    return at > 0 and all(
        "\u0590" <= one <= "\u05ff" for one in (text[at - 1], text[at + 1 : at + 2])
    )


def _opener_of(mark: str, open_marks: list[tuple[str, int]], text: str, at: int) -> str | None:
    """The marks that `mark` may close; None if it opens."""
    if mark in _CLOSERS:
        return _CLOSERS[mark]
    if mark in "«»":
        return _opener_of_angles(mark, open_marks, text, at)
    if mark == "“" and open_marks and open_marks[-1][0] == "„":
        return "„"
    if mark == '"' and at and not (text[at - 1].isspace() or text[at - 1] in "([—–"):
        return '"'
    return None


def _opener_of_angles(
    mark: str, open_marks: list[tuple[str, int]], text: str, at: int
) -> str | None:
    """«So» in most countries, »so« in Germany: there a word begins right after the mark."""
    if mark == "«":
        return "»" if open_marks and open_marks[-1][0] == "»" else None
    begins = (at == 0 or text[at - 1] in " \n(—–") and text[at + 1 : at + 2].isalnum()
    return None if begins and not any(one == "«" for one, _ in open_marks[-4:]) else "«"


def _close(opener: str, open_marks: list[tuple[str, int]]) -> int | None:
    """Where the innermost mark of `opener` stands; takes it and those after it off the stack.

    Only the innermost few are looked at, so that a stray mark costs no more than a constant.
    """
    for back in range(1, min(4, len(open_marks)) + 1):
        if open_marks[-back][0] in opener:
            start = open_marks[-back][1]
            del open_marks[-back:]
            return start
    return None
