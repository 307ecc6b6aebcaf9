"""Passages: whole consecutive sentences, as many as the embedder can read at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.models import PassageDraft, Span
from retrieval.splitting.lines import breaks_paragraph
from retrieval.splitting.sentences import split_sentences
from retrieval.splitting.sizes import MAX_PASSAGE_CHARS, MIN_PASSAGE_CHARS

if TYPE_CHECKING:
    from collections.abc import Sequence


def split(text: str) -> tuple[PassageDraft, ...]:
    """The passages of `text`, whose sentences are all of its sentences, in order."""
    return split_passages(text, split_sentences(text))


def split_passages(
    text: str,
    sentences: Sequence[Span],
    *,
    max_chars: int = MAX_PASSAGE_CHARS,
    min_chars: int = MIN_PASSAGE_CHARS,
) -> tuple[PassageDraft, ...]:
    """Group `sentences`, which are those of `text` in order, into passages.

    Each sentence is in exactly one passage. A passage has at most `max_chars` code points unless
    one sentence alone has more, and ends at a paragraph's end if it can do so with `min_chars`.
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
