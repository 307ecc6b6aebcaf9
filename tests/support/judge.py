"""Invariants whatever people do: of the bot's calls, its log, the archive and the ledger."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sqlalchemy import select

from bot.tables import outbox
from retrieval.storage import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from bot.local_api.gateway import Call
    from retrieval.library import Library
    from tests.support.town import Town

# Errors that people can cause and no bot can prevent: a message is gone or unchanged, or they
# blocked the bot.
_PERSONS_DOING = re.compile(
    "message to (edit|delete|be replied) not found|message can't be (edited|deleted)"
    "|message is not modified|query is too old|bot was (blocked|kicked)|bot is not a member",
    re.IGNORECASE,
)
_QUOTED = re.compile(r"“([^“”]+)” \[\d")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def refused(calls: Iterable[Call]) -> list[str]:
    """Calls that Telegram refused, cut short or did not understand."""
    found = []
    for call in calls:
        said = f"{call.method}: {call.error or ''} {str(call.parameters)[:600]}"
        person = call.error is not None and _PERSONS_DOING.search(call.error)
        if call.fault or (call.code in {400, 403} and person):
            continue
        if call.code >= 400 or call.unknown or call.ignored_entities:
            found.append(f"{call.code} {said} unknown: {call.unknown}")
    return found


def quotations(town: Town) -> set[str]:
    """The quotations with footnotes in the bot's messages."""
    return {
        _plain(quote)
        for chat in town.api.world.chats.values()
        for message in chat.messages.values()
        if message.sender is town.api.bot
        for quote in _QUOTED.findall(message.text)
    }


async def made_up(town: Town) -> list[str]:
    """Quotations that are in no stored revision."""
    async with town.library.database.read() as connection:
        rows = await connection.execute(select(tables.revision.c.text))
        texts = [_plain(text) for text in rows.scalars()]
    return [quote for quote in quotations(town) if not any(quote in text for text in texts)]


async def wrong_spans(library: Library) -> list[str]:
    """Citations whose span isn't in their revision's text."""
    async with library.database.read() as connection:
        rows = await connection.execute(select(tables.revision.c.id, tables.revision.c.text))
        length = {row.id: len(row.text) for row in rows}
        given = (await connection.execute(select(tables.given_answer.c.citations))).scalars()
        return [
            str(one)
            for citations in given
            for one in citations
            if one["revision_id"] in length
            and not 0 <= one["start"] < one["end"] <= length[one["revision_id"]]
        ]


async def index_gaps(library: Library) -> tuple[set[str], set[str]]:
    """Passages without a vector, and vectors without a current passage."""
    living = (
        select(tables.passage.c.revision_id, tables.passage.c.ordinal)
        .join(tables.revision, tables.revision.c.id == tables.passage.c.revision_id)
        .where(tables.LIVING)
    )
    async with library.database.read() as connection:
        rows = await connection.execute(living)
        wanted = {f"{row.revision_id}:{row.ordinal}" for row in rows}
    there = await library.indexer.ids()
    return wanted - there, there - wanted


async def misdelivered(town: Town) -> list[str]:
    """Outbox messages marked as sent that didn't arrive, or arrived in another chat."""
    async with town.library.database.read() as connection:
        query = select(outbox.c.once, outbox.c.chat_id, outbox.c.message_id)
        rows = (await connection.execute(query.where(outbox.c.message_id.is_not(None)))).all()
    chats = town.api.world.chats
    places = [(row.chat_id, row.message_id) for row in rows]
    return [
        row.once
        for row, place in zip(rows, places, strict=True)
        if places.count(place) > 1 or row.message_id not in chats[row.chat_id].messages
    ]


async def told_twice(library: Library) -> Mapping[str, set[str]]:
    """By reader, claims in more than one of their briefings."""
    query = select(tables.told.c.reader, tables.briefing.c.content).join(
        tables.briefing, tables.briefing.c.id == tables.told.c.briefing_id
    )
    async with library.database.read() as connection:
        rows = (await connection.execute(query)).all()
    seen: dict[str, set[str]] = {}
    twice: dict[str, set[str]] = {}
    for row in rows:
        claims = {claim["text"] for story in row.content["stories"] for claim in story["claims"]}
        mine = seen.setdefault(row.reader, set())
        if again := mine & claims:
            twice.setdefault(row.reader, set()).update(again)
        mine |= claims
    return twice


def _plain(text: str) -> str:
    return " ".join(_INVISIBLE.sub("", text).split())
