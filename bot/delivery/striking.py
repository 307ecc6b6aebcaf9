"""What waits to be sent and quotes a removed article is struck before it goes.

A message is known by its link to the article, or, where the article has none, by its title and any
of its sentences. Every piece of the briefing that is not on its way yet is struck: the footnote
that names the article may stand in another piece than the claim that rests on it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update

from bot.delivery.corrections import NAME
from bot.delivery.outbox import QUEUED, WAITING
from bot.render.rich_text import plain
from bot.tables import outbox
from retrieval.archive.leases import RELEASED
from retrieval.archive.quotable import Quotable, quotable
from retrieval.splitting import split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import Column, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database

STRUCK = "This part of your briefing quoted an article that was removed. /briefing makes a new one."
# of a message that is no briefing's: about a correction
STRUCK_CORRECTION = "A correction that was to come here quoted an article that was removed since."
_AT_ONCE = 500
_WAITS = (WAITING, outbox.c.state == QUEUED)


async def strike(database: Database, article_id: int) -> int:
    """Strike what waits and quotes an article; returns how many messages.

    A worker that had claimed one loses its claim, so what it read before is not sent.

    Raises:
        ArchiveError: the database failed; nothing was struck.
    """
    async with database.write() as connection:
        quotes = quoting(await quotable(connection, article_id, split))
        briefings: set[str] = set()
        async for rows in _waiting(connection, outbox.c.payload):
            briefings |= {_briefing(row.once) for row in rows if quotes(row.payload)}
        struck = 0
        # By number, a page at a time: looking for names in SQL reads the whole outbox for each.
        async for rows in _waiting(connection):
            for text, about_correction in ((STRUCK, False), (STRUCK_CORRECTION, True)):
                ids = [
                    row.id
                    for row in rows
                    if (name := _briefing(row.once)) in briefings
                    and name.startswith(f"{NAME}:") is about_correction
                ]
                struck += await _strike(connection, ids, text)
        return struck


def quoting(article: Quotable) -> Callable[[dict[str, Any]], bool]:
    """Tells of a message, as the outbox keeps it, whether it has words of an article."""
    if article.url is not None:
        address = article.url.partition("#")[0]
        return lambda payload: any(
            entity[3] and entity[3].partition("#")[0] == address for entity in payload["entities"]
        )
    folded = (_folded(plain(one).text) for one in (article.titles | article.sentences))
    said = tuple(one for one in folded if one)

    def in_words(payload: dict[str, Any]) -> bool:
        text = _folded(payload["text"])
        return any(one in text for one in said)

    return in_words


async def _waiting(
    connection: AsyncConnection, *more: Column[Any]
) -> AsyncIterator[Sequence[Row[Any]]]:
    """What is not on its way yet, by pages: number, name, and what else is asked for."""
    query = select(outbox.c.id, outbox.c.once, *more).where(*_WAITS).order_by(outbox.c.id)
    last = 0
    while rows := (await connection.execute(query.where(outbox.c.id > last).limit(_AT_ONCE))).all():
        yield rows
        last = rows[-1].id


async def _strike(connection: AsyncConnection, ids: Sequence[int], text: str) -> int:
    if not ids:
        return 0
    payload = {"text": text, "entities": [], "buttons": []}
    done = await connection.execute(
        update(outbox).where(*_WAITS, outbox.c.id.in_(ids)).values(payload=payload, **RELEASED)
    )
    return done.rowcount


def _folded(words: str) -> str:
    return " ".join(words.split())


def _briefing(once: str) -> str:
    return once.rpartition(":")[0]
