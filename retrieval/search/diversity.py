"""From a ranking to what is shown: copies folded, no article taking all the places. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from retrieval.words import same_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrieval.models import Hit

# Passages that share this much of their words (Jaccard) are copies of one report.
SAME = 0.8


def diverse(hits: Iterable[Hit], k: int, most_per_article: int, *, fold_copies: bool) -> list[Hit]:
    """The first `k` hits, at most so many of one article, and if asked without copies.

    Where that leaves fewer than `k`, the passages passed over for their article fill up the end.
    """
    chosen: list[Hit] = []
    seen: list[str] = []
    spare: list[Hit] = []
    counts: Counter[int] = Counter()
    for hit in hits:
        if len(chosen) == k:
            break
        if fold_copies:
            if any(same_words(hit.passage.text, other, SAME) for other in seen):
                continue
            seen.append(hit.passage.text)
        article = hit.passage.article.id
        counts[article] += 1
        (chosen if counts[article] <= most_per_article else spare).append(hit)
    return [*chosen, *spare[: k - len(chosen)]]
