"""Quotations and brackets that are kept whole: a stop inside them ends no sentence.

“We lost. We are tired,” he said: cut at the first stop, the reader would not learn who spoke.
"""

from __future__ import annotations

import re

from retrieval.models import Span
from retrieval.splitting.sizes import MAX_SHELTER_CHARS

_MARK = re.compile(r'[()«»“”„"]|\n[^\S\n]*\n')
_CLOSERS = {")": "(", "»": "«", "”": "“„"}


def shelters(text: str) -> list[Span]:
    """The pairs of quotation marks or brackets, by start, that are short and in one paragraph.

    Each mark enters and leaves the stack once: linear time whatever the text.
    """
    found: list[Span] = []
    open_marks: list[tuple[str, int]] = []
    for match in _MARK.finditer(text):
        mark, at = match[0], match.start()
        if len(mark) > 1:
            open_marks.clear()
            continue
        opener = _opener_of(mark, open_marks, text, at)
        if opener is None:
            open_marks.append((mark, at))
            continue
        start = _close(opener, open_marks)
        if start is not None and at - start <= MAX_SHELTER_CHARS:
            found.append(Span(start, at))
    return sorted(found, key=lambda span: span.start)


def _opener_of(mark: str, open_marks: list[tuple[str, int]], text: str, at: int) -> str | None:
    """The marks that `mark` may close; None if it opens."""
    if mark in _CLOSERS:
        return _CLOSERS[mark]
    if mark == "“" and open_marks and open_marks[-1][0] == "„":
        return "„"
    if mark == '"' and at and not (text[at - 1].isspace() or text[at - 1] in "([—–"):
        return '"'
    return None


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
