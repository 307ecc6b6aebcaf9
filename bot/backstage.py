"""What works beside the handlers: made here, started by the app."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bot.allowance import Allowance
from bot.background import Background
from bot.delivery import Grace, Habits, Postman, Rounds, Scheduler
from bot.delivery.alerts import Alerts
from bot.delivery.corrections import Corrections
from bot.delivery.prepared import reader_of
from bot.intake import Engine, IntakeJobs, IntakeRunner, Manners, Turns
from bot.intake.channels import Channels
from bot.intake.feeds import FeedRunner
from bot.intake.reading import SourceReader
from bot.noting import NotedAgain
from bot.people import Access, People
from bot.people.expiry import Expiry, Keeping
from bot.people.languages import Languages
from bot.spending import Spending
from bot.subscriptions import Subscriptions, next_due
from bot.subscriptions.choices import StoryChoices
from bot.subscriptions.noted import NotedQuestions
from bot.subscriptions.watches import Hours, Watches
from bot.worker import IndexWorker
from bot.writer import BriefingWriter

if TYPE_CHECKING:
    from datetime import datetime

    from telegram.ext import Application

    from bot.clock import Clock
    from bot.delivery import Pacer
    from bot.handlers import Errors
    from bot.metrics import Metrics
    from bot.settings import BotSettings
    from bot.subscriptions import Where
    from retrieval.library import Library

# A message that is a little late because of Telegram's pace is not too late.
_PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True)
class Backstage:
    """What works beside the handlers, and what they share."""

    clock: Clock
    pacer: Pacer
    worker: IndexWorker
    postman: Postman
    scheduler: Scheduler
    subscriptions: Subscriptions
    choices: StoryChoices
    allowance: Allowance
    people: People
    keeping: Keeping
    expiry: Background
    errors: Errors
    jobs: IntakeJobs
    intake: IntakeRunner
    metrics: Metrics
    corrections: Corrections
    noted: NotedQuestions
    noted_again: NotedAgain
    feeds: FeedRunner
    watches: Watches
    alerts: Alerts


def make_backstage(  # noqa: PLR0913, PLR0917  what the others are made of
    app: Application[Any, Any, Any, Any, Any, Any],
    pacer: Pacer,
    settings: BotSettings,
    library: Library,
    clock: Clock,
    errors: Errors,
) -> Backstage:
    """A subscription wakes the scheduler, which wakes the postman."""
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
        habits=Habits(keep_trying_s=max(grace.total_seconds(), _PATIENCE_S)),
        now=clock.now,
    )
    scheduler = Scheduler(
        library.database,
        BriefingWriter(library.desk, choices, allowance, languages, Channels(library.database)),
        next_due,
        enqueued=postman.wake,
        rounds=Rounds(grace=Grace(give_up=grace)),
        now=clock.now,
    )
    keeping = Keeping(
        timedelta(days=settings.keep_answers_days),
        timedelta(days=settings.keep_briefings_days),
        timedelta(days=settings.keep_audit_days),
    )
    expiry = Background("expiry", Expiry(library.database, keeping, clock.now).work)
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
    noted = NotedQuestions(library.database, clock.now)
    noted_again = NotedAgain(
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

    async def informed(where: Where) -> datetime | None:
        reader = reader_of(where.chat_id, where.thread_id)
        return await library.desk.informed_until(reader, clock.now())

    async def prepare() -> None:
        corrections.wake()
        await library.archive.prepare_filters()
        await library.stories.catch_up(clock.now())
        alerts.wake()

    worker = IndexWorker(library.indexer, prepare)
    jobs = IntakeJobs(library.database)
    turns = Turns(_manners(settings))
    feeds = FeedRunner(library, settings, turns, now=clock.now, stored=worker.wake)
    clock.watch(feeds.wake)
    return Backstage(
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


def _manners(settings: BotSettings) -> Manners:
    return Manners(settings.fetch_at_once, settings.fetch_per_host, settings.fetch_host_pause_s)
