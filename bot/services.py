"""Background work and what features share: built here, started by `bot.app`."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.background import AFTER_FAILURE_S, Background, BackgroundService
from bot.features.access.people import Access, Languages, People
from bot.features.adding.reading import Engine, FetchLimits, PoliteQueues, SourceReader
from bot.features.adding.runner import IntakeRunner
from bot.features.adding.store import IntakeJobs
from bot.features.briefings.delivery import BriefingWriter
from bot.features.channels import Channels
from bot.features.corrections import Corrections
from bot.features.feeds import FeedRunner
from bot.features.privacy.retention import Retention, RetentionPolicy
from bot.features.questions.admission import Allowance, Spending
from bot.features.saved_questions import SavedQuestions, SavedQuestionService
from bot.features.subscriptions.schedule import next_due
from bot.features.subscriptions.scheduler import MisfirePolicy, Scheduler, SchedulerConfig
from bot.features.subscriptions.store import Subscriptions
from bot.features.watching.alerts import Alerts
from bot.features.watching.store import Hours, StoryChoices, Watches
from bot.telegram.outbox import reader_of
from bot.telegram.postman import Postman, PostmanConfig
from retrieval.errors import ArchiveError
from retrieval.storage.boilerplate import mark_waiting
from retrieval.storage.near_duplicates import compare_waiting
from retrieval.storage.purge import purge

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from telegram.ext import Application

    from bot.background import Clock
    from bot.features.subscriptions.schedule import ChatThread
    from bot.ops.metrics import Metrics
    from bot.settings import BotSettings
    from bot.telegram.errors import Errors
    from bot.telegram.rate_limit import RateLimiter
    from retrieval.archive import Archive
    from retrieval.index.indexer import Indexer
    from retrieval.library import Library


# A message that Telegram's rate limit delays by this much is still worth sending.
_PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True)
class Services:
    """Background services, and the stores and policies that several features use."""

    clock: Clock
    pacer: RateLimiter
    worker: IndexWorker
    postman: Postman
    scheduler: Scheduler
    subscriptions: Subscriptions
    choices: StoryChoices
    allowance: Allowance
    people: People
    keeping: RetentionPolicy
    expiry: Background
    errors: Errors
    jobs: IntakeJobs
    intake: IntakeRunner
    metrics: Metrics
    corrections: Corrections
    noted: SavedQuestions
    noted_again: SavedQuestionService
    feeds: FeedRunner
    watches: Watches
    alerts: Alerts


def make_services(  # noqa: PLR0913, PLR0917  what services need
    app: Application[Any, Any, Any, Any, Any, Any],
    pacer: RateLimiter,
    settings: BotSettings,
    library: Library,
    clock: Clock,
    errors: Errors,
) -> Services:
    """Build all services; none is running yet."""
    choices = StoryChoices(library.database)
    spending = Spending(library.database, clock.now, app.bot.token)
    allowance = Allowance(spending, settings.budget)
    metrics = errors.metrics
    languages = Languages(library.database)
    grace = timedelta(hours=settings.briefing_grace_h)
    postman = Postman(
        app.bot,
        library.database,
        pacer,
        admin_ids=settings.owners,
        habits=PostmanConfig(keep_trying_s=max(grace.total_seconds(), _PATIENCE_S)),
        now=clock.now,
    )
    scheduler = Scheduler(
        library.database,
        BriefingWriter(library.desk, choices, allowance, languages, Channels(library.database)),
        next_due,
        enqueued=postman.wake,
        rounds=SchedulerConfig(grace=MisfirePolicy(give_up=grace)),
        now=clock.now,
    )
    keeping = RetentionPolicy(
        timedelta(days=settings.keep_answers_days),
        timedelta(days=settings.keep_briefings_days),
        timedelta(days=settings.keep_audit_days),
    )
    expiry = Background("expiry", Retention(library.database, keeping, clock.now).work)
    access = Access(settings.owners, settings.admin_ids, settings.reader_access == "open")
    for wake in (scheduler.wake, postman.wake, expiry.wake):
        clock.watch(wake)

    corrections = Corrections(library.database, settings.corrections_days, clock.now, postman.wake)
    clock.watch(corrections.wake)
    watches = Watches(library.database, clock.now, Hours(*settings.quiet_hours))
    alerts = Alerts(
        library.database,
        library.archive,
        library.developments,
        watches,
        choices,
        languages,
        most=settings.watch_messages_a_day,
        now=clock.now,
        queued=postman.wake,
    )
    clock.watch(alerts.wake)
    noted = SavedQuestions(library.database, clock.now)
    noted_again = SavedQuestionService(
        noted,
        library.answerer,
        library.archive,
        library.database,
        allowance=allowance,
        languages=languages,
        now=clock.now,
        queued=postman.wake,
    )
    clock.watch(noted_again.wake)

    async def informed(where: ChatThread) -> datetime | None:
        reader = reader_of(where.chat_id, where.thread_id)
        return await library.desk.informed_until(reader, clock.now())

    async def prepare() -> None:
        corrections.wake()
        await library.archive.vectors.prepare()
        await library.stories.catch_up(clock.now())
        alerts.wake()

    worker = IndexWorker(library.indexer, prepare)
    jobs = IntakeJobs(library.database)
    turns = PoliteQueues(_manners(settings))
    feeds = FeedRunner(library, settings, turns, now=clock.now, stored=worker.wake)
    clock.watch(feeds.wake)
    return Services(
        clock=clock,
        pacer=pacer,
        worker=worker,
        postman=postman,
        scheduler=scheduler,
        subscriptions=Subscriptions(library.database, clock.now, scheduler.wake, informed),
        choices=choices,
        allowance=allowance,
        people=People(library.database, access, clock.now),
        keeping=keeping,
        expiry=expiry,
        errors=errors,
        jobs=jobs,
        intake=IntakeRunner(
            app.bot,
            pacer,
            jobs,
            Engine(jobs, turns, SourceReader(library.ingestor, app.bot).read),
            library.archive,
            worker.wake,
            languages,
        ),
        metrics=metrics,
        feeds=feeds,
        watches=watches,
        alerts=alerts,
        corrections=corrections,
        noted=noted,
        noted_again=noted_again,
    )


def _manners(settings: BotSettings) -> FetchLimits:
    return FetchLimits(settings.fetch_at_once, settings.fetch_per_host, settings.fetch_host_pause_s)


log = logging.getLogger(__name__)

# `sitrep add` beside a running bot only writes SQL; the bot notices within this time.
LOOK_EVERY_S = 5.0
PURGE_EVERY_S = 3600.0
# Groups of near copies too large to compare in one go wait for the next round.
COMPARE_EVERY_S = 300.0
# Seconds of rest per second of comparing: three quarters of the time are left for questions.
_REST = 3.0


class IndexWorker(BackgroundService):
    """Runs an indexer in the background; call `wake` when there is something new.

    `prepare` is called at the start and after each batch, so that no search has to wait for it.
    """

    def __init__(
        self,
        indexer: Indexer,
        prepare: Callable[[], Awaitable[None]] | None = None,
        *,
        after_failure_s: float = AFTER_FAILURE_S,
    ) -> None:
        self._indexer = indexer
        self._prepare = prepare
        self._changed = True
        super().__init__("indexing", self._work, after_failure_s)

    async def _work(self) -> float:
        if self._changed:
            self._changed = False
            await self._prepare_searches()
        if not (done := await self._indexer.work()):
            return LOOK_EVERY_S
        log.info("indexed %s revisions", done)
        self._changed = True
        return 0.0

    async def _prepare_searches(self) -> None:
        """Prepare searches. They also work unprepared, only slower, so a failure is only logged."""
        if self._prepare is None:
            return
        try:
            await self._prepare()
        except ArchiveError:
            log.warning("searches are not prepared, the first ones will be slower", exc_info=True)


def comparing(archive: Archive) -> AbstractAsyncContextManager[None]:
    """During the block, look for near copies and boilerplate in articles not yet checked."""

    async def rest(worked_s: float) -> None:
        await asyncio.sleep(_REST * worked_s)

    async def compare() -> float:
        while compared := await compare_waiting(archive.database, rest):
            log.info("looked for near copies of %s articles", compared)
        while marked := await mark_waiting(archive.database, rest):
            log.info("looked for boilerplate in %s articles", marked)
        return COMPARE_EVERY_S

    return Background("looking for near copies", compare, PURGE_EVERY_S).running()


def purging(archive: Archive, now: Callable[[], datetime]) -> AbstractAsyncContextManager[None]:
    """During the block, delete for good what was removed more than a day ago."""

    async def wipe() -> float:
        while wiped := await purge(archive.database, now()):
            log.info("wiped %s removed articles", wiped)
        return PURGE_EVERY_S

    return Background("wiping what was removed", wipe, PURGE_EVERY_S).running()
