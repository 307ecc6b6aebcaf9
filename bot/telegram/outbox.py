"""The outbox: every outgoing briefing is a row before it is a request.

    queued -> sending -> sent | unknown | failed

A worker leases a row (`retrieval.storage.leases`). Just before the request it writes `sending`, but
only if it still has the lease, so no row is ever sent twice. A row that stays `sending` too long
may have arrived: it becomes `unknown` and is left alone. A row that was only leased is free again
when the lease ends.

A chat gets its messages in the order of their ids, one at a time: each waits until the one before
is settled. An unknown row keeps its `claimed_by` until the owner was told (`delivery_outcomes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import delete, func, literal_column, select, text, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.tables import outbox, subscription
from bot.telegram.rich_text import RichText, split
from retrieval.storage import leases

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Length
    from retrieval.storage.database import Database


QUEUED, SENDING = "queued", "sending"
CLAIM_FOR = timedelta(seconds=60)
# Longer than PTB's time-outs for a request added up.
SENDING_FOR = timedelta(seconds=120)
KEEP_FOR = timedelta(days=30)
# How far urgent messages are put ahead of others: longer than any of those can wait.
AHEAD = timedelta(days=7)

_CHUNK = 500
# Exactly as in the partial indexes: with bound parameters SQLite would not use those.
WAITING: ColumnElement[bool] = literal_column("outbox.state IN ('queued', 'sending')")
_NO_ROW_BEFORE = text(
    "NOT EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.chat_id = outbox.chat_id"
    " AND ahead.id < outbox.id AND ahead.state IN ('queued', 'sending'))"
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A message to queue. `once` is its unique name; `thread_id` is 0 outside topics."""

    once: str
    chat_id: int
    thread_id: int
    payload: Payload
    subscription_id: int | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A row that a worker may send, while its claim `token` holds."""

    id: int
    token: str
    once: str
    chat_id: int
    thread_id: int
    subscription_id: int | None
    payload: Payload
    attempts: int
    created_at: datetime


async def enqueue(
    connection: AsyncConnection,
    messages: Iterable[NewMessage],
    now: datetime,
    *,
    urgent: bool = False,
) -> None:
    """Queue messages within the caller's transaction; those already known are skipped.

    `urgent` ones, which somebody waits for, are claimed before all others.
    """
    not_before = now - AHEAD if urgent else now
    rows = [
        {
            "once": one.once,
            "chat_id": one.chat_id,
            "thread_id": one.thread_id,
            "subscription_id": one.subscription_id,
            "payload": one.payload,
            "state": QUEUED,
            "not_before": not_before,
            "attempts": 0,
            "created_at": now,
        }
        for one in messages
    ]
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(outbox).on_conflict_do_nothing(index_elements=["once"])
    for start in range(0, len(rows), _CHUNK):
        await connection.execute(statement, rows[start : start + _CHUNK])


async def claim(
    database: Database, token: str, now: datetime, limit: int, claim_for: timedelta = CLAIM_FOR
) -> list[Claimed]:
    """Lease up to `limit` due messages, one per chat, under a new `token`."""
    query = (
        select(outbox)
        .where(WAITING, outbox.c.state == QUEUED, outbox.c.not_before <= now, _NO_ROW_BEFORE)
        .order_by(outbox.c.not_before, outbox.c.id)
        .limit(limit)
    )
    wanted = leases.Lease(token, now, now + claim_for)
    rows = await leases.claim(database, outbox, query, wanted)
    return [_claimed(row, token) for row in rows]


def _claimed(row: Row[Any], token: str) -> Claimed:
    return Claimed(
        id=row.id,
        token=token,
        once=row.once,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        subscription_id=row.subscription_id,
        payload=row.payload,
        attempts=row.attempts,
        created_at=row.created_at,
    )


async def begin(connection: AsyncConnection, row: Claimed, until: datetime) -> bool:
    """Write `sending` just before the request; False if the lease was lost: don't send."""
    done = await connection.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.claimed_by == row.token, outbox.c.state == QUEUED)
        .values(state=SENDING, attempts=outbox.c.attempts + 1, claimed_until=until)
    )
    return done.rowcount == 1


async def give_back(connection: AsyncConnection, worker: str) -> None:
    """Free the messages that a worker leased and did not begin; its tokens begin with its name."""
    await leases.release(connection, outbox, worker, WAITING, outbox.c.state == QUEUED)


async def recover(database: Database, now: datetime) -> int:
    """Mark as `unknown` what a dead worker was sending; returns how many messages."""
    lost = (WAITING, outbox.c.state == SENDING, outbox.c.claimed_until < now)
    async with database.read() as connection:
        if (await connection.execute(select(outbox.c.id).where(*lost).limit(1))).first() is None:
            return 0
    async with database.write() as connection:
        done = await connection.execute(
            update(outbox)
            .where(*lost)
            .values(
                state="unknown",
                finished_at=now,
                claimed_until=None,
                problem="the program ended between the request and its answer",
            )
        )
        return done.rowcount


async def next_instant(database: Database) -> datetime | None:
    """When there may be work next: a message is due, or a lease ends."""
    return await leases.next_instant(database, outbox, outbox.c.not_before, WAITING, _NO_ROW_BEFORE)


async def prune(connection: AsyncConnection, before: datetime) -> None:
    """Delete messages that were finished before an instant."""
    await connection.execute(
        delete(outbox).where(
            outbox.c.state.not_in((QUEUED, SENDING)), outbox.c.finished_at < before
        )
    )


Buttons = tuple[tuple[tuple[str, str], ...], ...]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A text of any length, with rows of (label, callback data) under its last message."""

    text: RichText
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A briefing ready to be sent.

    `until` is the end of the time it covers. `briefing_id` goes into the reader's ledger, unless it
    is None. `quiet`: there is nothing new, so a silent subscription gets no message. `after`: it
    only suits readers who got exactly these briefings before.
    """

    briefing_id: int | None
    parts: tuple[OutgoingMessage, ...]
    until: datetime
    quiet: bool = False
    after: tuple[int, ...] | None = None


class Writer(Protocol):
    """Writes briefings."""

    async def write(  # noqa: PLR0913, PLR0917  the details of a briefing
        self,
        reader: str,
        topics: tuple[str, ...],
        length: Length,
        start: datetime,
        end: datetime,
        zone: str,
        late: bool,  # noqa: FBT001
        weekly: bool = False,  # noqa: FBT001, FBT002
    ) -> Prepared:
        """Write the briefing of `[start, end)` for a reader in time zone `zone`.

        `weekly`: a summary of the seven days before `end`, including what the reader knows. `late`:
        it should have come earlier. Readers who differ only in `reader` follow each other, so that
        the first one's briefing can be reused for the rest.

        Raises:
            SitrepError: it can't be written now; the scheduler tries again later.
        """
        ...


def reader_of(chat_id: int, thread_id: int) -> str:
    """A reader's name in the ledger; `thread_id` is 0 outside topics."""
    return f"telegram:{chat_id}:{thread_id}"


def chat_of(reader: str) -> int:
    """The chat id in a reader's name."""
    return int(reader.split(":")[1])


def payloads(parts: Iterable[OutgoingMessage]) -> tuple[Payload, ...]:
    """Messages as the outbox stores them, each at most as long as Telegram allows."""
    return tuple(payload for part in parts for payload in _pieces(part))


def _pieces(part: OutgoingMessage) -> list[Payload]:
    pieces = split(part.text)
    last = len(pieces) - 1
    return [
        {
            "text": piece.text,
            "entities": [list(entity) for entity in piece.entities()],
            "buttons": _as_lists(part.buttons) if number == last else [],
        }
        for number, piece in enumerate(pieces)
    ]


def _as_lists(buttons: Sequence[Sequence[tuple[str, str]]]) -> list[list[list[str]]]:
    return [[[label, data] for label, data in row] for row in buttons]


async def is_idle(database: Database, now: datetime) -> bool:
    """Whether no subscription is due and no message is waiting or being sent.

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
    """How many messages are waiting or being sent.

    Raises:
        ArchiveError: the database failed.
    """
    waiting = select(func.count()).select_from(outbox).where(WAITING)
    async with database.read() as connection:
        return int((await connection.execute(waiting)).scalar_one())
