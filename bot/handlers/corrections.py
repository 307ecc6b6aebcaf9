"""`/corrections`: whether a chat is told when a source changes what was cited to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.delivery import send
from bot.delivery.corrections import choose_corrections, wants_corrections
from bot.handlers.subscription_access import may_manage
from bot.render.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from retrieval.archive.database import Database

WHAT = "When a source changes a sentence that I cited here in the last {days}, I say so, once."
ON, OFF = "/corrections on begins that again.", "/corrections off ends that."
NEVER = "Messages about corrections are switched off for all chats of this bot."
NOT_YOURS = "In a group, only its admins can change that."


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
        _, *words = (message.text or "").casefold().split()
        if not self._days:
            said = NEVER
        elif words in (["on"], ["off"]):
            said = NOT_YOURS
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
            return f"I say nothing when a source changes what I cited here. {ON}"
        days = "day" if self._days == 1 else f"{self._days} days"
        return f"{WHAT.format(days=days)} {OFF}"
