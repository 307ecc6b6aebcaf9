"""The scheduler: has briefings written for those who are due, and puts them in the outbox."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from bot.background import BackgroundService
from bot.delivery.advancing import Advance, Subscription, advance, claim_due, first_due
from bot.delivery.missed import Grace, Turn, turn
from bot.delivery.prepared import payloads
from bot.tables import subscription
from retrieval.archive.leases import LeaseHolder, LeaseLostError
from retrieval.errors import SitrepError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from bot.delivery.prepared import OutgoingMessage, Payload, Writer
    from retrieval.archive.database import Database

    # minute, weekdays, zone, after -> the next due instant
    NextDue = Callable[[int, int, str, datetime], datetime]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Rounds:
    """How the scheduler works; times in seconds.

    `batch` subscriptions at most are read, or written in one transaction; `at_once` briefings are
    written side by side; what could not be written is tried again after `again_s`; a subscription
    made by another program may go unnoticed for `look_s`; those of a program that died are free
    after `claim_s`, or after as long as other work.
    """

    batch: int = 200
    at_once: int = 4
    again_s: float = 60.0
    look_s: float = 60.0
    claim_s: float | None = None
    grace: Grace = field(default_factory=Grace)


Due = tuple[Subscription, Turn]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Subscriptions leased together; `lost` are the numbers of those that another has by now."""

    subscriptions: list[Subscription]
    token: str
    lost: set[Any]


class Scheduler(BackgroundService):
    """Serves subscriptions as they come due; `wake` when one was made or changed."""

    def __init__(  # noqa: PLR0913  each has its place
        self,
        database: Database,
        writer: Writer,
        next_due: NextDue,
        *,
        enqueued: Callable[[], None] = lambda: None,
        rounds: Rounds | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._writer, self._next_due = database, writer, next_due
        self._enqueued = enqueued
        self._rounds = rounds or Rounds()
        self._now = now
        claim_s = self._rounds.claim_s
        lasting = timedelta(seconds=claim_s) if claim_s is not None else None
        self._leases = LeaseHolder(database, subscription, now=now, lasting=lasting)
        self._hands = asyncio.Semaphore(self._rounds.at_once)
        super().__init__("the scheduler", self.work)
        self._failed = False
        # The last texts of many readers are the same object; so are their payloads.
        self._last: tuple[tuple[OutgoingMessage, ...], tuple[Payload, ...]] = ((), ())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve during the block; whoever was not served by its end is at the next start."""
        try:
            async with super().running():
                yield
        finally:
            await self._leases.release()

    async def work(self) -> float:
        """Serve all that are due now, once each; the seconds until the next is."""
        now, last = self._now(), None
        self._failed = False
        while True:
            token, batch = await claim_due(self._leases, now, last, self._rounds.batch)
            if not batch:
                break
            last = batch[-1]
            await self._serve_batch(batch, token, now)
        pause = self._rounds.again_s if self._failed else self._rounds.look_s
        first = await first_due(self._database, now)
        if first is None:
            return pause
        return min(max((first - self._now()).total_seconds(), 0.0), pause)

    async def _serve_batch(self, batch: list[Subscription], token: str, now: datetime) -> None:
        try:
            async with self._leases.holding(token, *(one.id for one in batch)) as lost:
                await self._serve(_Batch(batch, token, lost), now)
        except LeaseLostError:
            log.warning("%s due briefings are left to another program", len(batch))
        finally:
            # what was served, too: a lease that ends before the others would look lost
            await self._leases.release(token, *(one.id for one in batch))

    async def _serve(self, batch: _Batch, now: datetime) -> None:
        due = [(one, self._turn(one, now)) for one in batch.subscriptions]
        skipped = [Advance(one, its.following) for one, its in due if _skipped(one, its)]
        await self._commit(skipped, batch)
        left = [pair for pair in due if not _skipped(*pair)]
        while left:
            # One of each reader at a time: what the first tells, the second knows.
            firsts = {one.reader: (one, its) for one, its in reversed(left)}
            left = [pair for pair in left if pair not in firsts.values()]
            await self._serve_readers(sorted(firsts.values(), key=_shared), batch)

    async def _serve_readers(self, served: list[Due], batch: _Batch) -> None:
        groups = [list(group) for _, group in groupby(served, _shared)]
        outcomes = await asyncio.gather(
            *(self._write(group, batch) for group in groups), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                self._failed = True
                log.error("briefings could not be made", exc_info=outcome)

    def _turn(self, one: Subscription, now: datetime) -> Turn:
        def following(after: datetime) -> datetime:
            return self._next_due(one.minute, one.weekdays, one.zone, after)

        return turn(one.next_due_at, now, self._rounds.grace, following)

    async def _write(self, group: Sequence[Due], batch: _Batch) -> None:
        """Have one group's briefings written, and commit as far as it got."""
        steps: list[Advance] = []
        try:
            async with self._hands:
                for one, its in group:
                    if one.id not in batch.lost:
                        steps.append(await self._step(one, its))
        except SitrepError as error:
            self._failed = True
            log.warning("briefings wait, as they can't be written now: %s", error)
        await self._commit(steps, batch)

    async def _step(self, one: Subscription, its: Turn) -> Advance:
        prepared = await self._writer.write(
            one.reader,
            one.topics,
            one.length,
            one.covered_until,
            its.end,
            one.zone,
            its.late,
            one.weekly,
        )
        nothing = prepared.quiet and one.silent
        return Advance(
            one,
            its.following,
            its.due,
            prepared.until,
            () if nothing else self._payloads(prepared.parts),
            prepared.briefing_id,
        )

    def _payloads(self, parts: tuple[OutgoingMessage, ...]) -> tuple[Payload, ...]:
        if self._last[0] != parts:
            self._last = (parts, payloads(parts))
        return self._last[1]

    async def _commit(self, steps: list[Advance], batch: _Batch) -> None:
        if not steps:
            return
        async with self._database.write() as connection:
            done = await advance(connection, steps, batch.token, self._now())
        if done and any(step.payloads for step in steps):
            self._enqueued()


def _skipped(one: Subscription, its: Turn) -> bool:
    """Too late, or what is due was covered by a briefing that the reader asked for."""
    return its.due is None or one.covered_until >= its.end


def _shared(pair: Due) -> Any:  # noqa: ANN401  a sort key
    """What readers have in common who may get the same briefing."""
    one, its = pair
    since = its.end if one.weekly else one.covered_until
    return (one.weekly, one.topics, one.length, since, its.end, one.zone, its.late)
