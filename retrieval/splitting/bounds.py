"""Cuts a stretch without stops, so that every sentence stays short enough to be quoted."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from retrieval.models import Span
from retrieval.splitting.sizes import MAX_SENTENCE_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator

# Greedy up to the last one in the window; windows are bounded, hence linear.
_CLAUSE = re.compile(r"[,;:—–)»”](?=\s)")
_SPACE = re.compile(r"\s")
_JOINER = "\u200d"
_MAX_CLUSTER = 32


def bounded(text: str, span: Span) -> Iterator[Span]:
    """Yield `span` in pieces of at most `MAX_SENTENCE_CHARS`, without white space at their ends.

    `span` has none at its own ends. Pieces are cut after a clause, else between words, else
    wherever the limit falls, though not before a combining mark.
    """
    start = span.start
    while span.end - start > MAX_SENTENCE_CHARS:
        cut = _cut(text, start, start + MAX_SENTENCE_CHARS)
        yield Span(start, start + len(text[start:cut].rstrip()))
        start = _skip_space(text, cut, span.end)
    yield Span(start, span.end)


def _cut(text: str, start: int, limit: int) -> int:
    """The best place after which to cut, in the second half of `text[start:limit]`."""
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
    """The first place from `start` on that holds no white space."""
    while start < end and text[start].isspace():
        start += 1
    return start
