"""/language: buttons to choose the language of a private chat or of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar

from telegram import InlineKeyboardButton, Message
from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.features.access.authorization import role_of
from bot.features.access.chat_admins import may_manage, post
from bot.features.commands import offer_commands
from bot.language import LANGUAGES, OWN_NAMES, Spoken, code, of_telegram, speak
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData
from bot.telegram.editable_message import Page, Screens
from bot.telegram.rich_text import RichText

if TYPE_CHECKING:
    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import Languages


@dataclass(frozen=True)
class LanguageButton(CallbackData):
    """A button of a language; "auto" follows Telegram's."""

    PREFIX: ClassVar[str] = "language"
    picked: Annotated[str, "|".join((*LANGUAGES, "auto"))]


class LanguageHandlers:
    """Asks for a chat's language and stores it."""

    def __init__(self, languages: Languages) -> None:
        self._languages = languages
        self._screens = Screens()

    def register(self, app: App) -> None:
        """Add the handlers of /language and its buttons."""
        app.add_handler(CommandHandler("language", self.on_language, filters.UpdateType.MESSAGE))
        app.add_handler(CallbackQueryHandler(self.on_button, LanguageButton.pattern()))

    async def on_language(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/language`."""
        message = update.message
        if message is not None:
            chosen = (await self._languages.of(message.chat_id)).chosen
            in_group = message.chat.type != ChatType.PRIVATE
            await post(context.bot, message, page(chosen=chosen, in_group=in_group))

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of a language; in a group, only its admins may choose."""
        query = update.callback_query
        found = LanguageButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        chat, user = query.message.chat, query.from_user
        if not await may_manage(context.bot, chat, user, None):
            await query.answer(_("In a group, only its admins can do that."), show_alert=True)
            return
        picked = found.picked
        is_private = chat.type == ChatType.PRIVATE
        if picked == "auto":
            await self._languages.choose(chat.id, None)
            told = of_telegram(user.language_code)
            speak(await self._languages.met(chat.id, told) if is_private else Spoken())
        else:
            await self._languages.choose(chat.id, picked)
            speak(Spoken(picked, chosen=True))
        await query.answer()
        shown = page(chosen=picked != "auto", in_group=not is_private)
        await self._screens.show(context.bot, query.message, shown)
        if is_private:
            chosen = None if picked == "auto" else picked
            await offer_commands(context.bot, user.id, role_of(context), chosen)


def page(*, chosen: bool, in_group: bool) -> Page:
    """The languages as buttons, with a mark on the present one."""
    if in_group:
        text = _("Which language should I use here? Quotations stay as published.")
        auto = _("English; answers in the language of the question")
    else:
        text = _("Which language should I use? Quotations stay as published.")
        auto = _("Same as Telegram; answers in the language of the question")
    names = [*((one, OWN_NAMES[one]) for one in LANGUAGES), ("auto", auto)]
    now = code() if chosen else "auto"
    rows = [
        (
            InlineKeyboardButton(
                f"✓ {name}" if one == now else name, callback_data=LanguageButton(one).pack()
            ),
        )
        for one, name in names
    ]
    return Page(RichText(text), tuple(rows))
