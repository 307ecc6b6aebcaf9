"""/admins, /block, /unblock: admins and owners change what others may do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.commands import offer_commands
from bot.handlers.gate import role_of
from bot.handlers.subjects import subject_of
from bot.handlers.subscription_access import post
from bot.handlers.subscription_pages import Page
from bot.language import gettext as _
from bot.people import may
from bot.people.roles import APPOINT, DISMISS
from bot.render import people as say
from bot.render.rich_text import RichText

if TYPE_CHECKING:
    from telegram import Message, Update
    from telegram.ext import ContextTypes

    from bot.people import People

_ADMINS = {"add": APPOINT, "remove": DISMISS}


class Admins:
    """Changes of roles."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._changes = {
            APPOINT: people.appoint,
            DISMISS: people.dismiss,
            "block": people.block,
            "unblock": people.unblock,
        }

    async def on_admins(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/admins [list | add WHOM | remove WHOM]`."""
        message = update.message
        if message is None or not message.text:
            return
        words = message.text.split()[1:]
        action = _ADMINS.get(words[0].lower()) if words else None
        if action is not None:
            await self._change(message, action, words[1:], context)
        elif not words or words[0].lower() == "list":
            await post(context.bot, message, Page(await self._list()))
        else:
            await post(context.bot, message, Page(RichText(_(say.HOW_ADMINS))))

    async def on_block(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/block WHOM`."""
        if update.message is not None and update.message.text:
            words = update.message.text.split()[1:]
            await self._change(update.message, "block", words, context)

    async def on_unblock(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/unblock WHOM`."""
        if update.message is not None and update.message.text:
            words = update.message.text.split()[1:]
            await self._change(update.message, "unblock", words, context)

    async def _change(
        self, message: Message, action: str, words: list[str], context: ContextTypes.DEFAULT_TYPE
    ) -> None:
        if not may(role_of(context), action):
            await post(context.bot, message, Page(RichText(_(say.ONLY_OWNERS))))
            return
        whom = await subject_of(message, words, self._people)
        if isinstance(whom, str) or message.from_user is None:
            await post(context.bot, message, Page(RichText(str(whom))))
            return
        role = await self._changes[action](message.from_user.id, whom.user_id)
        if role is not None:
            await post(context.bot, message, Page(say.refused(action, role, whom.title)))
            return
        await offer_commands(context.bot, whom.user_id, await self._people.role(whom.user_id))
        await post(context.bot, message, Page(say.done(action, whom.title)))

    async def _list(self) -> RichText:
        access = self._people.access
        owners = [(await self._people.known(one)).title for one in sorted(access.owners)]
        settled = sorted(access.admins - access.owners)
        return say.admins(
            owners,
            [(await self._people.known(one)).title for one in settled],
            [one.title for one in await self._people.admins()],
        )
