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
from retrieval.archive.quotable import Quotable, quotable
from retrieval.splitting import split

if TYPE_CHECKING:
    from retrieval.archive.database import Database

STRUCK = "This part of your briefing quoted an article that was removed. /briefing makes a new one."
# of a message that is no briefing's: about a correction
STRUCK_CORRECTION = "A correction that was to come here quoted an article that was removed since."
_AT_ONCE = 500


async def strike(database: Database, article_id: int) -> int:
    """Strike what waits and quotes an article; returns how many messages.

    A worker that had claimed one loses its claim, so what it read before is not sent.

    Raises:
        ArchiveError: the database failed; nothing was struck.
    """
    waits = (WAITING, outbox.c.state == QUEUED)
    async with database.write() as connection:
        article = await quotable(connection, article_id, split)
        briefings: set[str] = set()
        last = 0
        while True:
            query = select(outbox.c.id, outbox.c.once, outbox.c.payload)
            query = query.where(*waits, outbox.c.id > last).order_by(outbox.c.id)
            rows = (await connection.execute(query.limit(_AT_ONCE))).all()
            if not rows:
                break
            briefings |= {_briefing(row.once) for row in rows if quotes(row.payload, article)}
            last = rows[-1].id
        struck = 0
        for one in sorted(briefings):
            done = await connection.execute(
                update(outbox)
                .where(*waits, outbox.c.once.startswith(f"{one}:", autoescape=True))
                .values(payload=_payload(one), claimed_by=None, claimed_until=None)
            )
            struck += done.rowcount
        return struck


def quotes(payload: dict[str, Any], article: Quotable) -> bool:
    """Whether a message, as the outbox keeps it, has words of an article."""
    if article.url is not None:
        links = [entity[3] for entity in payload["entities"] if entity[3]]
        return any(link.partition("#")[0] == article.url.partition("#")[0] for link in links)
    said = _folded(payload["text"])
    sentences = (_folded(plain(one).text) for one in (article.titles | article.sentences))
    return any(one and one in said for one in sentences)


def _folded(words: str) -> str:
    return " ".join(words.split())


def _payload(name: str) -> dict[str, Any]:
    text = STRUCK_CORRECTION if name.startswith(f"{NAME}:") else STRUCK
    return {"text": text, "entities": [], "buttons": []}


def _briefing(once: str) -> str:
    return once.rpartition(":")[0]
