"""Messages of the bot that change while work goes on, or when somebody presses a button.

`LiveMessage` is for work: an answer while it is written, a job while it adds articles.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions, ReplyParameters
from telegram.error import BadRequest, ChatMigrated, NetworkError, TelegramError

from bot.background import end
from bot.language import gettext as _
from bot.telegram.client import TRIES, Fate, change, entities, send, surely, verdict
from bot.telegram.rate_limit import HAD_ITS_TURN
from bot.telegram.rich_text import RichText, plain, split
from retrieval.concurrency import OneBehind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Bot, Message
    from telegram.ext import ExtBot

    from bot.telegram.rate_limit import RateLimiter


log = logging.getLogger(__name__)

Streaming = Literal["edit", "draft", "off"]
# Telegram shows a draft for 30 s: https://core.telegram.org/bots/api#sendmessagedraft
_DRAFT_LASTS_S = 20.0
EVERY_S = 1.0
SLOWEST_S = 16.0


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where a message goes, and which message it answers; `quotes`: it is shown as a reply."""

    chat_id: int
    thread_id: int | None
    message_id: int = 0
    quotes: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """The content of a message."""

    text: RichText
    rows: tuple[tuple[InlineKeyboardButton, ...], ...] = ()

    @property
    def buttons(self) -> InlineKeyboardMarkup | None:
        """Its keyboard, or None."""
        return InlineKeyboardMarkup(self.rows) if self.rows else None


class LiveMessage:
    """A message that changes while work goes on, until `finish` shows the result.

    Interim texts are not urgent and may fail: whatever goes wrong with them, `finish` shows the
    result. Their requests are never cancelled: one could arrive after the result, or leave a
    message that nobody knows of. Those of `finish` are, if it is cancelled itself.
    """

    # which of a long result's messages has the buttons: where a reader arrives
    _buttons_at: ClassVar[int] = -1

    def __init__(
        self,
        bot: ExtBot[Any],
        pacer: RateLimiter,
        target: ReplyTarget,
        pacing: EditPacing,
        message_id: int | None = None,
    ) -> None:
        self._bot, self._pacer, self._target, self._pacing = bot, pacer, target, pacing
        self._message_id = message_id
        self._more, self._caught_up = asyncio.Event(), asyncio.Event()
        self._caught_up.set()
        self._task: asyncio.Task[None] | None = None
        self._under_way: asyncio.Task[None] | None = None

    def put(self, text: RichText, buttons: InlineKeyboardMarkup | None = None) -> None:
        """Show this as soon as the pace allows; it replaces what was not shown yet."""
        page = Page(text, buttons.inline_keyboard if buttons else ())
        self._pacing.write(page)
        self._compare(page)
        self._more.set()
        if self._task is None:
            self._task = asyncio.create_task(self._keep_showing())

    def _compare(self, newest: Page | None) -> None:
        """Note whether the reader sees the newest page."""
        if newest == self._pacing.shown:
            self._caught_up.set()
        else:
            self._caught_up.clear()

    async def ready(self) -> None:
        """Wait until a text could be shown at once; forever if no more can be shown."""
        await self._caught_up.wait()
        await asyncio.sleep(self._pacing.pause(time.monotonic()))

    async def finish(
        self, text: RichText, buttons: InlineKeyboardMarkup | None = None
    ) -> list[int]:
        """Show the result, in several messages if it is long; returns their ids.

        It replaces the interim text, or is sent anew if that can't be edited.

        Raises:
            TelegramError: Telegram refused for good, or it is unknown whether the message arrived.
        """
        await self.stop()
        first, *rest = self._pages(text, buttons)
        shown = self._message_id
        if shown is None or not await self._replaced(shown, first):
            await self._before_first()
            await self._discard()
            sent = await self._send(first, quotes=self._target.quotes)
            await self._after_first(sent[0])
        else:
            self._message_id = None
            sent = [shown]
        for page in rest:
            sent += await self._send(page, quotes=False)
        return sent

    def _pages(self, text: RichText, buttons: InlineKeyboardMarkup | None) -> list[Page]:
        """The result's messages."""
        parts = split(text)
        pages = [Page(part) for part in parts]
        if buttons is not None:
            pages[self._buttons_at] = Page(parts[self._buttons_at], buttons.inline_keyboard)
        return pages

    async def stop(self) -> None:
        """Stop showing interim texts; the last one stays.

        A request in progress ends first, even if this is cancelled.
        """
        async with OneBehind() as behind:
            await behind.start(self._stop)

    async def _stop(self) -> None:
        if self._task is not None:
            await end(self._task)
        if self._under_way is not None:
            await self._under_way

    async def withdraw(self) -> None:
        """Stop, and delete an interim text that was not finished."""
        await self.stop()
        await self._discard()

    async def _send(self, page: Page, *, quotes: bool) -> list[int]:
        target = self._target
        sent = await send(
            self._bot,
            target.chat_id,
            page.text,
            thread_id=target.thread_id,
            reply_to=target.message_id if quotes else None,
            buttons=page.buttons,
        )
        return [one.message_id for one in sent]

    async def _keep_showing(self) -> None:
        while True:
            self._more.clear()
            wait = self._pacing.wait(time.monotonic())
            if wait != 0:
                await self._until_more(wait)
                continue
            await self._pacer.turn(self._target.chat_id)
            page = self._pacing.newest
            if page is not None:
                self._under_way = asyncio.create_task(self._show(page))
                await asyncio.shield(self._under_way)

    async def _until_more(self, wait: float | None) -> None:
        """Wait `wait` seconds; if None, until there is something new."""
        if wait is None:
            await self._more.wait()
        else:
            await asyncio.sleep(wait)

    async def _show(self, page: Page) -> None:
        repeatable = self._repeatable
        try:
            await self._request(page)
        except TelegramError as error:
            log.info("a message that changes was not shown: %s", error)
            fate = verdict(error, 1).fate
            if fate is Fate.AGAIN or (fate is Fate.UNKNOWN and repeatable):
                self._pacing.refused(time.monotonic())
            else:  # deleted, or possibly sent already: there must be no second message
                self._pacing.lost()
        else:
            self._pacing.showed(page, time.monotonic())
            self._compare(self._pacing.newest)

    @property
    def _repeatable(self) -> bool:
        """Whether a request may be repeated if it may have arrived: an edit, but no new message."""
        return self._message_id is not None

    async def _request(self, page: Page) -> None:
        if self._message_id is None:
            await self._before_first()
            self._message_id = await self._first(page)
            await self._after_first(self._message_id)
        else:
            await change(
                self._bot,
                self._target.chat_id,
                self._message_id,
                page.text,
                page.buttons,
                rate_limit_args=HAD_ITS_TURN,
            )

    async def _first(self, page: Page) -> int:
        """Send the message that is edited from then on; returns its id."""
        target = self._target
        reply = ReplyParameters(target.message_id, allow_sending_without_reply=True)
        message = await self._bot.send_message(
            target.chat_id,
            page.text.text,
            entities=entities(page.text),
            message_thread_id=target.thread_id,
            reply_parameters=reply if target.quotes else None,
            reply_markup=page.buttons,
            link_preview_options=LinkPreviewOptions(is_disabled=True),
            rate_limit_args=HAD_ITS_TURN,
        )
        return message.message_id

    async def _before_first(self) -> None:
        """Called before the first message is sent; an exception prevents it."""

    async def _after_first(self, message_id: int) -> None:
        """Called after the first message was sent."""

    async def _replaced(self, shown: int, page: Page) -> bool:
        """Repeat the edit until it certainly succeeded; False if the message can't be edited."""
        for attempt in range(TRIES):
            try:
                await surely(
                    lambda: change(self._bot, self._target.chat_id, shown, page.text, page.buttons)
                )
            except (BadRequest, ChatMigrated) as error:
                log.info("what was shown can't become the whole, which is sent anew: %s", error)
                return False
            except NetworkError:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(attempt)
            else:
                return True
        raise AssertionError  # the loop returns or raises

    async def _discard(self) -> None:
        shown, self._message_id = self._message_id, None
        if shown is None:
            return
        try:
            await self._bot.delete_message(self._target.chat_id, shown)
        except TelegramError as error:  # usually because it is already gone
            log.info("a message that changes was not removed: %s", error)


class LiveAnswer(LiveMessage):
    """An answer while it is written, shown by edits of a message or as a Telegram draft."""

    def __init__(
        self, bot: ExtBot[Any], pacer: RateLimiter, target: ReplyTarget, streaming: Streaming
    ) -> None:
        # Telegram has drafts in private chats only; in groups the message is edited
        self._by_draft = streaming == "draft" and target.chat_id > 0
        self._off = streaming == "off"
        pacing = EditPacing(lasts_s=_DRAFT_LASTS_S if self._by_draft else inf)
        super().__init__(bot, pacer, target, pacing)

    def write(self, text: RichText) -> None:
        """Show the text so far."""
        if not self._off:
            self.put(text)

    def think(self) -> None:
        """Show that the model is thinking: none of its text can be shown yet."""
        if not self._off:
            self.put(plain(_("Thinking…")))

    def say(self, text: str) -> None:
        """Show a sentence in place of the answer, even if streaming is off."""
        self.put(plain(text))

    def unsay(self) -> None:
        """Drop the sentence if it was not shown yet."""
        self._pacing.forget()

    @property
    def _repeatable(self) -> bool:
        return self._by_draft or super()._repeatable

    async def _request(self, page: Page) -> None:
        if not self._by_draft:
            await super()._request(page)
            return
        await self._bot.send_message_draft(
            self._target.chat_id,
            self._target.message_id,
            page.text.text,
            entities=entities(page.text),
            message_thread_id=self._target.thread_id,
            rate_limit_args=HAD_ITS_TURN,
        )


class LiveAnswers:
    """Creates the messages in which answers appear."""

    def __init__(self, bot: ExtBot[Any], pacer: RateLimiter, streaming: Streaming) -> None:
        self._bot, self._pacer, self._streaming = bot, pacer, streaming

    @asynccontextmanager
    async def answer(self, target: ReplyTarget) -> AsyncIterator[LiveAnswer]:
        """An answer to write and finish in the block; an unfinished one is deleted."""
        live = LiveAnswer(self._bot, self._pacer, target, self._streaming)
        try:
            yield live
        finally:
            await live.withdraw()


class EditPacing:
    """Decides when the newest page of a `LiveMessage` may replace the page that is shown.

    Instants are seconds of one clock. There are at least `every_s` seconds between changes; after
    `lasts_s` seconds a page is shown again, because Telegram drops it.
    """

    def __init__(self, every_s: float = EVERY_S, lasts_s: float = inf) -> None:
        self._every_s, self._lasts_s = every_s, lasts_s
        self._newest: Page | None = None
        self._shown: Page | None = None
        self._shown_at = -inf
        self._over = False

    @property
    def every_s(self) -> float:
        """Seconds between changes; more after refusals."""
        return self._every_s

    @property
    def newest(self) -> Page | None:
        """The page to show."""
        return self._newest

    @property
    def shown(self) -> Page | None:
        """The page that the reader sees."""
        return self._shown

    def write(self, page: Page) -> None:
        """Set a new page; the one before is skipped if it was not shown yet."""
        self._newest = page

    def forget(self) -> None:
        """Show nothing new; the page shown stays."""
        self._newest = None

    def pause(self, now: float) -> float:
        """Seconds until a new page may be shown."""
        return max(0.0, self._shown_at + self._every_s - now)

    def wait(self, now: float) -> float | None:
        """Seconds until the newest page should be shown; None if there is nothing to show."""
        if self._over or self._newest is None:
            return None
        if self._newest != self._shown:
            return self.pause(now)
        return None if self._lasts_s == inf else max(0.0, self._shown_at + self._lasts_s - now)

    def showed(self, page: Page, now: float) -> None:
        """Note that the reader sees this page."""
        self._shown, self._shown_at = page, now

    def refused(self, now: float) -> None:
        """Telegram refused, or did not answer: change half as often from now on."""
        self._shown_at = now
        self._every_s = min(2 * self._every_s, SLOWEST_S)

    def lost(self) -> None:
        """The message is gone, or could not be sent: show no more pages."""
        self._over = True


class Screens:
    """Messages that show another page at a press of a button; the latest press wins.

    Unlike with `LiveMessage`, somebody waits for each page: it is sent at once, and errors are
    raised. People press faster than Telegram allows edits, so a newer page replaces a waiting one.
    """

    def __init__(self) -> None:
        self._wanted: dict[tuple[int, int], Page] = {}

    async def show(self, bot: Bot, message: Message, page: Page) -> None:
        """Show a page in a message, unless a newer one was asked for by then.

        Raises:
            TelegramError: Telegram refused, or it is unknown whether the message changed.
        """
        where = (message.chat_id, message.message_id)
        self._wanted[where] = page

        async def replace() -> None:
            if self._wanted.get(where) is page:
                await change(bot, message.chat_id, message.message_id, page.text, page.buttons)

        try:
            await surely(replace)
        finally:
            if self._wanted.get(where) is page:
                del self._wanted[where]


async def remove(bot: Bot, message: Message) -> None:
    """Delete a message of the bot's; a failure is only logged."""
    try:
        await bot.delete_message(message.chat_id, message.message_id)
    except TelegramError as error:
        log.info("a message could not be deleted: %s", error)
