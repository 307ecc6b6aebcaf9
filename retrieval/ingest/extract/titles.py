"""A title for what came without one, or with one in its first lines."""

from __future__ import annotations

import re

from retrieval.ingest.limits import MAX_TITLE_CHARS

_MAX_DERIVED = 100
# A line shorter than this is a dateline or a label ("London —") and says too little.
_MIN_DERIVED = 40
_MAX_LABEL_CHARS = 30
_MAX_LABEL_WORDS = 3
_SENTENCE_END = re.compile(r"[.…:;,][\"”»’)]*$")


def split_title(text: str) -> tuple[str | None, str]:
    """The title that `text`, cleaned, begins with, and the rest; None and `text` if it has none.

    A title is a first paragraph of one line that is short and ends in no full stop. A still shorter
    one before it is a section's label ("Politics"), and dropped.
    """
    first, _, rest = text.partition("\n\n")
    second, _, remainder = rest.partition("\n\n")
    if not rest or not _is_title(first):
        return None, text
    if remainder and _is_label(first) and _is_title(second) and len(second) > len(first):
        return second, remainder
    return first, rest


def derived_title(text: str) -> str:
    """The first line of `text` that says enough, cut between words."""
    lines = text.strip().split("\n")
    line = next((line for line in lines if len(line) >= _MIN_DERIVED), lines[0])
    if len(line) <= _MAX_DERIVED:
        return line
    head = line[: _MAX_DERIVED + 1]
    return (head.rpartition(" ")[0] or head[:_MAX_DERIVED]).rstrip(" ,;:—–-") + "…"


def _is_title(paragraph: str) -> bool:
    one_line = "\n" not in paragraph and len(paragraph) <= MAX_TITLE_CHARS
    return one_line and not _SENTENCE_END.search(paragraph)


def _is_label(paragraph: str) -> bool:
    return len(paragraph) <= _MAX_LABEL_CHARS and len(paragraph.split()) <= _MAX_LABEL_WORDS
