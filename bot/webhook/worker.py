"""Takes updates out of the inbox and hands them to the handlers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from telegram import Update

from bot.tasks import end
from retrieval.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from datetime import datetime

    from telegram.ext import Application

    from bot.webhook.inbox import Inbox, Received

log = logging.getLogger(__name__)

_LOOK_S = 2.0
_PATIENCE_S = 25.0


class InboxWorker:
    """Handles updates, at most `at_once` together, one after the other within a chat."""

    def __init__(
        self,
        app: Application[Any, Any, Any, Any, Any, Any],
        inbox: Inbox,
        now: Callable[[], datetime],
        at_once: int,
    ) -> None:
        self._app, self._inbox, self._now = app, inbox, now
        self._free = asyncio.Semaphore(at_once)
        self._name = token_hex(8)
        self._came = asyncio.Event()
        self._working = set[asyncio.Task[None]]()

    def wake(self) -> None:
        """There may be something new."""
        self._came.set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work during the block; at its end what is under way is finished, the rest given back."""
        task = asyncio.create_task(self._run())
        try:
            yield
        finally:
            await end(task)
            if self._working:
                await asyncio.wait(self._working, timeout=_PATIENCE_S)
            try:
                await self._inbox.give_back(self._name)
            except ArchiveError as error:
                log.warning("claims run out by themselves: %s", error)

    async def _run(self) -> None:
        while True:
            self._came.clear()
            try:
                if self._working:
                    await self._inbox.hold(self._name, self._now())
                claimed = await self._inbox.claim(self._name, self._now())
                if not (claimed or self._working):
                    await self._inbox.forget(self._now())
            except ArchiveError as error:
                log.warning("the inbox can't be read, trying again: %s", error)
                claimed = []
            for one in claimed:
                await self._free.acquire()
                task = asyncio.create_task(self._handle(one))
                self._working.add(task)
                task.add_done_callback(self._working.discard)
            if not claimed:
                try:
                    await asyncio.wait_for(self._came.wait(), _LOOK_S)
                except TimeoutError:
                    continue

    def _read(self, received: Received) -> Update | None:
        """What the library can't read today it can't read tomorrow: that is dealt with, too."""
        try:
            return Update.de_json(received.payload, self._app.bot)
        except (TypeError, ValueError, KeyError) as error:
            log.warning("update %s can't be read: %r", received.update_id, error)
            return None

    async def _handle(self, received: Received) -> None:
        try:
            if (update := self._read(received)) is not None:
                await self._app.process_update(update)
            await self._inbox.done(received.update_id, self._now())
        except ArchiveError as error:
            log.warning("update %s will be taken again: %s", received.update_id, error)
        finally:
            self._free.release()
            self.wake()  # what waits behind it in its chat
