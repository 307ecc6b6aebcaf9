"""Deletes old data after the periods that the settings give."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, select, tuple_

from bot.features.access import invitations
from bot.features.access.people import Role
from bot.features.privacy.data_subject import delete_untold
from bot.features.questions.admission import drop_forgotten_spending
from bot.features.subscriptions.store import DRAFTS_KEPT
from bot.tables import person, standing, subscription, turn
from retrieval.storage import audit
from retrieval.storage.tables import briefing, given_answer, told

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database

log = logging.getLogger(__name__)

EVERY_S = 6 * 3600.0
INVITATIONS_KEPT = timedelta(days=30)
# A briefing just written may not be in a ledger yet.
_UNTOLD_KEPT = timedelta(days=1)
# Rows per transaction: few enough that nobody waits long for the write lock.
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class RetentionPolicy:
    """How long data is kept, from the settings."""

    answers: timedelta = timedelta(days=90)
    briefings: timedelta = timedelta(days=90)
    audit: timedelta = timedelta(days=365)


async def expire(database: Database, keeping: RetentionPolicy, now: datetime) -> int:
    """Delete data older than the policy allows; returns how many rows.

    Raises:
        ArchiveError: the database failed; deletions until then remain.
    """
    count = 0
    for table, which in _old(keeping, now):
        count += await _by_chunks(database, table, which)
    async with database.write() as connection:
        count += await _small_ones(connection, keeping, now)
    if count:
        log.info("%s rows were kept long enough and are deleted", count)
    return count


class Retention:
    """The `work` of a `Background` that deletes old data now and then."""

    def __init__(
        self, database: Database, keeping: RetentionPolicy, now: Callable[[], datetime]
    ) -> None:
        self._database, self._keeping, self._now = database, keeping, now

    async def work(self) -> float:
        """Delete old data; returns the seconds until the next time."""
        await expire(self._database, self._keeping, self._now())
        return EVERY_S


def _long_told(before: datetime) -> ColumnElement[bool]:
    """Briefings that all their readers got long ago; their ledger entries go with them."""
    is_recent = exists(
        select(1).where(told.c.briefing_id == briefing.c.id, told.c.told_at >= before)
    )
    return (briefing.c.written_at < before) & ~is_recent


def _old(keeping: RetentionPolicy, now: datetime) -> list[tuple[Table, ColumnElement[bool]]]:
    """The conditions for old rows, in the order of deletion."""
    is_admin = exists(
        select(1).where(standing.c.user_id == person.c.user_id, standing.c.role == Role.ADMIN)
    )
    is_draft = subscription.c.state == "draft"
    return [
        (given_answer, given_answer.c.asked_at < now - keeping.answers),
        (briefing, _long_told(now - keeping.briefings)),
        (told, told.c.told_at < now - keeping.briefings),
        (person, (person.c.seen_at < now - keeping.answers) & ~is_admin),
        (subscription, is_draft & (subscription.c.created_at < now - DRAFTS_KEPT)),
        (turn, turn.c.asked_at < now - keeping.answers),
    ]


async def _by_chunks(database: Database, table: Table, which: ColumnElement[bool]) -> int:
    count, key = 0, tuple_(*table.primary_key.columns)
    while True:
        async with database.write() as connection:
            some = select(*table.primary_key.columns).where(which).limit(_CHUNK)
            done = await connection.execute(delete(table).where(key.in_(some)))
        count += done.rowcount
        if done.rowcount < _CHUNK:
            return count


async def _small_ones(connection: AsyncConnection, keeping: RetentionPolicy, now: datetime) -> int:
    untold = await delete_untold(connection, briefing.c.written_at < now - _UNTOLD_KEPT)
    old = await invitations.prune(connection, now - INVITATIONS_KEPT)
    spent = await drop_forgotten_spending(connection, now)
    return untold + old + spent + await audit.prune(connection, now - keeping.audit)
