"""What is offered where the archive holds no answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Article, Hit

CLOSEST = 3
# What has less than this share of the best passage's cosine is about something else.
_RELATED = 0.65


def closest(hits: Sequence[Hit], most: int = CLOSEST) -> tuple[Article, ...]:
    """The first articles among the hits, each once, without those far from the nearest.

    The search fills its list whatever the archive holds: of a question about a recall, the second
    article may be about tennis.
    """
    known = [hit.similarity for hit in hits if hit.similarity is not None]
    best = max(known, default=0.0)
    least = _RELATED * best if best > 0 else best
    near = [hit for hit in hits if hit.similarity is None or hit.similarity >= least]
    articles = {hit.passage.article.id: hit.passage.article for hit in near}
    return tuple(articles.values())[:most]
