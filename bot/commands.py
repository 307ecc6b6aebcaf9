"""The bot's commands: what each is for, and who is offered it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import BadRequest, Forbidden

from bot.people import Role, may

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telegram import Bot

log = logging.getLogger(__name__)

DESCRIPTIONS = {
    "add": "add articles: links, or in reply to a message or file",
    "articles": "list and search them: /articles bridge since:2024-11-01",
    "article": "an article's history, and removing it: /article 12",
    "feeds": "feeds that are read: /feeds add example.org",
    "channels": "channels whose posts are added",
    "stats": "what the archive holds, how it grows, what failed",
    "usage": "what answers cost, and whether they helped",
    "log": "who changed what",
    "invite": "a link that lets readers in: /invite 20 7d",
    "admins": "who keeps the archive",
    "block": "answer somebody no more: in reply, or /block @name",
    "unblock": "let them read again",
    "ask": "ask a question (needed only in groups)",
    "new": "begin a new conversation",
    "briefing": "what changed: /briefing Kursk since Monday",
    "subscribe": "a briefing every morning, or when you like",
    "subscriptions": "change, pause or end them",
    "corrections": "whether I tell you when a source changes what I cited",
    "sources": "what the archive holds",
    "privacy": "what I keep about you, and how to delete it",
    "help": "what I can do",
}
# /start is Telegram's own button, the others are named by /privacy.
NOT_OFFERED = frozenset(("start", "export", "forget"))


def commands_for(role: Role) -> tuple[tuple[str, str], ...]:
    """Names and descriptions of the commands that a role is offered."""
    return tuple((name, text) for name, text in DESCRIPTIONS.items() if may(role, name))


async def register_commands(bot: Bot, staff: Mapping[int, Role], unknown: Role) -> None:
    """Tell Telegram which commands to offer to whom; `unknown`: to those without a role."""
    for scope in (BotCommandScopeDefault(), BotCommandScopeAllPrivateChats()):
        await bot.set_my_commands(commands_for(unknown), scope=scope)
    for user_id, role in sorted(staff.items()):
        await offer_commands(bot, user_id, role)


async def offer_commands(bot: Bot, user_id: int, role: Role) -> None:
    """Bring the menu in a person's private chat up to their role; who has none gets the usual."""
    scope = BotCommandScopeChat(user_id)
    try:
        if role in {Role.STRANGER, Role.BLOCKED}:
            await bot.delete_my_commands(scope=scope)
        else:
            await bot.set_my_commands(commands_for(role), scope=scope)
    except (BadRequest, Forbidden) as error:
        # Telegram does not know the chat before they have written to the bot once.
        log.info("no command menu yet for %s %s: %s", role, user_id, error)
