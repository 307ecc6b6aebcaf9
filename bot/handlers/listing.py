"""`/articles`: the archive's articles page by page, and `/stats`."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError

from bot.delivery import edit, send
from bot.delivery.sender import keyboard
from bot.handlers.managing import MANAGE
from bot.language import gettext as _
from bot.listing import ListingError, folded, wanted
from bot.render.drawing import NoPicturesError
from bot.render.growth import growth
from bot.render.listing import asked_for, listing_text
from bot.render.rich_text import RichText
from bot.render.statistics import statistics_text
from bot.statistics import failures

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from retrieval.archive import Archive
    from retrieval.archive.database import Database

log = logging.getLogger(__name__)

PREFIX = "articles"
PATTERN = rf"^{PREFIX}:(\d{{1,7}})$"
PAGE = 6
_A_ROW = 3


class ArticleLists:
    """Lists and counts, for admins."""

    def __init__(
        self,
        archive: Archive,
        database: Database,
        now: Callable[[], datetime],
    ) -> None:
        self._archive, self._database = archive, database
        self._now = now

    async def on_articles(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/articles words outlet:name since:day until:day`."""
        message = update.effective_message
        if message is None:
            return
        asked = folded((message.text or "").partition(" ")[2])
        text, buttons = await self._page(asked, 0)
        await send(context.bot, message.chat_id, text, thread_id=_thread(message), buttons=buttons)

    async def on_page(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button that leads to another page; what is listed, its own message says."""
        query = update.callback_query
        if query is None or query.data is None or not isinstance(query.message, Message):
            return
        await query.answer()
        asked = asked_for(query.message.text or "")
        text, buttons = await self._page(asked, int(query.data.split(":")[1]))
        try:
            await edit(context.bot, query.message, text, buttons)
        except TelegramError as error:
            log.warning("the list's message could not be changed: %s", error)

    async def on_stats(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/stats`."""
        message = update.effective_message
        if message is None:
            return
        now = self._now()
        counts = await self._archive.statistics(now)
        text = statistics_text(counts, await failures(self._database, now))
        thread = _thread(message)
        try:
            picture = await asyncio.to_thread(growth, counts.added)
        except NoPicturesError as error:
            text += f"\n\n{error}"
        else:
            caption = _("Articles added per day")
            await context.bot.send_photo(
                message.chat_id, picture, caption=caption, message_thread_id=thread
            )
        await send(context.bot, message.chat_id, text, thread_id=thread)

    async def _page(self, asked: str, page: int) -> tuple[RichText, InlineKeyboardMarkup | None]:
        try:
            which = wanted(asked, await self._archive.outlets())
        except ListingError as error:
            return RichText(str(error)), None
        listing = await self._archive.listing(which, page * PAGE, PAGE)
        last = max(-(-listing.total // PAGE) - 1, 0)
        if page > last:  # removed since
            page, listing = last, await self._archive.listing(which, last * PAGE, PAGE)
        return listing_text(asked, listing, page, PAGE), _buttons(
            [article.id for article in listing.articles], page, last
        )


def _buttons(ids: list[int], page: int, last: int) -> InlineKeyboardMarkup | None:
    numbers = [(str(one), f"{MANAGE}:open:{one}") for one in ids]
    rows = [numbers[at : at + _A_ROW] for at in range(0, len(numbers), _A_ROW)]
    moves = []
    if page:
        moves.append((_("‹ Newer"), f"{PREFIX}:{page - 1}"))
    if page < last:
        moves.append((_("Older ›"), f"{PREFIX}:{page + 1}"))
    rows += [moves] if moves else []
    return keyboard(rows)


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
