"""`/corrections`: whether a chat is told when a source changes what was cited to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery import send
from bot.delivery.corrections import choose_corrections, wants_corrections
from bot.handlers.subscription_access import may_manage
from bot.language import N_, ngettext
from bot.language import gettext as _
from bot.render.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from retrieval.archive.database import Database

NEVER = N_("This bot's operator has switched off messages about corrections.")
NOT_YOURS = N_("In a group, only its admins can change that.")


class CorrectionChoices:
    """Shows and keeps what a chat wants; `days` is how long answers count, 0 for never."""

    def __init__(self, database: Database, days: int, now: Callable[[], datetime]) -> None:
        self._database = database
        self._days = days
        self._now = now

    async def on_corrections(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/corrections`, with `on` or `off` behind it to change it."""
        message = update.effective_message
        if message is None:
            return
        words = (message.text or "").casefold().split()[1:]
        if not self._days:
            said = _(NEVER)
        elif words in (["on"], ["off"]):
            said = _(NOT_YOURS)
            if await may_manage(context.bot, message.chat, message.from_user, message.sender_chat):
                await choose_corrections(
                    self._database, message.chat_id, self._now(), wanted=words == ["on"]
                )
                said = await self._said(message.chat_id)
        else:
            said = await self._said(message.chat_id)
        thread = message.message_thread_id if message.is_topic_message else None
        await send(context.bot, message.chat_id, RichText(said), thread_id=thread)

    async def _said(self, chat_id: int) -> str:
        if not await wants_corrections(self._database, chat_id):
            return _(
                "I don't tell you when a source changes something I cited here. /corrections "
                "on switches that on."
            )
        return ngettext(
            "When a source changes a sentence I cited here in the last day, I tell you "
            "once. /corrections off stops that.",
            "When a source changes a sentence I cited here in the last {days} days, I tell "
            "you once. /corrections off stops that.",
            self._days,
        ).format(days=self._days)
