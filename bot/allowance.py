"""How much of a day's tokens is left, for a person and for everyone."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.budget import Budget

log = logging.getLogger(__name__)


class Aside(Protocol):
    """Where tokens are put aside; see `bot.spending`."""

    async def reserve(self, budget: Budget, person: int | None) -> int | str:
        """A number, or why there is nothing left; raises ArchiveError."""

    async def release(self, number: int) -> None:
        """Free what was put aside under a number; raises ArchiveError."""


class Allowance:
    """Holds what was spent since midnight UTC, and what is being spent, against the budget."""

    def __init__(self, aside: Aside, budget: Budget) -> None:
        self._aside, self._budget = aside, budget

    @asynccontextmanager
    async def of(self, person: int | None) -> AsyncIterator[str | None]:
        """Why no model is asked any more today, for a person or for nobody in particular.

        None: what an answer may cost is put aside for the block; keep in it what it did cost.

        Raises:
            ArchiveError: the database failed.
        """
        if not self._budget.has_limit:
            yield None
            return
        found = await self._aside.reserve(self._budget, person)
        if isinstance(found, str):
            yield found
            return
        try:
            yield None
        finally:
            await self._release(found)

    async def _release(self, number: int) -> None:
        try:
            await self._aside.release(number)
        except ArchiveError as error:  # the answer is there; what is put aside is free again later
            log.warning("tokens stay put aside for a while: %s", error)
