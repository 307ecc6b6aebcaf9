"""Passages without an archive."""

from __future__ import annotations

from datetime import UTC, datetime

from retrieval.models import Article, Hit, Passage, Precision, Published, Span
from retrieval.text.sentences import split_sentences


def article(
    title: str = "A title",
    outlet: str = "Meridian Wire",
    day: str | None = "2024-11-12",
    revision: int = 1,
    url: str | None = "https://meridian.example/1",
) -> Article:
    published = None
    if day is not None:
        published = Published(datetime.fromisoformat(day).replace(tzinfo=UTC), Precision.DAY)
    return Article(
        id=revision,
        revision_id=revision,
        revision=1,
        title=title,
        outlet=outlet,
        url=url,
        author=None,
        published=published,
        language="en",
    )


def passage(
    text: str,
    start: int = 0,
    title: str = "A title",
    outlet: str = "Meridian Wire",
    day: str | None = "2024-11-12",
    revision: int = 1,
) -> Passage:
    """The passage of `text` from `start` on, in a separate article."""
    sentences = tuple(span for span in split_sentences(text) if span.start >= start)
    span = Span(sentences[0].start, sentences[-1].end)
    return Passage(
        id=f"{revision}:0",
        article=article(title, outlet, day, revision),
        ordinal=0,
        span=span,
        text=span.of(text),
        sentences=sentences,
    )


def hit(passage: Passage, similarity: float = 0.5) -> Hit:
    return Hit(passage=passage, score=similarity, similarity=similarity)
