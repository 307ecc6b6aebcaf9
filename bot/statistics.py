"""What went wrong lately, as the bot's own tables have it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from bot.tables import intake_item, intake_job, outbox

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.archive.database import Database

LATELY = timedelta(days=7)
_EXAMPLES = 3
_ITEMS = 1000


@dataclass(frozen=True, slots=True)
class Failures:
    """Of the last `LATELY`: sources not added, and messages that did not arrive, or may not have.

    `newest` are the last few of the sources, as (label, reason).
    """

    sources: int
    newest: tuple[tuple[str, str], ...]
    undelivered: int


async def failures(database: Database, now: datetime) -> Failures:
    """Look.

    Raises:
        ArchiveError: the database failed.
    """
    since = now - LATELY
    items = (
        select(intake_item.c.failures)
        .join(intake_job, intake_job.c.id == intake_item.c.job_id)
        .where(intake_job.c.changed_at >= since, intake_item.c.rejected > 0)
        .order_by(intake_item.c.id.desc())
        .limit(_ITEMS)
    )
    rejected = (
        select(func.coalesce(func.sum(intake_item.c.rejected), 0))
        .join(intake_job, intake_job.c.id == intake_item.c.job_id)
        .where(intake_job.c.changed_at >= since)
    )
    lost = select(func.count()).where(
        outbox.c.state.in_(("failed", "unknown")), outbox.c.finished_at >= since
    )
    async with database.read() as connection:
        rows = (await connection.execute(items)).scalars().all()
        total = int((await connection.execute(rejected)).scalar_one())
        undelivered = int((await connection.execute(lost)).scalar_one())
    newest = [(str(label), str(reason)) for row in rows for _, label, reason in reversed(row)]
    return Failures(total, tuple(newest[:_EXAMPLES]), undelivered)
