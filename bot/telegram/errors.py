"""The error handler: a sentence for the person, the details for the log."""

from __future__ import annotations

import logging
from secrets import token_hex
from typing import TYPE_CHECKING

from telegram import Update
from telegram.error import Conflict, Forbidden, TelegramError

from bot.language import gettext as _
from bot.language import translated
from bot.telegram.client import send
from bot.telegram.rich_text import RichText
from retrieval.errors import SitrepError

if TYPE_CHECKING:
    from collections.abc import Callable

    from telegram import Message
    from telegram.ext import ContextTypes

    from bot.ops.metrics import Metrics

log = logging.getLogger(__name__)


class Errors:
    """Handles the bot's errors; `stop` ends the program if it can't continue."""

    def __init__(self, stop: Callable[[], None], metrics: Metrics) -> None:
        self._stop = stop
        self.metrics = metrics

    async def on_error(self, update: object, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Handle an exception of a handler."""
        error = context.error
        if isinstance(error, Forbidden):
            log.info("not allowed to write there any more: %s", error)
            return
        self.metrics.errors.labels(type(error).__name__).inc()
        number = token_hex(4)
        log.error("failure %s", number, exc_info=error)
        message = update.effective_message if isinstance(update, Update) else None
        if message is not None:
            await _tell(message, sentence(error, number), context)

    def on_polling_error(self, error: TelegramError) -> None:
        """Handle a failure to fetch updates; PTB tries again by itself."""
        if isinstance(error, Conflict):
            log.error("another program is fetching this bot's messages; stopping")
            self._stop()
        else:
            log.warning("Telegram can't be reached, trying again: %s", error)


def sentence(error: Exception | None, number: str) -> str:
    """The sentence for the person; `number` identifies the error in the log."""
    if isinstance(error, SitrepError):
        return _("That didn't work: {why}").format(why=translated(error.message))
    return _("Something went wrong on my side (reference {number}). Please try again.").format(
        number=number
    )


async def _tell(message: Message, text: str, context: ContextTypes.DEFAULT_TYPE) -> None:
    thread = message.message_thread_id if message.is_topic_message else None
    try:
        await send(context.bot, message.chat_id, RichText(text), thread_id=thread)
    except TelegramError as error:
        log.warning("the person could not be told: %s", error)
