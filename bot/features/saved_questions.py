"""Saved questions: unanswered so far, they are asked again after each briefing."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from telegram import Message
from telegram.ext import CallbackQueryHandler

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

    from bot.features import App
    from bot.features.access.people import Languages
    from bot.features.questions.admission import Allowance
    from retrieval.answering import Answerer
    from retrieval.archive import Archive
    from retrieval.storage.database import Database


MOST_OPEN = 20
KEPT = timedelta(days=30)
_PAGE = 500


class SaveResult(StrEnum):
    """The result of pressing the button."""

    NOTED = "noted"
    TAKEN_BACK = "taken back"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class SavedQuestion:
    """A question that a person asked in a chat; `thread_id` is 0 outside topics."""

    id: int
    chat_id: int
    thread_id: int
    person_id: int
    question: str
    noted_at: datetime
    looked_at: datetime

    @property
    def reader(self) -> str:
        """The name in the ledger of the reader whose briefings trigger it."""
        return f"telegram:{self.chat_id}:{self.thread_id}"


class SavedQuestions:
    """Saved questions in SQL."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._leases = LeaseHolder(database, noted, now=now)

    async def switch(
        self, where: tuple[int, int], person_id: int, question: str, now: datetime
    ) -> SaveResult:
        """Save a question that a person asked in a chat and thread, or delete it if it is saved.

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
        """Questions whose reader got a briefing since they were last asked; deletes old questions.

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
        """Lease a question during the block; yields the lease's token.

        None if another program has it, or if it was answered or deleted meanwhile.

        Raises:
            LeaseLostError: another program took the lease over.
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
        """When the first lease on a question ends; None if there is none."""
        until = noted.c.claimed_until
        return await next_instant(self._database, noted, until, until.is_not(None))

    async def looked(self, one: SavedQuestion, now: datetime, token: str) -> None:
        """Note that a question was asked again without an answer."""
        mine = (noted.c.id == one.id) & (noted.c.claimed_by == token)
        async with self._database.write() as connection:
            await connection.execute(update(noted).where(mine).values(looked_at=now))


async def settle(connection: AsyncConnection, one: SavedQuestion, token: str) -> bool:
    """Delete an answered question in the caller's transaction; False if it was gone already."""
    c = noted.c
    mine = (c.id == one.id) & (c.looked_at == one.looked_at) & (c.claimed_by == token)
    return (await connection.execute(delete(noted).where(mine))).rowcount == 1


async def _informed(
    connection: AsyncConnection, page: Sequence[SavedQuestion]
) -> dict[str, datetime]:
    """When each reader last got a briefing, or would have if anything had been new."""
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
    """Asks saved questions again; call `wake` after a briefing. Calls `queued` for each answer.

    An answer is queued in the transaction that deletes the question, so a crash neither loses nor
    repeats it.
    """

    def __init__(  # noqa: PLR0913  its collaborators
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
        """Ask all due questions once; returns the seconds until the next look.

        Raises:
            SitrepError: a question can't be asked now; it and the following ones wait.
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
    """Lets people save their questions."""

    def __init__(
        self, archive: Archive, questions: SavedQuestions, now: Callable[[], datetime]
    ) -> None:
        self._archive, self._questions, self._now = archive, questions, now

    def register(self, app: App) -> None:
        """Add the handler of the button that saves a question."""
        app.add_handler(CallbackQueryHandler(self.on_note, NoteButton.pattern()))

    async def on_note(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of the button: saves the question, or undoes that."""
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
