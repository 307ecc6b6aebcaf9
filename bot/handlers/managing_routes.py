"""Which messages and presses manage the archive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.handlers import listing as listing_module
from bot.handlers import managing as managing_module

if TYPE_CHECKING:
    from telegram.ext import BaseHandler

    from bot.handlers.listing import ArticleLists
    from bot.handlers.managing import Managing


def managing_handlers(managing: Managing, lists: ArticleLists) -> list[BaseHandler[Any, Any, Any]]:
    """PTB's handlers; whose they are, the gate has decided."""
    fresh = filters.UpdateType.MESSAGE
    return [
        CommandHandler("article", managing.on_article, fresh),
        CommandHandler("articles", lists.on_articles, fresh),
        CommandHandler("stats", lists.on_stats, fresh),
        CallbackQueryHandler(managing.on_button, managing_module.PATTERN),
        CallbackQueryHandler(lists.on_page, listing_module.PATTERN),
    ]
