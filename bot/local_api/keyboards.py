"""Reply markup, checked as Telegram does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.errors import bad_request
from bot.local_api.formatting import checked_url

if TYPE_CHECKING:
    from bot.local_api.errors import Json

MAX_BUTTONS = 100
MAX_CALLBACK_DATA = 64
ACTIONS = frozenset(
    [
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    ]
)


def checked_markup(markup: Json | None) -> Json | None:
    """The markup to store; an inline keyboard without buttons is none."""
    if not markup or "inline_keyboard" not in markup:
        return markup
    rows = [list(map(_checked_button, row)) for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS:
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _checked_button(button: Json) -> Json:
    if not ACTIONS & button.keys():
        text = "Text buttons are unallowed in the inline keyboard"
        raise bad_request(f"can't parse inline keyboard button: {text}")
    if not button["text"].strip():
        raise bad_request("inline keyboard button text must be non-empty")
    if "callback_data" in button:
        size = len(button["callback_data"].encode())
        if not 1 <= size <= MAX_CALLBACK_DATA:
            raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        button = button | {"url": checked_url(button["url"], "inline keyboard button")}
    return button
