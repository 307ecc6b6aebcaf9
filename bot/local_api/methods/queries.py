"""Answers to pressed buttons and to inline queries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.errors import QUERY_TOO_OLD, bad_request
from bot.local_api.world import CallbackAnswer

if TYPE_CHECKING:
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

MAX_ANSWER = 200
MAX_RESULTS = 50


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
    if not world.answer(parameters.text("inline_query_id"), results):
        raise bad_request(QUERY_TOO_OLD)
    return True
