"""Whether the archive answers a question at all: a decision from the search alone, pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.grounding.words import stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Article, Hit

CLOSEST = 3


def confidence(question: str, hits: Sequence[Hit]) -> float:
    """How sure it is that one of these passages answers, from 0 to 1.

    The best passage by half its likeness in meaning, half the share of the question's words that
    it or its title has: meaning alone takes any story on the same front for an answer, words alone
    take "the match" for a match.
    """
    asked = stems(question)
    return max((_confidence(asked, hit) for hit in hits), default=0.0)


def _confidence(asked: frozenset[str], hit: Hit) -> float:
    said = stems(f"{hit.passage.article.title} {hit.passage.text}")
    covered = len(asked & said) / len(asked) if asked else 0.0
    return 0.5 * max(hit.similarity or 0.0, 0.0) + 0.5 * covered


def closest(hits: Sequence[Hit], most: int = CLOSEST) -> tuple[Article, ...]:
    """The first articles among the hits, each once."""
    articles = {hit.passage.article.id: hit.passage.article for hit in reversed(hits)}
    order = dict.fromkeys(hit.passage.article.id for hit in hits)
    return tuple(articles[name] for name in list(order)[:most])
