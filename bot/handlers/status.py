"""`/status`, for admins."""

from __future__ import annotations

import asyncio
import shutil
from datetime import timedelta
from importlib.metadata import version
from typing import TYPE_CHECKING

from bot.delivery import send
from bot.delivery.idle import waiting_messages
from bot.language import translated
from bot.logs import struck
from bot.render.status import Status, status_page
from retrieval.providers import Health

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.intake.feeds import FeedRunner
    from bot.metrics import Metrics
    from bot.settings import BotSettings
    from retrieval.library import Library


class StatusPage:
    """Looks at everything once."""

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

    async def on_status(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/status`."""
        message = update.effective_message
        if message is None:
            return
        thread = message.message_thread_id if message.is_topic_message else None
        page = status_page(await self._status())
        await send(context.bot, message.chat_id, page, thread_id=thread)

    async def _status(self) -> Status:
        archive, settings, now = self._library.archive, self._settings, self._now()
        summary = await archive.summary()
        feeds = await self._feeds.desk.listed()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        disk = await asyncio.to_thread(shutil.disk_usage, settings.data_dir)
        health = self._library.chat.health if self._library.chat is not None else Health()
        words = f"{translated(health.sentence)} {struck(health.details)}".strip()
        failed_at = health.last_at
        return Status(
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
            tokens=(await archive.tokens_since(midnight)).total,
            token_limit=settings.tokens_a_day,
            free_bytes=disk.free,
            model_asked=health.answered + health.failed,
            model_failed=health.failed,
            model_words=words,
            model_failed_ago=max(now - failed_at, timedelta()) if failed_at else None,
        )
