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

from telegram import LinkPreviewOptions, Message, ReplyParameters
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from bot.delivery.draft import Draft
from bot.delivery.pacer import HAD_ITS_TURN
from bot.delivery.sender import TRIES, change, entities, send, surely
from bot.language import gettext as _
from bot.render.rich_text import RichText, plain, split
from bot.tasks import end

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from telegram import InlineKeyboardMarkup
    from telegram.ext import ExtBot

    from bot.delivery.pacer import Pacer

log = logging.getLogger(__name__)

Streaming = Literal["edit", "draft", "off"]
# Telegram shows one for thirty seconds: https://core.telegram.org/bots/api#sendmessagedraft
_DRAFT_LASTS_S = 20.0
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes, and to which message; `quotes` it: the answer is shown as a reply."""

    chat_id: int
    thread_id: int | None
    message_id: int
    quotes: bool


class LiveAnswers:
    """Answers as they are written; drafts take their turn behind all that is sent at once."""

    def __init__(self, bot: ExtBot[Any], pacer: Pacer, streaming: Streaming) -> None:
        self._bot = bot
        self._pacer = pacer
        self._streaming = streaming

    @asynccontextmanager
    async def answer(self, place: Place) -> AsyncIterator[LiveAnswer]:
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
        self, bot: ExtBot[Any], pacer: Pacer, place: Place, *, by_draft: bool, off: bool
    ) -> None:
        self._bot = bot
        self._pacer = pacer
        self._place = place
        self._by_draft = by_draft
        self._off = off
        self._draft = Draft(_DRAFT_LASTS_S if by_draft else inf)
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
