"""Feeds in SQL: added, listed, switched, and leased to whoever polls them.

A feed is polled by one process at a time (`retrieval.archive.leases`), and what a process writes is
refused once another has the lease. What a document brought is written in one transaction
with its validators, as entries that wait: so nothing that a server will not say again is lost.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from retrieval.archive import leases
from retrieval.archive.tables import feed, feed_entry
from retrieval.feeds.models import Feed, Listed, State, Wishes
from retrieval.feeds.rows import feed_of, wishes_row
from retrieval.ingest.found import UNFORESEEN
from retrieval.sites import host_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from retrieval.archive.database import Database
    from retrieval.feeds.models import Outline

c = feed.c
_ASIDE = timedelta(minutes=10)
_CHUNK = 200
_NAME_CHARS = 200


class FeedStore:
    """Every method raises ArchiveError when the database fails."""

    def __init__(self, database: Database, lasting: timedelta | None = None) -> None:
        self._database = database
        self._lasting = lasting or leases.LASTING

    async def add(
        self, outline: Outline, *, by: str, now: datetime, interval: timedelta, holder: str
    ) -> Feed | None:
        """A new feed, leased to `holder` at once; None if there is one with this address."""
        values = {
            **_new(outline, by, now, interval, now),
            "claimed_by": holder,
            "claimed_until": now + self._lasting,
        }
        try:
            async with self._database.write() as connection:
                row = (await connection.execute(insert(feed).values(values).returning(feed))).one()
        except IntegrityError:
            return None
        return feed_of(row)

    async def add_many(
        self,
        outlines: Sequence[Outline],
        *,
        by: str,
        now: datetime,
        interval: timedelta,
        apart: timedelta,
    ) -> int:
        """Those that are not there yet, due one after the other; how many they were."""
        added = 0
        async with self._database.write() as connection:
            known: set[str] = set()
            for start in range(0, len(outlines), _CHUNK):
                urls = [one.url for one in outlines[start : start + _CHUNK]]
                known |= set(
                    (await connection.execute(select(c.url).where(c.url.in_(urls)))).scalars()
                )
            for one in outlines:
                if one.url not in known:
                    due = now + added * apart
                    await connection.execute(insert(feed).values(_new(one, by, now, interval, due)))
                    known.add(one.url)
                    added += 1
        return added

    async def listed(self) -> list[Listed]:
        """All feeds, by title."""
        state = feed_entry.c.state
        counts = (
            select(
                feed_entry.c.feed_id,
                func.count().filter(feed_entry.c.article_id.is_not(None)).label("articles"),
                func.count().filter(state == "waiting").label("waiting"),
                func.count().filter(state == "failed").label("unreadable"),
            )
            .group_by(feed_entry.c.feed_id)
            .subquery()
        )
        query = (
            select(feed, counts.c.articles, counts.c.waiting, counts.c.unreadable)
            .outerjoin(counts, counts.c.feed_id == c.id)
            .order_by(func.lower(c.title), c.id)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [
            Listed(feed_of(row), row.articles or 0, row.waiting or 0, row.unreadable or 0)
            for row in rows
        ]

    async def get(self, feed_id: int) -> Feed | None:
        """The feed with this number."""
        return await self._one(c.id == feed_id)

    async def at(self, url: str) -> Feed | None:
        """The feed at this address."""
        return await self._one(c.url == url)

    async def remove(self, feed_id: int) -> bool:
        """Forget a feed; its articles stay. False if there is none with this number."""
        async with self._database.write() as connection:
            # SQLite follows the foreign key only where it is told to; both do it here.
            await connection.execute(delete(feed_entry).where(feed_entry.c.feed_id == feed_id))
            return (await connection.execute(delete(feed).where(c.id == feed_id))).rowcount > 0

    async def switch(self, feed_id: int, state: State, now: datetime) -> bool:
        """Pause a feed, or poll it again, and soon; False if there is none with this number."""
        values: dict[str, Any] = {"state": state}
        if state is State.ACTIVE:
            values |= {"next_at": now, "failures": 0, "failing_since": None, "problem": None}
        async with self._database.write() as connection:
            done = await connection.execute(update(feed).where(c.id == feed_id).values(values))
            return done.rowcount > 0

    async def claim(
        self,
        holder: str,
        now: datetime,
        per_host: int,
        only: int | None = None,
        but: Collection[int] = (),
    ) -> Feed | None:
        """Lease the feed that is due longest, of a host of which fewer than `per_host` are leased.

        With `only`, that feed, due or not, unless another has it. None of those in `but`.
        """
        free, due = leases.free(feed, now), c.id == only
        if only is None:
            look = (c.state == State.ACTIVE) & (c.next_at <= now)
            due = look | ((c.state != State.PAUSED) & (c.entries_at <= now))
        due &= c.id.not_in(but)
        async with self._database.read() as connection:  # so that looking costs no writer's lock
            if (await connection.execute(select(c.id).where(due, free).limit(1))).first() is None:
                return None
        async with self._database.write() as connection:
            busy = (
                select(c.host)
                .where(c.claimed_until > now)
                .group_by(c.host)
                .having(func.count() >= per_host)
            )
            hosts = list((await connection.execute(busy)).scalars()) if only is None else []
            since = case(
                ((c.state == State.ACTIVE) & (c.next_at <= now), c.next_at), else_=c.entries_at
            )
            query = select(feed).where(due, c.host.not_in(hosts)).order_by(since, c.id).limit(1)
            wanted = leases.Lease(holder, now, now + self._lasting)
            rows = await leases.claim_within(connection, feed, query, wanted)
        return feed_of(rows[0]) if rows else None

    async def release(self, feed_id: int, holder: str, now: datetime) -> None:
        """Give the lease back, and note when the feed's entries want to be read next.

        Those that are left wait since now, so that other feeds go before them.
        """
        soonest = (
            select(func.min(feed_entry.c.next_at))
            .where(feed_entry.c.feed_id == feed_id, feed_entry.c.state == "waiting")
            .scalar_subquery()
        )
        async with self._database.write() as connection:
            await connection.execute(
                update(feed)
                .where(c.id == feed_id, c.claimed_by == holder)
                .values(
                    **leases.RELEASED,
                    entries_at=case(
                        (soonest < now, literal(now, c.entries_at.type)), else_=soonest
                    ),
                )
            )

    async def set_aside(self, one: Feed, now: datetime) -> None:
        """Leave a feed alone for a while, for a reason that only the log knows."""
        until = now + _ASIDE
        values = {
            "next_at": until,
            "entries_at": until,
            "failures": one.failures + 1,
            "failing_since": one.failing_since or now,
            "problem": UNFORESEEN,
        }
        async with self._database.write() as connection:
            await connection.execute(update(feed).where(c.id == one.id).values(values))

    async def hold_host(self, host: str, until: datetime) -> None:
        """Ask nothing of a host before an instant, whichever of its feeds it is."""
        async with self._database.write() as connection:
            await connection.execute(
                update(feed).where(c.host == host, c.next_at < until).values(next_at=until)
            )

    async def next_due(self, now: datetime) -> datetime | None:
        """When there is something to do next; None where there are no feeds."""
        found = [
            await leases.next_instant(self._database, feed, column, column.is_not(None), which)
            for column, which in (
                (c.next_at, c.state == State.ACTIVE),
                (c.entries_at, c.state != State.PAUSED),
            )
        ]
        return min((max(one, now) for one in found if one is not None), default=None)

    async def _one(self, which: ColumnElement[bool]) -> Feed | None:
        async with self._database.read() as connection:
            row = (await connection.execute(select(feed).where(which))).first()
        return feed_of(row) if row is not None else None


def _new(
    outline: Outline, by: str, now: datetime, interval: timedelta, due: datetime
) -> dict[str, Any]:
    host = host_of(outline.url)
    return {
        "url": outline.url,
        "host": host,
        "title": outline.title[:_NAME_CHARS] or host,
        "site_url": outline.site_url,
        "state": State.ACTIVE,
        "added_by": by,
        "added_at": now,
        "wishes": wishes_row(Wishes()),
        "interval_s": int(interval.total_seconds()),
        "next_at": due,
        "failures": 0,
    }
