"""Splits a text into sentences and passages; pure, and exact to the code point.

`split_sentences` decides for each gap of white space whether a sentence ends there (line breaks:
paragraphs, headings, list items; shelters: quotations and brackets that are kept whole; `stops`:
the meaning of the full stop before the gap), then `bounded` cuts sentences that are too long for a
citation. `split_passages` groups whole sentences for the index. `split` does both.

`SPLITTER_VERSION` is stamped on the vector index. Change it with any change of offsets.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from retrieval.models import PassageDraft, Span
from retrieval.text.stops import CLOSERS, FULL_STOPS, ends_sentence, manners_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from retrieval.text.stops import Manners


# White space; or nothing, after a full stop in scripts without spaces there.
_GAP = re.compile(
    rf"\s+|(?P<stop>[{FULL_STOPS}][{FULL_STOPS}…!?.]{{0,8}}[{CLOSERS}]{{0,4}}"
    rf"|[!?]{{1,8}}[{CLOSERS}]{{0,4}}(?=[\u3040-\u30ff\u3400-\u9fff]))\s*"
)
# The possible last characters of a sentence; most gaps need no further test.
_LAST = frozenset(f".!?…\"”»«’'‘“)]」』）】》{FULL_STOPS}")


def split_sentences(text: str) -> tuple[Span, ...]:
    """The sentences of `text`, in order, in code points.

    No span is empty, longer than `MAX_SENTENCE_CHARS`, or begins or ends with white space; spans
    don't overlap; only white space is outside them. Takes linear time.
    """
    return tuple(piece for span in _sentences(text) for piece in bounded(text, span))


def _sentences(text: str) -> Iterator[Span]:
    """The sentences, of any length."""
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
    """Tells, for increasing places, whether they are in a quotation or brackets."""

    def __init__(self, text: str) -> None:
        self._spans = shelters(text)
        self._next = 0
        self._end = 0

    def covers(self, place: int) -> bool:
        """Whether `place` is inside; it must not be smaller than at the last call."""
        while self._next < len(self._spans) and self._spans[self._next].start < place:
            self._end = max(self._end, self._spans[self._next].end)
            self._next += 1
        return place < self._end


SPLITTER_VERSION: str = "2"


# All sizes of the splitter, in code points.
#
# The embedding model reads 256 word pieces of "title, outlet, date, passage"; English news has
# about 4.5 code points per piece, so 850 leave room for the prefix.

MAX_SENTENCE_CHARS = 1000
"""No sentence is longer; what has no stop for so long is cut at a clause or a word."""

MAX_PASSAGE_CHARS = 850
"""A passage is longer only if one sentence alone is."""

MIN_PASSAGE_CHARS = 450
"""From this size on a passage may end at a paragraph's end, though more would fit."""

MAX_SHELTER_CHARS = 400
"""A quotation or bracket up to this size keeps its sentences together."""

WINDOW_CHARS = 120
"""How far a decision looks to either side: a constant, so that splitting takes linear time."""


def split(text: str) -> tuple[PassageDraft, ...]:
    """The passages of `text`, which contain all of its sentences, in order."""
    return split_passages(text, split_sentences(text))


def split_passages(
    text: str,
    sentences: Sequence[Span],
    *,
    max_chars: int = MAX_PASSAGE_CHARS,
    min_chars: int = MIN_PASSAGE_CHARS,
) -> tuple[PassageDraft, ...]:
    """Group `sentences`, all those of `text` in order, into passages.

    Each sentence is in exactly one passage. A passage has at most `max_chars` code points unless a
    single sentence has more, and ends at the end of a paragraph if it has `min_chars` there.
    """
    passages: list[PassageDraft] = []
    begin = 0
    while begin < len(sentences):
        end = _end_of_passage(text, sentences, begin, max_chars, min_chars)
        passages.append(_passage(sentences[begin:end]))
        begin = end
    return tuple(passages)


def _end_of_passage(
    text: str, sentences: Sequence[Span], begin: int, max_chars: int, min_chars: int
) -> int:
    """The index after the last sentence of the passage that begins with sentence `begin`."""
    start = sentences[begin].start
    end = begin + 1
    at_paragraph = None
    while end < len(sentences) and sentences[end].end - start <= max_chars:
        if sentences[end - 1].end - start >= min_chars and _paragraph_ends(text, sentences, end):
            at_paragraph = end
        end += 1
    if end == len(sentences) or _paragraph_ends(text, sentences, end):
        return end
    return at_paragraph or end


def _paragraph_ends(text: str, sentences: Sequence[Span], index: int) -> bool:
    """Whether a paragraph ends before the sentence `index`."""
    return breaks_paragraph(text[sentences[index - 1].end : sentences[index].start])


def _passage(sentences: Sequence[Span]) -> PassageDraft:
    return PassageDraft(Span(sentences[0].start, sentences[-1].end), tuple(sentences))


_BULLET = re.compile(r"""[•▪◦‣●■►▸*]\s|[-–—]\s+["“«„]?[^\W_a-zа-яіїєґё]""")
_NUMBERED = re.compile(r"\d{1,3}[.)]\s")
_STOPS = ".!?…:;"
# After these characters a line goes on.
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
    """Whether `line`, before the gap that ends at `end`, is a heading without a full stop.

    A wrapped line is followed by a word that didn't fit. If the first word of the next line would
    have fitted (compared with that line's length), the line wasn't wrapped.
    """
    if text[line.end - 1] in _GOES_ON or text[end].islower() or not text[line.start].isupper():
        return False
    furthest = min(len(text), end + 2 * _MAX_HEADING)
    newline = text.find("\n", end, furthest)
    next_length = (furthest if newline < 0 else newline) - end
    first_word = text[end : end + WINDOW_CHARS].split(maxsplit=1)[0]
    return line.end - line.start + 1 + len(first_word) <= next_length


# Quotations and brackets are kept whole: a full stop inside doesn't end the sentence.
#
# “We lost. We are tired,” he said: cut at the first stop, readers would not learn who spoke.

_MARK = re.compile(r'[()«»“”„"「」『』（）]|\n[^\S\n]*\n')
_CLOSERS = {")": "(", "”": "“„", "」": "「", "』": "『", "）": "（"}
# British quotations, whose closing mark is also an apostrophe; German ones begin with a low mark.
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
    """Quotations in single marks: up to a closing mark after a comma or full stop, else any.

    "The boys’ shoes" doesn't end a quotation that is closed after a comma later.
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
    """Whether a mark is inside a word, as in Hebrew initials: צה"ל."""
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
    """Pop the innermost `opener` and the marks after it off the stack; returns its place.

    Only the innermost few are examined, so that a stray mark takes constant time.
    """
    for back in range(1, min(4, len(open_marks)) + 1):
        if open_marks[-back][0] in opener:
            start = open_marks[-back][1]
            del open_marks[-back:]
            return start
    return None


# Greedy up to the last match in the window; windows are bounded, so this is linear.
_CLAUSE = re.compile(r"[,;:—–)»”](?=\s)")
_SPACE = re.compile(r"\s")
_JOINER = "\u200d"
_MAX_CLUSTER = 32


def bounded(text: str, span: Span) -> Iterator[Span]:
    """Yield `span` in pieces of at most `MAX_SENTENCE_CHARS`, without white space at their ends.

    `span` has none at its own ends. Pieces are cut after a clause, else between words, else at the
    limit, but not before a combining mark.
    """
    start = span.start
    while span.end - start > MAX_SENTENCE_CHARS:
        cut = _cut(text, start, start + MAX_SENTENCE_CHARS)
        yield Span(start, start + len(text[start:cut].rstrip()))
        start = _skip_space(text, cut, span.end)
    yield Span(start, span.end)


def _cut(text: str, start: int, limit: int) -> int:
    """The best place to cut in the second half of `text[start:limit]`."""
    middle = (start + limit) // 2
    for pattern in (_CLAUSE, _SPACE):
        last = max((match.end() for match in pattern.finditer(text, middle, limit)), default=None)
        if last is not None:
            return last
    for cut in range(limit, limit - _MAX_CLUSTER, -1):
        if not unicodedata.combining(text[cut]) and _JOINER not in text[cut - 1 : cut + 1]:
            return cut
    return limit


def _skip_space(text: str, start: int, end: int) -> int:
    """The first place from `start` on that isn't white space."""
    while start < end and text[start].isspace():
        start += 1
    return start
