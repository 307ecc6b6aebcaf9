"""The composition root of the bot: library -> handlers, jobs, error handler."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack, asynccontextmanager
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

from bot.commands import register_commands
from bot.handlers import CITED, About, Adding, Errors, Questions
from bot.worker import IndexWorker
from retrieval.errors import SettingsError, SitrepError
from retrieval.library import open_library

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.settings import BotSettings
    from retrieval.library import Library

log = logging.getLogger(__name__)

App = Application[Any, Any, Any, Any, Any, Any]
UPDATES = ["message", "callback_query"]


def build(settings: BotSettings, library: Library, worker: IndexWorker, errors: Errors) -> App:
    """The PTB application with all handlers, not started."""
    # PTB's future way to give durations; without it, every RetryAfter is a deprecation warning.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    if settings.telegram_bot_token is None:
        raise SettingsError("TELEGRAM_BOT_TOKEN is not set; @BotFather in Telegram gives one.")
    app = (
        ApplicationBuilder()
        .token(settings.telegram_bot_token.get_secret_value())
        .base_url(f"{settings.telegram_api_url}/bot")
        .base_file_url(f"{settings.telegram_api_url}/file/bot")
        .concurrent_updates(settings.questions_at_once)
        .connection_pool_size(settings.questions_at_once + 8)
        .build()
    )
    questions = Questions(library.answerer, library.archive)
    about = About(library.archive, settings)
    adding = Adding(library.ingestor, settings, worker.wake)
    fresh = filters.UpdateType.MESSAGE
    app.add_handler(CommandHandler("start", about.on_start, fresh))
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
    app.add_error_handler(errors.on_error)
    return app


@asynccontextmanager
async def serving(
    settings: BotSettings, stop: Callable[[], None] = lambda: None
) -> AsyncIterator[tuple[App, Library]]:
    """The bot, answering by long polling during the block.

    `stop` is called when another program fetches the same bot's messages.

    Raises:
        SettingsError: no token, or one that Telegram does not know.
        IndexBusyError: another Sitrep runs on this data directory.
        SitrepError: the library can't be opened, or Telegram not be reached.
    """
    async with AsyncExitStack() as stack:
        library = await stack.enter_async_context(open_library(settings))
        stack.enter_context(library.index_lock())
        worker = IndexWorker(library.indexer)
        errors = Errors(stop)
        app = build(settings, library, worker, errors)
        await stack.enter_async_context(worker.running())
        stack.push_async_callback(app.bot.shutdown)  # also when the next line fails halfway
        await _initialize(app)
        stack.push_async_callback(app.shutdown)
        await register_commands(app.bot, settings.admin_ids)
        await app.start()
        stack.push_async_callback(app.stop)
        if app.updater is None:  # PTB's builder makes one unless told not to
            raise AssertionError
        await app.updater.start_polling(
            allowed_updates=UPDATES, error_callback=errors.on_polling_error
        )
        stack.push_async_callback(app.updater.stop)
        yield app, library


async def _initialize(app: App) -> None:
    try:
        await app.initialize()
    except InvalidToken:
        raise SettingsError("TELEGRAM_BOT_TOKEN: Telegram does not know this token.") from None
    except TelegramError as error:
        raise SitrepError(f"Telegram can't be reached: {error}.") from error


async def _on_old_button(update: Any, _context: object) -> None:  # noqa: ANN401  PTB's Update
    await update.callback_query.answer("That button is no longer in use.")


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
