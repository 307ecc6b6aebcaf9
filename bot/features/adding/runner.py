"""Runs jobs in the background, and keeps one message for each up to date."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from telegram.error import TelegramError

from bot.background import BackgroundService, end
from bot.features.adding import views
from bot.features.adding.jobs import JobState
from bot.features.adding.views import outcome_line
from bot.language import speak
from bot.telegram.client import keyboard
from bot.telegram.editable_message import EditPacing, LiveMessage, Page, ReplyTarget
from retrieval.errors import ArchiveError
from retrieval.models import Added, Duplicate, Revised
from retrieval.storage.leases import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from telegram import InlineKeyboardMarkup
    from telegram.ext import ExtBot

    from bot.features.access.people import Languages
    from bot.features.adding.jobs import Job, JobOverview
    from bot.features.adding.reading import Engine
    from bot.features.adding.store import IntakeJobs
    from bot.telegram.rate_limit import RateLimiter
    from bot.telegram.rich_text import RichText
    from retrieval.archive import Archive
    from retrieval.models import Article, Outcome

log = logging.getLogger(__name__)

# Less often than an answer: nobody reads a progress message every second.
SHOW_EVERY_S = 2.5
# Telegram allows a group 20 messages a minute, including edits.
_GROUPS_SLOWER = 2
LOOK_EVERY_S = 30.0
SOON_S = 0.4
JOBS_AT_ONCE = 3
_AFTER_FAILURE_S = 10.0
_RESULTS: dict[str, Callable[[Article, Article | None], Outcome]] = {
    "added": Added,
    "revised": Revised,
    "already": lambda article, _first: Duplicate(article),
}


class IntakeRunner(BackgroundService):
    """Runs all due jobs; calls `stored` when the archive may have changed."""

    def __init__(  # noqa: PLR0913, PLR0917  its collaborators
        self,
        bot: ExtBot[Any],
        pacer: RateLimiter,
        store: IntakeJobs,
        engine: Engine,
        archive: Archive,
        stored: Callable[[], None],
        languages: Languages,
    ) -> None:
        self._bot, self._pacer = bot, pacer
        self._store, self._engine = store, engine
        self._archive, self._stored = archive, stored
        self._languages = languages
        self._tasks: set[asyncio.Task[None]] = set()
        self._stops: dict[int, asyncio.Event] = {}
        self._slots = asyncio.Semaphore(JOBS_AT_ONCE)
        super().__init__("intake", self._look)

    def stop(self, number: int) -> None:
        """Let a running job end after the sources being read."""
        if number in self._stops:
            self._stops[number].set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work during the block; unfinished jobs are continued at the next start."""
        await self._store.forget_old()
        try:
            async with super().running():
                yield
        finally:
            for task in list(self._tasks):
                await end(task)
            await self._store.leases.release()

    async def _look(self) -> float:
        for token, job in await self._store.due():
            task = asyncio.create_task(self._serve(job, token), name=f"intake {job.id}")
            self._tasks.add(task)
            task.add_done_callback(self._served)
        return await self._pause()

    async def _pause(self) -> float:
        """Seconds until an offer is due or another program's lease ends."""
        pause = await self._store.pause()
        return LOOK_EVERY_S if pause is None else min(max(pause, SOON_S), LOOK_EVERY_S)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self.wake()  # a button of the job may have been pressed meanwhile

    async def _serve(self, job: Job, token: str) -> None:
        try:
            async with self._store.leases.holding(token, job.id):
                await self._do(job, token)
        except LeaseLostError:
            log.warning("job %s is left to another program", job.id)
        finally:
            self._stops.pop(job.id, None)
            await self._store.leases.release(token, job.id)

    async def _do(self, job: Job, token: str) -> None:
        try:
            if job.chat_id is not None:
                speak(await self._languages.of(job.chat_id))
            if job.state is JobState.RUNNING:
                await self._run(job, token)
            else:
                await self._tell(job, token, self._message_of(job, token))
        except LeaseLostError:
            raise
        # Unforeseen errors too: the job is still in SQL, and is tried again.
        except Exception:
            log.exception("job %s failed, trying again in %s s", job.id, _AFTER_FAILURE_S)
            await asyncio.sleep(_AFTER_FAILURE_S)

    async def _run(self, job: Job, token: str) -> None:
        """Read the job's sources while a message shows the progress; then show the result."""
        stopping = self._stops.setdefault(job.id, asyncio.Event())
        changed = asyncio.Event()
        changed.set()
        message = self._message_of(job, token)
        try:
            async with self._showing(job, token, changed, message):
                async with self._slots:
                    await self._engine.run(
                        job.id,
                        added_by=job.added_by,
                        said=lambda _label, _outcome: changed.set(),
                        stopping=stopping,
                        token=token,
                    )
                await self._store.finish(job.id)
        finally:
            self._stored()
        if (now := await self._store.get(job.id)) is not None and now.state is not JobState.RUNNING:
            await self._tell(now, token, message)

    def _message_of(self, job: Job, token: str) -> _JobMessage | None:
        if job.chat_id is None:
            return None
        return _JobMessage(self._bot, self._pacer, self._store, job, token)

    @asynccontextmanager
    async def _showing(
        self, job: Job, token: str, changed: asyncio.Event, message: _JobMessage | None
    ) -> AsyncIterator[None]:
        """Show the job's progress in its message during the block."""
        if message is None:
            yield
            return
        task = asyncio.create_task(self._keep_showing(job, token, changed, message))
        try:
            yield
        finally:
            try:
                await end(task)
            finally:
                await message.stop()

    async def _keep_showing(
        self, job: Job, token: str, changed: asyncio.Event, message: _JobMessage
    ) -> None:
        while True:
            await changed.wait()
            await message.ready()
            changed.clear()
            try:
                view = await self._store.overview(job.id, token)
            except LeaseLostError:
                return  # another program shows it
            except ArchiveError as error:
                log.info("progress of job %s is not shown now: %s", job.id, error)
                changed.set()
            else:
                buttons = _keyboard(job.id, views.buttons(view, JobState.RUNNING))
                message.put(views.progress(view), buttons)
            # also if nothing visible changed: an overview reads all items
            await message.pause()

    async def _tell(self, job: Job, token: str, message: _JobMessage | None) -> None:
        """Show the state of a job that isn't running."""
        view = await self._store.overview(job.id, token)
        log.info("%s, job %s %s: %s", job.added_by, job.id, job.state, view.counts)
        if message is None:
            for failure in view.failures:
                log.warning("not added: %s. %s", failure.label, failure.reason)
            await self._store.shown(job)
            await self._store.forget_finished(job.id)
            return
        text = await self._text(job, view)
        try:
            await message.finish(text, _keyboard(job.id, views.buttons(view, job.state)))
        except TelegramError as error:
            log.warning("the end of job %s could not be shown: %s", job.id, error)
        await self._store.shown(job)

    async def _text(self, job: Job, view: JobOverview) -> RichText:
        if job.state is JobState.OFFERED:
            return views.offer(view)
        if job.state is JobState.DROPPED:
            return views.dropped()
        lines = []
        for result, number in view.stored[: views.MOST_LISTED]:
            with suppress(ArchiveError):  # removed meanwhile
                article = await self._archive.articles.get(number)
                first = (await self._archive.articles.kin(number)).first
                lines.append(outcome_line("", _RESULTS[result](article, first)))
        return views.summary(view, job.state, lines)


class _JobMessage(LiveMessage):
    """The message of a job, which any program may edit."""

    # the only one of them that is edited when the job continues
    _buttons_at = 0

    def __init__(
        self, bot: ExtBot[Any], pacer: RateLimiter, store: IntakeJobs, job: Job, token: str
    ) -> None:
        if job.chat_id is None:
            raise AssertionError
        self._store, self._job, self._token = store, job, token
        every_s = SHOW_EVERY_S * (_GROUPS_SLOWER if job.chat_id < 0 else 1)
        target = ReplyTarget(job.chat_id, job.thread_id or None)
        super().__init__(bot, pacer, target, EditPacing(every_s), job.message_id)
        self._unstored_id: int | None = None

    async def pause(self) -> None:
        """Wait as long as there is between two changes."""
        await asyncio.sleep(self._pacing.every_s)

    async def _before_first(self) -> None:
        # Another program may have sent it already.
        await self._store.leases.hold(self._job.id, self._token)

    async def _after_first(self, message_id: int) -> None:
        self._unstored_id = message_id
        await self._store_id()

    async def _stop(self) -> None:
        await super()._stop()
        await self._store_id()

    async def _store_id(self) -> None:
        """Store the message's id, or try again with the next change."""
        if self._unstored_id is None:
            return
        try:
            await self._store.keep_message(self._job.id, self._unstored_id)
        except ArchiveError as error:
            log.warning("the message of job %s is not noted yet: %s", self._job.id, error)
        else:
            self._unstored_id = None

    async def _show(self, page: Page) -> None:
        try:
            await self._store_id()
            await super()._show(page)
        except LeaseLostError:
            log.info("progress of job %s is shown by another program", self._job.id)
            self._pacing.lost()
        except ArchiveError as error:
            log.info("progress of job %s is not shown: %s", self._job.id, error)
            self._pacing.refused(time.monotonic())


def _keyboard(number: int, buttons: views.Buttons) -> InlineKeyboardMarkup | None:
    row = [(label, views.JobButton(number, action).pack()) for label, action in buttons]
    return keyboard([row] if row else [])
