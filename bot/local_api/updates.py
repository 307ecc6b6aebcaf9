"""The queue of updates, and their delivery by one long poll or by webhook."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from bot.local_api.errors import POLL_CONFLICT, BotApiError, conflict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bot.local_api.errors import Json


FIRST_UPDATE_ID = 100_000_001
NOT_BY_DEFAULT = frozenset(("chat_member", "message_reaction", "message_reaction_count"))


class UpdateQueue:
    """Unconfirmed updates, in order."""

    def __init__(self) -> None:
        self._updates: deque[Json] = deque()
        self._next_id = FIRST_UPDATE_ID
        self._waiter: asyncio.Future[None] | None = None
        self.allowed: frozenset[str] = frozenset()
        self.closed = False

    def __len__(self) -> int:
        return len(self._updates)

    @property
    def has_waiter(self) -> bool:
        """Whether somebody waits for updates."""
        return self._waiter is not None

    def allow(self, kinds: Iterable[str] | None) -> None:
        """Set the queued kinds of updates; None keeps them, an empty list is the default."""
        if kinds is not None:
            self.allowed = frozenset(kinds)

    def add(self, kind: str, payload: Json) -> None:
        """Queue an update of a kind that the bot wants."""
        wanted = kind in self.allowed if self.allowed else kind not in NOT_BY_DEFAULT
        if wanted:
            self._updates.append({"update_id": self._next_id, kind: payload})
            self._next_id += 1
            self._wake()

    def confirm(self, offset: int) -> None:
        """Drop updates before `offset`; a negative one keeps that many of the last."""
        if offset < 0:
            while len(self._updates) > -offset:
                self._updates.popleft()
        while offset > 0 and self._updates and self._updates[0]["update_id"] < offset:
            self._updates.popleft()

    def drop(self) -> None:
        """Drop all updates."""
        self._updates.clear()

    def first(self, limit: int) -> list[Json]:
        """The oldest updates."""
        return [self._updates[index] for index in range(min(limit, len(self._updates)))]

    async def poll(self, limit: int, seconds: float) -> list[Json]:
        """Wait for updates; returns the oldest, or nothing after `seconds`."""
        self.interrupt(conflict(POLL_CONFLICT))
        if seconds > 0 and not self._updates and not self.closed:
            await self.wait(seconds)
        return self.first(limit)

    async def wait(self, seconds: float | None = None) -> None:
        """Wait until an update is queued or the queue is closed, for `seconds` at most."""
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await waiter
        except TimeoutError:
            pass
        finally:
            if self._waiter is waiter:
                self._waiter = None

    def interrupt(self, error: BotApiError) -> None:
        """Let the waiting poll fail, if there is one."""
        if self._waiter and not self._waiter.done():
            self._waiter.set_exception(error)

    def close(self) -> None:
        """End all waiting: polls return what there is."""
        self.closed = True
        self._wake()

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)


SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, not a secret
LONGEST_PAUSE = 60.0
ANSWER_WITHIN = 60.0


@dataclass
class Webhook:
    """Delivers updates to a URL. `pause` is the first wait after a failure, in seconds."""

    url: str
    secret: str
    max_connections: int
    queue: UpdateQueue
    clock: Callable[[], float]
    pause: float = 1.0
    last_error_date: int | None = None
    last_error_message: str | None = None
    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Start delivery."""
        self._task = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """Stop delivery; unconfirmed updates stay queued."""
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def as_json(self) -> Json:
        """The Bot API's WebhookInfo."""
        info: Json = {"url": self.url, "has_custom_certificate": False}
        info |= {"pending_update_count": len(self.queue), "max_connections": self.max_connections}
        if self.last_error_date is not None:
            info["last_error_date"] = self.last_error_date
            info["last_error_message"] = self.last_error_message
        return info | (
            {"allowed_updates": sorted(self.queue.allowed)} if self.queue.allowed else {}
        )

    async def _deliver(self) -> None:
        headers = {SECRET_HEADER: self.secret} if self.secret else {}
        timeout = httpx.Timeout(ANSWER_WITHIN)
        async with httpx.AsyncClient(headers=headers, timeout=timeout, trust_env=False) as client:
            failures = 0
            while not self.queue.closed:
                if not (updates := self.queue.first(1)):
                    await self.queue.wait()
                elif await self._accepted(client, updates[0]):
                    self.queue.confirm(updates[0]["update_id"] + 1)
                    failures = 0
                else:
                    await asyncio.sleep(min(self.pause * 2**failures, LONGEST_PAUSE))
                    failures += 1

    async def _accepted(self, client: httpx.AsyncClient, update: Json) -> bool:
        try:
            response = await client.post(self.url, json=update)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            refused = isinstance(error, httpx.ConnectError)
            self._failed("Connection refused" if refused else type(error).__name__)
            return False
        if not response.is_success:
            status = f"{response.status_code} {response.reason_phrase}".strip()
            self._failed(f"Wrong response from the webhook: {status}")
        return response.is_success

    def _failed(self, message: str) -> None:
        self.last_error_date = int(self.clock())
        self.last_error_message = message
