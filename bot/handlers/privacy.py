"""/privacy, /export, /forget: what is kept about a person is theirs to know, have and delete."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from telegram import InlineKeyboardButton, Message
from telegram.constants import ChatType

from bot.commands import offer_commands
from bot.handlers.gate import role_of
from bot.handlers.subscription_access import Screens, post
from bot.handlers.subscription_pages import Page
from bot.language import gettext as _
from bot.people.personal import export, forget
from bot.people.seals import Seal, Seals
from bot.render import people as say
from bot.render import privacy as page
from bot.render.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.people import People
    from bot.people.expiry import Keeping
    from retrieval.archive.database import Database

PATTERN = r"^forget:"
_YES, _NO = "forget:yes", "forget:no"


class Privacy:
    """Answers who asks about themselves; `model` names the language model, if there is one.

    `counting` is the secret under which spent tokens stay counted, where they have a limit.
    """

    def __init__(  # noqa: PLR0913  what it speaks of
        self,
        database: Database,
        people: People,
        *,
        keeping: Keeping,
        model: str,
        seals: Seals,
        counting: str | None,
        now: Callable[[], datetime],
    ) -> None:
        self._database, self._people = database, people
        self._keeping, self._model = keeping, model
        self._seals, self._counting, self._now = seals, counting, now
        self._screens = Screens()

    async def on_privacy(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/privacy`."""
        if update.message is not None:
            kept = self._keeping
            counted = self._counting is not None
            text = page.privacy(
                kept.answers, kept.briefings, kept.audit, self._model, counted=counted
            )
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
            caption=_(page.EXPORTED),
        )

    async def on_forget(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/forget`: asks whether that is really meant, in private."""
        message = await _private(update, context)
        if message is None or message.from_user is None:
            return
        user_id = message.from_user.id
        keys = [
            InlineKeyboardButton(label, callback_data=self._seals.sign(what, user_id, self._now()))
            for label, what in ((_("Delete everything"), _YES), (_("Keep it"), _NO))
        ]
        text = page.sure_to_forget(role_of(context), is_open=self._people.access.is_open)
        await post(context.bot, message, Page(text, (tuple(keys),)))

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Yes or no; only of who was asked, and not much later."""
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
        done = Page(RichText(_(page.FORGOTTEN) if purpose == _YES else _(page.KEPT)))
        await self._screens.show(context.bot, query.message, done)

    async def _forget(self, user_id: int, context: ContextTypes.DEFAULT_TYPE) -> None:
        before = role_of(context)
        await forget(self._database, user_id, before, self._now(), self._counting)
        after = await self._people.role(user_id)
        if after is not before:
            await offer_commands(context.bot, user_id, after)


async def _private(update: Update, context: ContextTypes.DEFAULT_TYPE) -> Message | None:
    """The message if it was written in private; elsewhere its writer is told."""
    message = update.message
    if message is not None and message.chat.type != ChatType.PRIVATE:
        await post(context.bot, message, Page(RichText(_(say.IN_PRIVATE))))
        return None
    return message
