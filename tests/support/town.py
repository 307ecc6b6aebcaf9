"""A simulation of a few people, their chats and the real bot, for randomised tests."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from sqlalchemy import func, select

from bot.app import serving
from bot.background import Clock
from bot.features.adding.jobs import JobState
from bot.local_api import Limits, LocalBotApi, local_bot_api
from bot.local_api.messages import MemberStatus
from bot.tables import intake_job
from bot.telegram.outbox import is_idle
from retrieval.models import ArticleDraft, Precision, Published
from tests.support.archives import cut
from tests.support.bots import ADMIN_ID, READER_ID, bot_settings

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.features import App
    from bot.local_api import Person
    from bot.local_api.messages import Chat
    from retrieval.library import Library

Value = TypeVar("Value")

FIRST_DAY = datetime(2024, 11, 25, 8, 0, tzinfo=UTC)
# The longest wait for anything.
PATIENCE_S = 60.0
_CALM_LOOKS, _LOOK_S = 4, 0.01


class Held(Generic[Value]):
    """A context that is entered and left in the same task, whichever task asks."""

    def __init__(self, context: AbstractAsyncContextManager[Value]) -> None:
        self._context = context
        self._entered: asyncio.Future[Value] = asyncio.get_running_loop().create_future()
        self._leave = asyncio.Event()
        self._task = asyncio.create_task(self._hold())

    async def enter(self) -> Value:
        """Enter it and return its value; raises its error."""
        work: set[asyncio.Future[Any]] = {self._task, self._entered}
        await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
        if not self._entered.done():
            await self._task
        return self._entered.result()

    async def leave(self) -> None:
        """Leave it; raises its error."""
        self._leave.set()
        await self._task

    async def _hold(self) -> None:
        async with self._context as value:
            self._entered.set_result(value)
            await self._leave.wait()


class Failures(logging.Handler):
    """Collects logged errors."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def said(self) -> list[str]:
        """Their texts with tracebacks."""
        return [logging.Formatter().format(one) for one in self.records]


class Town:
    """Ada is the admin; Rita and Stan read, in private and in two groups, one with topics."""

    api: LocalBotApi
    app: App
    library: Library
    ada: Person
    rita: Person
    stan: Person
    group: Chat
    forum: Chat
    topic: int

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._runner = asyncio.Runner()
        self.clock = Clock(FIRST_DAY)
        self.failures = Failures()

    def run(self, work: Coroutine[Any, Any, Value]) -> Value:
        """Run the event loop until this is done."""
        return self._runner.run(asyncio.wait_for(work, PATIENCE_S))

    def open(self) -> None:
        """Start Telegram and the bot."""
        logging.getLogger().addHandler(self.failures)
        self.run(self._open())

    def close(self) -> None:
        """Stop the bot, then Telegram."""
        try:
            self.run(self._close())
        finally:
            self._runner.close()
            logging.getLogger().removeHandler(self.failures)

    def restart(self) -> None:
        """Stop the bot and start it again on the same data."""
        self.run(self._bot.leave())
        self.run(self._start())

    async def _open(self) -> None:
        telegram = local_bot_api(limits=Limits.off(), clock=lambda: self.clock.now().timestamp())
        self._telegram = Held(telegram)
        self.api = api = await self._telegram.enter()
        self.rita = api.person("Rita", id=READER_ID)
        self.ada = api.person("Ada", id=ADMIN_ID, username="ada")
        self.stan = api.person("Stan", username="stan", language_code="uk")
        self.group = api.group("Readers", self.rita, [self.stan, self.ada])
        self.forum = api.group(
            "Desk", self.rita, [self.stan], forum=True, bot=MemberStatus.ADMINISTRATOR
        )
        self.topic = api.topic(self.forum, "Front")
        await self._start()

    async def _start(self) -> None:
        settings = bot_settings(self.api, self._folder, fetch_allow_private=False)
        self._bot = Held(serving(settings, clock=self.clock))
        self.app, self.library = await self._bot.enter()

    async def _close(self) -> None:
        await self._bot.leave()
        await self._telegram.leave()

    async def publish(self, title: str, text: str, outlet: str, url: str | None = None) -> None:
        """Add an article, published now."""
        published = Published(self.clock.now(), Precision.MINUTE)
        one = ArticleDraft(title, text, outlet, url, published=published, language="en")
        await self.library.archive.articles.store(one, cut(text), added_by="test")
        await self.library.indexer.work()

    async def pass_time(self, by: timedelta) -> None:
        """Advance the clock."""
        self.clock.forward(self.clock.now() + by)

    async def quiet(self) -> None:
        """Wait until the bot has answered everything, and has nothing to deliver or add."""
        calm = 0
        while calm < _CALM_LOOKS:
            await asyncio.sleep(_LOOK_S)
            calm = 0 if await self._busy() else calm + 1

    async def _busy(self) -> bool:
        if len(self.api.world.updates) or not self.app.update_queue.empty():
            return True
        if self.app.update_processor.current_concurrent_updates:
            return True
        if not await is_idle(self.library.database, self.clock.now()):
            return True
        return bool(await self._adding() or await self.library.indexer.waiting())

    async def _adding(self) -> int:
        running = select(func.count()).where(
            (intake_job.c.state == JobState.RUNNING) | intake_job.c.told.is_(False)
        )
        async with self.library.database.read() as connection:
            return int((await connection.execute(running)).scalar_one())
