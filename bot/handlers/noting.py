"""The button under a refusal: the question is asked again after the next briefing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import Message

from bot.handlers.questions import conversation, speaker_of
from bot.language import N_, translated
from bot.language import gettext as _
from bot.subscriptions.noted import MOST_OPEN, Noting
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.subscriptions.noted import NotedQuestions
    from retrieval.archive import Archive

_SAID = {
    Noting.NOTED: N_(
        "Saved: for 30 days I'll ask this again after each briefing you get, by "
        "subscription or /briefing. Press again to undo."
    ),
    Noting.TAKEN_BACK: N_("Undone."),
    Noting.TOO_MANY: N_("You have {count} saved questions; undo one first."),
}


class NotingQuestions:
    """Notes questions for whoever asked them."""

    def __init__(
        self, archive: Archive, questions: NotedQuestions, now: Callable[[], datetime]
    ) -> None:
        self._archive, self._questions, self._now = archive, questions, now

    async def on_note(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """The button was pressed, maybe again."""
        query = update.callback_query
        if query is None or query.data is None or not isinstance(query.message, Message):
            return
        shown = query.message
        try:
            asked = await self._archive.asked_question(
                conversation(shown), int(query.data.split(":")[1])
            )
            if asked.person_id != query.from_user.id:
                await query.answer(_("Only the person who asked can save it."))
                return
            where = (shown.chat_id, speaker_of(shown).thread_id)
            done = await self._questions.switch(
                where, query.from_user.id, asked.question, self._now()
            )
        except ArchiveError as error:
            await query.answer(translated(str(error)), show_alert=True)
            return
        said = _(_SAID[done]).format(count=MOST_OPEN)
        await query.answer(said, show_alert=done is not Noting.TAKEN_BACK)
