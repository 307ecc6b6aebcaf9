"""`/feeds`: admins list, add, pause and remove feeds; and the background task that polls them."""

from __future__ import annotations

import asyncio
import logging
import re
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar, Literal

from telegram import InlineKeyboardMarkup, Message
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.background import BackgroundService
from bot.language import N_, ngettext, number, short_month_day, translated
from bot.language import day as day_and_year
from bot.language import gettext as _
from bot.telegram.callback_data import CallbackData, SmallNumber
from bot.telegram.client import edit, keyboard, send, typing
from bot.telegram.rich_text import RichText, join, plain, styled
from retrieval.errors import ArchiveError, FetchError, SitrepError
from retrieval.feeds import FeedService, Poller, PollingConfig
from retrieval.feeds.models import FeedState
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.adding.reading import PoliteQueues
    from bot.features.audit_log import Record
    from retrieval.feeds import AddedFeed, Imported, Listed
    from retrieval.feeds.models import Feed
    from retrieval.library import Library
    from retrieval.settings import LibrarySettings


log = logging.getLogger(__name__)

HOW_TO = N_("Write the address after the command: /feeds add example.org")
_A_PAGE = 8
_WORDS = {"add", "remove"}


_Action = Literal["page", "open", "pause", "resume", "ask", "remove"]
_Row = list[tuple[str, _Action, int]]


@dataclass(frozen=True)
class FeedButton(CallbackData):
    """A button of the list or of a feed; `number` is the list's page or the feed's id."""

    PREFIX: ClassVar[str] = "feed"
    action: _Action
    number: SmallNumber


class FeedHandlers:
    """Lets admins manage feeds."""

    def __init__(
        self,
        feeds: FeedRunner,
        record: Record,
        now: Callable[[], datetime],
    ) -> None:
        self._feeds, self._record, self._now = feeds, record, now

    def register(self, app: App) -> None:
        """Add the handlers of /feeds and its buttons."""
        app.add_handler(CommandHandler("feeds", self.on_feeds, filters.UpdateType.MESSAGE))
        app.add_handler(CallbackQueryHandler(self.on_button, FeedButton.pattern()))

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
        found = FeedButton.unpack(query.data) if query else None
        if query is None or found is None:
            return
        if not isinstance(query.message, Message):  # older than Telegram shows to bots
            old = _("That list is too old; /feeds gives a new one.")
            await query.answer(old, show_alert=True)
            return
        try:
            text, buttons = await self._press(found.action, found.number, query.from_user.id)
        except ArchiveError as error:
            await query.answer(translated(error.message), show_alert=True)
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
        except FetchError as error:  # it names addresses that other servers redirect to
            return plain(translated(error.message)), None
        except SitrepError as error:
            return RichText(translated(error.message)), None

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
        self, action: _Action, number: int, user_id: int
    ) -> tuple[RichText, InlineKeyboardMarkup | None]:
        """Do what a button says: the new page; raises ArchiveError if the feed is gone."""
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
            await desk.switch(number, FeedState.PAUSED if action == "pause" else FeedState.ACTIVE)
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
        raise ArchiveError(
            UserMessage("There is no feed {number}; /feeds lists them.", number=str(number))
        )

    async def _page(self, page: int) -> tuple[RichText, InlineKeyboardMarkup | None]:
        feeds = await self._feeds.desk.listed()
        pages = max((len(feeds) + _A_PAGE - 1) // _A_PAGE, 1)
        page = min(page, pages - 1)
        shown = feeds[page * _A_PAGE : (page + 1) * _A_PAGE]
        text = feeds_page(shown, self._now(), page, pages)
        rows: list[_Row] = [
            [(f"{one.feed.id}. {name_of(one.feed)[:40]}", "open", one.feed.id)] for one in shown
        ]
        turns: _Row = [("«", "page", page - 1)] if page else []
        if page < pages - 1:
            turns.append(("»", "page", page + 1))
        return text, _keyboard(*rows, *([turns] if turns else []))


def _of_one(one: Listed) -> InlineKeyboardMarkup | None:
    number = one.feed.id
    active = one.feed.state is FeedState.ACTIVE
    row: _Row = [(_("Pause"), "pause", number) if active else (_("Read again"), "resume", number)]
    row.append((_("Remove"), "ask", number))
    return _keyboard(row, [(_("« all feeds"), "page", 0)])


def _keyboard(*rows: list[tuple[str, _Action, int]]) -> InlineKeyboardMarkup | None:
    return keyboard(
        [(label, FeedButton(action, number).pack()) for label, action, number in row]
        for row in rows
    )


_PATIENCE_S = 5.0


class FeedRunner(BackgroundService):
    """Polls feeds in the background; calls `stored` when the archive may have changed."""

    def __init__(
        self,
        library: Library,
        settings: LibrarySettings,
        turns: PoliteQueues,
        *,
        now: Callable[[], datetime],
        stored: Callable[[], None] = lambda: None,
    ) -> None:
        self.poller = Poller(
            library.database,
            library.ingestor,
            lambda host: turns.turn(host, is_host=True),
            now=now,
            rules=rules_of(settings),
            at_once=settings.fetch_at_once,
            per_host=settings.fetch_per_host,
            stored=stored,
            documents=library.feed_documents,
        )
        self.desk = FeedService(self.poller, library.ingestor.reading)
        super().__init__("feeds", self.poller.work)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Poll during the block; unfinished work is continued at the next start."""
        try:
            async with super().running():
                try:
                    yield
                finally:
                    # A cancelled write may keep SQLite locked for others.
                    self.poller.stop()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(_PATIENCE_S):
                            await self.poller.idle.wait()
        finally:
            await self.poller.leases.release()


def rules_of(settings: LibrarySettings) -> PollingConfig:
    """The polling schedule that the settings ask for."""
    least = timedelta(minutes=settings.feed_least_minutes)
    most = max(timedelta(hours=settings.feed_most_hours), least)
    first = min(max(PollingConfig().first, least), most)
    return PollingConfig(least, most, first, timedelta(days=settings.feed_trust_days))


NONE = N_(
    "I don't follow any feeds yet. Write the address of a feed or a site: /feeds add example.org"
)
_TITLE = 80
_PROBLEM = 300
_MOST_PROBLEMS = 10


def state_of(feed: Feed, now: datetime) -> str:
    """One line on a feed: whether it works, or since when it fails, and when it is polled next."""
    if feed.state is FeedState.PAUSED:
        return _("paused")
    if feed.state is FeedState.GONE:
        return _("ended: {why}").format(why=_problem(feed))
    if feed.failing_since is not None:
        return _("failing since {since}, retrying {again}: {why}").format(
            since=moment(feed.failing_since, now),
            again=moment(feed.next_at, now),
            why=_problem(feed),
        )
    if feed.checked_at is None:
        return _("not checked yet; first check {at}").format(at=moment(feed.next_at, now))
    return _("OK · checked {read} · next {again}").format(
        read=moment(feed.checked_at, now), again=moment(feed.next_at, now)
    )


def moment(at: datetime, now: datetime) -> str:
    """An instant's time in UTC, with the day unless that is today."""
    time = f"{at:%H:%M} UTC"
    if at.date() == now.date():
        return time
    day = short_month_day(at) if at.year == now.year else day_and_year(at)
    return f"{day} {time}"


def _problem(feed: Feed) -> str:
    return plain(translated(feed.problem), _PROBLEM).text if feed.problem else ""


def name_of(feed: Feed) -> str:
    """A feed's title, shortened, or its host."""
    return plain(feed.title, _TITLE).text or feed.host


def feed_text(one: Listed, now: datetime) -> RichText:
    """A feed with its counts and its state."""
    articles = ngettext("{count} article", "{count} articles", one.articles)
    counts = [articles.format(count=number(one.articles))]
    if one.waiting:
        counts.append(_("{count} waiting").format(count=number(one.waiting)))
    if one.unreadable:
        counts.append(_("{count} could not be read").format(count=number(one.unreadable)))
    head = RichText(f"{one.feed.id}. ") + styled("bold", name_of(one.feed))
    return head + f"\n{one.feed.url}\n{', '.join(counts)}; {state_of(one.feed, now)}"


def feeds_page(feeds: Sequence[Listed], now: datetime, page: int, pages: int) -> RichText:
    """A page of the list; `page` counts from 0."""
    if not feeds:
        return RichText(_(NONE))
    text = join([feed_text(one, now) for one in feeds], "\n\n")
    if pages == 1:
        return text
    return text + "\n\n" + _("Page {page} of {pages}").format(page=page + 1, pages=pages)


def added_text(added: AddedFeed) -> str:
    """The result of adding a feed."""
    name = f"“{name_of(added.feed)}”"
    if not added.new:
        return _("I already follow {name}, as feed {number}.").format(
            name=name, number=added.feed.id
        )
    entries = ngettext("{count} entry", "{count} entries", added.entries)
    entries = entries.format(count=number(added.entries))
    if added.found_at:
        said = _("Added feed {number}, {name} (found at {address}): {entries}.").format(
            number=added.feed.id, name=name, address=added.found_at, entries=entries
        )
    else:
        said = _("Added feed {number}, {name}: {entries}.").format(
            number=added.feed.id, name=name, entries=entries
        )
    return f"{said}\n{added.feed.url}"


def imported_text(result: Imported) -> str:
    """The result of importing a list of feeds."""
    # shown only by `sitrep feeds import`, in English
    known = f", {result.known:,} were here already" if result.known else ""
    lines = [f"{result.added:,} feeds added{known}; they are read one after the other."]
    lines += [f"Not added: {url}: {why}" for url, why in result.problems[:_MOST_PROBLEMS]]
    if len(result.problems) > _MOST_PROBLEMS:
        lines.append(f"and {len(result.problems) - _MOST_PROBLEMS:,} more that are no addresses.")
    return "\n".join(lines)
