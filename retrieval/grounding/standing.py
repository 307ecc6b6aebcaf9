"""Whether a cited sentence still stands in a newer text, and what stands in its place. Pure."""

from __future__ import annotations

from functools import lru_cache
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
    shares = [(_share(wanted, said), span) for span, said in _sentences(text)]
    share, best = max(shares, key=lambda one: one[0], default=(0.0, None))
    return best if share >= _IN_ITS_PLACE else None


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


@lru_cache(maxsize=4)
def _sentences(text: str) -> tuple[tuple[Span, frozenset[str]], ...]:
    """Each with its stems; of the last texts, since many quotes are looked for in one."""
    return tuple((span, stems(span.of(text))) for span in split_sentences(text))


@lru_cache(maxsize=8)
def _plain(text: str) -> str:
    """Words and figures alone: another quotation mark or dash is no correction."""
    return " ".join(words(text.replace("’", "'").replace("ʼ", "'")))


def _share(wanted: frozenset[str], said: frozenset[str]) -> float:
    return len(wanted & said) / len(wanted) if wanted else 0.0
