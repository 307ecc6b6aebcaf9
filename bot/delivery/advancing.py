"""The schedule in SQL: which subscriptions are due, and moving them on with what they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, literal_column, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.prepared import reader_of
from bot.tables import subscription
from retrieval.archive.leases import next_instant
from retrieval.archive.tables import told
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.delivery.prepared import Payload
    from retrieval.archive.database import Database
    from retrieval.archive.leases import LeaseHolder

# Literally as the partial index has it; with a bound parameter SQLite would not use it.
_ACTIVE: ColumnElement[bool] = literal_column("subscription.state = 'active'")


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription whose time has come."""

    id: int
    chat_id: int
    thread_id: int
    minute: int
    weekdays: int
    zone: str
    topics: tuple[str, ...]
    length: Length
    silent: bool
    next_due_at: datetime
    covered_until: datetime
    weekly: bool = False

    @property
    def reader(self) -> str:
        """Its reader's name in the ledger."""
        return reader_of(self.chat_id, self.thread_id)


@dataclass(frozen=True, slots=True)
class Advance:
    """A subscription's next step, and what is sent for the present one: maybe nothing.

    `due` is the instant that is served. What was covered stays as it was where `until` is None.
    """

    subscription: Subscription
    following: datetime
    due: datetime | None = None
    until: datetime | None = None
    payloads: tuple[Payload, ...] = ()
    briefing_id: int | None = None


async def claim_due(
    holder: LeaseHolder, now: datetime, after: Subscription | None, limit: int
) -> tuple[str, list[Subscription]]:
    """Lease active ones that are due at `now`, the longest due first, from the one `after` on.

    Those of a reader for whom another program writes at the moment wait: what that tells, the next
    has to know. Returns the token of their leases, too.
    """
    c = subscription.c
    query = (
        select(subscription)
        .where(_ACTIVE, c.next_due_at <= now, ~_reader_is_served(now))
        .order_by(c.next_due_at, c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(c.next_due_at, c.id)
            > tuple_(
                bindparam("at", after.next_due_at, c.next_due_at.type), bindparam("id", after.id)
            )
        )
    token, rows = await holder.claim(query)
    return token, [_subscription(row) for row in rows]


def _reader_is_served(now: datetime) -> ColumnElement[bool]:
    other, c = subscription.alias("other"), subscription.c
    return exists(
        select(1).where(
            other.c.chat_id == c.chat_id,
            other.c.thread_id == c.thread_id,
            other.c.id != c.id,
            other.c.claimed_until > now,
        )
    )


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(
        id=row.id,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        minute=row.minute,
        weekdays=row.weekdays,
        zone=row.zone,
        topics=tuple(row.topics),
        length=Length(row.length),
        silent=row.silent,
        next_due_at=row.next_due_at,
        covered_until=row.covered_until,
        weekly=row.weekly,
    )


async def first_due(database: Database, after: datetime) -> datetime | None:
    """The next instant at which any subscription comes due, or a lease of one that is ends."""
    c = subscription.c
    comes = (c.next_due_at > after) | (c.claimed_until > after)
    return await next_instant(database, subscription, c.next_due_at, _ACTIVE, comes)


async def advance(
    connection: AsyncConnection, steps: Sequence[Advance], token: str, now: datetime
) -> int:
    """Take the steps whose lease is still under `token`: schedule, outbox and ledger; how many.

    All in the caller's transaction, so that none is there without the others.
    """
    mine = await _unchanged(connection, steps, token)
    await _move_on(connection, mine)
    await enqueue(connection, (one for step in mine for one in _messages(step)), now)
    await _keep_told(connection, mine, now)
    return len(mine)


async def _unchanged(
    connection: AsyncConnection, steps: Sequence[Advance], token: str
) -> list[Advance]:
    """Those whose subscription still stands where it was seen, locked until the commit."""
    c = subscription.c
    rows = await connection.execute(
        select(c.id, c.next_due_at)
        .where(
            c.id.in_([step.subscription.id for step in steps]),
            c.state == "active",
            c.claimed_by == token,
        )
        .order_by(c.id)
        .with_for_update()
    )
    stands = {row.id: row.next_due_at for row in rows}
    return [
        step for step in steps if stands.get(step.subscription.id) == step.subscription.next_due_at
    ]


async def _move_on(connection: AsyncConnection, steps: Iterable[Advance]) -> None:
    rows = [
        {
            "its": step.subscription.id,
            "seen": step.subscription.next_due_at,
            "following": step.following,
            "until": step.until or step.subscription.covered_until,
        }
        for step in steps
    ]
    if not rows:
        return
    c = subscription.c
    instant = c.next_due_at.type
    await connection.execute(
        update(subscription)
        .where(c.id == bindparam("its"), c.next_due_at == bindparam("seen", type_=instant))
        .values(
            next_due_at=bindparam("following", type_=instant),
            covered_until=bindparam("until", type_=instant),
        ),
        rows,
    )


def _messages(step: Advance) -> list[NewMessage]:
    one = step.subscription
    if step.due is None:
        return []
    briefing = f"sub:{one.id}:{step.due.strftime('%Y-%m-%dT%H.%MZ')}"
    return [
        NewMessage(
            once=f"{briefing}:{number}",
            chat_id=one.chat_id,
            thread_id=one.thread_id,
            payload=payload if number > 1 else payload | {"of": _of(step)},
            subscription_id=one.id,
        )
        for number, payload in enumerate(step.payloads, start=1)
    ]


def _of(step: Advance) -> dict[str, Any]:
    """What it takes to undo the step, should nothing of it arrive; see `settling`."""
    until = step.until or step.subscription.covered_until
    return {
        "briefing": step.briefing_id,
        "start": step.subscription.covered_until.isoformat(),
        "until": until.isoformat(),
    }


async def _keep_told(connection: AsyncConnection, steps: Iterable[Advance], now: datetime) -> None:
    rows = [
        {
            "reader": step.subscription.reader,
            "briefing_id": step.briefing_id,
            "told_at": now,
            "until": step.until,
        }
        for step in steps
        if step.payloads and step.briefing_id is not None
    ]
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    await connection.execute(dialect.insert(told).on_conflict_do_nothing(), rows)
