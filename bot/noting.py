"""Asks noted questions again once their reader was given a briefing, and sends what is answered."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from bot.background import BackgroundService
from bot.delivery.outbox import NewMessage, enqueue
from bot.delivery.prepared import OutgoingMessage, payloads
from bot.language import asked_of_model, day, speaking
from bot.language import gettext as _
from bot.render import render
from bot.render.answer_menu import under_answer
from bot.render.rich_text import join, plain, styled
from bot.subscriptions.noted import settle
from retrieval.archive.leases import LeaseLostError
from retrieval.models import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.allowance import Allowance
    from bot.people.languages import Languages
    from bot.subscriptions.noted import NotedQuestion, NotedQuestions
    from retrieval.answering import Answerer
    from retrieval.archive import Archive
    from retrieval.archive.database import Database

log = logging.getLogger(__name__)

LOOK_EVERY_S = 60.0


class NotedAgain(BackgroundService):
    """Looks after briefings; `wake` when one was given, `queued` when there is a message to send.

    What has an answer goes into the outbox in the transaction that ends the note: neither is lost
    nor doubled, whatever happens in between.
    """

    def __init__(  # noqa: PLR0913  what an answer is made with
        self,
        questions: NotedQuestions,
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

    async def _ask(self, one: NotedQuestion, token: str) -> None:
        now = self._now()
        async with self._allowance.of(one.person_id) as in_quotes:
            result = await self._answerer.answer(
                one.question, now, in_quotes=in_quotes, language=asked_of_model()
            )
            if not isinstance(result, Answer):
                await self._questions.looked(one, now, token)
                return
            answer_id = await self._archive.keep_answer(one.reader, result, one.person_id)
        head = _("You asked on {date}: {question}").format(
            date=day(one.noted_at), question=plain(one.question).text
        )
        text = join([styled("bold", head), render(result)], "\n\n")
        parts = payloads([OutgoingMessage(text, under_answer(answer_id, result))])
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
