"""The composition root of the bot: library -> handlers, jobs, error handler."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from telegram import Update
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder, ContextTypes

from bot.background import Clock
from bot.features.access.authorization import Visit
from bot.features.commands import register_commands
from bot.ops.health import ALIVE, listening_at, watched, watchers_routes
from bot.ops.logs import set_up_logging
from bot.ops.metrics import Metrics
from bot.ops.tracing import traced
from bot.routes import add_handlers
from bot.services import comparing, make_services, purging
from bot.settings import BotSettings
from bot.tables import intake_job, noted, subscription
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

    from retrieval.library import Library


log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
UPDATES = [
    "message",
    "edited_message",
    "callback_query",
    "inline_query",
    "channel_post",
    "edited_channel_post",
    "my_chat_member",
]
# Updates that handlers see beside those that are answered, so that whoever waits can be told.
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
        # Many may want to be told in the same moment; all are, one after the other.
        .pool_timeout(_CONNECTION_WITHIN_S)
        .rate_limiter(pacer.limiter())
        .build()
    )


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
        await stack.enter_async_context(traced(settings))
        library = await stack.enter_async_context(open_library(settings))
        stack.enter_context(library.index_lock())
        if library.database.dialect == "sqlite" and not settings.chroma_url:
            # Alone, by that lock: what a bot that died had at work need not be waited for.
            await free_all(library.database, intake_job, noted, subscription)
        pacing = RateLimits(overall=settings.messages_per_second)
        pacer = await stack.enter_async_context(open_rate_limiter(settings.sql_url, pacing))
        app = application(settings, pacer)
        metrics = Metrics()
        backstage = make_services(
            app, pacer, settings, library, clock or Clock(), Errors(stop, metrics)
        )
        add_handlers(app, settings, library, backstage)
        await stack.enter_async_context(backstage.worker.running())
        await stack.enter_async_context(purging(library.archive, backstage.clock.now))
        await stack.enter_async_context(comparing(library.archive))
        stack.push_async_callback(app.bot.shutdown)  # also when the next line fails halfway
        await _initialize(app)
        stack.push_async_callback(app.shutdown)
        people = backstage.people
        await register_commands(app.bot, await people.staff(), people.access.role(None, None))
        await app.start()
        stack.push_async_callback(app.stop)
        await stack.enter_async_context(backstage.intake.running())
        await stack.enter_async_context(backstage.feeds.running())
        await stack.enter_async_context(backstage.postman.running())
        await stack.enter_async_context(backstage.scheduler.running())
        await stack.enter_async_context(backstage.expiry.running())
        await stack.enter_async_context(backstage.corrections.running())
        await stack.enter_async_context(backstage.noted_again.running())
        await stack.enter_async_context(backstage.alerts.running())

        async def look() -> None:
            summary = await library.archive.catalogue.summary()
            metrics.articles.set(summary.articles)
            metrics.pending.set(summary.pending)
            metrics.outbox.set(await waiting_messages(library.database))

        routes = await _watched(settings, metrics, look, stack)
        if settings.webhook_url and settings.webhook_secret is not None:
            secret = settings.webhook_secret.get_secret_value()
            inbox, now = Inbox(library.database), backstage.clock.now
            worker = InboxWorker(app, inbox, now, settings.questions_at_once, waiting=WAITING)
            await stack.enter_async_context(worker.running())
            door = WebhookEndpoint(inbox, secret, now, worker.wake)
            routes = [*routes, door.route]
            await stack.enter_async_context(listening_at(settings.listen, routes, "LISTEN"))
            await _hook(app, settings.webhook_url, secret)
        else:
            await stack.enter_async_context(listening_at(settings.listen, routes, "LISTEN"))
            await _poll(app, backstage.errors, stack)
        yield app, library


async def _watched(
    settings: BotSettings,
    metrics: Metrics,
    look: Callable[[], Awaitable[None]],
    stack: AsyncExitStack,
) -> list[Route]:
    """Serve watchers at METRICS_LISTEN, if they have that; what there is for them at LISTEN."""
    token = settings.metrics_token.get_secret_value() if settings.metrics_token else ""
    at = settings.metrics_listen
    await stack.enter_async_context(watched(at, metrics, look, token, "METRICS_LISTEN"))
    if at:
        return [ALIVE]
    if settings.webhook_url and not token:
        # What Telegram reaches, everybody does; how the bot is, is nobody's else.
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


async def _initialize(app: App) -> None:
    try:
        await app.initialize()
    except InvalidToken:
        raise SettingsError("TELEGRAM_BOT_TOKEN: Telegram does not know this token.") from None
    except TelegramError as error:
        raise SitrepError(f"Telegram can't be reached: {error}.") from error


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


class TracedApplication(Application[Any, Any, Any, Any, Any, Any]):
    """PTB's application, whose updates are spans."""

    __slots__ = ()

    async def process_update(self, update: object) -> None:
        """As PTB does."""
        with span("update", kind=kind_of(update)):
            await super().process_update(update)


def kind_of(update: object) -> str:
    """`message`, `callback_query`, ...: the name of the part that an update has."""
    if isinstance(update, Update):
        for name in Update.__slots__:
            if name.isidentifier() and name in Update.ALL_TYPES and getattr(update, name, None):
                return name
    return "other"


async def run_bot() -> int:
    """Serve until a signal or until another program takes over; 1 in the latter case."""
    settings = BotSettings.read()
    set_up_logging(settings)
    stop, conflict = asyncio.Event(), asyncio.Event()

    def taken_over() -> None:
        conflict.set()
        stop.set()

    async with serving(settings, taken_over) as (app, library):
        summary = await library.archive.catalogue.summary()
        # What is loaded by now stays: looking through it for garbage stalled the loop for 0.3 s.
        gc.collect()
        gc.freeze()
        log.info("@%s is answering from %s articles", app.bot.username, summary.articles)
        await wait_for_the_end(stop)
        log.info("stopping")
    return 1 if conflict.is_set() else 0
