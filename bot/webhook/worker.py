"""Takes updates from the inbox and passes them to the handlers."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from telegram import Update

from bot.background import BackgroundService, end
from retrieval.errors import ArchiveError
from retrieval.storage.leases import LeaseLostError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from telegram.ext import Application

    from bot.webhook.inbox import Inbox, Received

log = logging.getLogger(__name__)

# How often to look for updates that another program received, or left when it died.
LOOK_EVERY_S = 2.0
AGAIN_AFTER_S = 1.0
# After this long, no other program had room for the update either.
NOBODYS_AFTER = timedelta(seconds=4)
# How long a stop waits for updates in progress; another program then starts them again.
PATIENCE_S = 25.0
FORGET_EVERY = timedelta(hours=1)


class InboxWorker(BackgroundService):
    """Handles up to `at_once` updates in parallel, one after the other within a chat.

    Up to `waiting` more that no other program took are passed to the handlers as well, which then
    tell people how long they have to wait.
    """

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        app: Application[Any, Any, Any, Any, Any, Any],
        inbox: Inbox,
        now: Callable[[], datetime],
        at_once: int,
        *,
        waiting: int = 0,
        patience_s: float = PATIENCE_S,
    ) -> None:
        self._app, self._inbox, self._now = app, inbox, now
        self._at_once, self._waiting, self._patience_s = at_once, waiting, patience_s
        # A separate task: leases must not run out while updates wait for a free slot.
        self._leases = inbox.holder(now)
        self._forgotten_at = datetime.min.replace(tzinfo=UTC)
        self._under_way = dict[int, asyncio.Task[None]]()
        super().__init__("the inbox", self._look, AGAIN_AFTER_S)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Work during the block; then finish updates in progress, or release them."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self._give_back)
            stack.push_async_callback(self._finish)
            await stack.enter_async_context(super().running())
            yield

    async def _look(self) -> float:
        now = self._now()
        try:
            await self._claim(self._at_once, now)
            await self._claim(self._at_once + self._waiting, now, now - NOBODYS_AFTER)
            if not self._under_way and now >= self._forgotten_at + FORGET_EVERY:
                await self._inbox.forget(now)
                self._forgotten_at = now
        except ArchiveError as error:
            log.warning("the inbox can't be read, trying again: %s", error)
        return LOOK_EVERY_S

    async def _claim(self, most: int, now: datetime, came_before: datetime | None = None) -> None:
        if (free := most - len(self._under_way)) > 0:
            token = self._leases.lease().token
            # its own update, whose lease ran out while the database was down: only renew the lease
            mine = set(self._under_way)
            for one in await self._inbox.claim(token, now, free, came_before, mine):
                self._start(one, token)

    def _start(self, received: Received, token: str) -> None:
        number = received.update_id
        task = asyncio.create_task(self._handle(received, token), name=f"update {number}")
        self._under_way[number] = task
        task.add_done_callback(lambda _: self._ended(number))

    def _ended(self, number: int) -> None:
        del self._under_way[number]
        self.wake()  # for updates that waited for this chat or slot

    async def _handle(self, received: Received, token: str) -> None:
        number = received.update_id
        try:
            async with self._leases.holding(token, number):
                try:
                    if (update := self._read(received)) is not None:
                        await self._app.process_update(update)
                # Unforeseen errors too: repeated, the update would fail again, and block its chat
                # forever.
                except Exception:
                    log.exception("update %s can't be dealt with", number)
                await self._done(number)
        except LeaseLostError:
            log.warning("update %s is left to another program", number)

    async def _done(self, number: int) -> None:
        """Mark an update as handled; repeats that until the database succeeds."""
        while True:
            try:
                return await self._inbox.done(number, self._now())
            except ArchiveError as error:
                log.warning("update %s can't be marked as done, trying again: %s", number, error)
            await asyncio.sleep(AGAIN_AFTER_S)

    def _read(self, received: Received) -> Update | None:
        """Parse an update; None if PTB can't, which counts as handled: it never will."""
        try:
            return Update.de_json(received.payload, self._app.bot)
        except (AttributeError, TypeError, ValueError, KeyError) as error:
            log.warning("update %s can't be read: %r", received.update_id, error)
            return None

    async def _finish(self) -> None:
        if tasks := list(self._under_way.values()):
            await asyncio.wait(tasks, timeout=self._patience_s)
        for task in tasks:
            await end(task)

    async def _give_back(self) -> None:
        try:
            await self._inbox.give_back(self._leases.owner)
        except ArchiveError as error:
            log.warning("claims run out by themselves: %s", error)
