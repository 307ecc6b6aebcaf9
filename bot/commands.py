"""The bot's commands: what each is for, and who sees it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import BadRequest, Forbidden

from bot.readers import Role

if TYPE_CHECKING:
    from collections.abc import Collection

    from telegram import Bot

log = logging.getLogger(__name__)

_FOR_ALL = (
    ("ask", "ask a question (needed only in groups)"),
    ("new", "begin a new conversation"),
    ("briefing", "what changed: /briefing Kursk since Monday"),
    ("subscribe", "a briefing every morning, or when you like"),
    ("subscriptions", "change, pause or end them"),
    ("corrections", "whether I tell you when a source changes what I cited"),
    ("sources", "what the archive holds"),
    ("help", "what I can do"),
)
_FOR_ADMINS = (
    ("add", "add articles: links, or in reply to a message or file"),
    ("usage", "what answers cost, and whether they helped"),
    ("channels", "channels whose posts are added"),
    ("feeds", "feeds that are read: /feeds add example.org"),
    ("articles", "list and search them: /articles bridge since:2024-11-01"),
    ("stats", "what the archive holds, how it grows, what failed"),
    ("article", "an article's history, and removing it: /article 12"),
)


def commands_for(role: Role) -> tuple[tuple[str, str], ...]:
    """Names and descriptions of the commands that a role has."""
    return (*_FOR_ADMINS, *_FOR_ALL) if role is Role.ADMIN else _FOR_ALL


async def register_commands(bot: Bot, admin_ids: Collection[int]) -> None:
    """Tell Telegram which commands to offer to whom."""
    readers = commands_for(Role.READER)
    await bot.set_my_commands(readers, scope=BotCommandScopeDefault())
    await bot.set_my_commands(readers, scope=BotCommandScopeAllPrivateChats())
    for admin in sorted(admin_ids):
        try:
            scope = BotCommandScopeChat(admin)
            await bot.set_my_commands(commands_for(Role.ADMIN), scope=scope)
        except (BadRequest, Forbidden) as error:
            # Telegram does not know the chat before the admin has written to the bot once.
            log.info("no command menu yet for admin %s: %s", admin, error)
