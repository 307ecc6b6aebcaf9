"""Subscriptions, a writer without a model, and a postman on a local Telegram."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.tables import outbox, subscription
from bot.telegram.outbox import OutgoingMessage, Prepared
from bot.telegram.postman import Postman, PostmanConfig
from bot.telegram.rate_limit import RateLimiter, RateLimits
from bot.telegram.rich_text import RichText, styled
from retrieval.storage import tables
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Sequence

    from bot.local_api import LocalBotApi, Message
    from retrieval.models import Length
    from retrieval.storage.database import Database

DUE = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
UNPACED = RateLimits(overall=10_000, burst=10_000, kept=0, per_chat=10_000, per_group=100_000)


def daily(_minute: int, _weekdays: int, _zone: str, after: datetime) -> datetime:
    """Every day at seven, UTC."""
    at = after.replace(hour=7, minute=0, second=0, microsecond=0)
    return at if at > after else at + timedelta(days=1)


async def subscribe(
    database: Database, chats: Sequence[int], due: datetime = DUE, **more: Any
) -> list[int]:
    rows = [
        {
            "chat_id": chat,
            "thread_id": 0,
            "created_by": abs(chat),
            "created_at": due - timedelta(days=1),
            "minute": 7 * 60,
            "weekdays": 127,
            "zone": "UTC",
            "topics": [],
            "length": "standard",
            "silent": False,
            "state": "active",
            "next_due_at": due,
            "covered_until": due - timedelta(days=1),
            **more,
        }
        for chat in chats
    ]
    ids: list[int] = []
    async with database.write() as connection:
        for row in rows:
            done = await connection.execute(
                insert(subscription).values(**row).returning(subscription.c.id)
            )
            ids.append(done.scalar_one())
    return ids


async def kept_briefing(database: Database) -> int:
    async with database.write() as connection:
        done = await connection.execute(
            insert(tables.briefing)
            .values(written_at=DUE, key=None, content={})
            .returning(tables.briefing.c.id)
        )
        return int(done.scalar_one())


@dataclass
class FakeWriter:
    """Records requests; the test sets its results."""

    parts: int = 2
    briefing_id: int | None = None
    quiet: bool = False
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    async def write(
        self,
        reader: str,
        topics: tuple[str, ...],
        length: Length,
        start: datetime,
        end: datetime,
        zone: str,
        late: bool,
        weekly: bool = False,  # noqa: ARG002
    ) -> Prepared:
        await asyncio.sleep(0)
        self.asked.append((reader, topics, length, start, end, zone, late))
        if self.failures:
            raise self.failures.pop(0)
        head = "Late briefing" if late else "Briefing"
        parts = tuple(
            OutgoingMessage(
                styled("bold", head) + f" of {end:%d %b %H:%M}, part {number}",
                ((("More", f"more:{number}"),),) if number == self.parts else (),
            )
            for number in range(1, self.parts + 1)
        )
        return Prepared(self.briefing_id, parts, end, self.quiet)


async def rows(database: Database) -> list[Any]:
    async with database.read() as connection:
        return list((await connection.execute(select(outbox).order_by(outbox.c.id))).all())


async def subscriptions(database: Database) -> list[Any]:
    async with database.read() as connection:
        query = select(subscription).order_by(subscription.c.id)
        return list((await connection.execute(query)).all())


async def ledger(database: Database) -> list[tuple[str, int]]:
    async with database.read() as connection:
        query = select(tables.told.c.reader, tables.told.c.briefing_id).order_by("reader")
        return [(row.reader, row.briefing_id) for row in await connection.execute(query)]


async def states(database: Database) -> dict[str, int]:
    async with database.read() as connection:
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        return {row[0]: row[1] for row in await connection.execute(query)}


async def until_settled(database: Database, patience_s: float = 10) -> None:
    async def settled() -> bool:
        found = await states(database)
        return not found.get("queued") and not found.get("sending")

    await until(settled, patience_s)


def from_bot(api: LocalBotApi, chat_id: int) -> list[Message]:
    return [one for one in api.world.chat(chat_id).messages.values() if one.sender is api.bot]


def plain_message(text: str) -> OutgoingMessage:
    return OutgoingMessage(RichText(text))


@asynccontextmanager
async def postman_at_work(
    api: LocalBotApi,
    database: Database,
    *,
    admin_ids: Collection[int] = (),
    habits: PostmanConfig | None = None,
    pacing: RateLimits = UNPACED,
    read_timeout_s: float = 5.0,
    **more: Any,
) -> AsyncIterator[Postman]:
    pacer = RateLimiter(pacing)
    request = HTTPXRequest(connection_pool_size=80, read_timeout=read_timeout_s)
    bot: ExtBot[Any] = ExtBot(
        api.token, api.base_url, request=request, rate_limiter=pacer.limiter()
    )
    async with bot:
        postman = Postman(bot, database, pacer, admin_ids=admin_ids, habits=habits, **more)
        async with postman.running():
            yield postman
