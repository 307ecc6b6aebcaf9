"""Whether the way to Telegram is open. When in doubt, a harmless question goes first.

While Telegram or the network is down, every message that is tried may be lost; so after the first
that was in doubt nothing is sent until Telegram has answered `getMe`.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from telegram.error import RetryAfter, TelegramError

from bot.delivery.verdicts import back_off, seconds
from bot.tasks import end

if TYPE_CHECKING:
    from telegram import Bot

log = logging.getLogger(__name__)


class Line:
    """The way to Telegram, as far as is known."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._open = asyncio.Event()
        self._open.set()
        self._task: asyncio.Task[None] | None = None

    async def clear(self) -> None:
        """Wait until nothing speaks against sending."""
        await self._open.wait()

    def doubt(self) -> None:
        """Something went wrong; find out whether the way is open."""
        self._open.clear()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask())

    async def close(self) -> None:
        """Stop asking."""
        if self._task is not None:
            await end(self._task)

    async def _ask(self) -> None:
        tries = 0
        while not self._open.is_set():
            try:
                await self._bot.get_me()
            except TelegramError as error:
                tries += 1
                asked = seconds(error) if isinstance(error, RetryAfter) else 0.0
                wait = max(asked, min(back_off(tries), 60.0))
                log.warning("Telegram can't be reached, asking again in %s s: %s", wait, error)
                await asyncio.sleep(wait)
            else:
                self._open.set()
