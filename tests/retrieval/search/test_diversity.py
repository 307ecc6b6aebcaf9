from __future__ import annotations

import random

from retrieval.models import Hit, Passage
from retrieval.search.ranking import diverse, spread
from tests.support.passages import hit, passage


def hits_of(articles: list[int]) -> list[Hit]:
    """One hit for each number, of the article with that number."""
    whole = {number: passage(f"Text {number}.", revision=number) for number in set(articles)}
    return [
        hit(
            Passage(
                f"{number}:{at}",
                whole[number].article,
                at,
                whole[number].span,
                f"text {at}",
                whole[number].sentences,
            )
        )
        for at, number in enumerate(articles)
    ]


def test_what_is_passed_over_fills_up_the_end() -> None:
    assert spread("aaabbc", 4, 2, ord) == ["a", "a", "b", "b"]
    assert spread("aaaaab", 5, 2, ord) == ["a", "a", "b", "a", "a"]
    assert spread("ab", 5, 2, ord) == ["a", "b"]


def test_what_is_shown_can_be_told_before_the_texts_are_read() -> None:
    rng = random.Random(3)  # noqa: S311  not for secrets
    for _ in range(200):
        hits = hits_of([rng.randrange(6) + 1 for _ in range(rng.randrange(40))])
        k, most = rng.randrange(1, 10), rng.randrange(1, 4)
        first = spread(hits, k, most, lambda one: one.passage.article.id)
        shown = diverse(hits, k, most, fold_copies=False)
        assert diverse(first, k, most, fold_copies=False) == shown
