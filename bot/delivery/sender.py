"""Sending one message whole, once.

What Telegram surely refused is tried again; what may have arrived is not, because a reader would
rather miss a line than wonder why it came twice.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

import httpx
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.error import BadRequest, ChatMigrated, NetworkError, RetryAfter, TimedOut

from bot.render.rich_text import RichText, split

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from telegram import Bot, Message

log = logging.getLogger(__name__)

TRIES = 5
T = TypeVar("T")
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def entities(text: RichText) -> list[MessageEntity]:
    """The marks as Telegram's entities."""
    return [
        MessageEntity(type=kind, offset=offset, length=length, url=url)
        for kind, offset, length, url in text.entities()
    ]


def keyboard(rows: Iterable[Iterable[tuple[str, str]]]) -> InlineKeyboardMarkup | None:
    """Rows of (label, callback data) as Telegram has them; None where there are none."""
    keys = [
        [InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows
    ]
    return InlineKeyboardMarkup(keys) if keys else None


async def send(  # noqa: PLR0913  a message has that many sides
    bot: Bot,
    chat_id: int,
    text: RichText,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[Message]:
    """Send a text in as many messages as it takes, the buttons under the last.

    Raises:
        TelegramError: Telegram refused for good, or it is unknown whether the message arrived.
    """
    parts = split(text)
    sent: list[Message] = []
    for number, part in enumerate(parts):
        # the question may have been deleted meanwhile
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        under = buttons if number == len(parts) - 1 else None
        first = reply if number == 0 else None
        try:
            message = await _one(bot, chat_id, part, thread_id, first, under)
        except ChatMigrated as error:  # a group became a supergroup, where no message is replied to
            chat_id, thread_id = error.new_chat_id, None
            message = await _one(bot, chat_id, part, None, None, under)
        sent.append(message)
    return sent


async def _one(  # noqa: PLR0913, PLR0917
    bot: Bot,
    chat_id: int,
    part: RichText,
    thread_id: int | None,
    reply: ReplyParameters | None,
    buttons: InlineKeyboardMarkup | None,
) -> Message:
    return await surely(
        lambda: bot.send_message(
            chat_id,
            part.text,
            entities=entities(part),
            message_thread_id=thread_id,
            reply_parameters=reply,
            reply_markup=buttons,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
    )


async def edit(
    bot: Bot, message: Message, text: RichText, buttons: InlineKeyboardMarkup | None = None
) -> None:
    """Replace a message's text by the first message's worth of `text`, and send the rest."""
    first, *rest = split(text)
    await surely(lambda: change(bot, message.chat_id, message.message_id, first, buttons))
    for part in rest:
        thread = message.message_thread_id if message.is_topic_message else None
        await send(bot, message.chat_id, part, thread_id=thread)


async def change(
    bot: Bot,
    chat_id: int,
    message_id: int,
    text: RichText,
    buttons: InlineKeyboardMarkup | None = None,
) -> None:
    """Give a message another text and other buttons, in one request; it may have them already.

    Raises:
        TelegramError: Telegram refused, or it is unknown whether it did so.
    """
    try:
        await bot.edit_message_text(
            text.text,
            chat_id=chat_id,
            message_id=message_id,
            reply_markup=buttons,
            entities=entities(text),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
        )
    except BadRequest as error:
        if not _is_so_already(error):
            raise


async def change_buttons(bot: Bot, message: Message, buttons: InlineKeyboardMarkup | None) -> None:
    """Give a message other buttons; it may have them already.

    Raises:
        TelegramError: Telegram refused, or it is unknown whether it did so.
    """
    try:
        await surely(
            lambda: bot.edit_message_reply_markup(
                message.chat_id, message.message_id, reply_markup=buttons
            )
        )
    except BadRequest as error:
        if not _is_so_already(error):
            raise


def _is_so_already(error: BadRequest) -> bool:
    return "not modified" in str(error)


def _seconds(error: RetryAfter) -> float:
    """PTB gives a number, or a timedelta where PTB_TIMEDELTA is set (see `bot.app`)."""
    wait = error.retry_after
    return wait if isinstance(wait, int | float) else wait.total_seconds()


async def surely(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call, again only while it is sure that the last try had no effect."""
    for last in range(TRIES):
        try:
            return await call()
        except RetryAfter as error:
            if last == TRIES - 1:
                raise
            seconds = _seconds(error)
            log.warning("Telegram asks to wait %s s", seconds)
            await asyncio.sleep(seconds)
        except TimedOut:
            raise
        except NetworkError as error:
            if last == TRIES - 1 or not isinstance(error.__cause__, _NEVER_LEFT):
                raise
            await asyncio.sleep(2**last)
    raise AssertionError  # the loop returns or raises
