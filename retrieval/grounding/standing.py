"""Whether a cited sentence still stands in a newer text, and what stands in its place. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.splitting import split_sentences
from retrieval.words import stems, words

if TYPE_CHECKING:
    from retrieval.models import Span

# The share of an old sentence's words that the sentence in its place has.
_IN_ITS_PLACE = 0.5


def still_says(text: str, quote: str) -> bool:
    """Whether a text has a sentence, word for word."""
    return f" {_plain(quote)} " in f" {_plain(text)} "


def in_its_place(text: str, quote: str) -> Span | None:
    """The sentence of `text` that has most of the old one's words, if it has enough of them."""
    wanted = stems(quote)
    spans = split_sentences(text)
    best = max(spans, key=lambda span: _share(wanted, span.of(text)), default=None)
    if best is None or _share(wanted, best.of(text)) < _IN_ITS_PLACE:
        return None
    return best


def is_corrected(quote: str, before: str, now: str) -> bool:
    """Whether who was given `quote` has something new to hear, now that `before` became `now`.

    Not where the sentence still stands; nor where it had gone before, and what stood in its place
    then still does.
    """
    if still_says(now, quote):
        return False
    return still_says(before, quote) or _place(before, quote) != _place(now, quote)


def _place(text: str, quote: str) -> str | None:
    span = in_its_place(text, quote)
    return _plain(span.of(text)) if span is not None else None


def _plain(text: str) -> str:
    """Words and figures alone: another quotation mark or dash is no correction."""
    return " ".join(words(text.replace("’", "'").replace("ʼ", "'")))


def _share(wanted: frozenset[str], text: str) -> float:
    return len(wanted & stems(text)) / len(wanted) if wanted else 0.0
