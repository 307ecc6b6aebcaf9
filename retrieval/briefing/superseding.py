"""Of two figures for the same thing, the newer is told first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from retrieval.grounding.figures import differing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from retrieval.briefing.drafts import DraftClaim


def newest_first(claims: Iterable[DraftClaim]) -> tuple[DraftClaim, ...]:
    """The statements in their order, but none before one that supersedes it."""
    placed: list[DraftClaim] = []
    for claim in claims:
        older = (at for at, one in enumerate(placed) if _supersedes(claim, one))
        placed.insert(next(older, len(placed)), claim)
    return tuple(placed)


def _supersedes(claim: DraftClaim, other: DraftClaim) -> bool:
    newer, older = made(claim), made(other)
    if newer is None or older is None or newer <= older:
        return False
    return differing(claim.says, other.says) is not None


def made(claim: DraftClaim) -> datetime | None:
    """When a statement was made: when its newest source was published; None if nobody knows."""
    dates = (one.article.published.at for one in claim.cited if one.article.published)
    return max(dates, default=None)


def outlets_of(claim: DraftClaim) -> frozenset[str]:
    """Who says it."""
    return frozenset(one.article.outlet for one in claim.cited)
