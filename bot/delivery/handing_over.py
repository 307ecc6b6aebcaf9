"""A briefing that somebody asked for, put into the outbox together with the ledger's line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy.dialects import postgresql, sqlite

from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.prepared import payloads, reader_of
from retrieval.archive.briefings import given_lately
from retrieval.archive.tables import told

if TYPE_CHECKING:
    from datetime import datetime

    from bot.delivery.prepared import Prepared
    from retrieval.archive.database import Database


async def hand_over(  # noqa: PLR0913  what a delivery is
    database: Database,
    *,
    chat_id: int,
    thread_id: int,
    name: str,
    prepared: Prepared,
    now: datetime,
) -> bool:
    """Queue a briefing and count it as told, both or neither; the same `name` again does nothing.

    False, and nothing is done, where the reader was told something else since it was written: it
    may repeat that. Should nothing of it arrive, the postman takes it out of the ledger.

    Raises:
        ArchiveError: the database failed, and nothing was queued.
    """
    of = {
        "briefing": prepared.briefing_id,
        "start": prepared.until.isoformat(),
        "until": prepared.until.isoformat(),
    }
    messages = [
        NewMessage(
            once=f"{name}:{number}",
            chat_id=chat_id,
            thread_id=thread_id,
            payload=payload if number > 1 else payload | {"of": of},
        )
        for number, payload in enumerate(payloads(prepared.parts), start=1)
    ]
    reader = reader_of(chat_id, thread_id)
    line = {
        "reader": reader,
        "briefing_id": prepared.briefing_id,
        "told_at": now,
        "until": prepared.until,
    }
    async with database.write() as connection:
        if prepared.after is not None:
            given = await given_lately(connection, reader, now)
            if given != frozenset(prepared.after):
                return False
        await enqueue(connection, messages, now, urgent=True)
        if prepared.briefing_id is not None:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            await connection.execute(dialect.insert(told).on_conflict_do_nothing(), [line])
    return True
