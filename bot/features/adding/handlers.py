"""Admins add articles to the archive: `/add`, pasted links, forwarded posts, files."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from telegram.constants import FileSizeLimit
from telegram.error import TelegramError
from telegram.ext import CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.features.access.authorization import role_of
from bot.features.access.people import may
from bot.features.adding.jobs import JobState
from bot.features.adding.sources import (
    Link,
    Post,
    Upload,
    folded,
    forwarded,
    is_question,
    message_links,
    only_links,
    origin_of,
    post_text,
    said,
)
from bot.features.adding.views import JobButton
from bot.language import N_
from bot.language import gettext as _
from bot.telegram.client import send, surely
from bot.telegram.rich_text import RichText, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Sequence

    from telegram import Bot, CallbackQuery, Document, Message, Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.about import AboutHandlers
    from bot.features.adding.runner import IntakeRunner
    from bot.features.adding.sources import Source
    from bot.features.adding.store import IntakeJobs
    from bot.features.audit_log import Record
    from bot.features.questions.handlers import QuestionHandlers

    Handler = Callable[[Update, ContextTypes.DEFAULT_TYPE], Coroutine[Any, Any, None]]


log = logging.getLogger(__name__)

HOW_TO = N_(
    "Write one or more links after the command, or use /add in reply to a message or a file."
)
_MOST_LIST_BYTES = 1_000_000
GONE = N_("That has already been decided.")
# A button's action and its name in the audit log.
_SAID = {"yes": "add", "no": "decline", "stop": "stop", "go": "continue", "retry": "retry"}


class AddingHandlers:
    """Makes jobs from messages with sources, and wakes the runner."""

    def __init__(
        self,
        jobs: IntakeJobs,
        runner: IntakeRunner,
        record: Record,
        questions: QuestionHandlers,
        about: AboutHandlers,
    ) -> None:
        self._jobs, self._runner, self._record = jobs, runner, record
        self._questions, self._about = questions, about
        # Posts forwarded together arrive as separate messages at the same time.
        self._in_order = asyncio.Lock()

    def register(self, app: App) -> None:
        """Add the handlers of /add, forwarded posts, pasted links, files and a job's buttons.

        They must be tried before the handlers of any text, caption or file.
        """
        fresh = filters.UpdateType.MESSAGE
        private = fresh & filters.ChatType.PRIVATE & ~filters.COMMAND & ~filters.StatusUpdate.ALL
        file = filters.Document.ALL
        forwarded = private & filters.FORWARDED & ~file
        linked = filters.Entity("url") | filters.Entity("text_link")
        captioned = filters.CaptionEntity("url") | filters.CaptionEntity("text_link")
        question, other = self._questions.on_text, self._about.on_other
        taken = {
            forwarded & (filters.TEXT | filters.CAPTION): self._or_else(self.on_forward, question),
            forwarded: self._or_else(self.on_forward, other),
            private & filters.TEXT & linked: self.on_pasted,
            private & ~file & captioned: self.on_pasted,
            private & file: self._or_else(self.on_file, question),
        }
        app.add_handler(CommandHandler("add", self.on_add, fresh))
        app.add_handlers([MessageHandler(which, handle) for which, handle in taken.items()])
        app.add_handler(CallbackQueryHandler(self.on_button, JobButton.pattern()))

    async def on_add(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/add`."""
        message = update.effective_message
        if message is None:
            return
        links = folded((message.text or "").split()[1:])
        replied = message.reply_to_message
        if links:
            await self._begin(message, [Link(url) for url in links])
        elif replied is not None and replied.document is not None:
            await self._take_file(message, replied.document, context.bot)
        elif replied is not None and post_text(replied):
            await self._begin(message, _replied(replied))
        else:
            await send(
                context.bot, message.chat_id, RichText(_(HOW_TO)), thread_id=_thread(message)
            )

    async def on_file(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A file sent to the bot."""
        message = update.effective_message
        if message is None or message.document is None:
            return
        says = message.forward_origin is not None and bool(post_text(message))
        if says:  # a channel's text under a file is a post of its own
            await self._offer(message, forwarded(message))
        if not says or _is_read(message.document):
            await self._take_file(message, message.document, context.bot)

    @staticmethod
    def _or_else(take: Handler, other: Handler) -> Handler:
        """A handler that calls `take` for people who may add articles, and `other` for the rest."""

        async def handle(update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
            chosen = take if may(role_of(context), "add") else other
            await chosen(update, context)

        return handle

    async def on_pasted(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A message with links. An admin's are offered, unless it is a question about them.

        A reader's message is a question, unless it has nothing but links.
        """
        message = update.effective_message
        if message is None:
            return
        links = message_links(message)
        may_add = may(role_of(context), "add")
        if links and not may_add and only_links(said(message)):
            await self._about.on_link(update, context)
            return
        if not links or is_question(said(message)) or not may_add:
            await self._questions.on_text(update, context)
            return
        await self._offer(message, [Link(url) for url in links])

    async def on_forward(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A post that an admin forwarded."""
        message = update.effective_message
        if message is None:
            return
        await self._offer(message, forwarded(message))

    async def _offer(self, message: Message, sources: Sequence[Source]) -> None:
        async with self._in_order:
            await self._jobs.offer(sources, added_by=_who(message), chat_id=message.chat_id)
        self._runner.wake()

    async def on_button(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of a job's button."""
        query = update.callback_query
        found = JobButton.unpack(query.data) if query else None
        if query is None or found is None:
            return
        number, action = found.number, found.action
        job = await self._jobs.get(number)
        if job is None or not _is_here(query, job.chat_id):
            await query.answer(_(GONE))
            return
        done = await self._act(number, action)
        if done:
            await self._record(f"telegram:{query.from_user.id}", _SAID[action], f"job:{number}")
        await query.answer("" if done else _(GONE))
        self._runner.wake()

    async def _act(self, number: int, action: str) -> bool:
        jobs = self._jobs
        match action:
            case "yes":
                return await jobs.move(number, [JobState.OFFERED], JobState.RUNNING)
            case "no":
                return await jobs.move(number, [JobState.OFFERED], JobState.DROPPED)
            case "go":
                return await jobs.move(number, [JobState.STOPPED], JobState.RUNNING)
            case "retry":
                return await jobs.retry(number)
        stopped = await jobs.move(number, [JobState.RUNNING], JobState.STOPPED)
        self._runner.stop(number)
        return stopped

    async def _take_file(self, message: Message, document: Document, bot: Bot) -> None:
        name = document.file_name or "file"
        if (document.file_size or 0) > FileSizeLimit.FILESIZE_DOWNLOAD:
            text = _(
                "{name} is over 20 MB, more than Telegram lets bots download; send it in parts."
            ).format(name=plain(name).text)
            await send(bot, message.chat_id, RichText(text), thread_id=_thread(message))
            return
        links = await _listed_links(document, name)
        sources: list[Source] = [Link(url) for url in links]
        await self._begin(message, sources or [Upload(document.file_id, name)])

    async def _begin(self, message: Message, sources: Sequence[Source]) -> None:
        await self._jobs.begin(
            sources,
            added_by=_who(message),
            chat_id=message.chat_id,
            thread_id=_thread(message) or 0,
        )
        detail = {"sources": len(sources), "first": sources[0].label[:100]} if sources else {}
        await self._record(_who(message), "add", "articles", detail)
        self._runner.wake()


async def _listed_links(document: Document, name: str) -> list[str]:
    """The links of a text file with nothing but links; none for any other file."""
    if not name.lower().endswith(".txt") or (document.file_size or 0) > _MOST_LIST_BYTES:
        return []
    try:
        file = await surely(document.get_file)
        body = bytes(await file.download_as_bytearray())
        return only_links(body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return []
    except TelegramError as error:
        # the job fetches the file again, and reports it if that fails
        log.info("a file could not be looked into: %s", error)
        return []


def _is_read(document: Document) -> bool:
    """Whether a file may hold an article: not a picture, a film or a recording."""
    return not (document.mime_type or "").startswith(("image/", "video/", "audio/"))


def _replied(replied: Message) -> list[Source]:
    """The sources in a message replied to: its links if it has nothing else, or its text."""
    if replied.forward_origin is not None:
        return forwarded(replied)
    if links := only_links(said(replied)):
        return [Link(url) for url in links]
    outlet, url = origin_of(replied)
    return [Post(post_text(replied), outlet, url, replied.date.isoformat())]


def _is_here(query: CallbackQuery, chat_id: int | None) -> bool:
    return query.message is not None and query.message.chat.id == chat_id


def _who(message: Message) -> str:
    return f"telegram:{message.from_user.id}" if message.from_user else "telegram"


def _thread(message: Message) -> int | None:
    return message.message_thread_id if message.is_topic_message else None
