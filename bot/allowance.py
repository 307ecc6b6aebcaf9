"""How much of a day's tokens is left, for a person and for everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.budget import Budget, beyond

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from retrieval.archive import Archive


class Allowance:
    """Looks up what was spent since midnight UTC, and holds it against the budget."""

    def __init__(self, archive: Archive, budget: Budget, now: Callable[[], datetime]) -> None:
        self._archive, self._budget, self._now = archive, budget, now

    async def beyond(self, person: int | None) -> str | None:
        """Why no model is asked any more today, for a person or for nobody in particular.

        Raises:
            ArchiveError: the database failed.
        """
        if not self._budget.has_limit:
            return None
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        everyone = (await self._archive.tokens_since(midnight)).total
        mine = 0
        if person is not None:
            mine = (await self._archive.tokens_since(midnight, person)).total
        return beyond(self._budget, mine, everyone)
