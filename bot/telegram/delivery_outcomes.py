"""Records the outcomes of messages, many in one transaction, and reports unknown ones."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import Select, and_, delete, exists, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.language import DEFAULT, ngettext, number, speaking
from bot.language import gettext as _
from bot.tables import (
    correction_choice,
    noted,
    outbox,
    place,
    quiet_hours,
    spoken,
    story_choice,
    subscription,
    watch,
)
from bot.telegram.client import Fate
from bot.telegram.outbox import (
    QUEUED,
    SENDING,
    WAITING,
    NewMessage,
    OutgoingMessage,
    enqueue,
    payloads,
    reader_of,
)
from bot.telegram.rich_text import RichText
from retrieval.errors import ArchiveError
from retrieval.storage.leases import RELEASED
from retrieval.storage.tables import given_answer, told

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.telegram.client import DeliveryOutcome
    from bot.telegram.outbox import Claimed
    from retrieval.storage.database import Database

    Change = Callable[[AsyncConnection], Awaitable[Any]]


T = TypeVar("T")


class WriteBatcher:
    """Batches writes to one database. A write continues even if its caller stops waiting."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._waiting: list[tuple[Change, asyncio.Future[Any]]] = []
        self._task: asyncio.Task[None] | None = None

    async def write(self, change: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """Make a change; returns its result once it is committed.

        Raises:
            ArchiveError: the database failed, and nothing was written.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((change, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._drain())
        either: set[asyncio.Future[Any]] = {future, self._task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            self._task.result()  # a bug in a change: raise it for the caller
        return future.result()

    async def _drain(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._commit(batch)
            except (ArchiveError, IntegrityError):
                # Perhaps only one of them fails: retry each in a transaction of its own.
                for one in batch:
                    await self._alone(one)

    async def _commit(self, batch: list[tuple[Change, asyncio.Future[Any]]]) -> None:
        async with self._database.write() as connection:
            results = [await change(connection) for change, _future in batch]
        for (_change, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)

    async def _alone(self, one: tuple[Change, asyncio.Future[Any]]) -> None:
        try:
            await self._commit([one])
        except (ArchiveError, IntegrityError) as error:
            if not one[1].done():
                one[1].set_exception(error)


async def settle(
    connection: AsyncConnection, row: Claimed, verdict: DeliveryOutcome, now: datetime
) -> bool:
    """Record an outcome; False if the row no longer belongs to this worker.

    The row of a worker that was held up may be `unknown` by now. Then only `sent` is recorded:
    messages after it may have been sent already.
    """
    states = (SENDING, "unknown") if verdict.fate is Fate.SENT else (SENDING, QUEUED)
    done = await connection.execute(
        update(outbox)
        .where(outbox.c.id == row.id, outbox.c.claimed_by == row.token, outbox.c.state.in_(states))
        .values(**_values(verdict, now))
    )
    if done.rowcount != 1:
        return False
    if verdict.fate is Fate.FAILED:
        await _undo(connection, row.payload, row)
        await _fail(connection, _rest_of_its_briefing(row), "an earlier part failed", now)
    elif verdict.fate in {Fate.NO_CHAT, Fate.NO_TOPIC}:
        await _undo(connection, row.payload, row)
        await _block(connection, row, verdict, now)
    elif verdict.fate is Fate.MOVED and verdict.chat_id is not None:
        await move_chat(connection, row.chat_id, verdict.chat_id)
    return True


def _values(verdict: DeliveryOutcome, now: datetime) -> dict[str, Any]:
    if verdict.fate is Fate.SENT:
        ended = {"state": "sent", "finished_at": now, "message_id": verdict.message_id}
        return {**RELEASED, **ended, "problem": None}
    if verdict.fate in {Fate.AGAIN, Fate.MOVED}:
        later = now + timedelta(seconds=verdict.wait_s)
        return {**RELEASED, "state": QUEUED, "not_before": later, "problem": verdict.problem}
    if verdict.fate is Fate.UNKNOWN:
        # claimed_by stays until the owner has been told
        kept = {"state": "unknown", "finished_at": now, "claimed_until": None}
        return {**kept, "problem": verdict.problem}
    return {**RELEASED, "state": "failed", "finished_at": now, "problem": verdict.problem}


def _rest_of_its_briefing(row: Claimed) -> ColumnElement[bool]:
    briefing = row.once.rpartition(":")[0]
    return and_(
        outbox.c.chat_id == row.chat_id,
        outbox.c.id > row.id,
        outbox.c.once.startswith(f"{briefing}:", autoescape=True),
    )


async def _block(
    connection: AsyncConnection, row: Claimed, verdict: DeliveryOutcome, now: datetime
) -> None:
    """Stop sending to a chat, or to its topic, that takes no more messages."""
    mine = outbox.c.chat_id == row.chat_id
    theirs = subscription.c.chat_id == row.chat_id
    watched = watch.c.chat_id == row.chat_id
    if verdict.fate is Fate.NO_TOPIC:
        mine &= outbox.c.thread_id == row.thread_id
        theirs &= subscription.c.thread_id == row.thread_id
        watched &= watch.c.thread_id == row.thread_id
    await _fail(connection, mine, verdict.problem, now)
    await connection.execute(
        update(subscription)
        .where(theirs, subscription.c.state == "active")
        .values(state="blocked", next_due_at=None)
    )
    await connection.execute(update(watch).where(watched).values(active_since=None))


async def _fail(
    connection: AsyncConnection, which: ColumnElement[bool], problem: str | None, now: datetime
) -> None:
    """Mark the queued ones of these messages as failed."""
    queued = and_(WAITING, which, outbox.c.state == QUEUED)
    rows = (await connection.execute(select(outbox).where(queued))).all()
    await connection.execute(
        update(outbox)
        .where(queued)
        .values(**RELEASED, state="failed", finished_at=now, problem=problem)
    )
    for row in rows:
        await _undo(connection, row.payload, row)


async def _undo(
    connection: AsyncConnection,
    payload: dict[str, Any],
    row: Any,  # noqa: ANN401  a Claimed or a database row
) -> None:
    """Remove a briefing that did not arrive at all from the reader's ledger.

    Only its first message carries the data for that. The next briefing covers the same time again,
    unless a later one was made meanwhile.
    """
    of = payload.get("of")
    if not of:
        return
    reader = reader_of(row.chat_id, row.thread_id)
    await connection.execute(
        delete(told).where(told.c.reader == reader, told.c.briefing_id == of["briefing"])
    )
    until = datetime.fromisoformat(of["until"])
    await connection.execute(
        update(subscription)
        .where(
            subscription.c.id == row.subscription_id,
            subscription.c.covered_until == until,
        )
        .values(covered_until=datetime.fromisoformat(of["start"]))
    )


async def move_chat(connection: AsyncConnection, old: int, new: int) -> None:
    """Move everything of a group to the supergroup that it became."""
    waiting = and_(WAITING, outbox.c.state == QUEUED)
    await connection.execute(
        update(outbox).where(outbox.c.chat_id == old, waiting).values(chat_id=new)
    )
    await connection.execute(
        update(subscription).where(subscription.c.chat_id == old).values(chat_id=new)
    )
    for many in (noted, watch):
        await connection.execute(update(many).where(many.c.chat_id == old).values(chat_id=new))
    for its in (place, spoken, correction_choice, quiet_hours):
        known = exists(select(1).where(its.c.chat_id == new).correlate(None))
        await connection.execute(
            update(its).where(its.c.chat_id == old, ~known).values(chat_id=new)
        )
    # Only supergroups have topics.
    names = {"old": reader_of(old, 0), "new": reader_of(new, 0)}
    # Corrections find the chat by this name.
    conversation = given_answer.c.conversation
    await connection.execute(
        update(given_answer).where(conversation == names["old"]).values(conversation=names["new"])
    )
    for table, key in ((told, "briefing_id"), (story_choice, "story_id")):
        await connection.execute(
            text(
                f"UPDATE {table.name} SET reader = :new WHERE reader = :old AND {key} NOT IN"  # noqa: S608  our tables
                f" (SELECT {key} FROM {table.name} WHERE reader = :new)"
            ),
            names,
        )


def unreported() -> Select[Any]:
    """Messages of unknown fate that were not reported yet, without the reports themselves."""
    return select(outbox.c.id, outbox.c.chat_id).where(
        outbox.c.state == "unknown",
        outbox.c.claimed_by.is_not(None),
        outbox.c.once.not_like("report:%"),
    )


_CHATS_NAMED = 10
_CHUNK = 500


async def report_unknown(connection: AsyncConnection, admins: Iterable[int], now: datetime) -> int:
    """Queue a report to each admin of all unreported messages; returns how many those are.

    The report and the note that it was made are one transaction: a crash repeats or loses nothing.
    """
    rows = (await connection.execute(unreported().with_for_update(skip_locked=True))).all()
    if not rows:
        return 0
    ids = [row.id for row in rows]
    owners = sorted(admins)
    query = select(spoken.c.chat_id, spoken.c.language).where(spoken.c.chat_id.in_(owners))
    language = {row.chat_id: row.language for row in await connection.execute(query)}
    messages = []
    for owner in owners:
        with speaking(language.get(owner, DEFAULT)):
            text = RichText(_sentence([row.chat_id for row in rows]))
        (payload,) = payloads([OutgoingMessage(text)])
        messages.append(NewMessage(f"report:{max(ids)}:{owner}", owner, 0, payload))
    await enqueue(connection, messages, now)
    for start in range(0, len(ids), _CHUNK):
        await connection.execute(
            update(outbox)
            .where(outbox.c.id.in_(ids[start : start + _CHUNK]), outbox.c.state == "unknown")
            .values(claimed_by=None)
        )
    return len(rows)


def _sentence(chats: list[int]) -> str:
    different = sorted(set(chats))
    named = ", ".join(str(chat) for chat in different[:_CHATS_NAMED])
    if (rest := len(different) - _CHATS_NAMED) > 0:
        named += " " + _("and {count} more").format(count=number(rest))
    return ngettext(
        "{count} message of a briefing may or may not have arrived: Telegram did not say, or this "
        "program ended before it heard. It was not sent again. Chats: {chats}.",
        "{count} messages of a briefing may or may not have arrived: Telegram did not say, or this "
        "program ended before it heard. They were not sent again. Chats: {chats}.",
        len(chats),
    ).format(count=number(len(chats)), chats=named)
