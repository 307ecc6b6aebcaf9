"""Which messages and presses are about scheduled briefings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.handlers.subscription_buttons import SubscriptionButtons
from bot.handlers.subscription_pages import PATTERN
from bot.handlers.subscriptions import AnswersQuestion, SubscriptionCommands

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram.ext import BaseHandler

    from bot.handlers.subscription_steps import Nearest
    from bot.subscriptions import Subscriptions
    from retrieval.archive.database import Database

# Before all others, as text that is no answer goes on to them.
EARLY = -1


def subscription_handlers(
    database: Database, store: Subscriptions, nearest: Nearest, now: Callable[[], datetime]
) -> dict[int, list[BaseHandler[Any, Any, Any]]]:
    """PTB's handlers by group; those of group 0 before any other that takes commands or text."""
    typed = SubscriptionCommands(database, store, nearest, now)
    pressed = SubscriptionButtons(store, nearest)
    fresh = filters.UpdateType.MESSAGE
    private = fresh & filters.ChatType.PRIVATE
    text = filters.TEXT & ~filters.COMMAND
    answers = AnswersQuestion()
    return {
        EARLY: [MessageHandler(private & text & ~answers, typed.on_city)],
        0: [
            CommandHandler("subscribe", typed.on_subscribe, fresh),
            CommandHandler("subscriptions", typed.on_list, fresh),
            MessageHandler(fresh & (text | filters.LOCATION) & answers, typed.on_answer),
            MessageHandler(private & filters.LOCATION, typed.on_location),
            MessageHandler(fresh & filters.StatusUpdate.MIGRATE, typed.on_moved),
            CallbackQueryHandler(pressed.on_button, PATTERN),
        ],
    }
