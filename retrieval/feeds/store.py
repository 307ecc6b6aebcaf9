"""Feeds in SQL: stores, lists and switches them, and leases them to pollers.

A feed is polled by one process at a time (`retrieval.storage.leases`), and a process can't write
once another has the lease. New entries are written as waiting, in one transaction with the
document's validators, so that no entry is lost that a server won't send again.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import case, delete, func, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from retrieval.feeds.models import (
    REREAD_AFTER,
    Feed,
    FeedEntry,
    FeedState,
    Listed,
    PollingHints,
    Waiting,
    at_own_place,
    is_another,
    when,
)
from retrieval.ingest.sources import UNFORESEEN
from retrieval.messages import UserMessage
from retrieval.storage import leases
from retrieval.storage.tables import article, feed, feed_entry, revision
from retrieval.text.outlets import host_of, same_site, twins

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.feeds.models import Keyed, Outline, Settled
    from retrieval.storage.database import Database


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
        """Add a feed that is leased to `holder`; None if there is one with this address."""
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
        """Add the feeds that aren't there yet, due one after the other; returns how many."""
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
        """Remove a feed; its articles stay. False if there is none with this number."""
        async with self._database.write() as connection:
            # Deleted here because SQLite follows foreign keys only if configured to.
            await connection.execute(delete(feed_entry).where(feed_entry.c.feed_id == feed_id))
            return (await connection.execute(delete(feed).where(c.id == feed_id))).rowcount > 0

    async def switch(self, feed_id: int, state: FeedState, now: datetime) -> bool:
        """Pause a feed, or resume it soon; False if there is none with this number."""
        values: dict[str, Any] = {"state": state}
        if state is FeedState.ACTIVE:
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
        """Lease the feed due longest whose host has fewer than `per_host` leased feeds.

        With `only`, lease that feed, due or not, unless another process has it. Feeds in `but` are
        skipped.
        """
        free, due = leases.free(feed, now), c.id == only
        if only is None:
            look = (c.state == FeedState.ACTIVE) & (c.next_at <= now)
            due = look | ((c.state != FeedState.PAUSED) & (c.entries_at <= now))
        due &= c.id.not_in(but)
        async with self._database.read() as connection:  # looking needs no write lock
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
                ((c.state == FeedState.ACTIVE) & (c.next_at <= now), c.next_at), else_=c.entries_at
            )
            query = select(feed).where(due, c.host.not_in(hosts)).order_by(since, c.id).limit(1)
            wanted = leases.Lease(holder, now, now + self._lasting)
            rows = await leases.claim_within(connection, feed, query, wanted)
        return feed_of(rows[0]) if rows else None

    async def release(self, feed_id: int, holder: str, now: datetime) -> None:
        """Release the lease, and store when the feed's entries are due next.

        Entries that are left wait from now on, so that other feeds come first.
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
        """Postpone a feed after an unexpected error, which is in the log."""
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
        """Postpone all feeds of a host until an instant."""
        async with self._database.write() as connection:
            await connection.execute(
                update(feed).where(c.host == host, c.next_at < until).values(next_at=until)
            )

    async def next_due(self, now: datetime) -> datetime | None:
        """When something is due next; None if there are no feeds."""
        found = [
            await leases.next_instant(self._database, feed, column, column.is_not(None), which)
            for column, which in (
                (c.next_at, c.state == FeedState.ACTIVE),
                (c.entries_at, c.state != FeedState.PAUSED),
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
        "state": FeedState.ACTIVE,
        "added_by": by,
        "added_at": now,
        "wishes": wishes_row(PollingHints()),
        "interval_s": int(interval.total_seconds()),
        "next_at": due,
        "failures": 0,
    }


_MOMENTS = ("published", "updated")


def feed_of(row: Any) -> Feed:  # noqa: ANN401  a row of `feed`
    """A feed from its row."""
    return Feed(
        id=row.id,
        url=row.url,
        host=row.host,
        title=row.title,
        state=FeedState(row.state),
        interval=timedelta(seconds=row.interval_s),
        next_at=row.next_at,
        wishes=wishes_of(row.wishes),
        site_url=row.site_url,
        etag=row.etag,
        last_modified=row.last_modified,
        full_at=row.full_at,
        body_hash=row.body_hash,
        checked_at=row.checked_at,
        news_at=row.news_at,
        failures=row.failures,
        failing_since=row.failing_since,
        problem=row.problem,
    )


def wishes_row(wishes: PollingHints) -> dict[str, Any]:
    """As JSON."""
    return {
        "least_s": int(wishes.least.total_seconds()),
        "skip_hours": sorted(wishes.skip_hours),
        "skip_days": sorted(wishes.skip_days),
    }


def wishes_of(row: dict[str, Any]) -> PollingHints:
    """Back again."""
    return PollingHints(
        timedelta(seconds=row.get("least_s", 0)),
        frozenset(row.get("skip_hours", ())),
        frozenset(row.get("skip_days", ())),
    )


def entry_row(entry: FeedEntry) -> dict[str, Any]:
    """As JSON."""
    row = asdict(entry)
    for name in _MOMENTS:
        row[name] = row[name].isoformat() if row[name] else None
    return row


def waiting_of(row: Any) -> Waiting:  # noqa: ANN401  a row of `feed_entry`
    """A waiting entry from its row."""
    fields = dict(row.payload)
    for name in _MOMENTS:
        fields[name] = datetime.fromisoformat(fields[name]) if fields[name] else None
    return Waiting(row.id, row.key, FeedEntry(**fields), row.attempts, row.article_id)


e = feed_entry.c


class EntryStore:
    """Every method raises ArchiveError when the database fails."""

    def __init__(self, database: Database, lasting: timedelta | None = None) -> None:
        self._database = database
        self._lasting = lasting or leases.LASTING

    async def keep_look(
        self,
        feed_id: int,
        holder: str,
        values: dict[str, Any],
        entries: Sequence[Keyed],
        now: datetime,
    ) -> None:
        """Write the changes after a poll, in one transaction with new and changed entries.

        If `values` move the feed to another feed's address, it becomes gone.

        Raises:
            LeaseLostError: another process has the feed.
        """
        try:
            await self._keep(feed_id, holder, values, entries, now)
        except IntegrityError:
            rest = {name: value for name, value in values.items() if name not in {"url", "host"}}
            rest |= {
                "state": FeedState.GONE,
                "problem": UserMessage(
                    "It moved to {address}, which is already in the list of feeds.",
                    address=str(values.get("url")),
                ),
            }
            await self._keep(feed_id, holder, rest, entries, now)

    async def known_news(self, feed_id: int, entries: Sequence[Keyed]) -> int:
        """How many of these entries are new to the feed."""
        async with self._database.read() as connection:
            known, _ = await _known(connection, feed_id, entries)
        return len(entries) - len(known)

    async def waiting(self, feed_id: int, now: datetime, limit: int) -> list[Waiting]:
        """Entries that are due, in the order in which they came."""
        query = (
            select(feed_entry)
            .where(e.feed_id == feed_id, e.state == "waiting", e.next_at <= now)
            .order_by(e.id)
            .limit(limit)
        )
        async with self._database.read() as connection:
            return [waiting_of(row) for row in (await connection.execute(query)).all()]

    async def settle(
        self, feed_id: int, holder: str, results: Iterable[Settled], now: datetime
    ) -> None:
        """Write the outcomes of entries, and renew the lease.

        Raises:
            LeaseLostError: another process has the feed, and reads these entries.
        """
        async with self._database.write() as connection:
            await leases.hold(connection, feed, feed_id, holder, now + self._lasting)
            for one in results:
                await connection.execute(
                    update(feed_entry).where(e.id == one.waiting.id).values(_settled(one, now))
                )

    async def article_elsewhere(self, feed_id: int, url: str) -> int | None:
        """The article of another feed's entry with this address, removed or not.

        Articles that were stored under their feed's own address don't count.
        """
        query = (
            select(e.article_id, article.c.url)
            .join(article, article.c.id == e.article_id)
            .where(e.url.in_(twins(url)), e.feed_id != feed_id)
            .order_by(e.id)
            .limit(_CHUNK)
        )
        async with self._database.read() as connection:
            rows = (await connection.execute(query)).all()
        return next((row.article_id for row in rows if same_site(row.url, url)), None)

    async def address_of(self, article_id: int) -> tuple[str | None, bool]:
        """An article's address, and whether it isn't removed."""
        query = select(article.c.url, article.c.removed_at).where(article.c.id == article_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).first()
        return (row.url, row.removed_at is None) if row is not None else (None, False)

    async def _keep(
        self,
        feed_id: int,
        holder: str,
        values: dict[str, Any],
        entries: Sequence[Keyed],
        now: datetime,
    ) -> None:
        async with self._database.write() as connection:
            await leases.hold(connection, feed, feed_id, holder, now + self._lasting)
            written = await _write(connection, feed_id, entries, now)
            # After a crash from here on, the lease expires and the entries are due.
            more = {"entries_at": now} if written else {}
            await connection.execute(
                update(feed).where(feed.c.id == feed_id).values({**values, **more})
            )


async def _write(
    connection: AsyncConnection, feed_id: int, entries: Sequence[Keyed], now: datetime
) -> int:
    """Insert new entries and make changed ones wait again; returns how many."""
    known, placed = await _known(connection, feed_id, entries)
    new, changed = [], 0
    for given in entries:
        one = at_own_place(given) if given.key in placed else given
        row = known.get(one.key)
        if row is None:
            new.append(_row(feed_id, one, now))
            continue
        if row.key != one.key:  # GUID and link may change separately
            renamed = update(feed_entry).where(e.id == row.id).values(key=one.key)
            await connection.execute(renamed)
        if row.fingerprint != one.fingerprint:
            changed += 1
            soonest = row.read_at + REREAD_AFTER if row.read_at else now
            values = {
                "fingerprint": one.fingerprint,
                "url": one.url or row.url,
                "payload": entry_row(one.entry),
                "state": "waiting",
                "attempts": 0,
                "next_at": max(now, soonest),
                "problem": None,
            }
            await connection.execute(update(feed_entry).where(e.id == row.id).values(values))
    # The newest are inserted last: by date, or else those at the top of the feed.
    new.reverse()
    if all(one.entry.published or one.entry.updated for one in entries):
        dates = {one.key: when(one.entry) for one in entries}
        new.sort(key=lambda row: dates[row["key"]])
    for start in range(0, len(new), _CHUNK):
        await connection.execute(insert(feed_entry), new[start : start + _CHUNK])
    return len(new) + changed


async def _known(
    connection: AsyncConnection, feed_id: int, entries: Sequence[Keyed]
) -> tuple[dict[str, Any], set[str]]:
    """The feed's rows for these entries, by key, and the keys of entries that need their own place.

    An entry with a new GUID is matched by its address, unless that row belongs to another entry of
    the document, or had different content (`is_another`). An entry needs its own place if its page
    belongs to another row.
    """
    by_key: dict[str, Any] = {}
    by_url: dict[str, Any] = {}
    columns = (e.id, e.key, e.url, e.fingerprint, e.read_at, e.payload, e.article_id)
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        keys = [one.key for one in chunk]
        urls = [one.url for one in chunk if one.url]
        query = select(*columns).where(e.feed_id == feed_id, e.key.in_(keys) | e.url.in_(urls))
        # The oldest of several with one address.
        for row in (await connection.execute(query.order_by(e.id))).all():
            by_key[row.key] = row
            if row.url:
                by_url.setdefault(row.url, row)
    known = {one.key: by_key[one.key] for one in entries if one.key in by_key}
    taken = {row.id for row in known.values()}
    placed: set[str] = set()
    for one in entries:
        same = by_url.get(one.url) if one.url else None
        mine = known.get(one.key)
        if same is None or same is mine:
            continue
        if mine is not None:
            placed |= {one.key} if mine.url is None else set()
        elif same.id not in taken:
            if await _tells_another(connection, same, one):
                placed.add(one.key)
                continue
            known[one.key] = same
            taken.add(same.id)
    return known, placed


async def _tells_another(connection: AsyncConnection, row: Any, one: Keyed) -> bool:  # noqa: ANN401
    """Whether an entry differs from the one that the row's page was known for."""
    if row.payload is not None:
        return is_another(one.entry, row.payload["title"], row.payload["text"])
    query = (
        select(revision.c.title, revision.c.text)
        .join(article, article.c.current_revision_id == revision.c.id)
        .where(article.c.id == row.article_id)
    )
    said = (await connection.execute(query)).first()
    return said is not None and is_another(one.entry, said.title, said.text)


def _row(feed_id: int, one: Keyed, now: datetime) -> dict[str, Any]:
    return {
        "feed_id": feed_id,
        "key": one.key,
        "url": one.url,
        "fingerprint": one.fingerprint,
        "state": "waiting",
        "payload": entry_row(one.entry),
        "attempts": 0,
        "next_at": now,
    }


def _settled(one: Settled, now: datetime) -> dict[str, Any]:
    if one.again_at is not None:
        tried = one.waiting.attempts + one.tried
        return {"attempts": tried, "next_at": one.again_at, "problem": one.problem}
    values: dict[str, Any] = {
        "state": "failed" if one.problem else "done",
        "payload": None,
        "read_at": now,
        "problem": one.problem,
    }
    if one.article_id is not None:
        values["article_id"] = func.coalesce(e.article_id, one.article_id)
    return values
