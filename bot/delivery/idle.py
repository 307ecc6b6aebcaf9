"""Whether there is nothing to deliver: for the demo and tests, which let time run ahead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.delivery.outbox import WAITING
from bot.tables import outbox, subscription

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.archive.database import Database


async def is_idle(database: Database, now: datetime) -> bool:
    """Whether no subscription is due and no message waits or is under way.

    Raises:
        ArchiveError: the database failed.
    """
    due = select(func.count()).where(
        subscription.c.state == "active", subscription.c.next_due_at <= now
    )
    async with database.read() as connection:
        soon = (await connection.execute(due)).scalar_one()
    return not soon and not await waiting_messages(database)


async def waiting_messages(database: Database) -> int:
    """How many messages wait or are under way.

    Raises:
        ArchiveError: the database failed.
    """
    waiting = select(func.count()).select_from(outbox).where(WAITING)
    async with database.read() as connection:
        return int((await connection.execute(waiting)).scalar_one())
