"""Which messages and presses manage the archive; to others, the commands are not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.handlers import listing as listing_module
from bot.handlers import managing as managing_module

if TYPE_CHECKING:
    from collections.abc import Collection

    from telegram.ext import BaseHandler

    from bot.handlers.listing import ArticleLists
    from bot.handlers.managing import Managing


def managing_handlers(
    managing: Managing, lists: ArticleLists, admin_ids: Collection[int]
) -> list[BaseHandler[Any, Any, Any]]:
    """PTB's handlers; a reader's command falls through to what answers unknown ones."""
    admins = filters.UpdateType.MESSAGE & filters.User(user_id=list(admin_ids))
    return [
        CommandHandler("article", managing.on_article, admins),
        CommandHandler("articles", lists.on_articles, admins),
        CommandHandler("stats", lists.on_stats, admins),
        CallbackQueryHandler(managing.on_button, managing_module.PATTERN),
        CallbackQueryHandler(lists.on_page, listing_module.PATTERN),
    ]
