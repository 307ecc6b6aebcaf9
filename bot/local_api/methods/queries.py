"""Answers to pressed buttons and to inline queries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.local_api.errors import QUERY_TOO_OLD, bad_request
from bot.local_api.formatting import formatted
from bot.local_api.utf16 import utf16_length
from bot.local_api.world import CallbackAnswer

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

MAX_ANSWER = 200
MAX_TEXT = 4096
MAX_RESULTS = 50
MAX_NAME = 64
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def answer_callback_query(world: World, parameters: Parameters) -> bool:
    """Show a notice to the person who pressed; once, and not too late."""
    text = parameters.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    url = parameters.text("url") or None
    answer = CallbackAnswer(text, parameters.flag("show_alert"), url)
    if not world.answer(parameters.text("callback_query_id"), answer):
        raise bad_request(QUERY_TOO_OLD)
    return True


def answer_inline_query(world: World, parameters: Parameters) -> bool:
    """Offer results to the person who typed."""
    results = parameters.list("results")
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    names = [str(one["id"]) for one in results]
    if not all(0 < len(name.encode()) <= MAX_NAME for name in names):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(names)) < len(names):
        raise bad_request("RESULT_ID_DUPLICATE")
    for one in results:
        _check_content(one.get("input_message_content"))
    button = parameters.object("button")
    if button is not None and not START_PARAMETER.fullmatch(button.get("start_parameter", "")):
        raise bad_request("START_PARAM_INVALID")
    if not world.answer(parameters.text("inline_query_id"), results):
        raise bad_request(QUERY_TOO_OLD)
    return True


def _check_content(content: Json | None) -> None:
    """What a result becomes when it is shared is a message like any other."""
    if content is None or "message_text" not in content:
        return
    text = formatted(content["message_text"], content.get("entities") or [])
    if utf16_length(text.text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
