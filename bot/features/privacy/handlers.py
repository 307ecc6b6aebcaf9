"""/privacy, /export, /forget: people see, export and delete what is stored about them."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, Message
from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.features.access import views as say
from bot.features.access.authorization import role_of
from bot.features.access.chat_admins import post
from bot.features.commands import offer_commands
from bot.features.privacy.data_subject import export, forget
from bot.language import N_, ngettext, number
from bot.language import gettext as _
from bot.telegram.callback_data import Seal, SignedCallback
from bot.telegram.editable_message import Page, Screens
from bot.telegram.rich_text import RichText, join, plain, styled

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import People
    from bot.features.privacy.retention import RetentionPolicy
    from retrieval.storage.database import Database


_PATTERN = r"^forget:"
_YES, _NO = "forget:yes", "forget:no"


class PrivacyHandlers:
    """Shows, exports and deletes a person's data; `model` names the language model, if any.

    `counting`: the secret for counting spent tokens after /forget, if there is a limit.
    """

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        database: Database,
        people: People,
        *,
        keeping: RetentionPolicy,
        model: str,
        seals: SignedCallback,
        counting: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self._database, self._people = database, people
        self._keeping, self._model = keeping, model
        self._seals, self._counting, self._now = seals, counting, now
        self._screens = Screens()

    def register(self, app: App) -> None:
        """Add the handlers of /privacy, /export, /forget and its buttons."""
        fresh = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("privacy", self.on_privacy, fresh))
        app.add_handler(CommandHandler("export", self.on_export, fresh))
        app.add_handler(CommandHandler("forget", self.on_forget, fresh))
        app.add_handler(CallbackQueryHandler(self.on_button, _PATTERN))

    async def on_privacy(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/privacy`."""
        if update.message is not None:
            kept = self._keeping
            counted = self._counting is not None
            text = privacy(kept.answers, kept.briefings, kept.audit, self._model, counted=counted)
            await post(context.bot, update.message, Page(text))

    async def on_export(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/export`: a JSON file, in private."""
        message = await _private(update, context)
        if message is None or message.from_user is None:
            return
        user, role = message.from_user, await self._people.role(message.from_user.id)
        about = {"user_id": user.id, "role": role.value, "made_at": self._now().isoformat()}
        kept = {"about": about, **await export(self._database, user.id)}
        await context.bot.send_document(
            message.chat_id,
            json.dumps(kept, ensure_ascii=False, indent=1).encode(),
            filename=f"sitrep-{user.id}.json",
            caption=_(EXPORTED),
        )

    async def on_forget(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/forget`: asks for confirmation, in private."""
        message = await _private(update, context)
        if message is None or message.from_user is None:
            return
        user_id = message.from_user.id
        keys = [
            InlineKeyboardButton(label, callback_data=self._seals.sign(what, user_id, self._now()))
            for label, what in ((_("Delete everything"), _YES), (_("Keep it"), _NO))
        ]
        text = sure_to_forget(role_of(context), is_open=self._people.access.is_open)
        await post(context.bot, message, Page(text, (tuple(keys),)))

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of yes or no; valid only from the person who was asked, and for a few minutes."""
        query = update.callback_query
        if query is None or query.data is None:
            return
        purpose = _YES if query.data.startswith(f"{_YES}:") else _NO
        worth = self._seals.check(query.data, purpose, query.from_user.id, self._now())
        if worth is not Seal.GOOD or not isinstance(query.message, Message):
            text = _(say.NOT_YOURS) if worth is Seal.FOREIGN else _(say.OLD_BUTTON)
            await query.answer(text, show_alert=True)
            return
        if purpose == _YES:
            await self._forget(query.from_user.id, context)
        await query.answer()
        done = Page(RichText(_(FORGOTTEN) if purpose == _YES else _(KEPT)))
        await self._screens.show(context.bot, query.message, done)

    async def _forget(self, user_id: int, context: ContextTypes.DEFAULT_TYPE) -> None:
        before = role_of(context)
        await forget(self._database, user_id, before, self._now(), self._counting)
        after = await self._people.role(user_id)
        if after is not before:
            await offer_commands(context.bot, user_id, after)


async def _private(update: Update, context: ContextTypes.DEFAULT_TYPE) -> Message | None:
    """The message if it was written in private; otherwise None, and its author is told."""
    message = update.message
    if message is not None and message.chat.type != ChatType.PRIVATE:
        await post(context.bot, message, Page(RichText(_(say.IN_PRIVATE))))
        return None
    return message


EXPORTED = N_("Everything I store about you.")
KEPT = N_("Nothing was deleted.")
FORGOTTEN = N_(
    "I've deleted everything I stored about you. If you write to me again, we start afresh."
)
_STAFF = N_(
    "You remain an admin, and your name stays on the changes you made, until an owner ends that."
)
_INVITED = N_("You joined by invitation, so you'll need a new one.")
_BLOCKED = N_("You remain blocked.")
OUTBOX_DAYS = 30
NOTED = timedelta(days=30)


def privacy(
    answers: timedelta,
    briefings: timedelta,
    audit: timedelta,
    model: str,
    *,
    counted: bool = False,
) -> RichText:
    """The text of /privacy; `model` is the language model that gets questions, or "".

    `counted`: readers have a daily limit of tokens.
    """
    lines = [
        _days(N_("Your Telegram id, name and username: {days} after your last message."), answers),
        _days(
            N_("Your questions, the sentences that answered them and your votes: {days}."), answers
        ),
        _days(
            N_("Which briefings you received, so that I don't repeat myself: {days}."), briefings
        ),
        _days(N_("Briefings sent to you: {days}."), timedelta(days=OUTBOX_DAYS)),
        _days(N_("Your saved questions: {days}."), NOTED),
        _(
            "Your subscriptions, watches, quiet hours, time zone, language, and the "
            "stories you follow or mute: until you change them."
        ),
        _("Your role, if you have one (admin, invited, blocked): as long as you have it."),
        _days(N_("Changes made by admins, and who joined by which invitation: {days}."), audit),
    ]
    if counted:
        lines.append(
            _(
                "How much the language model wrote for you today: until midnight UTC; after "
                "/forget, under a code instead of your id."
            )
        )
    reading = (
        _(
            "To answer you, I send your question, without your name, to the language model {model}."
        ).format(model=plain(model).text)
        if model
        else _("Your questions aren't sent to any language model.")
    )
    group = _(
        "Questions asked in a group belong to the group: they stay after /forget, "
        "without your id. Everyone in the group can read what's sent there."
    )
    end = _(
        "/export sends you all of it as a file, /forget deletes it. Both work in a private chat."
    )
    kept = join([RichText(f"• {line}") for line in lines], "\n")
    head = styled("bold", _("What I store about you"))
    return join([head, kept, RichText(reading), RichText(group), RichText(end)], "\n\n")


def _days(text: str, span: timedelta) -> str:
    days = ngettext("{count} day", "{count} days", span.days).format(count=number(span.days))
    return _(text).format(days=days)


def sure_to_forget(role: str, *, is_open: bool) -> RichText:
    """The request for confirmation."""
    what = _(
        "Delete everything I store about you? Your questions and answers, briefings, "
        "subscriptions, watches, time zone and followed stories will be gone for good. "
        "Buttons under old answers will stop working."
    )
    more = ""
    if role in {"admin", "owner"}:
        more = _(_STAFF)
    elif role == "blocked":
        more = _(_BLOCKED)
    elif role == "reader" and not is_open:
        more = _(_INVITED)
    return RichText(f"{what}\n\n{more}" if more else what)
