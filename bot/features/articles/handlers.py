"""/article, /articles and /stats: an article's history, with buttons to refetch or remove it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.features.adding.sources import Link
from bot.features.articles.statistics import failures, growth, statistics_text
from bot.features.articles.views import (
    ListingError,
    asked_for,
    folded,
    history_text,
    listing_text,
    wanted,
)
from bot.features.briefings.pictures import NoPicturesError
from bot.language import N_, translated
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData, SmallNumber
from bot.telegram.client import edit, keyboard, send
from bot.telegram.rich_text import RichText, plain
from retrieval.errors import ArchiveError
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.adding.runner import IntakeRunner
    from bot.features.adding.store import IntakeJobs
    from bot.features.audit_log import Record
    from retrieval.archive import Archive
    from retrieval.storage.database import Database


log = logging.getLogger(__name__)

NO_ADDRESS = N_("It was added without an address, so I can't fetch it again.")
HOW_TO = N_("Write the article's number after the command: /article 12")
# fits an id column
_MOST_DIGITS = 9


_Action = Literal["open", "fetch", "ask", "keep", "remove", "restore"]


@dataclass(frozen=True)
class ArticleButton(CallbackData):
    """A button of an article."""

    PREFIX: ClassVar[str] = "article"
    action: _Action
    number: SmallNumber


@dataclass(frozen=True)
class ArticleListButton(CallbackData):
    """A button that leads to another page of the list."""

    PREFIX: ClassVar[str] = "articles"
    page: Annotated[int, "[0-9]{1,7}"]


class ArticleHandlers:
    """Lets admins look at articles, remove and restore them; `changed` wakes the indexer.

    `strike` removes an article's quotations from messages that wait to be sent.
    """

    def __init__(  # noqa: PLR0913, PLR0917  its collaborators
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

    def register(self, app: App) -> None:
        """Add the handlers of /article and its buttons."""
        app.add_handler(CommandHandler("article", self.on_article, filters.UpdateType.MESSAGE))
        app.add_handler(CallbackQueryHandler(self.on_button, ArticleButton.pattern()))

    async def on_article(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/article N`."""
        message = update.effective_message
        if message is None:
            return
        text, buttons = await self._asked(message)
        thread = message.message_thread_id if message.is_topic_message else None
        await send(context.bot, message.chat_id, text, thread_id=thread, buttons=buttons)

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of an article's button. `Authorization` lets only admins press it."""
        query = update.callback_query
        found = ArticleButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        action, article_id = found.action, found.number
        who = f"telegram:{query.from_user.id}"
        if action in {"open", "fetch"}:
            await query.answer()
            await self._open_or_fetch(action, article_id, query.message, who)
            return
        try:
            said, buttons = await self._act(action, article_id, who)
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
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
            article = await self._archive.articles.get(article_id)
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
            notes = await self._archive.catalogue.history(article_id)
            article = await self._archive.articles.get(article_id)
            kin = await self._archive.articles.kin(article_id)
        except ArchiveError as error:
            return RichText(translated(error.message)), None
        choices: list[tuple[str, _Action]] = []
        if article.url:
            choices.append((_("Fetch again"), "fetch"))
        choices.append((_("Remove"), "ask"))
        return history_text(article, notes, kin), _article_buttons(article_id, *choices)

    async def _act(
        self, action: str, article_id: int, who: str
    ) -> tuple[str, InlineKeyboardMarkup | None]:
        if action in {"ask", "keep"}:
            article = await self._archive.articles.get(article_id)
            name = f"“{plain(article.title).text}” ({plain(article.outlet).text})"
            if action == "keep":
                stays = _("Kept {name}. /article {number}")
                return stays.format(name=name, number=article_id), None
            question = _("Remove {name}?").format(name=name)
            return question, _article_buttons(
                article_id, (_("Remove"), "remove"), (_("Keep"), "keep")
            )
        if action == "remove":
            if not await self._archive.articles.remove(article_id):
                raise ArchiveError(UserMessage("It has already been removed."))
            if struck := await self._strike(article_id):
                log.info(
                    "%s waiting messages quoted article %s and were struck", struck, article_id
                )
            said = _(
                "Article {number} has been removed and can no longer be found. You can undo "
                "this for a day."
            )
            buttons = _article_buttons(article_id, (_("Undo"), "restore"))
        else:
            if not await self._archive.articles.restore(article_id, self._now()):
                raise ArchiveError(
                    UserMessage("It has already been restored, or was removed more than a day ago.")
                )
            said, buttons = _("Article {number} has been restored. /article {number}"), None
        self._changed()
        await self._record(who, action, f"article:{article_id}")
        return said.format(number=article_id), buttons


def _article_buttons(article_id: int, *choices: tuple[str, _Action]) -> InlineKeyboardMarkup | None:
    return keyboard(
        [[(label, ArticleButton(action, article_id).pack()) for label, action in choices]]
    )


PAGE = 6
_A_ROW = 3


class ArticleLists:
    """Lists articles and shows statistics, for admins."""

    def __init__(
        self,
        archive: Archive,
        database: Database,
        now: Callable[[], datetime],
    ) -> None:
        self._archive, self._database = archive, database
        self._now = now

    def register(self, app: App) -> None:
        """Add the handlers of /articles, its buttons, and /stats."""
        fresh = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("articles", self.on_articles, fresh))
        app.add_handler(CommandHandler("stats", self.on_stats, fresh))
        app.add_handler(CallbackQueryHandler(self.on_page, ArticleListButton.pattern()))

    async def on_articles(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/articles words outlet:name since:day until:day`."""
        message = update.effective_message
        if message is None:
            return
        asked = folded((message.text or "").partition(" ")[2])
        text, buttons = await self._page(asked, 0)
        await send(context.bot, message.chat_id, text, thread_id=_thread(message), buttons=buttons)

    async def on_page(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A button that leads to another page; its message says what is listed."""
        query = update.callback_query
        found = ArticleListButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        await query.answer()
        asked = asked_for(query.message.text or "")
        text, buttons = await self._page(asked, found.page)
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
        counts = await self._archive.catalogue.statistics(now)
        text = statistics_text(counts, await failures(self._database, now))
        thread = _thread(message)
        try:
            picture = await asyncio.to_thread(growth, counts.added)
        except NoPicturesError as error:
            text += f"\n\n{translated(error.message)}"
        else:
            caption = _("Articles added per day")
            await context.bot.send_photo(
                message.chat_id, picture, caption=caption, message_thread_id=thread
            )
        await send(context.bot, message.chat_id, text, thread_id=thread)

    async def _page(self, asked: str, page: int) -> tuple[RichText, InlineKeyboardMarkup | None]:
        try:
            which = wanted(asked, await self._archive.catalogue.outlets())
        except ListingError as error:
            return RichText(translated(error.message)), None
        listing = await self._archive.catalogue.listing(which, page * PAGE, PAGE)
        last = max(-(-listing.total // PAGE) - 1, 0)
        if page > last:  # removed since
            page, listing = last, await self._archive.catalogue.listing(which, last * PAGE, PAGE)
        return listing_text(asked, listing, page, PAGE), _list_buttons(
            [article.id for article in listing.articles], page, last
        )


def _list_buttons(ids: list[int], page: int, last: int) -> InlineKeyboardMarkup | None:
    numbers = [(str(one), ArticleButton("open", one).pack()) for one in ids]
    rows = [numbers[at : at + _A_ROW] for at in range(0, len(numbers), _A_ROW)]
    moves = []
    if page:
        moves.append((_("‹ Newer"), ArticleListButton(page - 1).pack()))
    if page < last:
        moves.append((_("Older ›"), ArticleListButton(page + 1).pack()))
    rows += [moves] if moves else []
    return keyboard(rows)


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
