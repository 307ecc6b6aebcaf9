"""`/article N`: an article's history, and the buttons that fetch it again, remove it, undo that."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.delivery import edit, send
from bot.delivery.sender import keyboard
from bot.intake.sources import Link
from bot.language import N_, translated
from bot.language import gettext as _
from bot.render.history import history_text
from bot.render.rich_text import RichText, plain
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.intake import IntakeJobs, IntakeRunner
    from bot.recording import Record
    from retrieval.archive import Archive

log = logging.getLogger(__name__)

MANAGE = "article"
PATTERN = rf"^{MANAGE}:(open|fetch|ask|keep|remove|restore):(\d{{1,9}})$"
NO_ADDRESS = N_("It was added without an address, so I can't fetch it again.")
HOW_TO = N_("Write the article's number after the command: /article 12")
# what SQL can hold as an id
_MOST_DIGITS = 9


class Managing:
    """Lets admins look at articles, remove them, and undo it; `changed` wakes the indexer.

    `strike` takes what an article said out of messages that wait to be sent.
    """

    def __init__(  # noqa: PLR0913, PLR0917  what it works with
        self,
        archive: Archive,
        jobs: IntakeJobs,
        intake: IntakeRunner,
        now: Callable[[], datetime],
        changed: Callable[[], None],
        strike: Callable[[int], Awaitable[int]],
        record: Record,
    ) -> None:
        self._archive = archive
        self._jobs, self._intake = jobs, intake
        self._now = now
        self._changed = changed
        self._strike = strike
        self._record = record

    async def on_article(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/article N`."""
        message = update.effective_message
        if message is None:
            return
        text, buttons = await self._asked(message)
        thread = message.message_thread_id if message.is_topic_message else None
        await send(context.bot, message.chat_id, text, thread_id=thread, buttons=buttons)

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Remove, its confirmation, and the undo; that an admin pressed, the gate has seen."""
        query = update.callback_query
        if query is None or query.data is None or not isinstance(query.message, Message):
            return
        action, number = query.data.split(":")[1:]
        article_id = int(number)
        who = f"telegram:{query.from_user.id}"
        if action in {"open", "fetch"}:
            await query.answer()
            await self._open_or_fetch(action, article_id, query.message, who)
            return
        try:
            said, buttons = await self._act(action, article_id, who)
        except ArchiveError as error:
            await query.answer(translated(str(error)), show_alert=True)
            return
        await query.answer()
        try:
            await edit(context.bot, query.message, RichText(said), buttons)
        except TelegramError as error:
            log.warning("the article's message could not be changed: %s", error)
            await send(context.bot, query.message.chat_id, RichText(said), buttons=buttons)

    async def _open_or_fetch(self, action: str, article_id: int, shown: Message, who: str) -> None:
        thread = shown.message_thread_id if shown.is_topic_message else None
        text, buttons = await self._page(article_id)
        if action == "fetch" and buttons is not None:
            article = await self._archive.article(article_id)
            if article.url is not None:
                await self._jobs.begin(
                    [Link(article.url)],
                    added_by=who,
                    chat_id=shown.chat_id,
                    thread_id=thread or 0,
                )
                self._intake.wake()
                await self._record(who, "fetch again", f"article:{article_id}")
                return
            text, buttons = RichText(_(NO_ADDRESS)), None
        await send(shown.get_bot(), shown.chat_id, text, thread_id=thread, buttons=buttons)

    async def _asked(self, message: Message) -> tuple[RichText, InlineKeyboardMarkup | None]:
        words = (message.text or "").split()[1:]
        if len(words) != 1 or not words[0].isdecimal() or len(words[0]) > _MOST_DIGITS:
            return RichText(_(HOW_TO)), None
        return await self._page(int(words[0]))

    async def _page(self, article_id: int) -> tuple[RichText, InlineKeyboardMarkup | None]:
        try:
            notes = await self._archive.history(article_id)
            article = await self._archive.article(article_id)
            kin = await self._archive.kin(article_id)
        except ArchiveError as error:
            return RichText(translated(str(error))), None
        choices = [(_("Fetch again"), "fetch")] if article.url else []
        choices.append((_("Remove"), "ask"))
        return history_text(article, notes, kin), _buttons(article_id, *choices)

    async def _act(
        self, action: str, article_id: int, who: str
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        if action in {"ask", "keep"}:
            article = await self._archive.article(article_id)
            name = f"“{plain(article.title).text}” ({plain(article.outlet).text})"
            if action == "keep":
                stays = _("Kept {name}. /article {number}")
                return stays.format(name=name, number=article_id), None
            question = _("Remove {name}?").format(name=name)
            return question, _buttons(article_id, (_("Remove"), "remove"), (_("Keep"), "keep"))
        if action == "remove":
            if not await self._archive.remove(article_id):
                raise ArchiveError(_("It has already been removed."))
            if struck := await self._strike(article_id):
                log.info(
                    "%s waiting messages quoted article %s and were struck", struck, article_id
                )
            said = _(
                "Article {number} has been removed and can no longer be found. You can undo "
                "this for a day."
            )
            buttons = _buttons(article_id, (_("Undo"), "restore"))
        else:
            if not await self._archive.restore(article_id, self._now()):
                raise ArchiveError(
                    _("It has already been restored, or was removed more than a day ago.")
                )
            said, buttons = _("Article {number} has been restored. /article {number}"), None
        self._changed()
        await self._record(who, action, f"article:{article_id}")
        return said.format(number=article_id), buttons


def _buttons(article_id: int, *choices: tuple[str, str]) -> InlineKeyboardMarkup | None:
    return keyboard([[(label, f"{MANAGE}:{action}:{article_id}") for label, action in choices]])
