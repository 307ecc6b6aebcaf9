"""The pace that several programs keep together: one row for all chats, one for each lately sent to.

It is on Postgres alone: programs that share an SQLite file are none that send. A batch of wishes is
one transaction under one lock, so that no two programs give out the same turn; what it decides is
`pacing`'s to say. The clock is the database's, which all have in common. A commit need not reach
the disk: what a crash of the database forgets is a second of counting.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from bot.delivery.pacing import REFUSED_WITHIN_S, ChatPace, Kept, Pace, Pacing
from bot.tables import pace

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database

_OVERALL = 0
_INSTANTS = ("last", "held_until", "shut_until")
PRUNE_EVERY_S = 60.0
# If the last transaction was so much later than this one, the clock was set back; then no instant
# means anything.
_SET_BACK_S = 1.0
# Any number that no other lock of ours has.
_LOCK = 7_212_013
# The rows are read by a statement of its own, after it: under READ COMMITTED each sees what was
# committed when it began.
_LOCKED = text(
    "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(:lock)),"
    " eager AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))"
    " SELECT CAST(extract(epoch FROM clock_timestamp()) AS double precision) FROM locked, eager"
)


@dataclass(frozen=True, slots=True)
class Ask:
    """A message that wants to go to a chat."""

    chat_id: int
    urgent: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Telegram asked to wait so many seconds before another message to the chat.

    `draft`: it refused an answer's draft, which does not hold up the answer.
    """

    chat_id: int
    seconds: float
    draft: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """`counted`: the message goes in `wait_s`. Otherwise its chat may not have it before then."""

    wait_s: float
    counted: bool


class SharedPace:
    """Turns given out by what all programs on this Postgres have sent."""

    def __init__(self, database: Database, pacing: Pacing) -> None:
        self._database, self._pacing = database, pacing
        self._pruned_at = 0.0

    async def settle(self, batch: Sequence[Ask | Refusal]) -> list[Grant]:
        """What becomes of each wish, in their order; of a refusal, nothing to wait for.

        Raises:
            ArchiveError: the database failed, and nothing was counted.
        """
        chats = {one.chat_id for one in batch}
        async with self._database.write() as connection:
            now = float((await connection.execute(_LOCKED, {"lock": _LOCK})).scalar_one())
            shared = Pace(self._pacing, now, await self._kept(connection, chats, now))
            grants = [_settled(shared, one, now) for one in batch]
            await self._write(connection, shared, chats, now)
        return grants

    async def _kept(self, connection: AsyncConnection, chats: Collection[int], now: float) -> Kept:
        query = select(pace.c.chat_id, pace.c.state).where(pace.c.chat_id.in_([_OVERALL, *chats]))
        rows: dict[int, Any] = {row.chat_id: row.state for row in await connection.execute(query)}
        whole = rows.pop(_OVERALL, None)
        kept = _overall(whole) if whole else Kept(self._pacing.burst, now, now)
        if kept.filled_at > now + _SET_BACK_S:
            await connection.execute(delete(pace))
            return Kept(self._pacing.burst, now, now)
        kept.chats = {chat_id: _chat(state) for chat_id, state in rows.items()}
        return kept

    async def _write(
        self, connection: AsyncConnection, shared: Pace, chats: Collection[int], now: float
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


def _settled(shared: Pace, one: Ask | Refusal, now: float) -> Grant:
    if isinstance(one, Refusal):
        shared.refused(one.chat_id, one.seconds, now, draft=one.draft)
        return Grant(0.0, counted=False)
    waits = shared.shut_wait if one.urgent else shared.chat_wait
    if wait := waits(one.chat_id, now):
        return Grant(wait, counted=False)
    return Grant(shared.reserve(one.chat_id, now, urgent=one.urgent), counted=True)


def _overall(state: Mapping[str, Any]) -> Kept:
    return Kept(
        float(state["tokens"]),
        float(state["filled_at"]),
        float(state["held_until"]),
        deque((float(at), int(chat)) for at, chat in state["refusals"]),
    )


def _chat(state: Mapping[str, Any]) -> ChatPace:
    minute = deque(float(at) for at in state["minute"])
    last, held_until, shut_until = (float(state[name]) for name in _INSTANTS)
    return ChatPace(last, held_until, shut_until, minute)


def _as_json(chat: ChatPace) -> dict[str, Any]:
    """Zero stands for never: JSON has no infinity, and 1970 is over."""
    instants = {name: max(getattr(chat, name), 0.0) for name in _INSTANTS}
    return {**instants, "minute": list(chat.minute)}
