"""/status: how the bot is doing, for admins."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from telegram.ext import CommandHandler, filters

from bot.language import gettext as _
from bot.language import number, translated
from bot.ops.logs import struck
from bot.telegram.client import send
from bot.telegram.outbox import waiting_messages
from bot.telegram.rich_text import RichText, plain, styled
from retrieval.llm import Health

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.feeds import FeedRunner
    from bot.ops.metrics import Metrics
    from bot.settings import BotSettings
    from retrieval.library import Library


class StatusPage:
    """Collects and shows the bot's status."""

    def __init__(
        self,
        library: Library,
        settings: BotSettings,
        metrics: Metrics,
        feeds: FeedRunner,
        now: Callable[[], datetime],
    ) -> None:
        self._library, self._settings = library, settings
        self._metrics, self._feeds, self._now = metrics, feeds, now
        self._since = now()

    def register(self, app: App) -> None:
        """Add the handler of /status."""
        app.add_handler(CommandHandler("status", self.on_status, filters.UpdateType.MESSAGE))

    async def on_status(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/status`."""
        message = update.effective_message
        if message is None:
            return
        thread = message.message_thread_id if message.is_topic_message else None
        page = status_page(await self._status())
        await send(context.bot, message.chat_id, page, thread_id=thread)

    async def _status(self) -> BotStatus:
        archive, settings, now = self._library.archive, self._settings, self._now()
        summary = await archive.catalogue.summary()
        feeds = await self._feeds.desk.listed()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        disk = await asyncio.to_thread(shutil.disk_usage, settings.data_dir)
        health = self._library.chat.health if self._library.chat is not None else Health()
        said = translated(health.said) if health.said is not None else ""
        words = f"{said} {struck(health.details)}".strip()
        failed_at = health.last_at
        return BotStatus(
            version=version("sitrep"),
            up=now - self._since,
            by_webhook=bool(settings.webhook_url),
            model=settings.chat_model,
            articles=summary.articles,
            pending=summary.pending,
            questions=self._metrics.count("sitrep_questions_waiting"),
            messages=await waiting_messages(self._library.database),
            answers=self._metrics.count("sitrep_answers_total"),
            errors=self._metrics.count("sitrep_errors_total"),
            feeds=len(feeds),
            failing=sum(one.feed.failing_since is not None for one in feeds),
            tokens=(await archive.feedback.tokens_since(midnight)).total,
            token_limit=settings.tokens_a_day,
            free_bytes=disk.free,
            model_asked=health.answered + health.failed,
            model_failed=health.failed,
            model_words=words,
            model_failed_ago=max(now - failed_at, timedelta()) if failed_at else None,
        )


@dataclass(frozen=True, slots=True)
class BotStatus:
    """The state of this program, with the archive's counts for all programs.

    `model` is empty in quote mode; `model_words` is its last error message. `failing` counts feeds.
    """

    version: str
    up: timedelta
    by_webhook: bool
    model: str
    articles: int
    pending: int
    questions: int
    messages: int
    answers: int
    errors: int
    feeds: int
    failing: int
    tokens: int
    token_limit: int
    free_bytes: int
    model_asked: int = 0
    model_failed: int = 0
    model_words: str = ""
    model_failed_ago: timedelta | None = None


def status_page(now: BotStatus) -> RichText:
    """The status as a message."""
    up = _("Up {span}, by webhook") if now.by_webhook else _("Up {span}, by long polling")
    model = plain(now.model).text or _("quotes, without a language model")
    tokens = _("Tokens today: {tokens}")
    if now.token_limit:
        tokens = _("Tokens today: {tokens} of {limit}")
    lines = [
        up.format(span=_span(now.up)),
        _("Answers: {by}").format(by=model),
        *_model(now),
        _("Since start-up: questions {answers}, errors {errors}").format(
            answers=number(now.answers), errors=number(now.errors)
        ),
        _("Waiting: questions {questions}, messages {messages}").format(
            questions=number(now.questions), messages=number(now.messages)
        ),
        _("Archive: articles {articles}, not embedded yet {pending}").format(
            articles=number(now.articles), pending=number(now.pending)
        ),
        _("Feeds: {feeds}, failing: {failing}").format(
            feeds=number(now.feeds), failing=number(now.failing)
        ),
        tokens.format(tokens=number(now.tokens), limit=number(now.token_limit)),
        _("Free disk: {gigabytes} GB").format(gigabytes=number(now.free_bytes // 10**9)),
    ]
    return styled("bold", f"Sitrep {now.version}") + "\n" + "\n".join(lines)


def _model(now: BotStatus) -> list[str]:
    """How often the chat model failed, and its last error."""
    if not now.model_failed or now.model_failed_ago is None:
        return []
    text = _("Model: {failed} of {asked} calls failed; the last one {span} ago: {words}")
    return [
        text.format(
            failed=number(now.model_failed),
            asked=number(now.model_asked),
            span=_span(now.model_failed_ago),
            words=plain(now.model_words).text,
        )
    ]


def _span(time: timedelta) -> str:
    minutes = int(time.total_seconds()) // 60
    days, hours = minutes // 1440, minutes % 1440 // 60
    if days:
        return _("{days} d {hours} h").format(days=days, hours=hours)
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes % 60)
    return _("{minutes} min").format(minutes=minutes)
