"""`sitrep run`."""

from __future__ import annotations

import asyncio
import gc
import logging

from bot.app import serving, wait_for_the_end
from bot.logs import set_up_logging
from bot.settings import BotSettings

log = logging.getLogger(__name__)


async def run_bot() -> int:
    """Serve until a signal or until another program takes over; 1 in the latter case."""
    settings = BotSettings.read()
    set_up_logging(settings)
    stop, conflict = asyncio.Event(), asyncio.Event()

    def taken_over() -> None:
        conflict.set()
        stop.set()

    async with serving(settings, taken_over) as (app, library):
        summary = await library.archive.summary()
        # What is loaded by now stays: looking through it for garbage stalled the loop for 0.3 s.
        gc.collect()
        gc.freeze()
        log.info("@%s is answering from %s articles", app.bot.username, summary.articles)
        await wait_for_the_end(stop)
        log.info("stopping")
    return 1 if conflict.is_set() else 0
