"""The composition root of the bot: library -> handlers, jobs, error handler."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.clock import Clock
from bot.commands import register_commands
from bot.conversations import Conversations
from bot.delivery import Grace, Habits, LiveAnswers, Pacer, Pacing, Postman, Rounds, Scheduler
from bot.delivery.corrections import Corrections
from bot.delivery.idle import waiting_messages
from bot.delivery.striking import strike
from bot.endpoints import watched
from bot.handlers import About, Adding, Briefings, Errors, Feedback, Questions
from bot.handlers.adding_routes import adding_handlers
from bot.handlers.answer_buttons import CITED_PATTERN, MORE_PATTERN, VOTE_PATTERN
from bot.handlers.channels import ChannelHandlers
from bot.handlers.corrections import CorrectionChoices
from bot.handlers.feeds import feed_handlers
from bot.handlers.listing import ArticleLists
from bot.handlers.managing import OLD_BUTTON, Managing
from bot.handlers.managing_routes import managing_handlers
from bot.handlers.story_questions import AsksAboutStory
from bot.handlers.subscription_routes import subscription_handlers
from bot.intake import Engine, IntakeJobs, IntakeRunner, Manners, Turns
from bot.intake.channels import Channels
from bot.intake.feeds import FeedRunner
from bot.intake.reading import SourceReader
from bot.metrics import Metrics
from bot.render import story_menu
from bot.subscriptions import Subscriptions, next_due
from bot.subscriptions.choices import StoryChoices
from bot.webhook import PATH, Door, Inbox, InboxWorker
from bot.worker import IndexWorker, comparing, purging
from bot.writer import BriefingWriter
from retrieval.errors import SettingsError, SitrepError
from retrieval.library import open_library

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.settings import BotSettings
    from retrieval.library import Library

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
UPDATES = ["message", "callback_query", "channel_post", "edited_channel_post", "my_chat_member"]
_POSTMANS_REQUESTS = Habits().at_once
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
    errors: Errors
    jobs: IntakeJobs
    intake: IntakeRunner
    metrics: Metrics
    feeds: FeedRunner
    corrections: Corrections


def application(settings: BotSettings, pacer: Pacer) -> App:
    """The PTB application without handlers, not started.

    Raises:
        SettingsError: there is no token.
    """
    # PTB's future way to give durations; without it, every RetryAfter is a deprecation warning.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    if settings.telegram_bot_token is None:
        raise SettingsError("TELEGRAM_BOT_TOKEN is not set; @BotFather in Telegram gives one.")
    return (
        ApplicationBuilder()
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .concurrent_updates(settings.questions_at_once)
        .connection_pool_size(settings.questions_at_once + _POSTMANS_REQUESTS + 8)
        .rate_limiter(pacer.limiter())
        .build()
    )


def add_handlers(app: App, settings: BotSettings, library: Library, backstage: Backstage) -> None:
    """All that people can do, in the order in which it is tried."""
    questions = Questions(
        library.answerer,
        library.archive,
        Conversations(
            library.database,
            timedelta(hours=settings.conversation_hours),
            backstage.clock.now,
        ),
        LiveAnswers(app.bot, backstage.pacer, settings.streaming),
        budget=settings.budget,
        now=backstage.clock.now,
        metrics=backstage.metrics,
    )
    about = About(library.archive, settings)
    adding = Adding(backstage.jobs, backstage.intake, settings)
    channels = ChannelHandlers(
        Channels(library.database), backstage.jobs, backstage.intake, settings
    )
    now = backstage.clock.now
    fresh = filters.UpdateType.MESSAGE
    scheduled = subscription_handlers(
        library.database, backstage.subscriptions, library.topics.nearest, now
    )
    for group, handlers in scheduled.items():
        app.add_handlers(handlers, group)
    briefings = Briefings(
        desk=library.desk,
        database=library.database,
        archive=library.archive,
        choices=backstage.choices,
        questions=questions,
        zone_of=backstage.subscriptions.zone_of,
        now=now,
        queued=backstage.postman.wake,
    )
    app.add_handler(CommandHandler("briefing", briefings.on_briefing, fresh))
    about_story = fresh & filters.TEXT & ~filters.COMMAND & AsksAboutStory()
    app.add_handler(MessageHandler(about_story, briefings.on_asked_about))
    app.add_handler(CallbackQueryHandler(briefings.on_story, rf"^{story_menu.PREFIX}:"))
    app.add_handler(CommandHandler("start", about.on_start, fresh))
    app.add_handler(CommandHandler("help", about.on_help, fresh))
    app.add_handler(CommandHandler("sources", about.on_sources, fresh))
    app.add_handler(CommandHandler("ask", questions.on_ask, fresh))
    app.add_handlers(adding_handlers(adding, channels, questions, about))
    managing = Managing(
        library.archive,
        settings,
        backstage.jobs,
        backstage.intake,
        now,
        backstage.worker.wake,
        partial(strike, library.database),
    )
    lists = ArticleLists(library.archive, library.database, settings, now)
    app.add_handlers(managing_handlers(managing, lists, settings.admin_ids))
    app.add_handlers(feed_handlers(backstage.feeds, about.on_unknown_command, settings, now))
    app.add_handler(CommandHandler("new", questions.on_new, fresh))
    choices = CorrectionChoices(library.database, settings.corrections_days, now)
    app.add_handler(CommandHandler("corrections", choices.on_corrections, fresh))
    feedback = Feedback(library.archive, settings.budget, now)
    # To others it is a command that there is not.
    admins = filters.User(sorted(settings.admin_ids))
    app.add_handler(CommandHandler("usage", feedback.on_usage, fresh & admins))
    app.add_handler(MessageHandler(fresh & filters.COMMAND, about.on_unknown_command))
    app.add_handler(MessageHandler(fresh & filters.TEXT, questions.on_text))
    private = fresh & filters.ChatType.PRIVATE
    other = private & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(other, about.on_other))
    app.add_handler(CallbackQueryHandler(questions.on_cited, CITED_PATTERN))
    app.add_handler(CallbackQueryHandler(questions.on_more, MORE_PATTERN))
    app.add_handler(CallbackQueryHandler(feedback.on_vote, VOTE_PATTERN))
    app.add_handler(CallbackQueryHandler(_on_old_button))
    app.add_error_handler(backstage.errors.on_error)


@asynccontextmanager
async def serving(
    settings: BotSettings, stop: Callable[[], None] = lambda: None, clock: Clock | None = None
) -> AsyncIterator[tuple[App, Library]]:
    """The bot, answering by long polling and delivering briefings during the block.

    `stop` is called when another program fetches the same bot's messages.

    Raises:
        SettingsError: no token, or one that Telegram does not know.
        IndexBusyError: another Sitrep runs on this data directory.
        SitrepError: the library can't be opened, or Telegram not be reached.
    """
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(open_library(settings))
        stack.enter_context(library.index_lock())
        pacer = Pacer(Pacing(overall=settings.messages_per_second))
        app = application(settings, pacer)
        metrics = Metrics()
        backstage = _backstage(
            app, pacer, settings, library, clock or Clock(), Errors(stop, metrics)
        )
        add_handlers(app, settings, library, backstage)
        await stack.enter_async_context(backstage.worker.running())
        await stack.enter_async_context(purging(library.archive, backstage.clock.now))
        await stack.enter_async_context(comparing(library.archive))
        stack.push_async_callback(app.bot.shutdown)  # also when the next line fails halfway
        await _initialize(app)
        stack.push_async_callback(app.shutdown)
        await register_commands(app.bot, settings.admin_ids)
        await app.start()
        stack.push_async_callback(app.stop)
        await stack.enter_async_context(backstage.intake.running())
        await stack.enter_async_context(backstage.feeds.running())
        await stack.enter_async_context(backstage.postman.running())
        await stack.enter_async_context(backstage.scheduler.running())
        await stack.enter_async_context(backstage.corrections.running())

        async def look() -> None:
            summary = await library.archive.summary()
            metrics.articles.set(summary.articles)
            metrics.pending.set(summary.pending)
            metrics.outbox.set(await waiting_messages(library.database))

        if settings.webhook_url and settings.webhook_secret is not None:
            secret = settings.webhook_secret.get_secret_value()
            inbox, now = Inbox(library.database), backstage.clock.now
            worker = InboxWorker(app, inbox, now, settings.questions_at_once)
            await stack.enter_async_context(worker.running())
            door = Door(inbox, secret, now, worker.wake)
            await stack.enter_async_context(watched(settings.listen, metrics, look, [door.route]))
            await _hook(app, settings.webhook_url, secret)
        else:
            await stack.enter_async_context(watched(settings.listen, metrics, look))
            await _poll(app, backstage.errors, stack)
        yield app, library


async def _poll(app: App, errors: Errors, stack: AsyncExitStack) -> None:
    if app.updater is None:  # PTB's builder makes one unless told not to
        raise AssertionError
    await app.updater.start_polling(allowed_updates=UPDATES, error_callback=errors.on_polling_error)
    stack.push_async_callback(app.updater.stop)


async def _hook(app: App, address: str, secret: str) -> None:
    """Tell Telegram where to call; left so at the end, and what comes meanwhile waits there."""
    try:
        await app.bot.set_webhook(
            f"{address.rstrip('/')}{PATH}",
            allowed_updates=UPDATES,
            secret_token=secret,
            max_connections=100,
        )
    except TelegramError as error:
        raise SettingsError(f"WEBHOOK_URL: Telegram does not take it: {error}.") from error


def _backstage(  # noqa: PLR0913, PLR0917  what the others are made of
    app: App,
    pacer: Pacer,
    settings: BotSettings,
    library: Library,
    clock: Clock,
    errors: Errors,
) -> Backstage:
    """A subscription wakes the scheduler, which wakes the postman."""
    choices = StoryChoices(library.database)
    metrics = errors.metrics
    grace = timedelta(hours=settings.briefing_grace_h)
    postman = Postman(
        app.bot,
        library.database,
        pacer,
        admin_ids=settings.admin_ids,
        habits=Habits(keep_trying_s=max(grace.total_seconds(), _PATIENCE_S)),
        now=clock.now,
    )
    scheduler = Scheduler(
        library.database,
        BriefingWriter(library.desk, choices),
        next_due,
        enqueued=postman.wake,
        rounds=Rounds(grace=Grace(give_up=grace)),
        now=clock.now,
    )
    for wake in (scheduler.wake, postman.wake):
        clock.watch(wake)

    corrections = Corrections(library.database, settings.corrections_days, clock.now, postman.wake)
    clock.watch(corrections.wake)

    async def prepare() -> None:
        corrections.wake()
        await library.archive.prepare_filters()
        await library.stories.catch_up(clock.now())

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
        subscriptions=Subscriptions(library.database, clock.now, scheduler.wake),
        choices=choices,
        errors=errors,
        jobs=jobs,
        intake=IntakeRunner(
            app.bot,
            jobs,
            Engine(jobs, turns, SourceReader(library.ingestor, app.bot).read),
            library.archive,
            worker.wake,
        ),
        metrics=metrics,
        feeds=feeds,
        corrections=corrections,
    )


def _manners(settings: BotSettings) -> Manners:
    return Manners(settings.fetch_at_once, settings.fetch_per_host, settings.fetch_host_pause_s)


async def _initialize(app: App) -> None:
    try:
        await app.initialize()
    except InvalidToken:
        raise SettingsError("TELEGRAM_BOT_TOKEN: Telegram does not know this token.") from None
    except TelegramError as error:
        raise SitrepError(f"Telegram can't be reached: {error}.") from error


async def _on_old_button(update: Any, _context: object) -> None:  # noqa: ANN401  PTB's Update
    await update.callback_query.answer(OLD_BUTTON)


async def wait_for_the_end(stop: asyncio.Event) -> None:
    """Until SIGINT or SIGTERM, or until `stop` is set."""
    import signal  # noqa: PLC0415

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
            break
    await stop.wait()
