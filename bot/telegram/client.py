"""The bot's calls to Telegram: sending and editing messages, and the outcome of a failed call.

A call that Telegram certainly refused is tried again. A message that may have arrived is not:
a reader would rather miss a line than get it twice.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    MessageEntity,
    ReplyParameters,
)
from telegram.constants import ChatAction
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from bot.background import end
from bot.telegram.rich_text import RichText, split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable

    from telegram import Bot, Message


log = logging.getLogger(__name__)

TRIES = 5
T = TypeVar("T")
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


def entities(text: RichText) -> list[MessageEntity]:
    """A text's marks as Telegram's entities."""
    return [
        MessageEntity(type=kind, offset=offset, length=length, url=url)
        for kind, offset, length, url in text.entities()
    ]


def keyboard(rows: Iterable[Iterable[tuple[str, str]]]) -> InlineKeyboardMarkup | None:
    """A keyboard from rows of (label, callback data); None if there are no rows."""
    keys = [
        [InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows
    ]
    return InlineKeyboardMarkup(keys) if keys else None


async def send(  # noqa: PLR0913  a message's properties
    bot: Bot,
    chat_id: int,
    text: RichText,
    *,
    thread_id: int | None = None,
    reply_to: int | None = None,
    buttons: InlineKeyboardMarkup | None = None,
) -> list[Message]:
    """Send a text in as many messages as it needs, with the buttons under the last.

    Raises:
        TelegramError: Telegram refused for good, or it is unknown whether the message arrived.
    """
    parts = split(text)
    sent: list[Message] = []
    for number, part in enumerate(parts):
        # the message replied to may have been deleted meanwhile
        reply = ReplyParameters(reply_to, allow_sending_without_reply=True) if reply_to else None
        under = buttons if number == len(parts) - 1 else None
        first = reply if number == 0 else None
        try:
            message = await _one(bot, chat_id, part, thread_id, first, under)
        except ChatMigrated as error:  # a supergroup doesn't have the old group's messages
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
    """Replace a message's text; what doesn't fit into one message follows in new ones."""
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
    **more: Any,  # noqa: ANN401  PTB's options
) -> None:
    """Change a message's text and buttons in one request. It may have them already.

    Raises:
        TelegramError: Telegram refused, or it is unknown whether the message changed.
    """
    try:
        await bot.edit_message_text(
            text.text,
            chat_id=chat_id,
            message_id=message_id,
            reply_markup=buttons,
            entities=entities(text),
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            **more,
        )
    except BadRequest as error:
        if not _is_so_already(error):
            raise


async def change_buttons(bot: Bot, message: Message, buttons: InlineKeyboardMarkup | None) -> None:
    """Change a message's buttons. It may have them already.

    Raises:
        TelegramError: Telegram refused, or it is unknown whether the message changed.
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


async def surely(call: Callable[[], Awaitable[T]]) -> T:
    """Make a call, and repeat it only while the last try certainly had no effect.

    Raises:
        TelegramError: it failed for good, may have had an effect, or failed too often.
    """
    for last in range(TRIES):
        try:
            return await call()
        except TimedOut:  # somebody is waiting, and has waited long enough
            raise
        except (RetryAfter, NetworkError) as error:
            outcome = verdict(error, last)
            if outcome.fate is not Fate.AGAIN or last == TRIES - 1:
                raise
            log.warning("%s; again in %s s", outcome.problem, outcome.wait_s)
            await asyncio.sleep(outcome.wait_s)
    raise AssertionError  # the loop returns or raises


MOST_BACK_OFF_S = 300.0
NO_BOT_S = 60.0
# Telegram's messages that mean: this chat will refuse the next message too.
_NO_CHAT = (
    "chat not found",
    "chat_write_forbidden",
    "group chat was deactivated",
    "have no rights to send",
    "need administrator rights",
    "not enough rights to send",
    "peer_id_invalid",
    "user is deactivated",
)
_NO_TOPIC = ("message thread not found", "topic_closed", "topic_deleted")


class Fate(StrEnum):
    """The outcome of sending a message; only one that certainly failed is sent again."""

    SENT = "sent"
    AGAIN = "again"
    UNKNOWN = "unknown"
    FAILED = "failed"
    # failed, and so will others to the chat, or to the topic
    NO_CHAT = "no chat"
    NO_TOPIC = "no topic"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """A message's fate with its details.

    `wait_s`: seconds until the next try. `refused`: Telegram asked for that wait. `down`: the
    connection is in doubt. `message_id`: of the sent message. `chat_id`: where the chat moved.
    """

    fate: Fate
    problem: str | None = None
    wait_s: float = 0.0
    refused: bool = False
    down: bool = False
    message_id: int | None = None
    chat_id: int | None = None


def back_off(attempts: int) -> float:
    """Seconds to wait after so many attempts without effect: 2, 4, 8 ... 300."""
    return min(2.0 ** min(attempts, 10), MOST_BACK_OFF_S)


def seconds(error: RetryAfter) -> float:
    """Seconds of `retry_after`, which is a timedelta if PTB_TIMEDELTA is set (see `bot.app`)."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()


def verdict(error: TelegramError, attempts: int) -> DeliveryOutcome:
    """The outcome of a request that failed, the `attempts`-th for this message."""
    if isinstance(error, RetryAfter):
        return DeliveryOutcome(Fate.AGAIN, "Telegram asked to wait", seconds(error), refused=True)
    if isinstance(error, ChatMigrated):
        return DeliveryOutcome(Fate.MOVED, "became a supergroup", chat_id=error.new_chat_id)
    if isinstance(error, Forbidden | BadRequest):
        return DeliveryOutcome(_refusal(error), str(error))
    if isinstance(error, InvalidToken):
        return DeliveryOutcome(
            Fate.AGAIN, "Telegram does not know the bot's token", NO_BOT_S, down=True
        )
    if isinstance(error, NetworkError) and isinstance(error.__cause__, _NEVER_LEFT):
        return DeliveryOutcome(Fate.AGAIN, str(error), back_off(attempts), down=True)
    # A time-out or broken connection after sending, a 5xx, an invalid response: Telegram may have
    # received it.
    return DeliveryOutcome(Fate.UNKNOWN, str(error), down=True)


def _refusal(error: Forbidden | BadRequest) -> Fate:
    words = str(error).lower()
    if isinstance(error, Forbidden) or any(known in words for known in _NO_CHAT):
        return Fate.NO_CHAT
    if any(known in words for known in _NO_TOPIC):
        return Fate.NO_TOPIC
    return Fate.FAILED


# Telegram shows the indicator for 5 s: https://core.telegram.org/bots/api#sendchataction
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
            # only cosmetic: sending the answer will reveal whether the chat is gone
            log.debug("no typing indicator: %s", error)
        await asyncio.sleep(_EVERY_S)
