"""The postman: sends each message of the outbox, at most once."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from telegram import LinkPreviewOptions, MessageEntity
from telegram.error import RetryAfter, TelegramError

from bot.background import BackgroundService, end
from bot.tables import outbox as outbox_table
from bot.telegram import outbox
from bot.telegram.client import DeliveryOutcome, Fate, back_off, keyboard, seconds, verdict
from bot.telegram.delivery_outcomes import WriteBatcher, report_unknown, settle
from bot.telegram.rate_limit import HAD_ITS_TURN
from retrieval.errors import ArchiveError
from retrieval.storage.leases import LeaseHolder
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection

    from telegram import Bot
    from telegram.ext import ExtBot

    from bot.telegram.outbox import Claimed
    from bot.telegram.rate_limit import RateLimiter
    from retrieval.storage.database import Database


log = logging.getLogger(__name__)

PRUNE_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PostmanConfig:
    """Configuration of a postman; times in seconds.

    It holds `at_once` messages at most, looks for other programs' messages every `look_s`, puts a
    message back whose chat must wait longer than `patience_s`, and fails messages older than
    `keep_trying_s`. When stopped, it waits `finish_s` for requests in progress. The owner hears of
    unknown fates when nothing is due, and at least every `report_s`.
    """

    at_once: int = 64
    claim_s: float = outbox.CLAIM_FOR.total_seconds()
    sending_s: float = outbox.SENDING_FOR.total_seconds()
    look_s: float = 30.0
    patience_s: float = 5.0
    keep_trying_s: float = 12 * 3600.0
    finish_s: float = 10.0
    report_s: float = 600.0


class Postman(BackgroundService):
    """Delivers the outbox; call `wake` after queueing something."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        bot: ExtBot[Any],
        database: Database,
        pacer: RateLimiter,
        *,
        admin_ids: Collection[int] = (),
        habits: PostmanConfig | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._bot, self._database, self._pacer = bot, database, pacer
        self._admins = tuple(admin_ids)
        self._habits = habits or PostmanConfig()
        self._now = now
        # leases are not renewed: what can't be sent within `claim_s` is free for other programs
        self._leases = LeaseHolder(database, outbox_table, now=now)
        self._journal = WriteBatcher(database)
        self._line = TelegramConnectivity(bot)
        super().__init__("the postman", self._work)
        self._arrived = asyncio.Event()
        self._carrying: set[asyncio.Task[None]] = set()
        self._requests: set[asyncio.Task[None]] = set()
        # Since when there may be unknown fates to report; None if there are none.
        self._doubts_since: datetime | None = now()
        self._recovered_at = datetime.min.replace(tzinfo=UTC)
        self._pruned_at = self._recovered_at

    def wake(self) -> None:
        """Look for messages now."""
        self._arrived.set()
        super().wake()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Deliver during the block; then finish requests in progress and free the other leases."""
        try:
            async with super().running():
                yield
        finally:
            await self._stop()

    async def _work(self) -> float:
        """Deliver until nothing is due; returns the seconds until something may be."""
        while True:
            self._arrived.clear()
            await self._line.clear()
            claimed = await self._claim()
            if not claimed and not self._carrying:
                break
            await self._some_are_done()
        await self._report()
        await self._prune()
        return await self._pause()

    async def _claim(self) -> list[Claimed]:
        """Lease as many messages as it can hold, but only once half of that is free: in batches."""
        free = self._habits.at_once - len(self._carrying)
        if free * 2 < self._habits.at_once:
            return []
        await self._recover()
        token = self._leases.lease().token
        lasting = timedelta(seconds=self._habits.claim_s)
        claimed = await outbox.claim(self._database, token, self._now(), free, lasting)
        for row in claimed:
            self._carrying.add(asyncio.create_task(self._deliver(row)))
        return claimed

    async def _recover(self) -> None:
        """Now and then look for what a dead worker was sending; that reads the whole queue."""
        now = self._now()
        if now - self._recovered_at < timedelta(seconds=self._habits.sending_s / 10):
            return
        self._recovered_at = now
        if lost := await outbox.recover(self._database, now):
            log.warning("%s messages of unknown fate: a worker ended while sending", lost)
            self._doubt(now)

    async def _some_are_done(self) -> None:
        """Wait until a message is settled or more arrive."""
        arrived = asyncio.create_task(self._arrived.wait())
        try:
            await asyncio.wait(
                {*self._carrying, arrived}, return_when=asyncio.FIRST_COMPLETED, timeout=1.0
            )
        finally:
            arrived.cancel()
        for task in [task for task in self._carrying if task.done()]:
            self._carrying.discard(task)
            if not task.cancelled() and (error := task.exception()):
                # its lease runs out, and it is found again
                log.error("a message could not be delivered", exc_info=error)
        if self._doubts_since is not None:
            waited = self._now() - self._doubts_since
            if waited > timedelta(seconds=self._habits.report_s):
                await self._report()

    async def _deliver(self, row: Claimed) -> None:
        if problem := self._hopeless(row):
            await self._settle(row, DeliveryOutcome(Fate.FAILED, problem))
            return
        if wait := await self._pacer.turn(row.chat_id, self._habits.patience_s):
            await self._settle(row, DeliveryOutcome(Fate.AGAIN, "the chat's pace", wait))
            return
        await self._line.clear()
        request = asyncio.create_task(self._request(row))
        self._requests.add(request)
        request.add_done_callback(self._requests.discard)
        await asyncio.shield(request)  # a stop lets it finish

    def _hopeless(self, row: Claimed) -> str | None:
        if self._now() - row.created_at > timedelta(seconds=self._habits.keep_trying_s):
            return "too late"
        try:
            _arguments(row)
        except (IndexError, KeyError, TypeError, ValueError) as error:
            return f"not a message: {error!r}"
        return None

    async def _request(self, row: Claimed) -> None:
        until = self._now() + timedelta(seconds=self._habits.sending_s)
        if not await self._journal.write(partial(outbox.begin, row=row, until=until)):
            return  # the lease ran out, and another worker has it
        arguments = _arguments(row)
        if self._bot.rate_limiter:
            arguments["rate_limit_args"] = HAD_ITS_TURN
        with span("deliver", attempt=row.attempts + 1) as delivering:
            try:
                message = await self._bot.send_message(**arguments)
            except TelegramError as error:
                found = verdict(error, row.attempts + 1)
            else:
                found = DeliveryOutcome(Fate.SENT, message_id=message.message_id)
            delivering.note(outcome=found.fate.value)
        self._learn(row, found)
        await self._settle(row, found)

    def _learn(self, row: Claimed, found: DeliveryOutcome) -> None:
        """Draw the conclusions of an outcome for other messages."""
        if found.refused:
            self._pacer.refused(row.chat_id, found.wait_s)
        if found.down:
            self._line.doubt()
        if found.fate is Fate.UNKNOWN:
            self._doubt(self._now())
        if found.fate is not Fate.SENT:
            log.warning("message %s: %s: %s", row.id, found.fate, found.problem)

    async def _settle(self, row: Claimed, found: DeliveryOutcome) -> None:
        await self._journal.write(partial(settle, row=row, verdict=found, now=self._now()))

    def _doubt(self, now: datetime) -> None:
        self._doubts_since = self._doubts_since or now

    async def _report(self) -> None:
        if self._doubts_since is None or not self._admins:
            return
        since, self._doubts_since = self._doubts_since, None
        report = partial(report_unknown, admins=self._admins, now=self._now())
        try:
            reported = await self._journal.write(report)
        except ArchiveError:
            self._doubts_since = since
            raise
        if reported:
            self.wake()

    async def _prune(self) -> None:
        now = self._now()
        if now - self._pruned_at > PRUNE_EVERY:
            self._pruned_at = now
            await self._journal.write(partial(outbox.prune, before=now - outbox.KEEP_FOR))

    async def _pause(self) -> float:
        instant = await outbox.next_instant(self._database)
        if self._arrived.is_set():
            return 0.0
        if instant is None:
            return self._habits.look_s
        wait = (instant - self._now()).total_seconds()
        # never zero: a message that another worker holds may look free for a moment
        return min(max(wait, 0.2), self._habits.look_s)

    async def _stop(self) -> None:
        waiting = [task for task in self._carrying if not task.done()]
        for task in waiting:
            task.cancel()
        if waiting:
            await asyncio.wait(waiting)
        if self._requests:
            _, late = await asyncio.wait(set(self._requests), timeout=self._habits.finish_s)
            for request in late:
                request.cancel()  # its fate is then unknown
        self._carrying.clear()
        await self._line.close()
        await self._journal.write(partial(outbox.give_back, worker=self._leases.owner))


def _arguments(row: Claimed) -> dict[str, Any]:
    payload = row.payload
    return {
        "chat_id": row.chat_id,
        "text": payload["text"],
        "entities": [
            MessageEntity(type=kind, offset=offset, length=length, url=url)
            for kind, offset, length, url in payload["entities"]
        ],
        "message_thread_id": row.thread_id or None,
        "reply_markup": keyboard(payload["buttons"]),
        "link_preview_options": LinkPreviewOptions(is_disabled=True),
    }


class TelegramConnectivity:
    """Whether Telegram can be reached, as far as is known."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._open = asyncio.Event()
        self._open.set()
        self._task: asyncio.Task[None] | None = None

    async def clear(self) -> None:
        """Wait until Telegram can be reached."""
        await self._open.wait()

    def doubt(self) -> None:
        """Assume that Telegram can't be reached until it answers a request."""
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
