"""The scheduler: has due briefings written, and queues them in the outbox."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, exists, literal_column, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.background import BackgroundService
from bot.tables import subscription
from bot.telegram.outbox import NewMessage, enqueue, payloads, reader_of
from retrieval.errors import SitrepError
from retrieval.models import Length
from retrieval.storage.leases import LeaseHolder, LeaseLostError, next_instant
from retrieval.storage.tables import told

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Sequence

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.telegram.outbox import OutgoingMessage, Payload, Writer
    from retrieval.storage.database import Database

    NextDue = Callable[[int, int, str, datetime], datetime]


@dataclass(frozen=True, slots=True)
class MisfirePolicy:
    """A briefing says so if it is late by `late_after`; it is skipped if late by `give_up`."""

    late_after: timedelta = timedelta(minutes=15)
    give_up: timedelta = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class DueTurn:
    """`due` is the instant to serve now; None if it is too late for that.

    `end` is the end of the briefing's window, `following` the next due instant.
    """

    due: datetime | None
    end: datetime
    late: bool
    following: datetime


def turn(
    next_due_at: datetime,
    now: datetime,
    grace: MisfirePolicy,
    following: Callable[[datetime], datetime],
) -> DueTurn:
    """Decide at `now` what to do for a subscription that was due at `next_due_at`.

    Of several missed instants only the last counts: one briefing covers them all. A punctual
    briefing ends at its due instant, so that readers with the same time share it; a late one ends
    at the present, in whole minutes.
    """
    due = next_due_at if now - next_due_at <= grace.give_up else None
    upcoming = following(max(next_due_at, now - grace.give_up))
    while upcoming <= now:
        due, upcoming = upcoming, following(upcoming)
    late = due is not None and now - due > grace.late_after
    end = due if due is not None and not late else now.replace(second=0, microsecond=0)
    return DueTurn(due, end, late, upcoming)


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SchedulerConfig:
    """Configuration of the scheduler; times in seconds.

    It leases and commits up to `batch` subscriptions at once, has `at_once` briefings written in
    parallel, tries again after `again_s`, and looks for other programs' changes every `look_s`.
    Leases of a dead program end after `claim_s` (None: as those of other work).
    """

    batch: int = 200
    at_once: int = 4
    again_s: float = 60.0
    look_s: float = 60.0
    claim_s: float | None = None
    grace: MisfirePolicy = field(default_factory=MisfirePolicy)


@dataclass(frozen=True, slots=True)
class DueSubscription:
    """A subscription that is due."""

    id: int
    chat_id: int
    thread_id: int
    minute: int
    weekdays: int
    zone: str
    topics: tuple[str, ...]
    length: Length
    silent: bool
    next_due_at: datetime
    covered_until: datetime
    weekly: bool = False

    @property
    def reader(self) -> str:
        """The reader's name in the ledger."""
        return reader_of(self.chat_id, self.thread_id)


Due = tuple[DueSubscription, DueTurn]


@dataclass(frozen=True, slots=True)
class _Batch:
    """Subscriptions leased together; `lost` are the ids of those that another program now has."""

    subscriptions: list[DueSubscription]
    token: str
    lost: set[Any]


class Scheduler(BackgroundService):
    """Serves due subscriptions; call `wake` after making or changing one."""

    def __init__(  # noqa: PLR0913  its collaborators
        self,
        database: Database,
        writer: Writer,
        next_due: NextDue,
        *,
        enqueued: Callable[[], None] = lambda: None,
        rounds: SchedulerConfig | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database, self._writer, self._next_due = database, writer, next_due
        self._enqueued = enqueued
        self._rounds = rounds or SchedulerConfig()
        self._now = now
        claim_s = self._rounds.claim_s
        lasting = timedelta(seconds=claim_s) if claim_s is not None else None
        self._leases = LeaseHolder(database, subscription, now=now, lasting=lasting)
        self._hands = asyncio.Semaphore(self._rounds.at_once)
        super().__init__("the scheduler", self.work)
        self._failed = False
        # Cached payloads of the last texts: many readers share the same text object.
        self._last: tuple[tuple[OutgoingMessage, ...], tuple[Payload, ...]] = ((), ())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Serve during the block; those not served by its end are at the next start."""
        try:
            async with super().running():
                yield
        finally:
            await self._leases.release()

    async def work(self) -> float:
        """Serve all due subscriptions once; returns the seconds until the next is due."""
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

    async def _serve_batch(self, batch: list[DueSubscription], token: str, now: datetime) -> None:
        try:
            async with self._leases.holding(token, *(one.id for one in batch)) as lost:
                await self._serve(_Batch(batch, token, lost), now)
        except LeaseLostError:
            log.warning("%s due briefings are left to another program", len(batch))
        finally:
            # also what was served: a lease that ends before the others would look lost
            await self._leases.release(token, *(one.id for one in batch))

    async def _serve(self, batch: _Batch, now: datetime) -> None:
        due = [(one, self._turn(one, now)) for one in batch.subscriptions]
        skipped = [Advance(one, its.following) for one, its in due if _skipped(one, its)]
        await self._commit(skipped, batch)
        left = [pair for pair in due if not _skipped(*pair)]
        while left:
            # One per reader at a time: the second must not repeat the first.
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

    def _turn(self, one: DueSubscription, now: datetime) -> DueTurn:
        def following(after: datetime) -> datetime:
            return self._next_due(one.minute, one.weekdays, one.zone, after)

        return turn(one.next_due_at, now, self._rounds.grace, following)

    async def _write(self, group: Sequence[Due], batch: _Batch) -> None:
        """Have a group's briefings written, and commit those that were."""
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

    async def _step(self, one: DueSubscription, its: DueTurn) -> Advance:
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


def _skipped(one: DueSubscription, its: DueTurn) -> bool:
    """Whether to skip: too late, or covered by a briefing that the reader asked for."""
    return its.due is None or one.covered_until >= its.end


def _shared(pair: Due) -> Any:  # noqa: ANN401  a sort key
    """The sort key of readers who may get the same briefing."""
    one, its = pair
    since = its.end if one.weekly else one.covered_until
    return (one.weekly, one.topics, one.length, since, its.end, one.zone, its.late)


# Exactly as in the partial index: with a bound parameter SQLite would not use it.
_ACTIVE: ColumnElement[bool] = literal_column("subscription.state = 'active'")


@dataclass(frozen=True, slots=True)
class Advance:
    """A subscription's next state, and what is sent now, if anything.

    `due` is the instant that is served. If `until` is None, what was covered stays the same.
    """

    subscription: DueSubscription
    following: datetime
    due: datetime | None = None
    until: datetime | None = None
    payloads: tuple[Payload, ...] = ()
    briefing_id: int | None = None


async def claim_due(
    holder: LeaseHolder, now: datetime, after: DueSubscription | None, limit: int
) -> tuple[str, list[DueSubscription]]:
    """Lease active subscriptions due at `now`, the longest due first, following `after`.

    Those of a reader for whom another program is writing wait, so as not to repeat that. Returns
    the token of their leases, too.
    """
    c = subscription.c
    query = (
        select(subscription)
        .where(_ACTIVE, c.next_due_at <= now, ~_reader_is_served(now))
        .order_by(c.next_due_at, c.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(
            tuple_(c.next_due_at, c.id)
            > tuple_(
                bindparam("at", after.next_due_at, c.next_due_at.type), bindparam("id", after.id)
            )
        )
    token, rows = await holder.claim(query)
    return token, [_subscription(row) for row in rows]


def _reader_is_served(now: datetime) -> ColumnElement[bool]:
    other, c = subscription.alias("other"), subscription.c
    return exists(
        select(1).where(
            other.c.chat_id == c.chat_id,
            other.c.thread_id == c.thread_id,
            other.c.id != c.id,
            other.c.claimed_until > now,
        )
    )


def _subscription(row: Row[Any]) -> DueSubscription:
    return DueSubscription(
        id=row.id,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        minute=row.minute,
        weekdays=row.weekdays,
        zone=row.zone,
        topics=tuple(row.topics),
        length=Length(row.length),
        silent=row.silent,
        next_due_at=row.next_due_at,
        covered_until=row.covered_until,
        weekly=row.weekly,
    )


async def first_due(database: Database, after: datetime) -> datetime | None:
    """The next instant at which a subscription is due, or the lease of a due one ends."""
    c = subscription.c
    comes = (c.next_due_at > after) | (c.claimed_until > after)
    return await next_instant(database, subscription, c.next_due_at, _ACTIVE, comes)


async def advance(
    connection: AsyncConnection, steps: Sequence[Advance], token: str, now: datetime
) -> int:
    """Write schedule, outbox and ledger for steps still leased under `token`; returns how many.

    All in the caller's transaction, so that none is written without the others.
    """
    mine = await _unchanged(connection, steps, token)
    await _move_on(connection, mine)
    await enqueue(connection, (one for step in mine for one in _messages(step)), now)
    await _keep_told(connection, mine, now)
    return len(mine)


async def _unchanged(
    connection: AsyncConnection, steps: Sequence[Advance], token: str
) -> list[Advance]:
    """The steps whose subscription is unchanged, which is locked until the commit."""
    c = subscription.c
    rows = await connection.execute(
        select(c.id, c.next_due_at)
        .where(
            c.id.in_([step.subscription.id for step in steps]),
            c.state == "active",
            c.claimed_by == token,
        )
        .order_by(c.id)
        .with_for_update()
    )
    stands = {row.id: row.next_due_at for row in rows}
    return [
        step for step in steps if stands.get(step.subscription.id) == step.subscription.next_due_at
    ]


async def _move_on(connection: AsyncConnection, steps: Iterable[Advance]) -> None:
    rows = [
        {
            "its": step.subscription.id,
            "seen": step.subscription.next_due_at,
            "following": step.following,
            "until": step.until or step.subscription.covered_until,
        }
        for step in steps
    ]
    if not rows:
        return
    c = subscription.c
    instant = c.next_due_at.type
    await connection.execute(
        update(subscription)
        .where(c.id == bindparam("its"), c.next_due_at == bindparam("seen", type_=instant))
        .values(
            next_due_at=bindparam("following", type_=instant),
            covered_until=bindparam("until", type_=instant),
        ),
        rows,
    )


def _messages(step: Advance) -> list[NewMessage]:
    one = step.subscription
    if step.due is None:
        return []
    briefing = f"sub:{one.id}:{step.due.strftime('%Y-%m-%dT%H.%MZ')}"
    return [
        NewMessage(
            once=f"{briefing}:{number}",
            chat_id=one.chat_id,
            thread_id=one.thread_id,
            payload=payload if number > 1 else payload | {"of": _of(step)},
            subscription_id=one.id,
        )
        for number, payload in enumerate(step.payloads, start=1)
    ]


def _of(step: Advance) -> dict[str, Any]:
    """The data to undo the step if nothing of it arrives; see `delivery_outcomes`."""
    until = step.until or step.subscription.covered_until
    return {
        "briefing": step.briefing_id,
        "start": step.subscription.covered_until.isoformat(),
        "until": until.isoformat(),
    }


async def _keep_told(connection: AsyncConnection, steps: Iterable[Advance], now: datetime) -> None:
    rows = [
        {
            "reader": step.subscription.reader,
            "briefing_id": step.briefing_id,
            "told_at": now,
            "until": step.until,
        }
        for step in steps
        if step.payloads and step.briefing_id is not None
    ]
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    await connection.execute(dialect.insert(told).on_conflict_do_nothing(), rows)
