"""Limits on questions: how many are answered at once, and for how many tokens a day."""

from __future__ import annotations

import asyncio
import hmac
import logging
import math
import time
from collections import deque
from contextlib import asynccontextmanager
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, text, update

from bot.language import gettext as _
from bot.language import ngettext
from bot.tables import forgotten_spending, reservation
from retrieval.errors import ArchiveError
from retrieval.messages import UserMessage
from retrieval.storage.feedback import dearest_since, tokens_spent
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Collection
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.settings import Budget
    from retrieval.storage.database import Database


# A shorter wait needs no message.
WORTH_TELLING_S = 5.0
# Assumed seconds per answer until one was measured.
FIRST_GUESS_S = 5.0
# The number of answers from which the next one's time is estimated.
RECENT = 50
_MINUTE_S = 60.0


def expected_s(ahead: int, at_once: int, recent: Collection[float]) -> float:
    """Expected seconds until a question is answered.

    `ahead`: unanswered questions before it. `at_once`: how many are answered in parallel.
    `recent`: seconds that recent answers took. One of those ahead is done every mean / at_once
    seconds; the question starts when fewer than `at_once` are left, and then takes the mean.
    """
    mean = sum(recent) / len(recent) if recent else FIRST_GUESS_S
    return max(0, ahead - at_once + 1) * mean / at_once + mean


def busy(ahead: int, wait_s: float) -> str:
    """The message to the person who waits."""
    if wait_s < _MINUTE_S:
        step = 1 if wait_s <= 10 else 5  # noqa: PLR2004  rounded to 5 s above that
        when = _("{seconds} s").format(seconds=math.ceil(wait_s / step) * step)
    else:
        when = _("{minutes} min").format(minutes=math.ceil(wait_s / _MINUTE_S))
    return ngettext(
        "I'm busy: 1 question is ahead of yours. Expect an answer in about {time}.",
        "I'm busy: {count} questions are ahead of yours. Expect an answer in about {time}.",
        ahead,
    ).format(count=ahead, time=when)


class QuestionQueue:
    """Lets `at_once` questions be answered in parallel; the others wait in order.

    `changed` is called with the number of waiting ones; `clock` gives monotonic seconds.
    """

    def __init__(
        self,
        at_once: int,
        changed: Callable[[int], object] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._at_once, self._changed, self._clock = at_once, changed, clock
        self._under_way = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._recent: deque[float] = deque(maxlen=RECENT)

    @asynccontextmanager
    async def turn(self, tell: Callable[[str], object] = lambda _: None) -> AsyncIterator[None]:
        """Wait until it is the question's turn, which lasts for the block.

        If that takes long, `tell` is called with a sentence for the person.
        """
        with span("queue"):
            await self._begin(tell)
        began = self._clock()
        try:
            yield
            self._recent.append(self._clock() - began)
        finally:
            self._next()

    async def _begin(self, tell: Callable[[str], object]) -> None:
        if self._under_way < self._at_once:
            self._under_way += 1
            return
        ahead = self._under_way + len(self._waiting)
        wait_s = expected_s(ahead, self._at_once, self._recent)
        if wait_s >= WORTH_TELLING_S:
            tell(busy(ahead, wait_s))
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._changed(len(self._waiting))
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
                self._changed(len(self._waiting))
            elif not turn.cancelled():
                self._next()  # it just got a turn that it can't use
            raise

    def _next(self) -> None:
        """Give the turn to the question that waits longest, or free it.

        It is handed over directly, so that no question that comes just now gets in between.
        """
        while self._waiting:
            turn = self._waiting.popleft()
            self._changed(len(self._waiting))
            if not turn.done():
                turn.set_result(None)
                return
        self._under_way -= 1


log = logging.getLogger(__name__)


class Allowance:
    """Compares tokens spent since midnight UTC, and those set aside, with the budget."""

    def __init__(self, spending: Spending, budget: Budget) -> None:
        self._spending, self._budget, self._is_limited = spending, budget, budget.has_limit

    @asynccontextmanager
    async def of(self, person: int | None) -> AsyncIterator[UserMessage | None]:
        """Yields why a person (None: nobody in particular) gets no more written answers today.

        If it yields None, tokens for an answer are set aside for the block; store the actual cost
        within it.

        Raises:
            ArchiveError: the database failed.
        """
        if not self._is_limited:
            yield None
            return
        found = await self._spending.reserve(self._budget, person)
        if isinstance(found, UserMessage):
            yield found
            return
        try:
            yield None
        finally:
            await self._release(found)

    async def _release(self, number: int) -> None:
        try:
            await self._spending.release(number)
        except ArchiveError as error:  # the answer is stored; the tokens are free again later
            log.warning("tokens stay put aside for a while: %s", error)


# Tokens spent by people before /forget count as well: it must not renew a budget.

# Tokens to set aside for an answer, unless one cost more today: 3,000 read, 1,000 written.
USUAL_TOKENS = 4000
# When tokens set aside by a dead program are free again; longer than any answer takes.
FOR = timedelta(minutes=15)
# Any number that no other lock of Sitrep has.
_LOCK = 7_212_014


class Spending:
    """Sets tokens aside in SQL, where all programs of a bot see it.

    `secret` is the same as for `remembering`.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], secret: str = "") -> None:
        self._database, self._now, self._secret = database, now, secret

    async def reserve(self, budget: Budget, person: int | None) -> int | UserMessage:
        """Set tokens aside for an answer; returns their id, or why there are none left today.

        Raises:
            ArchiveError: the database failed.
        """
        now = self._now()
        midnight = _midnight(now)
        async with self._database.write() as connection:
            if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
                await connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
            await connection.execute(delete(reservation).where(reservation.c.until < now))
            await drop_forgotten_spending(connection, now)
            mine, everyone = 0, await _taken(connection, midnight, None)
            everyone += await _forgotten(connection, None)
            if person is not None:
                mine = await _taken(connection, midnight, person)
                mine += await _forgotten(connection, _name(self._secret, person, midnight))
            if reason := beyond(budget, mine, everyone):
                return reason
            tokens = max(USUAL_TOKENS, await dearest_since(connection, midnight))
            row = {"person_id": person, "tokens": tokens, "until": now + FOR}
            done = await connection.execute(
                insert(reservation).values(row).returning(reservation.c.id)
            )
            return int(done.scalar_one())

    async def release(self, number: int) -> None:
        """Free the tokens set aside, once the answer's cost is stored.

        Raises:
            ArchiveError: the database failed; they are free after a while anyway.
        """
        async with self._database.write() as connection:
            await connection.execute(delete(reservation).where(reservation.c.id == number))


async def remembering(
    connection: AsyncConnection,
    person: int,
    now: datetime,
    secret: str,
    forget: Callable[[], Awaitable[None]],
) -> None:
    """Call `forget` for a person, but remember the tokens they spent today until the day ends.

    They are stored under a hash of the person's id that can't be made without `secret`.
    """
    midnight = _midnight(now)
    mine = await _taken(connection, midnight, person)
    before = (await tokens_spent(connection, midnight)).total
    await forget()
    unlisted = before - (await tokens_spent(connection, midnight)).total
    if not mine and not unlisted:
        return
    row = forgotten_spending.c
    more = {"tokens": row.tokens + mine, "unlisted": row.unlisted + unlisted}
    who = _name(secret, person, midnight)
    done = await connection.execute(update(forgotten_spending).where(row.who == who).values(more))
    if not done.rowcount:
        values = {"who": who, "day": midnight, "tokens": mine, "unlisted": unlisted}
        await connection.execute(insert(forgotten_spending).values(values))


async def drop_forgotten_spending(connection: AsyncConnection, now: datetime) -> int:
    """Delete remembered spending of past days; returns how many rows."""
    old = delete(forgotten_spending).where(forgotten_spending.c.day < _midnight(now))
    return (await connection.execute(old)).rowcount


async def _forgotten(connection: AsyncConnection, who: str | None) -> int:
    """Today's tokens of a forgotten person; if `who` is None, those that no other row records."""
    row = forgotten_spending.c
    query = select(func.coalesce(func.sum(row.unlisted if who is None else row.tokens), 0))
    if who is not None:
        query = query.where(row.who == who)
    return int((await connection.execute(query)).scalar_one())


def _name(secret: str, person: int, midnight: datetime) -> str:
    """A person's hash for a day; it differs from day to day."""
    key = sha256(f"sitrep spending:{secret}".encode()).digest()
    return hmac.new(key, f"{person}:{midnight:%Y-%m-%d}".encode(), sha256).hexdigest()


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _taken(connection: AsyncConnection, midnight: datetime, person: int | None) -> int:
    """Tokens spent since midnight or set aside, by a person or by everybody."""
    aside = select(func.coalesce(func.sum(reservation.c.tokens), 0))
    if person is not None:
        aside = aside.where(reservation.c.person_id == person)
    spent = await tokens_spent(connection, midnight, person)
    return spent.total + int((await connection.execute(aside)).scalar_one())


def beyond(budget: Budget, mine: int, all_of_us: int) -> UserMessage | None:
    """Why a reader gets no more written answers today; None if there are tokens left."""
    if 0 < budget.a_reader <= mine:
        return UserMessage(
            "You have used today’s share of written answers; I quote until midnight UTC. Here are "
            "the sentences themselves."
        )
    if 0 < budget.altogether <= all_of_us:
        return UserMessage(
            "Today’s written answers are used up for everyone; I quote until midnight UTC. Here "
            "are the sentences themselves."
        )
    return None
