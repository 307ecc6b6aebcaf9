"""Telling the owner what nobody can know: which messages may or may not have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import update

from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.prepared import OutgoingMessage, payloads
from bot.delivery.settling import unreported
from bot.render.rich_text import RichText
from bot.tables import outbox

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

_CHATS_NAMED = 10
_CHUNK = 500


async def report_unknown(connection: AsyncConnection, admins: Iterable[int], now: datetime) -> int:
    """Queue one message to each admin on all that was not reported yet; how many rows it is about.

    In one transaction with the note that they were reported, so a crash repeats or loses nothing.
    """
    rows = (await connection.execute(unreported().with_for_update(skip_locked=True))).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    (payload,) = payloads([OutgoingMessage(RichText(_sentence([row.chat_id for row in rows])))])
    await enqueue(
        connection,
        [NewMessage(f"report:{max(ids)}:{admin}", admin, 0, payload) for admin in sorted(admins)],
        now,
    )
    for start in range(0, len(ids), _CHUNK):
        await connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids[start : start + _CHUNK]), outbox.c.state == "unknown")
            .values(claimed_by=None)
        )
    return len(rows)


def _sentence(chats: list[int]) -> str:
    different = sorted(set(chats))
    named = ", ".join(str(chat) for chat in different[:_CHATS_NAMED])
    more = f" and {len(different) - _CHATS_NAMED} more" if len(different) > _CHATS_NAMED else ""
    one = len(chats) == 1
    return (
        f"{len(chats)} message{'' if one else 's'} of a briefing may or may not have arrived: "
        "Telegram did not say, or this program ended before it heard. "
        f"{'It was' if one else 'They were'} not sent again. "
        f"Chat{'' if len(different) == 1 else 's'}: {named}{more}."
    )
