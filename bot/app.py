"""The composition root of the bot: library -> handlers, jobs, error handler."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from telegram.error import InvalidToken, TelegramError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    filters,
)

from bot.clock import Clock
from bot.commands import register_commands
from bot.delivery import Grace, Habits, Pacer, Pacing, Postman, Rounds, Scheduler
from bot.delivery.background import Background
from bot.handlers import CITED, About, Adding, Briefings, Errors, Questions
from bot.handlers.gate import Visit
from bot.handlers.people_routes import people_handlers
from bot.handlers.story_questions import AsksAboutStory
from bot.handlers.subscription_routes import subscription_handlers
from bot.people import Access, People
from bot.people.expiry import Expiry, Keeping
from bot.render import people as say
from bot.render import story_menu
from bot.subscriptions import Subscriptions, next_due
from bot.subscriptions.choices import StoryChoices
from bot.worker import IndexWorker
from bot.writer import BriefingWriter
from retrieval.errors import SettingsError, SitrepError
from retrieval.library import open_library

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.settings import BotSettings
    from retrieval.library import Library

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
UPDATES = ["message", "callback_query"]
_POSTMANS_REQUESTS = Habits().at_once
# A message that is a little late because of Telegram's pace is not too late.
_PATIENCE_S = 900.0


@dataclass(frozen=True, slots=True)
class Backstage:
    """What works beside the handlers, and what they share."""

    clock: Clock
    worker: IndexWorker
    postman: Postman
    scheduler: Scheduler
    subscriptions: Subscriptions
    people: People
    keeping: Keeping
    expiry: Background
    choices: StoryChoices
    errors: Errors


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
        .context_types(ContextTypes(context=Visit))
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .concurrent_updates(settings.questions_at_once)
        .connection_pool_size(settings.questions_at_once + _POSTMANS_REQUESTS + 8)
        .rate_limiter(pacer.limiter())
        .build()
    )


def add_handlers(app: App, library: Library, backstage: Backstage) -> None:
    """All that people can do, in the order in which it is tried."""
    questions = Questions(library.answerer, library.archive)
    about = About(library.archive)
    adding = Adding(library.ingestor, backstage.worker.wake)
    now = backstage.clock.now
    fresh = filters.UpdateType.MESSAGE
    scheduled = subscription_handlers(
        library.database, backstage.subscriptions, library.topics.nearest, now
    )
    about_people = people_handlers(
        library.database,
        backstage.people,
        about,
        keeping=backstage.keeping,
        model=library.settings.chat_model,
        secret=app.bot.token,
        now=now,
    )
    for handlers_by_group in (scheduled, about_people):
        for group, handlers in handlers_by_group.items():
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
    app.add_handler(CommandHandler("help", about.on_help, fresh))
    app.add_handler(CommandHandler("sources", about.on_sources, fresh))
    app.add_handler(CommandHandler("ask", questions.on_ask, fresh))
    app.add_handler(CommandHandler("add", adding.on_add, fresh))
    app.add_handler(MessageHandler(fresh & filters.COMMAND, about.on_unknown_command))
    app.add_handler(MessageHandler(fresh & filters.TEXT, questions.on_text))
    private = fresh & filters.ChatType.PRIVATE
    app.add_handler(MessageHandler(private & filters.Document.ALL, adding.on_file))
    other = private & ~filters.StatusUpdate.ALL
    app.add_handler(MessageHandler(other, about.on_other))
    pattern = rf"^{CITED}:\d{{1,15}}:\d{{1,4}}$"
    app.add_handler(CallbackQueryHandler(questions.on_cited, pattern))
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
        backstage = _backstage(app, pacer, settings, library, clock or Clock(), Errors(stop))
        add_handlers(app, library, backstage)
        await stack.enter_async_context(backstage.worker.running())
        stack.push_async_callback(app.bot.shutdown)  # also when the next line fails halfway
        await _initialize(app)
        stack.push_async_callback(app.shutdown)
        people = backstage.people
        await register_commands(app.bot, await people.staff(), people.access.role(None, None))
        await app.start()
        stack.push_async_callback(app.stop)
        await stack.enter_async_context(backstage.postman.running())
        await stack.enter_async_context(backstage.scheduler.running())
        await stack.enter_async_context(backstage.expiry.running())
        if app.updater is None:  # PTB's builder makes one unless told not to
            raise AssertionError
        await app.updater.start_polling(
            allowed_updates=UPDATES, error_callback=backstage.errors.on_polling_error
        )
        stack.push_async_callback(app.updater.stop)
        yield app, library


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
        BriefingWriter(library.desk, choices),
        next_due,
        enqueued=postman.wake,
        rounds=Rounds(grace=Grace(give_up=grace)),
        now=clock.now,
    )
    keeping = _keeping(settings)
    expiry = Background("expiry", Expiry(library.database, keeping, clock.now).work)
    for wake in (scheduler.wake, postman.wake, expiry.wake):
        clock.watch(wake)

    async def prepare() -> None:
        await library.archive.prepare_filters()
        await library.stories.catch_up(clock.now())

    return Backstage(
        clock=clock,
        worker=IndexWorker(library.indexer, prepare),
        postman=postman,
        scheduler=scheduler,
        subscriptions=Subscriptions(library.database, clock.now, scheduler.wake),
        keeping=keeping,
        expiry=expiry,
        people=People(library.database, _access(settings), clock.now),
        choices=choices,
        errors=errors,
    )


def _keeping(settings: BotSettings) -> Keeping:
    return Keeping(
        timedelta(days=settings.keep_answers_days),
        timedelta(days=settings.keep_briefings_days),
        timedelta(days=settings.keep_audit_days),
    )


def _access(settings: BotSettings) -> Access:
    return Access(settings.owners, settings.admin_ids, settings.reader_access == "open")


async def _initialize(app: App) -> None:
    try:
        await app.initialize()
    except InvalidToken:
        raise SettingsError("TELEGRAM_BOT_TOKEN: Telegram does not know this token.") from None
    except TelegramError as error:
        raise SitrepError(f"Telegram can't be reached: {error}.") from error


async def _on_old_button(update: Any, _context: object) -> None:  # noqa: ANN401  PTB's Update
    await update.callback_query.answer(say.OLD_BUTTON)


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
