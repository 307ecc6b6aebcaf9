"""Tokens put aside for answers under way, so that not all who ask at once get a day's last ones."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, text

from bot.budget import beyond
from bot.tables import reservation
from retrieval.archive.feedback import dearest_since, tokens_spent

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.budget import Budget
    from retrieval.archive.database import Database

# What an answer may cost, when no dearer one was given today: 3,000 tokens read, 1,000 written.
USUAL_TOKENS = 4000
# What a program that died put aside is free again then; longer than any answer takes.
FOR = timedelta(minutes=15)
# Any number that no other lock of ours has.
_LOCK = 7_212_014


class Spending:
    """Puts tokens aside in SQL, where all programs of a bot see it."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database, self._now = database, now

    async def reserve(self, budget: Budget, person: int | None) -> int | str:
        """Put aside what an answer may cost: its number; or why no model is asked any more today.

        Raises:
            ArchiveError: the database failed.
        """
        now = self._now()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        async with self._database.write() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                await connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
            await connection.execute(delete(reservation).where(reservation.c.until < now))
            mine, everyone = 0, await _taken(connection, midnight, None)
            if person is not None:
                mine = await _taken(connection, midnight, person)
            if reason := beyond(budget, mine, everyone):
                return reason
            tokens = max(USUAL_TOKENS, await dearest_since(connection, midnight))
            row = {"person_id": person, "tokens": tokens, "until": now + FOR}
            done = await connection.execute(
                insert(reservation).values(row).returning(reservation.c.id)
            )
            return int(done.scalar_one())

    async def release(self, number: int) -> None:
        """The answer is written, and what it cost is kept with it.

        Raises:
            ArchiveError: the database failed; it is free by itself after a while.
        """
        async with self._database.write() as connection:
            await connection.execute(delete(reservation).where(reservation.c.id == number))


async def _taken(connection: AsyncConnection, midnight: datetime, person: int | None) -> int:
    """Spent since midnight, or put aside."""
    aside = select(func.coalesce(func.sum(reservation.c.tokens), 0))
    if person is not None:
        aside = aside.where(reservation.c.person_id == person)
    spent = await tokens_spent(connection, midnight, person)
    return spent.total + int((await connection.execute(aside)).scalar_one())
