"""`/feeds`: the feeds and how they are; admins add, pause and remove them."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.delivery import edit, send
from bot.delivery.sender import keyboard
from bot.delivery.typing import typing
from bot.language import N_, translated
from bot.language import gettext as _
from bot.render.feeds import added_text, feed_text, feeds_page, name_of
from bot.render.rich_text import RichText, plain
from retrieval.errors import ArchiveError, FetchError, SitrepError
from retrieval.feeds.models import State

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import BaseHandler, ContextTypes

    from bot.intake.feeds import FeedRunner
    from bot.recording import Record
    from retrieval.feeds import Listed

log = logging.getLogger(__name__)

PATTERN = r"^feed:(page|open|pause|resume|ask|remove):\d{1,9}$"
HOW_TO = N_("Write the address after the command: /feeds add example.org")
_A_PAGE = 8
_DATA = re.compile(r"feed:(\w+):(\d+)")
_WORDS = {"add", "remove"}


def feed_handlers(
    feeds: FeedRunner,
    record: Record,
    now: Callable[[], datetime],
) -> list[BaseHandler[Any, Any, Any]]:
    """PTB's handlers; whose they are, the gate has decided."""
    handlers = FeedHandlers(feeds, record, now)
    return [
        CommandHandler("feeds", handlers.on_feeds, filters.UpdateType.MESSAGE),
        CallbackQueryHandler(handlers.on_button, PATTERN),
    ]


class FeedHandlers:
    """What admins say about feeds."""

    def __init__(
        self,
        feeds: FeedRunner,
        record: Record,
        now: Callable[[], datetime],
    ) -> None:
        self._feeds, self._record, self._now = feeds, record, now

    async def on_feeds(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/feeds`, `/feeds add ADDRESS`, `/feeds remove NUMBER`."""
        message, user = update.effective_message, update.effective_user
        if message is None:
            return
        words = (message.text or "").split()[1:]
        thread = message.message_thread_id if message.is_topic_message else None
        async with typing(context.bot, message.chat_id, thread):
            text, buttons = await self._answer(words, f"telegram:{user.id if user else 0}")
        await send(context.bot, message.chat_id, text, thread_id=thread, buttons=buttons)

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button under the list or under a feed."""
        query = update.callback_query
        found = _DATA.fullmatch(query.data or "") if query else None
        if query is None or found is None:
            return
        if not isinstance(query.message, Message):  # older than Telegram shows to bots
            old = _("That list is too old; /feeds gives a new one.")
            await query.answer(old, show_alert=True)
            return
        try:
            text, buttons = await self._press(found[1], int(found[2]), query.from_user.id)
        except ArchiveError as error:
            await query.answer(translated(str(error)), show_alert=True)
            return
        await query.answer()
        try:
            await edit(context.bot, query.message, text, buttons)
        except TelegramError as error:
            log.warning("the list of feeds could not be changed: %s", error)
            await send(context.bot, query.message.chat_id, text, buttons=buttons)

    async def _answer(
        self, words: list[str], by: str
    ) -> tuple[RichText, InlineKeyboardMarkup | None]:
        if not words:
            return await self._page(0)
        action, rest = (
            (words[0].lower(), words[1:]) if words[0].lower() in _WORDS else ("add", words)
        )
        try:
            if action == "add":
                return RichText(await self._add(rest, by)), None
            number = rest[0] if len(rest) == 1 and re.fullmatch(r"[0-9]{1,9}", rest[0]) else None
            if number is None:
                return RichText(
                    _("Write the feed's number after the command: /feeds remove 3")
                ), None
            return await self._press("ask", int(number), 0)
        except FetchError as error:  # it names addresses to which others' servers lead
            return plain(translated(str(error))), None
        except SitrepError as error:
            return RichText(translated(str(error))), None

    async def _add(self, words: list[str], by: str) -> str:
        if len(words) != 1:
            return _(HOW_TO)
        address = words[0] if "://" in words[0] else f"https://{words[0]}"
        added = await self._feeds.desk.add(address, by=by)
        self._feeds.wake()
        if added.new:
            await self._record(by, "add", f"feed:{added.feed.id}", {"address": added.feed.url})
        return added_text(added)

    async def _press(
        self, action: str, number: int, user_id: int
    ) -> tuple[RichText, InlineKeyboardMarkup | None]:
        """What a button shows; raises ArchiveError where there is no such feed."""
        desk = self._feeds.desk
        if action == "page":
            return await self._page(number)
        if action == "remove":
            feed = await desk.remove(number)
            who = f"telegram:{user_id}"
            await self._record(who, "remove", f"feed:{number}", {"address": feed.url})
            gone = _("Stopped reading “{name}”. Its articles stay in the archive.")
            text = RichText(gone.format(name=name_of(feed)))
            return text, _keyboard([(_("« all feeds"), "page", 0)])
        if action in {"pause", "resume"}:
            await desk.switch(number, State.PAUSED if action == "pause" else State.ACTIVE)
            await self._record(f"telegram:{user_id}", action, f"feed:{number}")
            self._feeds.wake()
        one = await self._listed(number)
        if action == "ask":
            text = RichText(_("Stop following “{name}”?").format(name=name_of(one.feed)))
            return text, _keyboard([(_("Remove"), "remove", number), (_("Keep"), "open", number)])
        return feed_text(one, self._now()), _of_one(one)

    async def _listed(self, number: int) -> Listed:
        for one in await self._feeds.desk.listed():
            if one.feed.id == number:
                return one
        raise ArchiveError(_("There is no feed {number}; /feeds lists them.").format(number=number))

    async def _page(self, page: int) -> tuple[RichText, InlineKeyboardMarkup | None]:
        feeds = await self._feeds.desk.listed()
        pages = max((len(feeds) + _A_PAGE - 1) // _A_PAGE, 1)
        page = min(page, pages - 1)
        shown = feeds[page * _A_PAGE : (page + 1) * _A_PAGE]
        text = feeds_page(shown, self._now(), page, pages)
        rows = [
            [(f"{one.feed.id}. {name_of(one.feed)[:40]}", "open", one.feed.id)] for one in shown
        ]
        turns = [("«", "page", page - 1)] if page else []
        turns += [("»", "page", page + 1)] if page < pages - 1 else []
        return text, _keyboard(*rows, *([turns] if turns else []))


def _of_one(one: Listed) -> InlineKeyboardMarkup | None:
    number = one.feed.id
    active = one.feed.state is State.ACTIVE
    switch = (_("Pause"), "pause", number) if active else (_("Read again"), "resume", number)
    return _keyboard([switch, (_("Remove"), "ask", number)], [(_("« all feeds"), "page", 0)])


def _keyboard(*rows: list[tuple[str, str, int]]) -> InlineKeyboardMarkup | None:
    return keyboard(
        [(label, f"feed:{action}:{number}") for label, action, number in row] for row in rows
    )
