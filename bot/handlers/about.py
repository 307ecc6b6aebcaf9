"""/start, /help, /sources, and what the bot can't read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatType

from bot.commands import commands_for
from bot.delivery import send
from bot.handlers.gate import role_of
from bot.language import gettext as _
from bot.people import may
from bot.render import pages
from bot.render.rich_text import RichText, clean

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import ContextTypes

    from retrieval.archive import Archive


class About:
    """What the bot is and holds."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    async def on_start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start`."""
        user = update.effective_user
        name = clean(user.first_name) if user else ""
        page = pages.start(name, is_admin=may(role_of(context), "add"))
        await self._say(update, context, page)

    async def on_help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/help`."""
        chat = update.effective_chat
        in_group = chat is not None and chat.type != ChatType.PRIVATE
        # as BotFather was told
        inline_as = context.bot.username if context.bot.supports_inline_queries else None
        commands = commands_for(role_of(context))
        page = pages.help_page(commands, in_group=in_group, inline_as=inline_as)
        await self._say(update, context, page)

    async def on_sources(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/sources`."""
        await self._say(update, context, pages.sources(await self._archive.summary()))

    async def on_unknown_command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A command that there is not; in groups it may be meant for another bot."""
        message = update.effective_message
        if message is None or message.text is None:
            return
        command = message.text.split()[0]
        if message.chat.type == ChatType.PRIVATE or command.endswith(f"@{context.bot.username}"):
            name = clean(command.partition("@")[0])[:32]
            text = _("I don't know the command {name}. /help lists what I can do.").format(
                name=name
            )
            await self._say(update, context, RichText(text))

    async def on_other(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Pictures, voices, stickers: only text can be a question; a file, only an admin's."""
        message = update.effective_message
        if message is not None and message.chat.type == ChatType.PRIVATE:
            text = _("I can only read text. Please write your question as a message.")
            if message.document is not None:
                text = _("Only admins can send me files. Write your question as a message.")
            await self._say(update, context, RichText(text))

    async def on_link(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Nothing but a link, from somebody who may not add articles."""
        text = _("I don’t open links from readers. Ask me about the news in your own words.")
        await self._say(update, context, RichText(text))

    async def _say(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE, text: RichText
    ) -> None:
        message = update.effective_message
        if message is not None:
            thread = message.message_thread_id if message.is_topic_message else None
            await send(context.bot, message.chat_id, text, thread_id=thread)
