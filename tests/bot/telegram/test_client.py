from __future__ import annotations

import httpx
import pytest
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

from bot.telegram.client import Fate, back_off, verdict


@pytest.fixture(autouse=True)
def durations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


def caused(error: TelegramError, cause: Exception) -> TelegramError:
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "fate", "down"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Fate.NO_CHAT, False),
        (BadRequest("Chat not found"), Fate.NO_CHAT, False),
        (BadRequest("Not enough rights to send text messages to the chat"), Fate.NO_CHAT, False),
        (BadRequest("Message thread not found"), Fate.NO_TOPIC, False),
        (BadRequest("TOPIC_CLOSED"), Fate.NO_TOPIC, False),
        (BadRequest("Can't parse entities"), Fate.FAILED, False),
        (caused(NetworkError("x"), httpx.ConnectError("x")), Fate.AGAIN, True),
        (caused(TimedOut(), httpx.PoolTimeout("x")), Fate.AGAIN, True),
        (caused(TimedOut(), httpx.ConnectTimeout("x")), Fate.AGAIN, True),
        (caused(TimedOut(), httpx.ReadTimeout("x")), Fate.UNKNOWN, True),
        (caused(TimedOut(), httpx.WriteTimeout("x")), Fate.UNKNOWN, True),
        (caused(NetworkError("x"), httpx.RemoteProtocolError("x")), Fate.UNKNOWN, True),
        (NetworkError("Bad Gateway"), Fate.UNKNOWN, True),
        (NetworkError("Internal Server Error: restart"), Fate.UNKNOWN, True),
        (TelegramError("Invalid server response"), Fate.UNKNOWN, True),
        (InvalidToken("Unauthorized"), Fate.AGAIN, True),
    ],
)
def test_only_what_surely_did_not_go_is_tried_again(
    error: TelegramError, fate: Fate, down: bool
) -> None:
    found = verdict(error, 1)
    assert (found.fate, found.down) == (fate, down)


def test_telegrams_own_words_are_obeyed() -> None:
    waits = verdict(RetryAfter(17), 3)
    assert (waits.fate, waits.wait_s, waits.refused) == (Fate.AGAIN, 17.0, True)
    moved = verdict(ChatMigrated(-100123), 1)
    assert (moved.fate, moved.chat_id) == (Fate.MOVED, -100123)


def test_the_back_off_grows_and_ends() -> None:
    waits = [back_off(attempts) for attempts in range(1, 2000)]
    assert waits[:4] == [2, 4, 8, 16]
    assert max(waits) == 300
