"""The buttons under answers that ask whether it helped, and `/usage`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from telegram import Message

from bot.delivery import send
from bot.handlers.questions import conversation
from bot.language import N_, translated
from bot.language import gettext as _
from bot.render.usage import usage_page
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.budget import Budget
    from retrieval.archive import Archive

_SPANS = ((N_("Today"), 0), (N_("7 days"), 6), (N_("30 days"), 29))


class Feedback:
    """Takes votes, and tells admins what answers cost."""

    def __init__(self, archive: Archive, budget: Budget, now: Callable[[], datetime]) -> None:
        self._archive = archive
        self._budget = budget
        self._now = now

    async def on_vote(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """One vote a person, and the last one counts."""
        query = update.callback_query
        if query is None or query.data is None or not isinstance(query.message, Message):
            return
        answer_id, helpful = query.data.split(":")[1:]
        try:
            await self._archive.vote(
                conversation(query.message),
                int(answer_id),
                query.from_user.id,
                self._now(),
                helpful=helpful == "1",
            )
        except ArchiveError as error:
            await query.answer(translated(str(error)), show_alert=True)
            return
        said = _("Thanks: marked as not helpful. Press the other button to change that.")
        if helpful == "1":
            said = _("Thanks: marked as helpful. Press the other button to change that.")
        await query.answer(said)

    async def on_usage(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/usage`, for admins."""
        message = update.effective_message
        if message is None:
            return
        midnight = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        spans = [
            (_(name), await self._archive.usage_since(midnight - timedelta(days=days)))
            for name, days in _SPANS
        ]
        thread = message.message_thread_id if message.is_topic_message else None
        page = usage_page(spans, self._budget)
        await send(context.bot, message.chat_id, page, thread_id=thread)
