"""What a look at a feed brought, and its entries that wait, in SQL; all of it under the lease."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from retrieval.archive import leases
from retrieval.archive.tables import article, feed, feed_entry, revision
from retrieval.feeds.identity import at_own_place, is_another, when
from retrieval.feeds.limits import REREAD_AFTER
from retrieval.feeds.models import State
from retrieval.feeds.rows import entry_row, waiting_of
from retrieval.sites import same_site, twins

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.archive.database import Database
    from retrieval.feeds.models import Keyed, Settled, Waiting

e = feed_entry.c
_CHUNK = 200


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
        """Write what a look changed, in one transaction with the entries that are new or changed.

        Where `values` move the feed to an address that another feed has, this one is gone.

        Raises:
            LeaseLostError: another process has the feed.
        """
        try:
            await self._keep(feed_id, holder, values, entries, now)
        except IntegrityError:
            rest = {name: value for name, value in values.items() if name not in {"url", "host"}}
            rest |= {
                "state": State.GONE,
                "problem": f"It moved to {values.get('url')}, which is a feed here already.",
            }
            await self._keep(feed_id, holder, rest, entries, now)

    async def known_news(self, feed_id: int, entries: Sequence[Keyed]) -> int:
        """How many of these entries the feed did not have before."""
        async with self._database.read() as connection:
            known, _ = await _known(connection, feed_id, entries)
        return len(entries) - len(known)

    async def waiting(self, feed_id: int, now: datetime, limit: int) -> list[Waiting]:
        """Entries that have to be read now, in the order in which they came."""
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
        """Write what became of entries, and prolong the lease.

        Raises:
            LeaseLostError: another process has the feed, and reads these entries itself.
        """
        async with self._database.write() as connection:
            await leases.hold(connection, feed, feed_id, holder, now + self._lasting)
            for one in results:
                await connection.execute(
                    update(feed_entry).where(e.id == one.waiting.id).values(_settled(one, now))
                )

    async def article_elsewhere(self, feed_id: int, url: str) -> int | None:
        """The article that another feed's entry with this address became, removed or not.

        What a feed told under its own address, as it could not be had at this one, is another.
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
        """An article's address, and whether it still lives."""
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
            # A crash from here on leaves the lease to run out, and then the entries are due.
            more = {"entries_at": now} if written else {}
            await connection.execute(
                update(feed).where(feed.c.id == feed_id).values({**values, **more})
            )


async def _write(
    connection: AsyncConnection, feed_id: int, entries: Sequence[Keyed], now: datetime
) -> int:
    """Insert the new entries and let the changed ones wait again; how many they were."""
    known, placed = await _known(connection, feed_id, entries)
    new, changed = [], 0
    for given in entries:
        one = at_own_place(given) if given.key in placed else given
        row = known.get(one.key)
        if row is None:
            new.append(_row(feed_id, one, now))
            continue
        if row.key != one.key:  # GUID and link may change at different times
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
    # The newest are added last: by their dates, else as they stand first in a feed.
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
    """The rows that the feed has for these entries, by the entries' keys.

    An entry under another GUID is known by its address, unless the row with that address is
    another entry's of the same document, or said something else (`is_another`). The second result
    has the keys of entries whose page is another row's, so that they need a place of their own.
    """
    by_key: dict[str, Any] = {}
    by_url: dict[str, Any] = {}
    columns = (e.id, e.key, e.url, e.fingerprint, e.read_at, e.payload, e.article_id)
    for start in range(0, len(entries), _CHUNK):
        chunk = entries[start : start + _CHUNK]
        keys = [one.key for one in chunk]
        urls = [one.url for one in chunk if one.url]
        query = select(*columns).where(e.feed_id == feed_id, e.key.in_(keys) | e.url.in_(urls))
        # Of several with one address, the oldest.
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
    """Whether an entry tells another story than the one that the row's page was known for."""
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
