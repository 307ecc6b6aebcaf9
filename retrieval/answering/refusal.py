"""Whether the archive answers a question at all: a decision from the search alone, pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.words import names_in, stem, stems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.models import Article, Hit

CLOSEST = 3
MISSING_NAME = 0.5


def confidence(question: str, hits: Sequence[Hit]) -> float:
    """How sure it is that one of these passages answers, from 0 to 1.

    The best passage by half its likeness in meaning, half the share of the question's words that
    it or its title has: meaning alone takes any story on the same front for an answer, words alone
    take "the match" for a match. A name that is asked for and that no passage has halves it.
    """
    asked = stems(question)
    best = max((_confidence(asked, hit) for hit in hits), default=0.0)
    return best * MISSING_NAME if _lacks_a_name(question, hits) else best


def _confidence(asked: frozenset[str], hit: Hit) -> float:
    said = stems(f"{hit.passage.article.title} {hit.passage.text}")
    covered = len(asked & said) / len(asked) if asked else 0.0
    # What is not embedded yet has no likeness; its words have to do for both.
    likeness = covered if hit.similarity is None else max(hit.similarity, 0.0)
    return 0.5 * likeness + 0.5 * covered


def _lacks_a_name(question: str, hits: Sequence[Hit]) -> bool:
    """Whether a name in the question stands nowhere in the passages.

    Names of a script in which no passage is written are not missed: they may be there in another.
    """
    texts = [f"{hit.passage.article.title} {hit.passage.text}" for hit in hits]
    said = frozenset[str]().union(*map(stems, texts))
    scripts = {word.isascii() for word in said if word.isalpha()}
    names = (stem(name) for name in names_in(question))
    return any(name not in said for name in names if name.isascii() in scripts)


def closest(hits: Sequence[Hit], most: int = CLOSEST) -> tuple[Article, ...]:
    """The first articles among the hits, each once."""
    articles = {hit.passage.article.id: hit.passage.article for hit in reversed(hits)}
    order = dict.fromkeys(hit.passage.article.id for hit in hits)
    return tuple(articles[name] for name in list(order)[:most])
