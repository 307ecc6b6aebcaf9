"""A rate limit that several programs share: a row for all chats, and one for each recent chat.

Only on Postgres: of the programs on an SQLite file, just one sends. A batch of requests is one
transaction under one lock, so no turn is given twice; `rate_limit` makes the decisions. The clock
is the database's. Commits need not reach the disk: a crash only loses a second of counting.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from bot.background import end
from bot.tables import pace
from bot.telegram.rate_limit import (
    REFUSED_WITHIN_S,
    ChatRate,
    RateLimiter,
    RateLimits,
    RateLimitState,
    SendRate,
)
from retrieval.errors import ArchiveError
from retrieval.storage.database import unmigrated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database


_OVERALL = 0
_INSTANTS = ("last", "held_until", "shut_until")
PRUNE_EVERY_S = 60.0
# If the last transaction was so much later than this one, the clock was set back, and the stored
# instants mean nothing.
_SET_BACK_S = 1.0
# Any number that no other lock of Sitrep has.
_LOCK = 7_212_013
# The rows are read by a separate statement, after this one: under READ COMMITTED a statement sees
# what was committed when it began.
_LOCKED = text(
    "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(:lock)),"
    " eager AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
    " SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision) FROM locked, eager"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A request to send a message to a chat."""

    chat_id: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Telegram asked to wait so many seconds before another message to the chat.

    `draft`: it refused an answer's draft; the answer itself is still tried.
    """

    chat_id: int
    seconds: float
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """`counted`: send the message in `wait_s`. If not, ask again then: its chat must wait."""

    wait_s: float
    counted: bool


class SharedRateStore:
    """Gives out turns according to what all programs on this Postgres have sent."""

    def __init__(self, database: Database, pacing: RateLimits) -> None:
        self._database, self._pacing = database, pacing
        self._pruned_at = 0.0

    async def settle(self, batch: Sequence[Ask | Refusal]) -> list[Grant]:
        """Decide a batch; returns a grant for each item, in order (wait 0 for a refusal).

        Raises:
            ArchiveError: the database failed, and nothing was counted.
        """
        chats = {one.chat_id for one in batch}
        async with self._database.write() as connection:
            now = float((await connection.execute(_LOCKED, {"lock": _LOCK})).scalar_one())
            shared = SendRate(self._pacing, now, await self._kept(connection, chats, now))
            grants = [_settled(shared, one, now) for one in batch]
            await self._write(connection, shared, chats, now)
        return grants

    async def _kept(
        self, connection: AsyncConnection, chats: Collection[int], now: float
    ) -> RateLimitState:
        query = select(pace.c.chat_id, pace.c.state).where(pace.c.chat_id.in_([_OVERALL, *chats]))
        rows: dict[int, Any] = {row.chat_id: row.state for row in await connection.execute(query)}
        whole = rows.pop(_OVERALL, None)
        kept = _overall(whole) if whole else RateLimitState(self._pacing.burst, now, now)
        if kept.filled_at > now + _SET_BACK_S:
            await connection.execute(delete(pace))
            return RateLimitState(self._pacing.burst, now, now)
        kept.chats = {chat_id: _chat(state) for chat_id, state in rows.items()}
        return kept

    async def _write(
        self, connection: AsyncConnection, shared: SendRate, chats: Collection[int], now: float
    ) -> None:
        kept = shared.kept
        refusals = [one for one in kept.refusals if one[0] >= now - REFUSED_WITHIN_S]
        whole = {
            "tokens": kept.tokens,
            "filled_at": kept.filled_at,
            "held_until": kept.held_until,
            "refusals": refusals,
        }
        rows = [{"chat_id": _OVERALL, "state": whole, "until": now}]
        rows += [
            {
                "chat_id": chat_id,
                "state": _as_json(kept.chats[chat_id]),
                "until": shared.matters_until(chat_id),
            }
            for chat_id in sorted(chats & kept.chats.keys())
        ]
        new = insert(pace).values(rows)
        await connection.execute(
            new.on_conflict_do_update(
                index_elements=["chat_id"],
                set_={"state": new.excluded.state, "until": new.excluded.until},
            )
        )
        if abs(now - self._pruned_at) > PRUNE_EVERY_S:
            self._pruned_at = now
            past = (pace.c.until < now) & (pace.c.chat_id != _OVERALL)
            await connection.execute(delete(pace).where(past))


def _settled(shared: SendRate, one: Ask | Refusal, now: float) -> Grant:
    if isinstance(one, Refusal):
        shared.refused(one.chat_id, one.seconds, now, draft=one.draft)
        return Grant(0.0, counted=False)
    waits = shared.shut_wait if one.urgent else shared.chat_wait
    if wait := waits(one.chat_id, now):
        return Grant(wait, counted=False)
    return Grant(shared.reserve(one.chat_id, now, urgent=one.urgent), counted=True)


def _overall(state: Mapping[str, Any]) -> RateLimitState:
    return RateLimitState(
        float(state["tokens"]),
        float(state["filled_at"]),
        float(state["held_until"]),
        deque((float(at), int(chat)) for at, chat in state["refusals"]),
    )


def _chat(state: Mapping[str, Any]) -> ChatRate:
    minute = deque(float(at) for at in state["minute"])
    last, held_until, shut_until = (float(state[name]) for name in _INSTANTS)
    return ChatRate(last, held_until, shut_until, minute)


def _as_json(chat: ChatRate) -> dict[str, Any]:
    """A chat's state as JSON, which has no infinity: 0 stands for never."""
    instants = {name: max(getattr(chat, name), 0.0) for name in _INSTANTS}
    return {**instants, "minute": list(chat.minute)}


# While the database fails, each program keeps its own count, as if it were alone: answers don't
# wait for the database, and what Telegram refuses is sent again later.

log = logging.getLogger(__name__)

# How long to wait for a grant, and how long to do without the database after a failure.
WITHIN_S = 2.0
ALONE_FOR_S = 5.0
# How many seconds' worth of turns one program's messages that aren't urgent may take ahead.
_AHEAD_S = 0.1


class SharedRateLimiter(RateLimiter):
    """One bot's rate limit, shared by all of its programs."""

    def __init__(self, shared: SharedRateStore, pacing: RateLimits) -> None:
        super().__init__(pacing)
        self._shared = shared
        # Few: once counted, they are ahead of answers that come later.
        self._few = asyncio.Semaphore(max(1, int(pacing.overall * _AHEAD_S)))
        self._waiting: list[tuple[Ask | Refusal, asyncio.Future[Grant | None]]] = []
        self._task: asyncio.Task[None] | None = None
        self._alone_until = -inf

    async def turn(self, chat_id: int, patience_s: float = inf) -> float:
        """Wait until a message that isn't urgent may be sent, as in `RateLimiter`."""
        while True:
            async with self._few:
                grant = await self._put(Ask(chat_id, urgent=False))
                if grant is None:
                    return await super().turn(chat_id, patience_s)
                if grant.counted:
                    await self._wait_and_count(chat_id, grant)
                    return 0.0
            if grant.wait_s > patience_s:
                return grant.wait_s
            await asyncio.sleep(grant.wait_s)

    async def urgent_turn(self, chat_id: int) -> None:
        """Wait until an urgent message may be sent, as in `RateLimiter`."""
        while True:
            grant = await self._put(Ask(chat_id, urgent=True))
            if grant is None:
                return await super().urgent_turn(chat_id)
            if grant.counted:
                return await self._wait_and_count(chat_id, grant)
            await asyncio.sleep(grant.wait_s)

    def refused(self, chat_id: int, wait_s: float, *, draft: bool = False) -> None:
        """Note that Telegram asked to wait, for all programs."""
        super().refused(chat_id, wait_s, draft=draft)
        self._put(Refusal(chat_id, wait_s, draft))

    async def close(self) -> None:
        """Write pending refusals, and stop."""
        if self._task is not None:
            await asyncio.wait([self._task], timeout=WITHIN_S)
            await end(self._task)

    async def _wait_and_count(self, chat_id: int, grant: Grant) -> None:
        """Wait for a granted turn; count it here, too, in case the database fails."""
        if grant.wait_s:
            await asyncio.sleep(grant.wait_s)
        self._pace.spend(chat_id, self._clock())

    def _put(self, one: Ask | Refusal) -> asyncio.Future[Grant | None]:
        """Queue an item for the next transaction; its grant is the future's result."""
        future: asyncio.Future[Grant | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        return future

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            grants: Sequence[Grant | None] = [None] * len(batch)
            try:
                grants = await self._settled([one for one, _ in batch])
            finally:  # also when cancelled: nobody must be left waiting
                for (_, future), grant in zip(batch, grants, strict=True):
                    if not future.done():
                        future.set_result(grant)

    async def _settled(self, batch: Sequence[Ask | Refusal]) -> Sequence[Grant | None]:
        """The grants of a batch; Nones while this program keeps its own count."""
        if self._clock() < self._alone_until:
            return [None] * len(batch)
        try:
            async with asyncio.timeout(WITHIN_S):
                return await self._shared.settle(batch)
        except (ArchiveError, TimeoutError) as error:
            log.warning(
                "the shared pace can't be asked, so for %s s this program keeps its own: %s",
                ALONE_FOR_S,
                str(error) or type(error).__name__,
            )
            self._alone_until = self._clock() + ALONE_FOR_S
            return [None] * len(batch)


@asynccontextmanager
async def open_rate_limiter(url: str, pacing: RateLimits) -> AsyncIterator[RateLimiter]:
    """The rate limit of the bot whose database is at `url`; shared if that is Postgres.

    Raises:
        ArchiveError: the URL is invalid, or its driver is not installed.
    """
    if not url.startswith("postgresql"):
        yield RateLimiter(pacing)
        return
    # A separate connection: a turn must not wait until a search gives one back.
    database = unmigrated(url)
    pacer = SharedRateLimiter(SharedRateStore(database, pacing), pacing)
    try:
        yield pacer
    finally:
        await pacer.close()
        await database.close()
