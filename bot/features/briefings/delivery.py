"""Queues briefings in the outbox, for subscribers and on request."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql, sqlite

from bot.features.briefings import views
from bot.features.watching.store import wish
from bot.language import asked_of_model, speaking
from bot.telegram.outbox import (
    NewMessage,
    OutgoingMessage,
    Prepared,
    chat_of,
    enqueue,
    payloads,
    reader_of,
)
from retrieval.models import BriefingWindow
from retrieval.storage.briefings import given_lately
from retrieval.storage.tables import told

if TYPE_CHECKING:
    from datetime import datetime

    from bot.features.access.people import Languages
    from bot.features.channels import Channels
    from bot.features.questions.admission import Allowance
    from bot.features.watching.store import StoryChoices
    from retrieval.briefing import BriefingService
    from retrieval.models import Length
    from retrieval.storage.database import Database


WEEK = timedelta(days=7)


class BriefingWriter:
    """Writes due briefings for the scheduler."""

    def __init__(
        self,
        desk: BriefingService,
        choices: StoryChoices,
        allowance: Allowance,
        languages: Languages,
        channels: Channels,
    ) -> None:
        self._desk = desk
        self._choices = choices
        self._allowance = allowance
        self._languages = languages
        self._channels = channels

    async def write(  # noqa: PLR0913, PLR0917  the protocol `Writer`
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
        """Write one reader's briefing of a window; readers who would get the same share it.

        `weekly`: of the week before `end`, including what the reader knows.

        Raises:
            SitrepError: it can't be written now.
        """
        with speaking(await self._languages.of(chat_of(reader))):
            window = (
                BriefingWindow(end - WEEK, end)
                if weekly
                else self._desk.within(BriefingWindow(start, end))
            )
            chosen = await self._choices.of(reader)
            async with self._allowance.of(None) as in_quotes:
                written = await self._desk.write(
                    reader,
                    replace(wish(topics, length, window, chosen), whole=weekly),
                    end,
                    in_quotes=in_quotes,
                    language=asked_of_model(),
                )
            place = ZoneInfo(zone)
            # Buttons in a channel would show their page to everybody.
            in_channel = await self._channels.is_channel(chat_of(reader))
            parts = tuple(
                OutgoingMessage(
                    page.text,
                    () if in_channel else views.numbers(written.id, page.stories),
                )
                for page in views.pages(written.briefing, place, late=late)
            )
            quiet = not written.briefing.stories
            return Prepared(written.id, parts, end, quiet=quiet)


async def hand_over(  # noqa: PLR0913  the details of a delivery
    database: Database,
    *,
    chat_id: int,
    thread_id: int,
    name: str,
    prepared: Prepared,
    now: datetime,
) -> bool:
    """Queue a briefing and enter it in the ledger, both or neither; once for each `name`.

    Returns False and does nothing if the reader was told something since it was written, which
    it might repeat. If nothing of it arrives, the postman removes it from the ledger.

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
