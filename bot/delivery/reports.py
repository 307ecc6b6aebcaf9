"""Telling the owner what nobody can know: which messages may or may not have arrived."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select, update

from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.prepared import OutgoingMessage, payloads
from bot.delivery.settling import unreported
from bot.language import DEFAULT, ngettext, number, speaking
from bot.language import gettext as _
from bot.render.rich_text import RichText
from bot.tables import outbox, spoken

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
    owners = sorted(admins)
    query = select(spoken.c.chat_id, spoken.c.language).where(spoken.c.chat_id.in_(owners))
    language = {row.chat_id: row.language for row in await connection.execute(query)}
    messages = []
    for owner in owners:
        with speaking(language.get(owner, DEFAULT)):
            text = RichText(_sentence([row.chat_id for row in rows]))
        (payload,) = payloads([OutgoingMessage(text)])
        messages.append(NewMessage(f"report:{max(ids)}:{owner}", owner, 0, payload))
    await enqueue(connection, messages, now)
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
    if (rest := len(different) - _CHATS_NAMED) > 0:
        named += " " + _("and {count} more").format(count=number(rest))
    return ngettext(
        "{count} message of a briefing may or may not have arrived: Telegram did not say, or this "
        "program ended before it heard. It was not sent again. Chats: {chats}.",
        "{count} messages of a briefing may or may not have arrived: Telegram did not say, or this "
        "program ended before it heard. They were not sent again. Chats: {chats}.",
        len(chats),
    ).format(count=number(len(chats)), chats=named)
