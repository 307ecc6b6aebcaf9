"""Works off jobs beside the handlers, and keeps one message of each up to date."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError, TimedOut

from bot.background import BackgroundService, end
from bot.features.adding import views
from bot.features.adding.jobs import JobState
from bot.features.adding.views import outcome_line
from bot.language import speak
from bot.telegram.client import change, keyboard, send, surely
from bot.telegram.rich_text import RichText, split
from retrieval.errors import ArchiveError
from retrieval.models import Added, Duplicate, Revised
from retrieval.storage.leases import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from telegram import Bot, InlineKeyboardMarkup

    from bot.features.access.people import Languages
    from bot.features.adding.jobs import Job, JobOverview
    from bot.features.adding.reading import Engine
    from bot.features.adding.store import IntakeJobs
    from retrieval.archive import Archive
    from retrieval.models import Article, Outcome

log = logging.getLogger(__name__)

# Telegram allows about one edit a second in a chat, and answers need some of that.
SHOW_EVERY_S = 2.5
# In a group 20 messages a minute are all that there is.
_GROUPS_SLOWER = 2
LOOK_EVERY_S = 30.0
SOON_S = 0.4
JOBS_AT_ONCE = 3
_AFTER_FAILURE_S = 10.0
_LAST_TRIES = 4
_RESULTS: dict[str, Callable[[Article, Article | None], Outcome]] = {
    "added": Added,
    "revised": Revised,
    "already": lambda article, _first: Duplicate(article),
}


class IntakeRunner(BackgroundService):
    """Runs every job that is due; `stored` is called when the archive may have changed."""

    def __init__(  # noqa: PLR0913, PLR0917  what it works with
        self,
        bot: Bot,
        store: IntakeJobs,
        engine: Engine,
        archive: Archive,
        stored: Callable[[], None],
        languages: Languages,
        show_every_s: float = SHOW_EVERY_S,
    ) -> None:
        self._bot, self._store, self._engine = bot, store, engine
        self._archive, self._stored = archive, stored
        self._languages = languages
        self._show_every_s = show_every_s
        self._tasks: set[asyncio.Task[None]] = set()
        self._stops: dict[int, asyncio.Event] = {}
        self._slots = asyncio.Semaphore(JOBS_AT_ONCE)
        super().__init__("intake", self._look)

    def stop(self, number: int) -> None:
        """Let a running job end after what is under way."""
        if number in self._stops:
            self._stops[number].set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work during the block; what is not done at its end is done at the next start."""
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
        """Until an offer is ripe, or another program's lease ends."""
        pause = await self._store.pause()
        return LOOK_EVERY_S if pause is None else min(max(pause, SOON_S), LOOK_EVERY_S)

    def _served(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            self.wake()  # its job may have been asked for something meanwhile

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
                await self._tell(job, token)
        except LeaseLostError:
            raise
        # Also what nobody foresaw: the job is still in SQL, and tried again.
        except Exception:
            log.exception("job %s failed, trying again in %s s", job.id, _AFTER_FAILURE_S)
            await asyncio.sleep(_AFTER_FAILURE_S)

    async def _run(self, job: Job, token: str) -> None:
        """Read, with a message that is kept up to date; then say how it ended."""
        stopping = self._stops.setdefault(job.id, asyncio.Event())
        news = _News()
        showing = asyncio.create_task(self._keep_showing(job, token, news))
        try:
            async with self._slots:
                await self._engine.run(
                    job.id,
                    added_by=job.added_by,
                    said=lambda _label, _outcome: news.changed.set(),
                    stopping=stopping,
                    token=token,
                )
            await self._store.finish(job.id)
            # Not cancelled: a message half sent would be one that nobody ever changes again.
            news.over.set()
            news.changed.set()
            await showing
        finally:
            await end(showing)
            self._stored()
        if (now := await self._store.get(job.id)) is not None and now.state is not JobState.RUNNING:
            await self._tell(now, token)

    async def _keep_showing(self, job: Job, token: str, news: _News) -> None:
        if job.chat_id is None:
            return
        screen = _Screen(self._bot, self._store, job, token)
        pause = self._show_every_s * (_GROUPS_SLOWER if job.chat_id < 0 else 1)
        while not news.over.is_set():
            news.changed.clear()
            try:
                view = await self._store.overview(job.id, token)
                await screen.show(views.progress(view), views.buttons(view, JobState.RUNNING))
            except LeaseLostError:
                return  # whoever has the job shows it
            except TelegramError as error:
                # an ornament: the articles matter
                log.info("progress of job %s could not be shown: %s", job.id, error)
            await news.wait(pause)

    async def _tell(self, job: Job, token: str) -> None:
        """Show a state in which nothing is under way."""
        view = await self._store.overview(job.id, token)
        log.info("%s, job %s %s: %s", job.added_by, job.id, job.state, view.counts)
        if job.chat_id is None:
            for failure in view.failures:
                log.warning("not added: %s. %s", failure.label, failure.reason)
            await self._store.shown(job)
            await self._store.forget_finished(job.id)
            return
        text = await self._text(job, view)
        screen = _Screen(self._bot, self._store, job, token)
        try:
            await screen.surely_show(text, views.buttons(view, job.state))
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


class _News:
    """Whether there is anything to show, and whether that was the last of it."""

    def __init__(self) -> None:
        self.changed = asyncio.Event()
        self.over = asyncio.Event()

    async def wait(self, at_least_s: float) -> None:
        """Until something changed, but so many seconds at least, unless it is over."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_least_s):
                await self.over.wait()
        await self.changed.wait()


class _Screen:
    """The one message of a job."""

    def __init__(self, bot: Bot, store: IntakeJobs, job: Job, token: str) -> None:
        self._bot, self._store, self._job, self._token = bot, store, job, token
        self._message_id = job.message_id

    async def show(self, text: RichText, buttons: views.Buttons) -> None:
        """Send it, or change it.

        Raises:
            TelegramError: it could not be shown, or nobody knows.
        """
        first, *rest = split(text)
        if (shown := self._message_id) is None:
            await self._send(first, buttons)
        else:
            under = self._keyboard(buttons)
            await surely(lambda: change(self._bot, self._chat_id, shown, first, under))
        for part in rest:
            await send(self._bot, self._chat_id, part, thread_id=self._thread)

    async def surely_show(self, text: RichText, buttons: views.Buttons) -> None:
        """The same, again while it is in doubt, as an edit can be repeated; else a new message.

        Raises:
            TelegramError: it could not be shown.
        """
        for last in range(_LAST_TRIES):
            try:
                await self.show(text, buttons)
            except BadRequest as error:
                if self._message_id is None:
                    raise
                log.info("message of job %s is gone: %s", self._job.id, error)
                self._message_id = None
            except RetryAfter:
                raise
            except (TimedOut, NetworkError):
                if self._message_id is None or last == _LAST_TRIES - 1:
                    raise
                await asyncio.sleep(2**last)
            else:
                return

    @property
    def _chat_id(self) -> int:
        if self._job.chat_id is None:
            raise AssertionError
        return self._job.chat_id

    @property
    def _thread(self) -> int | None:
        return self._job.thread_id or None

    async def _send(self, text: RichText, buttons: views.Buttons) -> None:
        # A message can't be taken back, and another program may have sent it.
        await self._store.leases.hold(self._job.id, self._token)
        sent = await send(
            self._bot,
            self._chat_id,
            text,
            thread_id=self._thread,
            buttons=self._keyboard(buttons),
        )
        self._message_id = sent[0].message_id
        await self._store.keep_message(self._job.id, self._message_id)

    def _keyboard(self, buttons: views.Buttons) -> InlineKeyboardMarkup | None:
        number = self._job.id
        row = [(label, views.JobButton(number, action).pack()) for label, action in buttons]
        return keyboard([row] if row else [])
