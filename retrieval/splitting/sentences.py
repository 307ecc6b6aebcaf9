"""The sentences of a text, as exact spans of code points."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from retrieval.models import Span
from retrieval.splitting.bounds import bounded
from retrieval.splitting.lines import breaks_line, breaks_paragraph
from retrieval.splitting.shelter import shelters
from retrieval.splitting.sizes import WINDOW_CHARS
from retrieval.splitting.stops import ends_sentence
from retrieval.splitting.vocabulary import CLOSERS, FULL_STOPS, manners_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.splitting.vocabulary import Manners

# White space; or nothing at all, behind a stop of those scripts that put no space there.
_GAP = re.compile(
    rf"\s+|(?P<stop>[{FULL_STOPS}][{FULL_STOPS}…!?.]{{0,8}}[{CLOSERS}]{{0,4}}"
    rf"|[!?]{{1,8}}[{CLOSERS}]{{0,4}}(?=[\u3040-\u30ff\u3400-\u9fff]))\s*"
)
# What the last character of a sentence can be; spares most gaps a closer look.
_LAST = frozenset(f".!?…\"”»«’'‘“)]」』）】》{FULL_STOPS}")


def split_sentences(text: str) -> tuple[Span, ...]:
    """The sentences of `text`, in order, in code points.

    No span is empty, longer than `MAX_SENTENCE_CHARS`, or begins or ends with white space; spans
    don't overlap; what lies outside them is white space. Time is linear in the text's length.
    """
    return tuple(piece for span in _sentences(text) for piece in bounded(text, span))


def _sentences(text: str) -> Iterator[Span]:
    """The sentences, however long."""
    start, last_end = 0, 0
    for gap in _boundaries(text):
        if gap.start > start:
            yield Span(start, gap.start)
        start = last_end = gap.end
    end = len(text[last_end:].rstrip()) + last_end
    if end > start:
        yield Span(start, end)


def _boundaries(text: str) -> Iterator[Span]:
    """The gaps of white space that end a sentence."""
    start = 0
    sheltered, manners = _Shelter(text), manners_of(text)
    for match in _GAP.finditer(text):
        gap = Span(match.start() if match["stop"] is None else match.end("stop"), match.end())
        if gap.start == 0 or gap.end == len(text):
            ends = True
        else:
            ends = _ends_at(text, start, gap, manners, sheltered=sheltered.covers(gap.start))
        if ends:
            yield gap
            start = gap.end


def _ends_at(text: str, start: int, gap: Span, manners: Manners, *, sheltered: bool) -> bool:
    """Whether the sentence that began at `start` ends at `gap`, which may be empty."""
    if "\n" in (white := gap.of(text)) or not white.isprintable():
        if breaks_paragraph(white):
            return True
        if "\n" in white and breaks_line(text, gap.start, gap.end):
            return True
    if sheltered or text[gap.start - 1] not in _LAST:
        return False
    before = text[max(start, gap.start - WINDOW_CHARS) : gap.start]
    return ends_sentence(before, text[gap.end : gap.end + WINDOW_CHARS], manners)


class _Shelter:
    """Answers, for places in rising order, whether a quotation or bracket encloses them."""

    def __init__(self, text: str) -> None:
        self._spans = shelters(text)
        self._next = 0
        self._end = 0

    def covers(self, place: int) -> bool:
        """Whether `place`, not smaller than the one asked before, is inside."""
        while self._next < len(self._spans) and self._spans[self._next].start < place:
            self._end = max(self._end, self._spans[self._next].end)
            self._next += 1
        return place < self._end
