"""Tokens put aside for answers under way, so that not all who ask at once get a day's last ones.

And what was spent by people who were forgotten since: nobody gets a day's budget again by that.
"""

from __future__ import annotations

import hmac
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, text, update

from bot.budget import beyond
from bot.tables import forgotten_spending, reservation
from retrieval.archive.feedback import dearest_since, tokens_spent

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
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
    """Puts tokens aside in SQL, where all programs of a bot see it.

    `secret` is what `remembering` had for those who were forgotten.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], secret: str = "") -> None:
        self._database, self._now, self._secret = database, now, secret

    async def reserve(self, budget: Budget, person: int | None) -> int | str:
        """Put aside what an answer may cost: its number; or why no model is asked any more today.

        Raises:
            ArchiveError: the database failed.
        """
        now = self._now()
        midnight = _midnight(now)
        async with self._database.write() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                await connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
            await connection.execute(delete(reservation).where(reservation.c.until < now))
            await drop_forgotten_spending(connection, now)
            mine, everyone = 0, await _taken(connection, midnight, None)
            everyone += await _forgotten(connection, None)
            if person is not None:
                mine = await _taken(connection, midnight, person)
                mine += await _forgotten(connection, _name(self._secret, person, midnight))
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


async def remembering(
    connection: AsyncConnection,
    person: int,
    now: datetime,
    secret: str,
    forget: Callable[[], Awaitable[None]],
) -> None:
    """Forget a person, but not, until the day ends, how many tokens were spent in it.

    Kept is a hash that only who has `secret` can make of the person's id.
    """
    midnight = _midnight(now)
    mine = await _taken(connection, midnight, person)
    before = (await tokens_spent(connection, midnight)).total
    await forget()
    unlisted = before - (await tokens_spent(connection, midnight)).total
    if not mine and not unlisted:
        return
    row = forgotten_spending.c
    more = {"tokens": row.tokens + mine, "unlisted": row.unlisted + unlisted}
    who = _name(secret, person, midnight)
    done = await connection.execute(update(forgotten_spending).where(row.who == who).values(more))
    if not done.rowcount:
        values = {"who": who, "day": midnight, "tokens": mine, "unlisted": unlisted}
        await connection.execute(insert(forgotten_spending).values(values))


async def drop_forgotten_spending(connection: AsyncConnection, now: datetime) -> int:
    """Of days that have ended; how many."""
    old = delete(forgotten_spending).where(forgotten_spending.c.day < _midnight(now))
    return (await connection.execute(old)).rowcount


async def _forgotten(connection: AsyncConnection, who: str | None) -> int:
    """Today's tokens of somebody who was forgotten; without a name, those that no row tells of."""
    row = forgotten_spending.c
    query = select(func.coalesce(func.sum(row.unlisted if who is None else row.tokens), 0))
    if who is not None:
        query = query.where(row.who == who)
    return int((await connection.execute(query)).scalar_one())


def _name(secret: str, person: int, midnight: datetime) -> str:
    """Of a person on a day: another one on the next."""
    key = sha256(f"sitrep spending:{secret}".encode()).digest()
    return hmac.new(key, f"{person}:{midnight:%Y-%m-%d}".encode(), sha256).hexdigest()


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _taken(connection: AsyncConnection, midnight: datetime, person: int | None) -> int:
    """Spent since midnight, or put aside."""
    aside = select(func.coalesce(func.sum(reservation.c.tokens), 0))
    if person is not None:
        aside = aside.where(reservation.c.person_id == person)
    spent = await tokens_spent(connection, midnight, person)
    return spent.total + int((await connection.execute(aside)).scalar_one())
