"""Delivery of updates to the bot's webhook: in order, one at a time, until it answers 2xx."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local_api.errors import Json
    from bot.local_api.updates import UpdateQueue

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name, not a secret
LONGEST_PAUSE = 60.0
ANSWER_WITHIN = 60.0


@dataclass
class Webhook:
    """Where updates go, and what went wrong last. `pause` is the first wait after a failure."""

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
        """Begin to deliver."""
        self._task = asyncio.create_task(self._deliver())

    async def stop(self) -> None:
        """End delivery; what is not confirmed stays queued."""
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
