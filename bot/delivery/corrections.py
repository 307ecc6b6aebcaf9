"""Readers who were given a sentence that its source has changed since are told, once.

Each new revision is looked at once, two minutes after it came. What is told of it and the note that
it was looked at are written in one transaction, so a crash repeats and loses nothing; from there
the postman has it.
"""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from bot.background import BackgroundService
from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.prepared import OutgoingMessage, payloads
from bot.language import LANGUAGES, Spoken, speaking
from bot.render.corrections import correction_text
from bot.tables import correction_choice, spoken
from retrieval.archive.corrected import (
    given_quotes,
    look_until,
    looked_until,
    newest_revision,
    superseded,
)
from retrieval.grounding.standing import is_corrected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Row, Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.corrected import GivenQuote, Superseded
    from retrieval.archive.database import Database

LOOK_EVERY_S = 30.0
# A revision is looked at when it is so old: an answer that was being written meanwhile is kept by
# then, and what an outlet corrects twice in a row is one message.
SETTLES = timedelta(minutes=2)
# The first part of the names of these messages in the outbox.
NAME = "corrected"
_CHATS_AT_ONCE = 500
_CONVERSATION = re.compile(r"telegram:(-?\d{1,19}):(\d{1,19})")


class Corrections(BackgroundService):
    """Looks at new revisions; `wake` when there may be some, `queued` when there are messages.

    Answers of the last `days` count; with 0 nobody is told of anything.
    """

    def __init__(
        self,
        database: Database,
        days: int,
        now: Callable[[], datetime],
        queued: Callable[[], None],
    ) -> None:
        self._database = database
        self._days = days
        self._now, self._queued = now, queued
        super().__init__("telling of corrections", self._work)

    async def _work(self) -> float:
        if await self.tell():
            self._queued()
        return LOOK_EVERY_S

    async def tell(self) -> int:
        """Put what there is to tell into the outbox; returns how many messages.

        What was revised before the first time is let be.

        Raises:
            ArchiveError: the database failed; nothing was written, and it is looked at again.
        """
        async with self._database.read() as connection:
            before = await looked_until(connection)
            newest = await newest_revision(connection, self._now() - SETTLES)
            if before is not None and newest <= before:
                return 0
            messages: list[NewMessage] = []
            if before is not None and self._days:
                messages = await self._messages(connection, before, newest)
        try:
            async with self._database.write() as connection:
                if await looked_until(connection, lock=True) != before:
                    return 0  # another program was faster
                await enqueue(connection, messages, self._now())
                await look_until(connection, before, newest)
        except IntegrityError:
            return 0  # likewise, and for the first time
        return len(messages)

    async def _messages(
        self, connection: AsyncConnection, before: int, newest: int
    ) -> list[NewMessage]:
        articles = await superseded(connection, before, newest)
        since = self._now() - timedelta(days=self._days)
        given = await given_quotes(connection, articles, since)
        chats = sorted(
            {int(found[1]) for one in given if (found := _CONVERSATION.fullmatch(one.conversation))}
        )
        choices = await _of_chats(connection, correction_choice, chats)
        silent = frozenset(row.chat_id for row in choices if not row.wanted)
        languages = {
            row.chat_id: Spoken(row.language, row.chosen)
            for row in await _of_chats(connection, spoken, chats)
            if row.language in LANGUAGES
        }
        # Each sentence is looked for in two texts, too long for the loop where many were given it.
        return await asyncio.to_thread(
            lambda: list(messages_of(articles, given, silent, languages))
        )


def messages_of(
    articles: Mapping[int, Superseded],
    given: Iterable[GivenQuote],
    silent: frozenset[int],
    languages: Mapping[int, Spoken],
) -> Iterator[NewMessage]:
    """One message for each chat and article; none where the sentences still stand. Pure."""
    groups: dict[tuple[str, int], list[GivenQuote]] = {}
    for one in given:
        article = articles[one.article_id]
        if is_corrected(one.quote, article.before, article.text):
            groups.setdefault((one.conversation, one.article_id), []).append(one)
    for (conversation, article_id), quotes in groups.items():
        where = _CONVERSATION.fullmatch(conversation)
        if where is None or int(where[1]) in silent:
            continue
        article = articles[article_id]
        name = f"{NAME}:{article.article.revision_id}:{where[1]}:{where[2]}"
        with speaking(languages.get(int(where[1]), Spoken())):
            parts = payloads([OutgoingMessage(correction_text(article, quotes))])
        for number, payload in enumerate(parts, start=1):
            yield NewMessage(f"{name}:{number}", int(where[1]), int(where[2]), payload)


async def _of_chats(
    connection: AsyncConnection, table: Table, chats: Sequence[int]
) -> list[Row[Any]]:
    """The rows of these chats, asked for in parts."""
    found: list[Row[Any]] = []
    for at in range(0, len(chats), _CHATS_AT_ONCE):
        query = select(table).where(table.c.chat_id.in_(chats[at : at + _CHATS_AT_ONCE]))
        found += (await connection.execute(query)).all()
    return found


async def wants_corrections(database: Database, chat_id: int) -> bool:
    """Whether a chat is told of corrections."""
    choice = correction_choice.c
    async with database.read() as connection:
        query = select(choice.wanted).where(choice.chat_id == chat_id)
        found: bool | None = (await connection.execute(query)).scalar()
    return found is not False


async def choose_corrections(
    database: Database, chat_id: int, now: datetime, *, wanted: bool
) -> None:
    """Keep what a chat wants."""
    values = {"wanted": wanted, "chosen_at": now}
    async with database.write() as connection:
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        statement = dialect.insert(correction_choice).values(chat_id=chat_id, **values)
        await connection.execute(
            statement.on_conflict_do_update(index_elements=["chat_id"], set_=values)
        )
