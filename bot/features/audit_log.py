"""/log: who changed what, page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from telegram import InlineKeyboardButton, Message
from telegram.constants import ChatType
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.features.access import views as say
from bot.features.access.chat_admins import post
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData, SmallNumber
from bot.telegram.editable_message import Page, Screens
from bot.telegram.rich_text import RichText
from retrieval.storage import audit
from retrieval.storage.audit import entries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import People
    from retrieval.storage.audit import AuditEntry
    from retrieval.storage.database import Database


ON_A_PAGE = 10
_PERSON = re.compile(r"telegram:([0-9]{1,16})")


@dataclass(frozen=True)
class LogButton(CallbackData):
    """A button that leads to the entries before or after an entry."""

    PREFIX: ClassVar[str] = "log"
    way: Literal["older", "newer"]
    number: SmallNumber


class AuditLog:
    """Shows the audit log to admins, in private."""

    def __init__(self, database: Database, people: People) -> None:
        self._database, self._people = database, people
        self._screens = Screens()

    def register(self, app: App) -> None:
        """Add the handlers of /log and its buttons."""
        app.add_handler(CommandHandler("log", self.on_log, filters.UpdateType.MESSAGE))
        app.add_handler(CallbackQueryHandler(self.on_button, LogButton.pattern()))

    async def on_log(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/log`."""
        message = update.message
        if message is None:
            return
        if message.chat.type != ChatType.PRIVATE:
            await post(context.bot, message, Page(RichText(_(say.IN_PRIVATE))))
            return
        await post(context.bot, message, await self._page())

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button under a page. `Authorization` lets only admins press it."""
        query = update.callback_query
        found = LogButton.unpack(query.data) if query else None
        if query is None or found is None:
            return
        if not isinstance(query.message, Message) or query.message.chat.type != ChatType.PRIVATE:
            await query.answer(_(say.OLD_BUTTON))
            return
        await query.answer()
        page = await self._page(**{"before" if found.way == "older" else "after": found.number})
        await self._screens.show(context.bot, query.message, page)

    async def _page(self, *, before: int | None = None, after: int | None = None) -> Page:
        found = await entries(self._database, ON_A_PAGE + 1, before=before, after=after)
        if after is not None and len(found) <= ON_A_PAGE:
            return await self._page()  # the newest page, whole
        shown = found[-ON_A_PAGE:] if after is not None else found[:ON_A_PAGE]
        is_older = after is not None or len(found) > ON_A_PAGE
        is_newer = after is not None or before is not None
        row = []
        if shown and is_newer:
            data = LogButton("newer", shown[0].id).pack()
            row.append(InlineKeyboardButton(_("Newer"), callback_data=data))
        if shown and is_older:
            data = LogButton("older", shown[-1].id).pack()
            row.append(InlineKeyboardButton(_("Older"), callback_data=data))
        text = say.log_page(shown, await self._names(shown))
        return Page(text, (tuple(row),) if row else ())

    async def _names(self, shown: list[AuditEntry]) -> dict[str, str]:
        mentioned = {name for one in shown for name in (one.who, one.subject)}
        people = {name: found[1] for name in mentioned if (found := _PERSON.fullmatch(name))}
        return {name: (await self._people.known(int(one))).title for name, one in people.items()}


class Record(Protocol):
    """Writes an entry of the audit log; raises ArchiveError if the database fails."""

    async def __call__(  # noqa: D102
        self, who: str, what: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None: ...


def recorder(database: Database, now: Callable[[], datetime]) -> Record:
    """A `Record` that writes each entry in a transaction of its own."""

    async def record(
        who: str, what: str, subject: str, detail: Mapping[str, Any] | None = None
    ) -> None:
        await audit.record(database, who, what, subject, now(), detail)

    return record
