"""An answer that appears while it is written: in one message that is edited, or as a draft.

The draft never stands in the way of the answer: whatever goes wrong with it, the whole is sent.
A request for it that is under way is waited for, as it could otherwise arrive after the whole.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    Message,
    ReplyParameters,
)
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.background import end
from bot.language import gettext as _
from bot.telegram.client import TRIES, change, entities, send, surely
from bot.telegram.rate_limit import HAD_ITS_TURN
from bot.telegram.rich_text import RichText, plain, split

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import Bot
    from telegram.ext import ExtBot

    from bot.telegram.rate_limit import RateLimiter


log = logging.getLogger(__name__)

Streaming = Literal["edit", "draft", "off"]
# Telegram shows one for thirty seconds: https://core.telegram.org/bots/api#sendmessagedraft
_DRAFT_LASTS_S = 20.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class ReplyTarget:
    """Where an answer goes, and to which message; `quotes` it: the answer is shown as a reply."""

    chat_id: int
    thread_id: int | None
    message_id: int
    quotes: bool


class LiveAnswers:
    """Answers as they are written; drafts take their turn behind all that is sent at once."""

    def __init__(self, bot: ExtBot[Any], pacer: RateLimiter, streaming: Streaming) -> None:
        self._bot = bot
        self._pacer = pacer
        self._streaming = streaming

    @asynccontextmanager
    async def answer(self, place: ReplyTarget) -> AsyncIterator[LiveAnswer]:
        """An answer to be written and finished in the block; unfinished, no trace of it stays."""
        # drafts are for private chats only; a group reads along by edits
        by_draft = self._streaming == "draft" and place.chat_id > 0
        one = LiveAnswer(
            self._bot, self._pacer, place, by_draft=by_draft, off=self._streaming == "off"
        )
        try:
            yield one
        finally:
            await one.close()


class LiveAnswer:
    """One answer on its way."""

    def __init__(
        self, bot: ExtBot[Any], pacer: RateLimiter, place: ReplyTarget, *, by_draft: bool, off: bool
    ) -> None:
        self._bot = bot
        self._pacer = pacer
        self._place = place
        self._by_draft = by_draft
        self._off = off
        self._draft = DraftPacing(_DRAFT_LASTS_S if by_draft else inf)
        self._more = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._under_way: asyncio.Task[None] | None = None
        self._message: Message | None = None

    def write(self, text: RichText) -> None:
        """The text so far."""
        if not self._off:
            self._put(text)

    def think(self) -> None:
        """The model thinks, and nothing that it wrote can be shown."""
        if not self._off:
            self._put(plain(_("Thinking…")))

    def say(self, text: str) -> None:
        """A sentence for who waits, in the place of the answer, also where drafts are off."""
        self._put(plain(text))

    def unsay(self) -> None:
        """The sentence is out of date: it is not sent any more, unless it was."""
        self._draft.forget()

    async def finish(
        self, text: RichText, buttons: InlineKeyboardMarkup | None = None
    ) -> list[Message]:
        """Put the whole in the place of the draft, in as many messages as it takes.

        Raises:
            TelegramError: Telegram refused for good, or it is unknown whether the message arrived.
        """
        await self._stop()
        message, first, *rest = self._message, *split(text)
        if message is None or not await self._replaced(message, first, None if rest else buttons):
            await self._discard()
            return await self._send(text, buttons, quotes=self._place.quotes)
        self._message = None
        sent = [message]
        for number, part in enumerate(rest, start=1):
            under = buttons if number == len(rest) else None
            sent += await self._send(part, under, quotes=False)
        return sent

    async def close(self) -> None:
        """End; a draft that was not finished is removed."""
        await self._stop()
        await self._discard()

    async def _send(
        self, text: RichText, buttons: InlineKeyboardMarkup | None, *, quotes: bool
    ) -> list[Message]:
        place = self._place
        return await send(
            self._bot,
            place.chat_id,
            text,
            thread_id=place.thread_id,
            reply_to=place.message_id if quotes else None,
            buttons=buttons,
        )

    def _put(self, text: RichText) -> None:
        self._draft.write(text)
        self._more.set()
        if self._task is None:
            self._task = asyncio.create_task(self._keep_showing())

    async def _keep_showing(self) -> None:
        while True:
            self._more.clear()
            wait = self._draft.wait(time.monotonic())
            if wait != 0:
                await self._until_more(wait)
                continue
            await self._pacer.turn(self._place.chat_id)
            text = self._draft.newest
            if text is not None:
                self._under_way = asyncio.create_task(self._show(text))
                await asyncio.shield(self._under_way)

    async def _until_more(self, wait: float | None) -> None:
        """Until more was written, or when what there is may be shown."""
        if wait is None:
            await self._more.wait()
        else:
            await asyncio.sleep(wait)

    async def _stop(self) -> None:
        if self._task is not None:
            await end(self._task)
        if self._under_way is not None:
            await self._under_way

    async def _show(self, text: RichText) -> None:
        is_new = self._message is None
        try:
            await self._request(text)
        except RetryAfter as error:
            log.info("drafts slow down: %s", error)
            self._draft.refused(time.monotonic())
        except (BadRequest, ChatMigrated, Forbidden) as error:
            log.info("no more drafts of an answer: %s", error)
            self._draft.lost()
        except NetworkError as error:
            log.info("a draft may not have arrived: %s", error)
            self._draft.refused(time.monotonic())
            if is_new and not self._by_draft:  # a second message would be one too many
                self._draft.lost()
        else:
            self._draft.showed(text, time.monotonic())

    async def _request(self, text: RichText) -> None:
        place = self._place
        if self._by_draft:
            await self._bot.send_message_draft(
                place.chat_id,
                place.message_id,
                text.text,
                entities=entities(text),
                message_thread_id=place.thread_id,
                rate_limit_args=HAD_ITS_TURN,
            )
        elif self._message is None:
            reply = ReplyParameters(place.message_id, allow_sending_without_reply=True)
            self._message = await self._bot.send_message(
                place.chat_id,
                text.text,
                entities=entities(text),
                message_thread_id=place.thread_id,
                reply_parameters=reply if place.quotes else None,
                link_preview_options=_NO_PREVIEW,
                rate_limit_args=HAD_ITS_TURN,
            )
        else:
            await self._bot.edit_message_text(
                text.text,
                chat_id=place.chat_id,
                message_id=self._message.message_id,
                entities=entities(text),
                link_preview_options=_NO_PREVIEW,
                rate_limit_args=HAD_ITS_TURN,
            )

    async def _replaced(
        self, message: Message, text: RichText, buttons: InlineKeyboardMarkup | None
    ) -> bool:
        """Edit until it is sure: the same edit twice does no harm. False: the message is gone."""
        for attempt in range(TRIES):
            try:
                await surely(
                    lambda: change(self._bot, message.chat_id, message.message_id, text, buttons)
                )
            except (BadRequest, ChatMigrated) as error:
                log.info("the draft can't become the answer, which is sent anew: %s", error)
                return False
            except NetworkError:
                if attempt == TRIES - 1:
                    raise
                await asyncio.sleep(attempt)
            else:
                return True
        raise AssertionError  # the loop returns or raises

    async def _discard(self) -> None:
        message, self._message = self._message, None
        if message is None:
            return
        try:
            await self._bot.delete_message(message.chat_id, message.message_id)
        except TelegramError as error:  # most often it is gone, which is why it is discarded
            log.info("a draft was not removed: %s", error)


EVERY_S = 1.0
SLOWEST_S = 16.0


class DraftPacing:
    """The newest text, what of it the reader has, and how soon that may change.

    All instants are seconds of one clock. `lasts_s`: after so long Telegram shows the text no more,
    so it is shown again.
    """

    def __init__(self, lasts_s: float = inf) -> None:
        self._lasts_s = lasts_s
        self._newest: RichText | None = None
        self._shown: RichText | None = None
        self._shown_at = -inf
        self._every_s = EVERY_S
        self._over = False

    @property
    def newest(self) -> RichText | None:
        """What should be shown."""
        return self._newest

    def write(self, text: RichText) -> None:
        """There is more to show; what was not shown yet is passed over."""
        self._newest = text

    def forget(self) -> None:
        """There is nothing to show any more; what the reader has stays."""
        self._newest = None

    def wait(self, now: float) -> float | None:
        """Seconds until something is to be shown; None while there is nothing to show."""
        if self._over or self._newest is None:
            return None
        pause = self._every_s if self._newest != self._shown else self._lasts_s
        return None if pause == inf else max(0.0, self._shown_at + pause - now)

    def showed(self, text: RichText, now: float) -> None:
        """The reader has this text."""
        self._shown, self._shown_at = text, now

    def refused(self, now: float) -> None:
        """Telegram wants fewer, or did not answer: half as often from now on."""
        self._shown_at = now
        self._every_s = min(2 * self._every_s, SLOWEST_S)

    def lost(self) -> None:
        """The message is gone, or can't be: nothing more is shown before the whole."""
        self._over = True


@dataclass(frozen=True, slots=True)
class Page:
    """A message to be."""

    text: RichText
    rows: tuple[tuple[InlineKeyboardButton, ...], ...] = ()

    @property
    def buttons(self) -> InlineKeyboardMarkup | None:
        """Its keyboard, if it has one."""
        return InlineKeyboardMarkup(self.rows) if self.rows else None


class Screens:
    """Messages of the bot's that become other pages, the last asked for last.

    People press faster than Telegram lets a message change. While one change waits, those asked
    for since take its place.
    """

    def __init__(self) -> None:
        self._wanted: dict[tuple[int, int], Page] = {}

    async def show(self, bot: Bot, message: Message, page: Page) -> None:
        """Let a message be another page, unless a newer one is wanted by then."""
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
    """Take a message of the bot's away; one that stays does no harm."""
    try:
        await bot.delete_message(message.chat_id, message.message_id)
    except TelegramError as error:
        log.info("a message could not be deleted: %s", error)
