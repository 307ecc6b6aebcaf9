"""The composition root of the bot: builds library, services and features, and runs them."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, ContextTypes

from bot.background import Clock
from bot.features.about import AboutHandlers
from bot.features.access.authorization import Authorization, Visit
from bot.features.access.handlers import AdminHandlers
from bot.features.access.invitations import InvitationHandlers, Invitations
from bot.features.access.languages import LanguageHandlers
from bot.features.access.people import Languages
from bot.features.adding.handlers import AddingHandlers
from bot.features.articles.handlers import ArticleHandlers, ArticleLists
from bot.features.audit_log import AuditLog, recorder
from bot.features.briefings.handlers import BriefingHandlers
from bot.features.channels import ChannelHandlers, Channels
from bot.features.commands import register_commands
from bot.features.corrections import CorrectionHandlers, strike
from bot.features.feeds import FeedHandlers
from bot.features.inline import InlineHandlers
from bot.features.privacy.handlers import PrivacyHandlers
from bot.features.questions.admission import QuestionQueue
from bot.features.questions.conversations import Conversations
from bot.features.questions.feedback import FeedbackHandlers
from bot.features.questions.handlers import QuestionHandlers
from bot.features.saved_questions import SavedQuestionHandlers
from bot.features.status import StatusPage
from bot.features.subscriptions.handlers import SubscriptionButtons, SubscriptionCommands
from bot.features.watching.handlers import WatchHandlers
from bot.ops.health import ALIVE, listening_at, watched, watchers_routes
from bot.ops.logs import set_up_logging
from bot.ops.metrics import Metrics
from bot.ops.tracing import traced
from bot.services import comparing, make_services, purging
from bot.settings import BotSettings
from bot.tables import intake_job, noted, subscription
from bot.telegram.callback_data import SignedCallback
from bot.telegram.editable_message import LiveAnswers
from bot.telegram.errors import Errors
from bot.telegram.outbox import waiting_messages
from bot.telegram.postman import PostmanConfig
from bot.telegram.rate_limit import RateLimiter, RateLimits
from bot.telegram.shared_rate_limit import open_rate_limiter
from bot.webhook import PATH, Inbox, InboxWorker, WebhookEndpoint
from retrieval.errors import SettingsError, SitrepError
from retrieval.library import open_library
from retrieval.storage.leases import free_all
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.routing import Route

    from bot.features import App, Feature
    from bot.services import Services
    from retrieval.library import Library


log = logging.getLogger(__name__)

UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "channel_post",
    "edited_channel_post",
    "my_chat_member",
]
# Updates that handlers take on top of those being answered, to tell people how long they'll wait.
WAITING = 1000
_CONNECTION_WITHIN_S = 30.0
_POSTMANS_REQUESTS = PostmanConfig().at_once


def application(settings: BotSettings, pacer: RateLimiter) -> App:
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
        .application_class(TracedApplication)
        .context_types(ContextTypes(context=Visit))
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .concurrent_updates(settings.questions_at_once + WAITING)
        .connection_pool_size(settings.questions_at_once + _POSTMANS_REQUESTS + 8)
        # Many messages may become due in the same moment; they wait for a connection.
        .pool_timeout(_CONNECTION_WITHIN_S)
        .rate_limiter(pacer.limiter())
        .build()
    )


@asynccontextmanager
async def serving(
    settings: BotSettings, stop: Callable[[], None] = lambda: None, clock: Clock | None = None
) -> AsyncIterator[tuple[App, Library]]:
    """Run the bot during the block: answer (by polling or webhook) and deliver briefings.

    `stop` is called when another program polls for the same bot's messages.

    Raises:
        SettingsError: there is no token, or Telegram doesn't know it.
        IndexBusyError: another Sitrep runs on this data directory.
        SitrepError: the library can't be opened, or Telegram can't be reached.
    """
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(traced(settings))
        library = await stack.enter_async_context(open_library(settings))
        stack.enter_context(library.index_lock())
        if library.database.dialect == "sqlite" and not settings.chroma_url:
            # The lock says that no other bot runs, so leases of one that died can be freed at once.
            await free_all(library.database, intake_job, noted, subscription)
        pacing = RateLimits(overall=settings.messages_per_second)
        pacer = await stack.enter_async_context(open_rate_limiter(settings.sql_url, pacing))
        app = application(settings, pacer)
        metrics = Metrics()
        services = make_services(
            app, pacer, settings, library, clock or Clock(), Errors(stop, metrics)
        )
        for feature in features(settings, library, services, app):
            feature.register(app)
        app.add_error_handler(services.errors.on_error)
        await stack.enter_async_context(services.worker.running())
        await stack.enter_async_context(purging(library.archive, services.clock.now))
        await stack.enter_async_context(comparing(library.archive))
        stack.push_async_callback(app.bot.shutdown)  # also when the next line fails halfway
        await _initialize(app)
        stack.push_async_callback(app.shutdown)
        people = services.people
        await register_commands(app.bot, await people.staff(), people.access.role(None, None))
        await app.start()
        stack.push_async_callback(app.stop)
        for work in (
            services.intake,
            services.feeds,
            services.postman,
            services.scheduler,
            services.expiry,
            services.corrections,
            services.noted_again,
            services.alerts,
        ):
            await stack.enter_async_context(work.running())

        async def look() -> None:
            summary = await library.archive.catalogue.summary()
            metrics.articles.set(summary.articles)
            metrics.pending.set(summary.pending)
            metrics.outbox.set(await waiting_messages(library.database))

        routes = await _watched(settings, metrics, look, stack)
        if settings.webhook_url and settings.webhook_secret is not None:
            secret = settings.webhook_secret.get_secret_value()
            inbox, now = Inbox(library.database), services.clock.now
            worker = InboxWorker(app, inbox, now, settings.questions_at_once, waiting=WAITING)
            await stack.enter_async_context(worker.running())
            door = WebhookEndpoint(inbox, secret, now, worker.wake)
            routes = [*routes, door.route]
            await stack.enter_async_context(listening_at(settings.listen, routes, "LISTEN"))
            await _hook(app, settings.webhook_url, secret)
        else:
            await stack.enter_async_context(listening_at(settings.listen, routes, "LISTEN"))
            await _poll(app, services.errors, stack)
        yield app, library


def features(
    settings: BotSettings, library: Library, services: Services, app: App
) -> list[Feature]:
    """All features in the order in which their handlers are tried; the first that matches runs.

    Those that recognise their messages by more than a command come before the questions, which take
    any text. The last replies to everything else.
    """
    archive, database, nearest = library.archive, library.database, library.topics.nearest
    now, subscriptions, people = services.clock.now, services.subscriptions, services.people
    languages, record = Languages(database), recorder(database, now)
    about = AboutHandlers(archive)
    questions = QuestionHandlers(
        library.answerer,
        archive,
        Conversations(database, timedelta(hours=settings.conversation_hours), now),
        LiveAnswers(app.bot, services.pacer, settings.streaming),
        queue=QuestionQueue(settings.questions_at_once, services.metrics.waiting.set),
        allowance=services.allowance,
        now=now,
        metrics=services.metrics,
        zone_of=subscriptions.zone_of,
    )
    watching = WatchHandlers(
        services.watches, subscriptions, archive, nearest, settings.watch_messages_a_day
    )

    def queued() -> None:
        services.postman.wake()
        services.noted_again.wake()

    return [
        SubscriptionCommands(database, subscriptions, nearest, now),
        SubscriptionButtons(subscriptions, nearest),
        Authorization(people, languages, unknown=about.on_unknown_command, other=about.on_other),
        InvitationHandlers(Invitations(database, now), people, about.on_start),
        AdminHandlers(people),
        AuditLog(database, people),
        LanguageHandlers(languages),
        PrivacyHandlers(
            database,
            people,
            keeping=services.keeping,
            model=settings.chat_model,
            seals=SignedCallback(app.bot.token),
            counting=app.bot.token if settings.budget.has_limit else None,
            now=now,
        ),
        InlineHandlers(library.snippets, now),
        watching,
        BriefingHandlers(
            desk=library.desk,
            database=database,
            archive=archive,
            choices=services.choices,
            questions=questions,
            zone_of=subscriptions.zone_of,
            now=now,
            queued=queued,
            allowance=services.allowance,
            watching=watching,
        ),
        AddingHandlers(services.jobs, services.intake, record, questions, about),
        ChannelHandlers(
            Channels(database), services.jobs, services.intake, record, subscriptions, languages
        ),
        ArticleHandlers(
            archive,
            services.jobs,
            services.intake,
            now,
            services.worker.wake,
            partial(strike, database),
            record,
        ),
        ArticleLists(archive, database, now),
        FeedHandlers(services.feeds, record, now),
        CorrectionHandlers(database, settings.corrections_days, now),
        StatusPage(library, settings, services.metrics, services.feeds, now),
        questions,
        FeedbackHandlers(archive, settings.budget, now),
        SavedQuestionHandlers(archive, services.noted, now),
        about,
    ]


async def _watched(
    settings: BotSettings,
    metrics: Metrics,
    look: Callable[[], Awaitable[None]],
    stack: AsyncExitStack,
) -> list[Route]:
    """Serve health and metrics at METRICS_LISTEN if that is set; returns the routes for LISTEN."""
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    at = settings.metrics_listen
    await stack.enter_async_context(watched(at, metrics, look, token, "METRICS_LISTEN"))
    if at:
        return [ALIVE]
    if settings.webhook_url and not token:
        # The webhook's address is public; the bot's state is not for the public.
        log.warning(
            "no /readyz and /metrics: with WEBHOOK_URL, set METRICS_LISTEN or METRICS_TOKEN"
        )
        return [ALIVE]
    return watchers_routes(metrics, look, token)


async def _poll(app: App, errors: Errors, stack: AsyncExitStack) -> None:
    if app.updater is None:  # PTB's builder makes one unless told not to
        raise AssertionError
    await app.updater.start_polling(allowed_updates=UPDATES, error_callback=errors.on_polling_error)
    stack.push_async_callback(app.updater.stop)


async def _hook(app: App, address: str, secret: str) -> None:
    """Set the webhook. It stays set when the bot stops: Telegram keeps what comes meanwhile."""
    try:
        await app.bot.set_webhook(
            f"{address.rstrip('/')}{PATH}",
            allowed_updates=UPDATES,
            secret_token=secret,
            max_connections=100,
        )
    except TelegramError as error:
        raise SettingsError(f"WEBHOOK_URL: Telegram does not take it: {error}.") from error


async def _initialize(app: App) -> None:
    try:
        await app.initialize()
    except InvalidToken:
        raise SettingsError("TELEGRAM_BOT_TOKEN: Telegram does not know this token.") from None
    except TelegramError as error:
        raise SitrepError(f"Telegram can't be reached: {error}.") from error


async def wait_for_the_end(stop: asyncio.Event) -> None:
    """Wait for SIGINT or SIGTERM, or until `stop` is set."""
    import signal  # noqa: PLC0415

    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(name, stop.set)
        except NotImplementedError:  # Windows: Ctrl-C arrives as KeyboardInterrupt
            break
    await stop.wait()


class TracedApplication(Application[Any, Any, Any, Any, Any, Any]):
    """PTB's application with a tracing span for each update."""

    __slots__ = ()

    async def process_update(self, update: object) -> None:
        """Process an update as PTB does, within a span."""
        with span("update", kind=kind_of(update)):
            await super().process_update(update)


def kind_of(update: object) -> str:
    """The kind of an update: `message`, `callback_query`, ..., or `other`."""
    if isinstance(update, Update):
        for name in Update.__slots__:
            if name.isidentifier() and name in Update.ALL_TYPES and getattr(update, name, None):
                return name
    return "other"


async def run_bot() -> int:
    """Serve until a signal, or until another program takes over: the exit code, 0 or 1."""
    settings = BotSettings.read()
    set_up_logging(settings)
    stop, conflict = asyncio.Event(), asyncio.Event()

    def taken_over() -> None:
        conflict.set()
        stop.set()

    async with serving(settings, taken_over) as (app, library):
        summary = await library.archive.catalogue.summary()
        # Everything loaded by now stays; a full garbage collection stalled the loop for 0.3 s.
        gc.collect()
        gc.freeze()
        log.info("@%s is answering from %s articles", app.bot.username, summary.articles)
        await wait_for_the_end(stop)
        log.info("stopping")
    return 1 if conflict.is_set() else 0
