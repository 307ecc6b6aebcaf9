"""What is offered where the archive holds no answer. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Article, Hit

CLOSEST = 3


def closest(hits: Sequence[Hit], most: int = CLOSEST) -> tuple[Article, ...]:
    """The first articles among the hits, each once."""
    articles = {hit.passage.article.id: hit.passage.article for hit in reversed(hits)}
    order = dict.fromkeys(hit.passage.article.id for hit in hits)
    return tuple(articles[name] for name in list(order)[:most])
