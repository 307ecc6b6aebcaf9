"""Questions without an answer, kept until a briefing has come and they can be asked again."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from bot.tables import noted, subscription
from retrieval.archive.leases import LeaseHolder, next_instant
from retrieval.archive.tables import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database

MOST_OPEN = 20
KEPT = timedelta(days=30)
_PAGE = 500


class Noting(StrEnum):
    """What became of a press."""

    NOTED = "noted"
    TAKEN_BACK = "taken back"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class NotedQuestion:
    """A question of a person in a chat, or in a thread of one (0 outside of topics)."""

    id: int
    chat_id: int
    thread_id: int
    person_id: int
    question: str
    noted_at: datetime
    looked_at: datetime

    @property
    def reader(self) -> str:
        """Whose briefing lets it be asked again: the reader's name in the ledger."""
        return f"telegram:{self.chat_id}:{self.thread_id}"


class NotedQuestions:
    """The questions that are noted."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._leases = LeaseHolder(database, noted, now=now)

    async def switch(
        self, where: tuple[int, int], person_id: int, question: str, now: datetime
    ) -> Noting:
        """Note a question of a person in a chat and thread; if it is noted, take that back.

        Raises:
            ArchiveError: the database failed.
        """
        mine = noted.c.person_id == person_id
        same = mine & (noted.c.chat_id == where[0]) & (noted.c.thread_id == where[1])
        async with self._database.write() as connection:
            gone = await connection.execute(delete(noted).where(same, noted.c.question == question))
            if gone.rowcount:
                return Noting.TAKEN_BACK
            open_ = (await connection.execute(select(func.count()).where(mine))).scalar_one()
            if open_ >= MOST_OPEN:
                return Noting.TOO_MANY
            await connection.execute(
                insert(noted).values(
                    chat_id=where[0],
                    thread_id=where[1],
                    person_id=person_id,
                    question=question,
                    noted_at=now,
                    looked_at=now,
                )
            )
        return Noting.NOTED

    async def due(self, now: datetime) -> list[NotedQuestion]:
        """Those whose reader was given a briefing since they were looked at; the old are deleted.

        Raises:
            ArchiveError: the database failed.
        """
        async with self._database.write() as connection:
            await connection.execute(delete(noted).where(noted.c.noted_at < now - KEPT))
        found: list[NotedQuestion] = []
        last = 0
        async with self._database.read() as connection:
            while True:
                query = select(noted).where(noted.c.id > last).order_by(noted.c.id).limit(_PAGE)
                page = [_question(row) for row in await connection.execute(query)]
                if not page:
                    return found
                informed = await _informed(connection, page)
                found += [
                    one
                    for one in page
                    if informed.get(one.reader, now) > one.looked_at and one.reader in informed
                ]
                last = page[-1].id

    @asynccontextmanager
    async def asking(self, one: NotedQuestion) -> AsyncIterator[str | None]:
        """The token of a question's lease, held during the block.

        None if another program has it, or it is settled by now.

        Raises:
            LeaseLostError: another program has it by now.
            ArchiveError: the database failed.
        """
        c = noted.c
        query = select(noted).where(c.id == one.id, c.looked_at == one.looked_at)
        token, rows = await self._leases.claim(query)
        if not rows:
            yield None
            return
        try:
            async with self._leases.holding(token, one.id):
                yield token
        finally:
            await self._leases.release(token)

    async def next_lease_end(self) -> datetime | None:
        """When the first question is free again that a program has."""
        until = noted.c.claimed_until
        return await next_instant(self._database, noted, until, until.is_not(None))

    async def looked(self, one: NotedQuestion, now: datetime, token: str) -> None:
        """It was asked again, in vain."""
        mine = (noted.c.id == one.id) & (noted.c.claimed_by == token)
        async with self._database.write() as connection:
            await connection.execute(update(noted).where(mine).values(looked_at=now))


async def settle(connection: AsyncConnection, one: NotedQuestion, token: str) -> bool:
    """It is answered, in the caller's transaction; False if it was meanwhile, or taken back."""
    c = noted.c
    mine = (c.id == one.id) & (c.looked_at == one.looked_at) & (c.claimed_by == token)
    return (await connection.execute(delete(noted).where(mine))).rowcount == 1


async def _informed(
    connection: AsyncConnection, page: Sequence[NotedQuestion]
) -> dict[str, datetime]:
    """By reader, when they were given a briefing last, or had none because nothing was new."""
    query = (
        select(told.c.reader, func.max(told.c.told_at).label("at"))
        .where(told.c.reader.in_({one.reader for one in page}))
        .group_by(told.c.reader)
    )
    last = {row.reader: row.at for row in await connection.execute(query)}
    c = subscription.c
    quiet = select(c.chat_id, c.thread_id, c.covered_until).where(
        c.chat_id.in_({one.chat_id for one in page}), c.state == "active"
    )
    for row in await connection.execute(quiet):
        reader = f"telegram:{row.chat_id}:{row.thread_id}"
        last[reader] = max(last.get(reader, row.covered_until), row.covered_until)
    return last


def _question(row: Row[Any]) -> NotedQuestion:
    return NotedQuestion(
        row.id,
        row.chat_id,
        row.thread_id,
        row.person_id,
        row.question,
        row.noted_at,
        row.looked_at,
    )
