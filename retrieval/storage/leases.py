"""Leases: of several programs on one database, only one does a piece of work.

A piece of work is a row with `claimed_by` and `claimed_until`; work without a row gets one in the
table `lease`, by name. A claim writes a unique token and an expiry. While the work goes on, the
lease is renewed (`LeaseHolder`); when the program dies, it expires and others can claim the work.
The results are written only if the token is still there (`hold`), and the work is cancelled if its
lease turns out to be lost, so a program that was suspended repeats nothing.

On Postgres, `FOR UPDATE SKIP LOCKED` keeps programs from waiting for each other; SQLite has no such
clause, but only one writer at a time.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from os import getpid
from secrets import token_hex
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from retrieval.errors import ArchiveError
from retrieval.storage.database import UtcDateTime
from retrieval.storage.tables import lease

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from sqlalchemy import Column, ColumnElement, Row, Select, Table, TextClause
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database

log = logging.getLogger(__name__)

# How long others wait before they take over the work of a dead program.
LASTING = timedelta(seconds=60)
# Leases are renewed often enough that a few renewals may fail.
_BEATS = 4
RELEASED = {"claimed_by": None, "claimed_until": None}


class LeaseLostError(Exception):
    """Another program has taken over the work; stop working on it."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease to claim: its token, the current time, and its expiry."""

    token: str
    now: datetime
    until: datetime


def free(table: Table, now: datetime) -> ColumnElement[bool]:
    """A condition for rows without a valid lease."""
    until = table.c.claimed_until
    return or_(until.is_(None), until <= now)


async def claim(
    database: Database, table: Table, query: Select[Any], wanted: Lease
) -> Sequence[Row[Any]]:
    """Claim the free rows among the results of `query`, and return them.

    Raises:
        ArchiveError: the database failed, and nothing was claimed.
    """
    async with database.read() as connection:  # looking needs no write lock
        look = query.where(free(table, wanted.now)).limit(1)
        if (await connection.execute(look)).first() is None:
            return []
    async with database.write() as connection:
        return await claim_within(connection, table, query, wanted)


async def claim_within(
    connection: AsyncConnection, table: Table, query: Select[Any], wanted: Lease
) -> Sequence[Row[Any]]:
    """Like `claim`, in the caller's transaction."""
    key = _key(table)
    its = query.where(free(table, wanted.now)).with_for_update(skip_locked=True, of=table)
    rows: Sequence[Row[Any]] = (await connection.execute(its)).all()
    if rows:
        numbers = [getattr(row, key.name) for row in rows]
        await connection.execute(
            update(table)
            .where(key.in_(numbers))
            .values(claimed_by=wanted.token, claimed_until=wanted.until)
        )
    return rows


async def hold(
    connection: AsyncConnection, table: Table, key: object, token: str, until: datetime
) -> None:
    """Renew a lease in the transaction that depends on it; nobody can claim the row before its end.

    Raises:
        LeaseLostError: another program has the work.
    """
    held = await connection.execute(
        update(table)
        .where(_key(table) == key, table.c.claimed_by == token)
        .values(claimed_until=until)
    )
    if not held.rowcount:
        raise LeaseLostError


async def renew(
    database: Database, table: Table, tokens: Mapping[Any, str], until: datetime
) -> set[Any]:
    """Renew the leases of these rows (key: token); returns the keys of those still held."""
    key = _key(table)
    mine = key.in_(tokens), table.c.claimed_by.in_(set(tokens.values()))
    async with database.write() as connection:
        # in the same order as elsewhere, to avoid deadlocks
        query = select(key).where(*mine).order_by(key).with_for_update()
        held = set((await connection.execute(query)).scalars())
        if held:
            await connection.execute(update(table).where(key.in_(held)).values(claimed_until=until))
    return held


async def release(
    connection: AsyncConnection, table: Table, owner: str, *which: ColumnElement[bool]
) -> None:
    """Free the rows claimed with a token, or with any token of an owner."""
    by = table.c.claimed_by
    mine = or_(by == owner, by.startswith(f"{owner}/", autoescape=True))
    await connection.execute(update(table).where(mine, *which).values(RELEASED))


async def free_all(database: Database, *tables: Table) -> None:
    """Free all rows and names; for a program that runs alone, so all other holders are dead."""
    async with database.write() as connection:
        for table in tables:
            taken = table.c.claimed_by.is_not(None)
            await connection.execute(update(table).where(taken).values(RELEASED))
        await connection.execute(delete(lease))


async def next_instant(
    database: Database,
    table: Table,
    at: ColumnElement[Any],
    *which: ColumnElement[bool] | TextClause,
) -> datetime | None:
    """When the first of these rows can be claimed: at its `at`, or when its lease expires."""
    until = table.c.claimed_until
    ready = case((until > at, until), else_=at)
    async with database.read() as connection:
        query = select(func.min(ready, type_=UtcDateTime)).select_from(table).where(*which)
        found: datetime | None = (await connection.execute(query)).scalar()
        return found


@dataclass(eq=False, slots=True)
class _Work:
    """The work that goes on under one token."""

    token: str
    keys: tuple[Any, ...]
    scope: asyncio.Timeout
    lost: set[Any] = field(default_factory=set)


class LeaseHolder:
    """Claims rows of a table for one program, and renews the leases while it works on them."""

    def __init__(
        self,
        database: Database,
        table: Table,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        lasting: timedelta | None = None,
    ) -> None:
        # the process id is for people who look into the database
        self.owner = f"{getpid()}-{token_hex(4)}"
        self._database, self._table, self._now = database, table, now
        self._lasting = lasting or LASTING
        self._claims = 0
        self._under_way: set[_Work] = set()
        self._nothing_left = asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None

    def lease(self) -> Lease:
        """A new lease with a unique token, valid from now."""
        self._claims += 1
        now = self._now()
        return Lease(f"{self.owner}/{self._claims}", now, now + self._lasting)

    async def claim(self, query: Select[Any]) -> tuple[str, Sequence[Row[Any]]]:
        """Claim the free rows among the results of a query; returns the token and the rows.

        Rows that are being worked on here are never among them, even if their lease has expired.

        Raises:
            ArchiveError: the database failed.
        """
        wanted = self.lease()
        if held := self.held:
            query = query.where(_key(self._table).not_in(held))
        return wanted.token, await claim(self._database, self._table, query, wanted)

    @property
    def held(self) -> set[Any]:
        """The keys of the rows that are being worked on."""
        return {key for work in self._under_way for key in work.keys}

    @asynccontextmanager
    async def holding(self, token: str, *keys: object) -> AsyncIterator[set[Any]]:
        """Renew these leases during the block; yields a set that receives the keys of lost ones.

        Raises:
            LeaseLostError: all of them were lost, and the block was cancelled.
        """
        try:
            async with asyncio.timeout(None) as scope:
                work = _Work(token, keys, scope)
                self._begin(work)
                try:
                    yield work.lost
                finally:
                    self._end(work)
        except TimeoutError:
            if not scope.expired():
                raise
            raise LeaseLostError from None
        if scope.expired():  # the work swallowed its cancellation
            raise LeaseLostError

    async def hold(self, key: object, token: str) -> None:
        """Check and renew a lease, right before something that can't be undone.

        Raises:
            LeaseLostError: another program has the work.
            ArchiveError: the database failed.
        """
        async with self._database.write() as connection:
            await hold(connection, self._table, key, token, self._now() + self._lasting)

    async def release(self, token: str | None = None, *keys: object) -> None:
        """Free the rows claimed with a token; without one, all rows that this holder claimed.

        A failing database is only logged: leases expire by themselves.
        """
        which = [_key(self._table).in_(keys)] if keys else []
        try:
            async with self._database.write() as connection:
                await release(connection, self._table, token or self.owner, *which)
        except ArchiveError as error:
            log.warning("leases of %s end by themselves: %s", self._table.name, error)

    def _begin(self, work: _Work) -> None:
        self._under_way.add(work)
        if self._renewing is None or self._renewing.done():
            self._renewing = asyncio.create_task(
                self._renew(), name=f"leases of {self._table.name}"
            )

    def _end(self, work: _Work) -> None:
        self._under_way.discard(work)
        if not self._under_way:
            self._nothing_left.set()

    async def _renew(self) -> None:
        """Renew all leases until no work is left. Never cancelled in the middle of a renewal."""
        beat_s = self._lasting.total_seconds() / _BEATS
        while self._under_way:
            self._nothing_left.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(beat_s):
                    await self._nothing_left.wait()
                    continue
            try:
                await self._renew_once()
            # Any error: otherwise all leases would be lost silently.
            except Exception:
                log.exception("leases of %s can't be renewed, trying again", self._table.name)

    async def _renew_once(self) -> None:
        # a snapshot: work that begins meanwhile has just been claimed
        asked = list(self._under_way)
        tokens = {key: work.token for work in asked for key in work.keys if key not in work.lost}
        if not tokens:
            return
        until = self._now() + self._lasting
        held = await renew(self._database, self._table, tokens, until)
        for work in asked:
            if work in self._under_way:
                self._let_go(work, {key for key in work.keys if key not in held})

    def _let_go(self, work: _Work, lost: set[Any]) -> None:
        """Cancel work whose leases are all lost, since another program is doing it now."""
        for key in lost - work.lost:
            log.warning("%s %s is another program's by now", self._table.name, key)
        work.lost |= lost
        if lost and len(work.lost) == len(work.keys):
            work.scope.reschedule(asyncio.get_running_loop().time())


class NamedLeases:
    """Leases of work without a row, by name: the table `lease` has a row while it goes on."""

    def __init__(self, database: Database, lasting: timedelta | None = None) -> None:
        self._database = database
        self._holder = LeaseHolder(database, lease, lasting=lasting)

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[bool]:
        """Whether this program alone does the named work, during the block.

        Raises:
            LeaseLostError: another program has taken over.
            ArchiveError: the database failed.
        """
        wanted = self._holder.lease()
        if not await self._claim(name, wanted):
            yield False
            return
        try:
            async with self._holder.holding(wanted.token, name):
                yield True
        finally:
            await self._forget(name, wanted)

    async def _claim(self, name: str, wanted: Lease) -> bool:
        values = {"claimed_by": wanted.token, "claimed_until": wanted.until}
        async with self._database.write() as connection:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            taken = await connection.execute(
                dialect.insert(lease)
                .values(name=name, **values)
                .on_conflict_do_update(
                    index_elements=["name"], set_=values, where=free(lease, wanted.now)
                )
                .returning(lease.c.name)
            )
            return taken.first() is not None

    async def _forget(self, name: str, wanted: Lease) -> None:
        """Delete its own row, and those of dead programs."""
        mine = (lease.c.name == name) & (lease.c.claimed_by == wanted.token)
        old = lease.c.claimed_until < wanted.now
        try:
            async with self._database.write() as connection:
                await connection.execute(delete(lease).where(mine | old))
        except ArchiveError as error:
            log.warning("the lease of %s ends by itself: %s", name, error)


def _key(table: Table) -> Column[Any]:
    [key] = table.primary_key.columns
    return key
