"""Of two figures for the same thing, the newer is told first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from retrieval.grounding.figures import differing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from retrieval.models import Citation

_T = TypeVar("_T")


def newest_first(
    claims: Iterable[_T], says: Callable[[_T], str], cited: Callable[[_T], Iterable[Citation]]
) -> tuple[_T, ...]:
    """Statements in their order, but none before one that supersedes it."""
    placed: list[_T] = []
    for claim in claims:
        older = (
            at
            for at, one in enumerate(placed)
            if _is_newer(made(cited(claim)), made(cited(one)))
            and differing(says(claim), says(one)) is not None
        )
        placed.insert(next(older, len(placed)), claim)
    return tuple(placed)


def _is_newer(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one > other


def made(cited: Iterable[Citation]) -> datetime | None:
    """When a statement was made: when its newest source was published; None if nobody knows."""
    dates = (one.article.published.at for one in cited if one.article.published)
    return max(dates, default=None)
