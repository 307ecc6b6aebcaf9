"""/help, /sources, the greeting, and replies to messages that no other feature handles."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.features.access import views as say
from bot.features.access.authorization import role_of
from bot.features.access.people import may
from bot.features.commands import commands_for
from bot.language import day, ngettext, number
from bot.language import gettext as _
from bot.telegram.client import send
from bot.telegram.rich_text import RichText, clean, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from retrieval.archive import Archive
    from retrieval.storage import Summary


class AboutHandlers:
    """Explains the bot, and replies to messages and buttons that it doesn't know."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def register(self, app: App) -> None:
        """Add the handlers of /help and /sources, and of everything that has no other handler."""
        fresh = filters.UpdateType.MESSAGE
        other = fresh & filters.ChatType.PRIVATE & ~filters.StatusUpdate.ALL
        app.add_handler(CommandHandler("help", self.on_help, fresh))
        app.add_handler(CommandHandler("sources", self.on_sources, fresh))
        app.add_handler(MessageHandler(fresh & filters.COMMAND, self.on_unknown_command))
        app.add_handler(MessageHandler(other, self.on_other))
        app.add_handler(CallbackQueryHandler(self.on_old_button))

    async def on_start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start`."""
        user = update.effective_user
        name = clean(user.first_name) if user else ""
        page = start(name, is_admin=may(role_of(context), "add"))
        await self._say(update, context, page)

    async def on_help(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/help`."""
        chat = update.effective_chat
        in_group = chat is not None and chat.type != ChatType.PRIVATE
        # whether BotFather has switched inline queries on
        inline_as = context.bot.username if context.bot.supports_inline_queries else None
        commands = commands_for(role_of(context))
        page = help_page(commands, in_group=in_group, inline_as=inline_as)
        await self._say(update, context, page)

    async def on_sources(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/sources`."""
        await self._say(update, context, sources(await self._archive.catalogue.summary()))

    async def on_unknown_command(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """An unknown command; in a group, only if it names this bot."""
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
        """Anything without text: pictures, voices, stickers, a reader's file."""
        message = update.effective_message
        if message is not None and message.chat.type == ChatType.PRIVATE:
            text = _("I can only read text. Please write your question as a message.")
            if message.document is not None:
                text = _("Only admins can send me files. Write your question as a message.")
            await self._say(update, context, RichText(text))

    async def on_old_button(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of a button that no feature handles any more."""
        if update.callback_query is not None:
            await update.callback_query.answer(_(say.OLD_BUTTON))

    async def on_link(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A message with only links, from somebody who may not add articles."""
        text = _("I don’t open links from readers. Ask me about the news in your own words.")
        await self._say(update, context, RichText(text))

    async def _say(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE, text: RichText
    ) -> None:
        message = update.effective_message
        if message is not None:
            thread = message.message_thread_id if message.is_topic_message else None
            await send(context.bot, message.chat_id, text, thread_id=thread)


MOST_OUTLETS = 15


def start(name: str, *, is_admin: bool) -> RichText:
    """The greeting."""
    hello = styled(
        "bold", _("Hello {name}, this is Sitrep.").format(name=" ".join(name.split())[:64])
    )
    what = _(
        "I answer questions from an archive of news articles. Every statement cites "
        "the exact sentence it relies on, and if the archive has no answer, I say so."
    )
    how = _("Just ask, for example:") + "\n"
    example = styled("italic", _("How many North Korean soldiers are in Kursk, and who says so?"))
    more = _("/sources shows what's in the archive, /help what I can do.")
    if is_admin:
        more += "\n\n" + _(
            "You're an admin: paste links, forward posts or send files, and I'll add them "
            "to the archive. /channels adds what channels post."
        )
    return join([hello, RichText(what), RichText(how) + example, RichText(more)], "\n\n")


def help_page(
    commands: Sequence[tuple[str, str]], *, in_group: bool, inline_as: str | None = None
) -> RichText:
    """Commands and how to read answers; `inline_as`: the bot's name if inline queries are on."""
    lines = [RichText(f"/{name} – {text}") for name, text in commands]
    asking = _("Any other message is a question.")
    if in_group:
        asking = _("In a group I answer /ask, a mention, or a reply to one of my messages.")
    reading = _(
        "Numbers such as [1] refer to the footnotes below an answer: outlet, date and "
        "a link to the sentence. The buttons show each sentence in context."
    )
    parts = [join(lines, "\n"), RichText(asking), RichText(reading)]
    if inline_as is not None:
        sharing = _("In any chat, type @{name} and a few words to share what is cited on them.")
        parts.append(RichText(sharing.format(name=inline_as)))
    return join(parts, "\n\n")


def sources(summary: Summary) -> RichText:
    """What is in the archive: articles, outlets, dates."""
    if summary.articles == 0:
        return RichText(_("The archive is empty. An admin can fill it with /add."))
    head = styled("bold", _articles(summary.articles))
    head = (
        head
        + " "
        + ngettext("from {count} outlet", "from {count} outlets", len(summary.outlets)).format(
            count=number(len(summary.outlets))
        )
    )
    if summary.oldest and summary.newest:
        head = (
            head
            + ", "
            + _("{start} to {end}").format(start=day(summary.oldest), end=day(summary.newest))
        )
    parts = [head + "."]
    lines = [plain(outlet) + f": {articles}" for outlet, articles in summary.outlets[:MOST_OUTLETS]]
    if len(summary.outlets) > MOST_OUTLETS:
        rest = len(summary.outlets) - MOST_OUTLETS
        more = ngettext("and {count} more outlet", "and {count} more outlets", rest)
        lines.append(RichText(more.format(count=number(rest))))
    parts.append(join(lines, "\n"))
    if summary.pending:
        waiting = ngettext(
            "{count} article still being indexed.",
            "{count} articles still being indexed.",
            summary.pending,
        )
        parts.append(RichText(waiting.format(count=number(summary.pending))))
    return join(parts, "\n\n")


def _articles(count: int) -> str:
    return ngettext("{count} article", "{count} articles", count).format(count=number(count))
