"""Questions without an answer, kept until a briefing has come and they can be asked again."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from telegram import Message

from bot.background import BackgroundService
from bot.features.questions.handlers import conversation, speaker_of
from bot.features.questions.views import NoteButton, render, rows_under_answer
from bot.features.topics import topic_of
from bot.language import N_, asked_of_model, day, speaking, translated
from bot.language import gettext as _
from bot.tables import noted, subscription
from bot.telegram.outbox import NewMessage, OutgoingMessage, enqueue, payloads
from bot.telegram.rich_text import join, plain, styled
from retrieval.errors import ArchiveError
from retrieval.models import Answer
from retrieval.storage.leases import LeaseHolder, LeaseLostError, next_instant
from retrieval.storage.tables import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection
    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features.access.people import Languages
    from bot.features.questions.admission import Allowance
    from retrieval.answering import Answerer
    from retrieval.archive import Archive
    from retrieval.storage.database import Database


MOST_OPEN = 20
KEPT = timedelta(days=30)
_PAGE = 500


class SaveResult(StrEnum):
    """What became of a press."""

    NOTED = "noted"
    TAKEN_BACK = "taken back"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class SavedQuestion:
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


class SavedQuestions:
    """The questions that are noted."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._leases = LeaseHolder(database, noted, now=now)

    async def switch(
        self, where: tuple[int, int], person_id: int, question: str, now: datetime
    ) -> SaveResult:
        """Note a question of a person in a chat and thread; if it is noted, take that back.

        Raises:
            ArchiveError: the database failed.
        """
        mine = noted.c.person_id == person_id
        same = mine & (noted.c.chat_id == where[0]) & (noted.c.thread_id == where[1])
        async with self._database.write() as connection:
            gone = await connection.execute(delete(noted).where(same, noted.c.question == question))
            if gone.rowcount:
                return SaveResult.TAKEN_BACK
            open_ = (await connection.execute(select(func.count()).where(mine))).scalar_one()
            if open_ >= MOST_OPEN:
                return SaveResult.TOO_MANY
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
        return SaveResult.NOTED

    async def due(self, now: datetime) -> list[SavedQuestion]:
        """Those whose reader was given a briefing since they were looked at; the old are deleted.

        Raises:
            ArchiveError: the database failed.
        """
        async with self._database.write() as connection:
            await connection.execute(delete(noted).where(noted.c.noted_at < now - KEPT))
        found: list[SavedQuestion] = []
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
    async def asking(self, one: SavedQuestion) -> AsyncIterator[str | None]:
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

    async def looked(self, one: SavedQuestion, now: datetime, token: str) -> None:
        """It was asked again, in vain."""
        mine = (noted.c.id == one.id) & (noted.c.claimed_by == token)
        async with self._database.write() as connection:
            await connection.execute(update(noted).where(mine).values(looked_at=now))


async def settle(connection: AsyncConnection, one: SavedQuestion, token: str) -> bool:
    """It is answered, in the caller's transaction; False if it was meanwhile, or taken back."""
    c = noted.c
    mine = (c.id == one.id) & (c.looked_at == one.looked_at) & (c.claimed_by == token)
    return (await connection.execute(delete(noted).where(mine))).rowcount == 1


async def _informed(
    connection: AsyncConnection, page: Sequence[SavedQuestion]
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


def _question(row: Row[Any]) -> SavedQuestion:
    return SavedQuestion(
        row.id,
        row.chat_id,
        row.thread_id,
        row.person_id,
        row.question,
        row.noted_at,
        row.looked_at,
    )


log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class SavedQuestionService(BackgroundService):
    """Looks after briefings; `wake` when one was given, `queued` when there is a message to send.

    What has an answer goes into the outbox in the transaction that ends the note: neither is lost
    nor doubled, whatever happens in between.
    """

    def __init__(  # noqa: PLR0913  what an answer is made with
        self,
        questions: SavedQuestions,
        answerer: Answerer,
        archive: Archive,
        database: Database,
        *,
        allowance: Allowance,
        languages: Languages,
        now: Callable[[], datetime],
        queued: Callable[[], None],
    ) -> None:
        self._questions, self._answerer = questions, answerer
        self._archive, self._database = archive, database
        self._allowance, self._languages = allowance, languages
        self._now, self._queued = now, queued
        super().__init__("asking noted questions again", self.work)

    async def work(self) -> float:
        """Ask all that are due, once; the seconds until it should be looked again.

        Raises:
            SitrepError: one can't be asked now; it and those after it wait.
        """
        for one in await self._questions.due(self._now()):
            try:
                async with self._questions.asking(one) as token:
                    if token is not None:
                        with speaking(await self._languages.of(one.chat_id)):
                            await self._ask(one, token)
            except LeaseLostError:
                log.warning("a noted question is left to another program")
        ends = await self._questions.next_lease_end()
        if ends is None:
            return LOOK_EVERY_S
        return min(max((ends - self._now()).total_seconds(), 1.0), LOOK_EVERY_S)

    async def _ask(self, one: SavedQuestion, token: str) -> None:
        now = self._now()
        async with self._allowance.of(one.person_id) as in_quotes:
            result = await self._answerer.answer(
                one.question, now, in_quotes=in_quotes, language=asked_of_model()
            )
            if not isinstance(result, Answer):
                await self._questions.looked(one, now, token)
                return
            answer_id = await self._archive.answers.keep(one.reader, result, one.person_id)
        head = _("You asked on {date}: {question}").format(
            date=day(one.noted_at), question=plain(one.question).text
        )
        text = join([styled("bold", head), render(result)], "\n\n")
        buttons = rows_under_answer(answer_id, result, topic_of)
        parts = payloads([OutgoingMessage(text, buttons)])
        messages = [
            NewMessage(f"noted:{one.id}:{number}", one.chat_id, one.thread_id, payload)
            for number, payload in enumerate(parts, start=1)
        ]
        async with self._database.write() as connection:
            if not await settle(connection, one, token):
                return
            await enqueue(connection, messages, now)
        log.info("a noted question is answered")
        self._queued()


_SAID = {
    SaveResult.NOTED: N_(
        "Saved: for 30 days I'll ask this again after each briefing you get, by "
        "subscription or /briefing. Press again to undo."
    ),
    SaveResult.TAKEN_BACK: N_("Undone."),
    SaveResult.TOO_MANY: N_("You have {count} saved questions; undo one first."),
}


class SavedQuestionHandlers:
    """Notes questions for whoever asked them."""

    def __init__(
        self, archive: Archive, questions: SavedQuestions, now: Callable[[], datetime]
    ) -> None:
        self._archive, self._questions, self._now = archive, questions, now

    async def on_note(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """The button was pressed, maybe again."""
        query = update.callback_query
        found = NoteButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        shown = query.message
        try:
            asked = await self._archive.answers.asked(conversation(shown), found.answer_id)
            if asked.person_id != query.from_user.id:
                await query.answer(_("Only the person who asked can save it."))
                return
            where = (shown.chat_id, speaker_of(shown).thread_id)
            done = await self._questions.switch(
                where, query.from_user.id, asked.question, self._now()
            )
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        said = _(_SAID[done]).format(count=MOST_OPEN)
        await query.answer(said, show_alert=done is not SaveResult.TAKEN_BACK)
