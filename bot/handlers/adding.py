"""Admins put articles into the archive: `/add LINK`, `/add` in reply to a message, or a file."""

from __future__ import annotations

import logging
from time import monotonic
from typing import TYPE_CHECKING

from telegram.constants import FileSizeLimit, MessageOriginType
from telegram.error import TelegramError

from bot.delivery import edit, send
from bot.render import pages
from bot.render.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from telegram import Bot, Document, Message, Update
    from telegram.ext import ContextTypes

    from retrieval.ingest import Ingestor
    from retrieval.models import Outcome

log = logging.getLogger(__name__)

READING = "Reading …"
HOW_TO = "Write a link behind the command, or use /add in reply to a message or a file."
# Telegram allows about one edit a second in a chat; the final one must get through at once.
_EVERY_S = 2.0


class Adding:
    """Takes sources from whom the gate lets pass; `stored` is called when the archive changed."""

    def __init__(self, ingestor: Ingestor, stored: Callable[[], None]) -> None:
        self._ingestor = ingestor
        self._stored = stored

    async def on_add(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/add`."""
        message = update.effective_message
        if message is None:
            return
        links = (message.text or "").split()[1:]
        replied = message.reply_to_message
        if links:
            results = self._links(links, message)
        elif replied is not None and replied.document is not None:
            await self._take_file(message, replied.document, context.bot)
            return
        elif replied is not None and (replied.text or replied.caption):
            results = self._replied(replied, message)
        else:
            await send(context.bot, message.chat_id, RichText(HOW_TO), thread_id=_thread(message))
            return
        await self._report(message, results, context.bot)

    async def on_file(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A file sent to the bot."""
        message = update.effective_message
        if message is None or message.document is None:
            return
        await self._take_file(message, message.document, context.bot)

    async def _take_file(self, message: Message, document: Document, bot: Bot) -> None:
        name = document.file_name or "file"
        if (document.file_size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
            text = f"{name} is over 20 MB, more than Telegram hands to bots; send it in parts."
            await send(bot, message.chat_id, RichText(text), thread_id=_thread(message))
            return
        body = bytes(await (await document.get_file()).download_as_bytearray())
        results = self._ingestor.add_upload(name, body, added_by=_who(message))
        await self._report(message, results, bot)

    async def _links(
        self, links: list[str], message: Message
    ) -> AsyncIterator[tuple[str, Outcome]]:
        for link in links:
            async for result in self._ingestor.add_link(link, added_by=_who(message)):
                yield result

    def _replied(self, replied: Message, message: Message) -> AsyncIterator[tuple[str, Outcome]]:
        """The link of a message that is nothing but a link, otherwise its text."""
        text = (replied.text or replied.caption or "").strip()
        if text.startswith(("http://", "https://")) and len(text.split()) == 1:
            return self._links([text], message)
        outlet, url = _origin(replied)
        return self._ingestor.add_text(
            text, outlet=outlet, url=url, published=_date(replied), added_by=_who(message)
        )

    async def _report(
        self, message: Message, results: AsyncIterator[tuple[str, Outcome]], bot: Bot
    ) -> None:
        """One message that says what is going on and ends as the result."""
        thread = _thread(message)
        sent = await send(bot, message.chat_id, RichText(READING), thread_id=thread)
        status = sent[0]
        done: list[tuple[str, Outcome]] = []
        last = monotonic()
        try:
            async for result in results:
                done.append(result)
                if monotonic() - last >= _EVERY_S:
                    await _show_progress(status, pages.tally([one for _, one in done]), bot)
                    last = monotonic()
        finally:
            self._stored()
        log.info("admin %s: %s", _who(message), pages.tally([one for _, one in done]))
        try:
            await edit(bot, status, pages.outcomes(done))
        except TelegramError as error:
            log.warning("the result could not replace the progress: %s", error)
            await send(bot, message.chat_id, pages.outcomes(done), thread_id=thread)


async def _show_progress(status: Message, tally: str, bot: Bot) -> None:
    try:
        await edit(bot, status, RichText(f"{READING} {tally}"))
    except TelegramError as error:
        # an ornament: the articles matter
        log.info("progress could not be shown: %s", error)


def _who(message: Message) -> str:
    return f"telegram:{message.from_user.id}" if message.from_user else "telegram"


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None


def _origin(message: Message) -> tuple[str, str | None]:
    """Whose words a message holds, and their address: a channel's if it was forwarded from one."""
    origin = message.forward_origin
    if origin is None:
        return (message.from_user.full_name if message.from_user else "Telegram"), None
    if origin.type == MessageOriginType.CHANNEL:
        chat = origin.chat  # type: ignore[attr-defined]  # the type says which class it is
        number = origin.message_id  # type: ignore[attr-defined]
        url = f"https://t.me/{chat.username}/{number}" if chat.username else None
        return chat.title or chat.username or "Telegram channel", url
    if origin.type == MessageOriginType.USER:
        return origin.sender_user.full_name, None  # type: ignore[attr-defined]
    return "Telegram", None


def _date(message: Message) -> datetime:
    return message.forward_origin.date if message.forward_origin else message.date
