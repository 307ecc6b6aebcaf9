"""The outbox: every outgoing briefing is a row before it is a request.

    queued -> sending -> sent | unknown | failed

A worker leases a row for a while (`retrieval.storage.leases`). Just before the request it writes
`sending`, and only if the lease still is its own, so no row is ever requested twice. A row found in
`sending` after its time may have arrived: it becomes `unknown` and is left alone. A row that was
leased and no more is free again when the lease ends.

A chat gets its messages in the order of their ids, one at a time: what follows waits until the one
before is settled. `claimed_by` stays on an unknown row until its owner was told (`reports`).
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
# Longer than all of PTB's time-outs for a request together.
SENDING_FOR = timedelta(seconds=120)
KEEP_FOR = timedelta(days=30)
# By how much urgent messages come before those that wait: longer than any of them can.
AHEAD = timedelta(days=7)

_CHUNK = 500
# Literally as the partial indexes have it; with bound parameters SQLite would not use them.
WAITING: ColumnElement[bool] = literal_column("outbox.state IN ('queued', 'sending')")
_NO_ROW_BEFORE = text(
    "NOT EXISTS (SELECT 1 FROM outbox AS ahead WHERE ahead.chat_id = outbox.chat_id"
    " AND ahead.id < outbox.id AND ahead.state IN ('queued', 'sending'))"
)


@dataclass(frozen=True, slots=True)
class NewMessage:
    """A row to be: `once` names the message for all time. `thread_id` 0: outside topics."""

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
    """Put messages into the outbox within the caller's transaction; those known are left alone.

    `urgent` ones, that somebody waits for, are claimed before all others.
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
    """Up to `limit` messages that may go now, each of another chat, leased under a new `token`."""
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
    """Write `sending` just before the request; False when the claim was lost: do not send."""
    done = await connection.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.claimed_by == row.token, outbox.c.state == QUEUED)
        .values(state=SENDING, attempts=outbox.c.attempts + 1, claimed_until=until)
    )
    return done.rowcount == 1


async def give_back(connection: AsyncConnection, worker: str) -> None:
    """Free what a worker, whose tokens begin with its name, claimed and did not begin."""
    await leases.release(connection, outbox, worker, WAITING, outbox.c.state == QUEUED)


async def recover(database: Database, now: datetime) -> int:
    """Make `unknown` of what was being sent by a worker that is no more; how many."""
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
    """When there may be something to do: a message's time comes, or a claim's ends."""
    return await leases.next_instant(database, outbox, outbox.c.not_before, WAITING, _NO_ROW_BEFORE)


async def prune(connection: AsyncConnection, before: datetime) -> None:
    """Forget what was finished before an instant."""
    await connection.execute(
        delete(outbox).where(
            outbox.c.state.not_in((QUEUED, SENDING)), outbox.c.finished_at < before
        )
    )


Buttons = tuple[tuple[tuple[str, str], ...], ...]
Payload = dict[str, Any]


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A text of any length, and rows of (label, callback data) under its end."""

    text: RichText
    buttons: Buttons = ()


@dataclass(frozen=True, slots=True)
class Prepared:
    """A briefing ready to be sent.

    `until` is the end of what it covers. `briefing_id` goes into the reader's ledger; None keeps
    nothing there. `quiet`: there is nothing new, and a silent subscription gets no message.
    `after`: it is right only for who was given these briefings before, and no others.
    """

    briefing_id: int | None
    parts: tuple[OutgoingMessage, ...]
    until: datetime
    quiet: bool = False
    after: tuple[int, ...] | None = None


class Writer(Protocol):
    """Whoever writes the briefings."""

    async def write(  # noqa: PLR0913, PLR0917  the agreed words
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
        """The briefing of `[start, end)` for a reader whose clock shows `zone`.

        `weekly`: a summary of the seven days before `end` instead, whatever the reader was told.

        Readers who have everything but `reader` in common are asked for one after the other, so
        that what the first one got can be given to the rest. `late`: it should have come earlier.

        Raises:
            SitrepError: it can't be written now; asked again later.
        """
        ...


def reader_of(chat_id: int, thread_id: int) -> str:
    """The reader's name in the ledger; `thread_id` 0 is outside a forum's topics."""
    return f"telegram:{chat_id}:{thread_id}"


def chat_of(reader: str) -> int:
    """The chat of a reader by the ledger's name."""
    return int(reader.split(":")[1])


def payloads(parts: Iterable[OutgoingMessage]) -> tuple[Payload, ...]:
    """As the outbox keeps them, each one Telegram message."""
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
