"""Counts of what the archive holds, and how it grew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from retrieval.archive import tables
from retrieval.archive.reading import summary
from retrieval.archive.tables import State

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database
    from retrieval.archive.reading import Summary

DAYS = 30


@dataclass(frozen=True, slots=True)
class Statistics:
    """Counts of now.

    `added` has the articles added on each of the last `DAYS` days (UTC), oldest first; removed ones
    count where they were added. `stale` revisions are still to be taken out of the vectors;
    `removed` articles can still be brought back.
    """

    summary: Summary
    added: tuple[tuple[date, int], ...]
    revised: int
    stale: int
    removed: int


async def statistics(database: Database, now: datetime) -> Statistics:
    """Count.

    Raises:
        ArchiveError: the database failed.
    """
    article, revision = tables.article.c, tables.revision.c
    today = now.astimezone(UTC).date()
    days = [today - timedelta(days=before) for before in reversed(range(DAYS))]
    async with database.read() as connection:
        found = await _per_day(connection, now - timedelta(days=DAYS), database.dialect)
        return Statistics(
            summary=await summary(connection),
            added=tuple((day, found.get(day, 0)) for day in days),
            revised=await _count(connection, revision.number > 1),
            stale=await _count(connection, revision.state == State.STALE),
            removed=await _count(
                connection, article.removed_at.is_not(None), article.content_hash != ""
            ),
        )


async def _per_day(connection: AsyncConnection, since: datetime, dialect: str) -> dict[date, int]:
    at = tables.article.c.added_at
    # SQLite holds UTC without a zone; Postgres would take the session's.
    day: ColumnElement[Any] = func.date(at if dialect == "sqlite" else func.timezone("UTC", at))
    query = select(day.label("day"), func.count().label("articles")).where(at >= since)
    rows = await connection.execute(query.group_by("day"))
    return {date.fromisoformat(str(row.day)): row.articles for row in rows}


async def _count(connection: AsyncConnection, *where: ColumnElement[bool]) -> int:
    return int((await connection.execute(select(func.count()).where(*where))).scalar_one())
