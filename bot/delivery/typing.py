"""The typing indicator, for as long as it takes."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.tasks import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Bot

log = logging.getLogger(__name__)

# Telegram shows it for five seconds: https://core.telegram.org/bots/api#sendchataction
_EVERY_S = 4.5


@asynccontextmanager
async def typing(bot: Bot, chat_id: int, thread_id: int | None = None) -> AsyncIterator[None]:
    """Show the typing indicator during the block."""
    task = asyncio.create_task(_keep_typing(bot, chat_id, thread_id))
    try:
        yield
    finally:
        await end(task)


async def _keep_typing(bot: Bot, chat_id: int, thread_id: int | None) -> None:
    while True:
        try:
            await bot.send_chat_action(chat_id, ChatAction.TYPING, message_thread_id=thread_id)
        except TelegramError as error:
            # an ornament: the answer matters, and will tell if the chat is gone
            log.debug("no typing indicator: %s", error)
        await asyncio.sleep(_EVERY_S)
