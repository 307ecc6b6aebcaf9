"""From a ranking to what is shown: copies folded, no article taking all the places. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

from retrieval.words import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from retrieval.models import Hit

T = TypeVar("T")

# Passages that share this much of their words (Jaccard) are copies of one report.
SAME = 0.8


def diverse(hits: Iterable[Hit], k: int, most_per_article: int, *, fold_copies: bool) -> list[Hit]:
    """The first `k` hits, at most so many of one article, and if asked without copies.

    Where that leaves fewer than `k`, the passages passed over for their article fill up the end.
    """
    wanted = _without_copies(hits) if fold_copies else hits
    return spread(wanted, k, most_per_article, lambda hit: hit.passage.article.id)


def spread(
    ranked: Iterable[T], k: int, most_per_article: int, article_of: Callable[[T], int]
) -> list[T]:
    """The first `k`, at most so many of one article; those passed over fill up the end."""
    chosen: list[T] = []
    spare: list[T] = []
    counts: Counter[int] = Counter()
    for one in ranked:
        article = article_of(one)
        counts[article] += 1
        (chosen if counts[article] <= most_per_article else spare).append(one)
        if len(chosen) == k:
            break
    return [*chosen, *spare[: k - len(chosen)]]


def _without_copies(hits: Iterable[Hit]) -> Iterator[Hit]:
    seen: list[Wording] = []
    for hit in hits:
        wording = Wording.of(hit.passage.text)
        if not any(wording.same(other, SAME) for other in seen):
            seen.append(wording)
            yield hit
