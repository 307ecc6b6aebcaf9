"""Whether a sentence ends at a gap of white space because of the line breaks in it."""

from __future__ import annotations

import re

from retrieval.models import Span
from retrieval.splitting.sizes import WINDOW_CHARS

_BULLET = re.compile(r"""[•▪◦‣●■►▸*]\s|[-–—]\s+["“«„]?[^\W_a-zа-яіїєґё]""")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s")
_STOPS = ".!?…:;"
# After these the writer was not done with the line.
_GOES_ON = ",;—–-("
_MAX_HEADING = 100


def breaks_paragraph(gap: str) -> bool:
    """Whether a blank line, a form feed or a paragraph separator is in `gap`."""
    return gap.count("\n") > 1 or gap.count("\r") > 1 or "\u2029" in gap or "\f" in gap


def breaks_line(text: str, start: int, end: int) -> bool:
    """Whether a heading ends before the gap `text[start:end]`, or a list item begins after it."""
    after = text[end : end + WINDOW_CHARS]
    if _BULLET.match(after):
        return True
    line_start = text.rfind("\n", max(0, start - _MAX_HEADING - 1), start) + 1
    if _NUMBERED.match(after) and (
        text[start - 1] in _STOPS or _NUMBERED.match(text, line_start, start)
    ):
        return True
    line = Span(line_start, start)
    return line.end - line.start <= _MAX_HEADING and _is_heading(text, line, end)


def _is_heading(text: str, line: Span, end: int) -> bool:
    """Whether `line`, before the gap that ends at `end`, was ended on purpose, without a stop.

    A wrapped line is followed by a word that did not fit. Where the first word of the next line
    would have fitted (measured by that line's own length), nobody wrapped.
    """
    if text[line.end - 1] in _GOES_ON or text[end].islower() or not text[line.start].isupper():
        return False
    furthest = min(len(text), end + 2 * _MAX_HEADING)
    newline = text.find("\n", end, furthest)
    next_length = (furthest if newline < 0 else newline) - end
    first_word = text[end : end + WINDOW_CHARS].split(maxsplit=1)[0]
    return line.end - line.start + 1 + len(first_word) <= next_length
