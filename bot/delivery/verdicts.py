"""What became of a message, by what Telegram or the network said. Pure.

Sure that it did not go: again later, or never. Not sure: unknown, and never again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import httpx
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)

MOST_BACK_OFF_S = 300.0
NO_BOT_S = 60.0
_NEVER_LEFT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
# Telegram's words for: this chat will refuse the next message too.
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
    """What became of a message."""

    SENT = "sent"
    AGAIN = "again"
    UNKNOWN = "unknown"
    FAILED = "failed"
    # ... and so will others to the chat, or to the topic
    NO_CHAT = "no chat"
    NO_TOPIC = "no topic"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A fate, and what follows.

    `wait_s`: seconds until it may be tried again. `refused`: Telegram asked for that wait. `down`:
    the way to Telegram is in doubt. `message_id` of what was sent, `chat_id` to which it moved.
    """

    fate: Fate
    problem: str | None = None
    wait_s: float = 0.0
    refused: bool = False
    down: bool = False
    message_id: int | None = None
    chat_id: int | None = None


def back_off(attempts: int) -> float:
    """Seconds after so many attempts that surely did nothing: 2, 4, 8 ... 300."""
    return min(2.0 ** min(attempts, 10), MOST_BACK_OFF_S)


def seconds(error: RetryAfter) -> float:
    """PTB gives a number, or a timedelta where PTB_TIMEDELTA is set (see `bot.app`)."""
    wait = error.retry_after
    return float(wait) if isinstance(wait, int | float) else wait.total_seconds()


def verdict(error: TelegramError, attempts: int) -> Verdict:
    """Of a message that `attempts` requests, this one included, were made for."""
    if isinstance(error, RetryAfter):
        return Verdict(Fate.AGAIN, "Telegram asked to wait", seconds(error), refused=True)
    if isinstance(error, ChatMigrated):
        return Verdict(Fate.MOVED, "became a supergroup", chat_id=error.new_chat_id)
    if isinstance(error, Forbidden | BadRequest):
        return Verdict(_refusal(error), str(error))
    if isinstance(error, InvalidToken):
        return Verdict(Fate.AGAIN, "Telegram does not know the bot's token", NO_BOT_S, down=True)
    if isinstance(error, NetworkError) and isinstance(error.__cause__, _NEVER_LEFT):
        return Verdict(Fate.AGAIN, str(error), back_off(attempts), down=True)
    # A time-out or a broken connection after sending, a 5xx, an answer that is none: Telegram may
    # have got it.
    return Verdict(Fate.UNKNOWN, str(error), down=True)


def _refusal(error: Forbidden | BadRequest) -> Fate:
    words = str(error).lower()
    if isinstance(error, Forbidden) or any(known in words for known in _NO_CHAT):
        return Fate.NO_CHAT
    if any(known in words for known in _NO_TOPIC):
        return Fate.NO_TOPIC
    return Fate.FAILED
