"""The bot's commands: their descriptions, and the menu of commands for each role."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import BotCommandScopeAllPrivateChats, BotCommandScopeChat, BotCommandScopeDefault
from telegram.error import BadRequest, Forbidden

from bot.features.access.people import Role, may
from bot.language import DEFAULT, LANGUAGES, N_, speaking
from bot.language import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from telegram import Bot

log = logging.getLogger(__name__)

DESCRIPTIONS = {
    "add": N_("add articles: links, or in reply to a message or file"),
    "articles": N_("list and search them: /articles bridge since:2024-11-01"),
    "article": N_("an article's history, or remove it: /article 12"),
    "feeds": N_("the feeds I follow: /feeds add example.org"),
    "channels": N_("channels whose posts are added"),
    "stats": N_("what's in the archive, how it grows, what failed"),
    "status": N_("how the bot is doing: what's waiting, what's failing"),
    "usage": N_("what answers cost, and whether they helped readers"),
    "log": N_("who changed what"),
    "invite": N_("create an invitation link: /invite 20 7d"),
    "admins": N_("who manages the archive"),
    "block": N_("stop answering someone: in reply, or /block @name"),
    "unblock": N_("let someone use the bot again"),
    "ask": N_("ask a question (needed only in groups)"),
    "new": N_("start a new conversation"),
    "briefing": N_("what's new: /briefing Kursk since Monday"),
    "subscribe": N_("a briefing every morning, or whenever you like"),
    "subscriptions": N_("change, pause or delete your briefings"),
    "watch": N_("get a message as it happens: /watch Kursk"),
    "corrections": N_("whether I tell you when a source changes something I cited"),
    "sources": N_("what's in the archive"),
    "language": N_("choose the language I speak"),
    "privacy": N_("what I store about you, and how to delete it"),
    "help": N_("what I can do"),
}
# Telegram has a button for /start; /privacy and /watch mention the others.
NOT_OFFERED = frozenset(("start", "export", "forget", "unwatch"))


# Language to Telegram's language code; None is the menu for all other languages.
_BY_APP = {one: None if one == DEFAULT else one for one in LANGUAGES}


def commands_for(role: Role) -> tuple[tuple[str, str], ...]:
    """Names and descriptions of the commands in a role's menu."""
    return tuple((name, _(text)) for name, text in DESCRIPTIONS.items() if may(role, name))


async def register_commands(bot: Bot, staff: Mapping[int, Role], unknown: Role) -> None:
    """Set the default menu of commands, for the role `unknown`, and the menus of the staff."""
    for scope in (BotCommandScopeDefault(), BotCommandScopeAllPrivateChats()):
        for language, of_app in _BY_APP.items():
            with speaking(language):
                commands = commands_for(unknown)
            await bot.set_my_commands(commands, scope=scope, language_code=of_app)
    for user_id, role in sorted(staff.items()):
        await offer_commands(bot, user_id, role)


async def offer_commands(bot: Bot, user_id: int, role: Role, chosen: str | None = None) -> None:
    """Set the menu in a person's private chat; strangers and the blocked get the default one.

    It is in the `chosen` language, or else in that of their app.
    """
    scope = BotCommandScopeChat(user_id)
    try:
        for language, of_app in _BY_APP.items():
            if role in {Role.STRANGER, Role.BLOCKED}:
                await bot.delete_my_commands(scope=scope, language_code=of_app)
                continue
            with speaking(chosen or language):
                commands = commands_for(role)
            await bot.set_my_commands(commands, scope=scope, language_code=of_app)
    except (BadRequest, Forbidden) as error:
        # Telegram doesn't know the chat until they have written to the bot once.
        log.info("no command menu yet for %s %s: %s", role, user_id, error)
