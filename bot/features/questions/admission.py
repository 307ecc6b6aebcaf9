"""Which questions are answered now: so many at once, for so many tokens a day."""

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


# A shorter wait needs no words.
WORTH_TELLING_S = 5.0
# What an answer is taken to need before any was measured.
FIRST_GUESS_S = 5.0
# Answers by which the next one's time is judged.
RECENT = 50
_MINUTE_S = 60.0


def expected_s(ahead: int, at_once: int, recent: Collection[float]) -> float:
    """Seconds until a question is answered.

    `ahead` came before and are not answered yet, `at_once` are answered together, and `recent`
    answers took so many seconds each. One of those ahead is done every mean / at_once seconds; the
    question begins when fewer than `at_once` are left, and then takes its own time.
    """
    mean = sum(recent) / len(recent) if recent else FIRST_GUESS_S
    return max(0, ahead - at_once + 1) * mean / at_once + mean


def busy(ahead: int, wait_s: float) -> str:
    """What the person is told."""
    if wait_s < _MINUTE_S:
        step = 1 if wait_s <= 10 else 5  # noqa: PLR2004  nobody needs "37 s"
        when = _("{seconds} s").format(seconds=math.ceil(wait_s / step) * step)
    else:
        when = _("{minutes} min").format(minutes=math.ceil(wait_s / _MINUTE_S))
    return ngettext(
        "I'm busy: 1 question is ahead of yours. Expect an answer in about {time}.",
        "I'm busy: {count} questions are ahead of yours. Expect an answer in about {time}.",
        ahead,
    ).format(count=ahead, time=when)


class QuestionQueue:
    """Lets `at_once` questions be answered together, the others in the order in which they came.

    `changed` is told how many wait, `clock` gives seconds that only go forward.
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

        Where that takes long, `tell` is given the sentence for the person.
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
                self._next()  # it was given a turn that it can't use
            raise

    def _next(self) -> None:
        """Hand the place to who waits longest, or keep it free.

        Handed over and not only freed, so that nobody who comes just now slips in between.
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
    """Holds what was spent since midnight UTC, and what is being spent, against the budget."""

    def __init__(self, spending: Spending, budget: Budget) -> None:
        self._spending, self._budget, self._is_limited = spending, budget, budget.has_limit

    @asynccontextmanager
    async def of(self, person: int | None) -> AsyncIterator[UserMessage | None]:
        """Why no model is asked any more today, for a person or for nobody in particular.

        None: what an answer may cost is put aside for the block; keep in it what it did cost.

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
        except ArchiveError as error:  # the answer is there; what is put aside is free again later
            log.warning("tokens stay put aside for a while: %s", error)


# And what was spent by people who were forgotten since: nobody gets a day's budget again by that.

# What an answer may cost, when no dearer one was given today: 3,000 tokens read, 1,000 written.
USUAL_TOKENS = 4000
# What a program that died put aside is free again then; longer than any answer takes.
FOR = timedelta(minutes=15)
# Any number that no other lock of ours has.
_LOCK = 7_212_014


class Spending:
    """Puts tokens aside in SQL, where all programs of a bot see it.

    `secret` is what `remembering` had for those who were forgotten.
    """

    def __init__(self, database: Database, now: Callable[[], datetime], secret: str = "") -> None:
        self._database, self._now, self._secret = database, now, secret

    async def reserve(self, budget: Budget, person: int | None) -> int | UserMessage:
        """Put aside what an answer may cost: its number; or why no model is asked any more today.

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
        """The answer is written, and what it cost is kept with it.

        Raises:
            ArchiveError: the database failed; it is free by itself after a while.
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
    """Forget a person, but not, until the day ends, how many tokens were spent in it.

    Kept is a hash that only who has `secret` can make of the person's id.
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
    """Of days that have ended; how many."""
    old = delete(forgotten_spending).where(forgotten_spending.c.day < _midnight(now))
    return (await connection.execute(old)).rowcount


async def _forgotten(connection: AsyncConnection, who: str | None) -> int:
    """Today's tokens of somebody who was forgotten; without a name, those that no row tells of."""
    row = forgotten_spending.c
    query = select(func.coalesce(func.sum(row.unlisted if who is None else row.tokens), 0))
    if who is not None:
        query = query.where(row.who == who)
    return int((await connection.execute(query)).scalar_one())


def _name(secret: str, person: int, midnight: datetime) -> str:
    """Of a person on a day: another one on the next."""
    key = sha256(f"sitrep spending:{secret}".encode()).digest()
    return hmac.new(key, f"{person}:{midnight:%Y-%m-%d}".encode(), sha256).hexdigest()


def _midnight(now: datetime) -> datetime:
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


async def _taken(connection: AsyncConnection, midnight: datetime, person: int | None) -> int:
    """Spent since midnight, or put aside."""
    aside = select(func.coalesce(func.sum(reservation.c.tokens), 0))
    if person is not None:
        aside = aside.where(reservation.c.person_id == person)
    spent = await tokens_spent(connection, midnight, person)
    return spent.total + int((await connection.execute(aside)).scalar_one())


def beyond(budget: Budget, mine: int, all_of_us: int) -> UserMessage | None:
    """Why no model is asked for this reader any more today; None while there is something left."""
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
