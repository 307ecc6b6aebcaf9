"""One round of many feeds: its time, its memory, and how long the event loop stood still.

    python -m benchmarks.feed_round [FEEDS] [ENTRIES] [READ]

FEEDS feeds of ENTRIES entries each (200 and 250) with full texts, on 20 hosts of loopback, from
another process. Of the entries, READ (1,000) go the whole way of the poller; the others are
put there in bulk, since that would take a quarter of an hour. Vectors are not part of it. Writes
`benchmarks/results/feed-round.md`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import tempfile
from collections import Counter
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select, update

from benchmarks.feed_round_site import BEGIN, HOSTS, serve
from benchmarks.measured import Measured, measured
from retrieval.feeds import Poller, PollingConfig
from retrieval.feeds.models import Outline
from retrieval.feeds.reader import draft_of_entry
from retrieval.feeds.store import waiting_of
from retrieval.ingest import FetchConfig, Ingestor
from retrieval.storage import tables
from retrieval.storage.articles import Cut, _store
from retrieval.text.near_duplicates import band_numbers
from retrieval.text.sentences import split
from tests.support.archives import Opened, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from multiprocessing.connection import Connection

    from retrieval.feeds import Feed

    Pipe = Connection[Any, Any]

RESULT = Path(__file__).parent / "results" / "feed-round.md"
FAR = BEGIN + timedelta(days=9_999)


class FirstLook(Poller):
    """Leaves the entries waiting, to be read later and measured apart."""

    async def _read_entries(self, feed: Feed, holder: str, until: float) -> None:  # noqa: ARG002
        async with self.database.write() as connection:
            await connection.execute(
                update(tables.feed_entry)
                .where(tables.feed_entry.c.feed_id == feed.id)
                .values(next_at=FAR)
            )


class Bench:
    """The newsroom, and the clock that it goes by."""

    def __init__(self, opened: Opened) -> None:
        self.now = BEGIN + timedelta(days=1)
        self.opened = opened
        reading = FetchConfig(user_agent="Sitrep benchmark", allow_private=True, clock=self.clock)
        self.poller, self.first_look = (
            kind(
                opened.database,
                Ingestor(opened.archive, reading),
                self.turn,
                now=self.clock,
                rules=PollingConfig(trust=timedelta(days=999)),
            )
            for kind in (Poller, FirstLook)
        )

    def clock(self) -> datetime:
        """The instant that all go by."""
        return self.now

    @asynccontextmanager
    async def turn(self, _host: str) -> AsyncIterator[None]:
        """No page is fetched here."""
        yield

    async def add(self, ports: list[int], feeds: int) -> None:
        """All feeds, due now."""
        outlines = [
            Outline(f"http://127.0.0.{feed % HOSTS + 1}:{ports[feed % HOSTS]}/{feed}", f"{feed}")
            for feed in range(feeds)
        ]
        await self.poller.store.add_many(
            outlines, by="bench", now=self.now, interval=timedelta(minutes=30), apart=timedelta()
        )

    async def round(self) -> None:
        """Poll everything once."""
        self.now += timedelta(days=2)
        await self.poller.work()

    async def let_go(self, many: int) -> None:
        """Let the poller have so many of the waiting entries."""
        e = tables.feed_entry.c
        first = select(e.id).where(e.state == "waiting").order_by(e.id).limit(many).subquery()
        async with self.opened.database.write() as connection:
            await connection.execute(
                update(tables.feed_entry).where(e.id.in_(first.select())).values(next_at=self.now)
            )
            await connection.execute(update(tables.feed).values(entries_at=self.now))

    async def stock(self) -> None:
        """Put what waits into the archive in large transactions."""
        e = tables.feed_entry.c
        query = select(tables.feed_entry).where(e.state == "waiting").order_by(e.id).limit(1_000)
        while True:
            async with self.opened.database.write() as connection:
                rows = (await connection.execute(query)).all()
                if not rows:
                    return
                for row in rows:
                    entry = waiting_of(row).entry
                    draft = draft_of_entry(entry, "", self.now)
                    cut = Cut.of(draft, split(draft.text), band_numbers(draft.text))
                    stored = await _store(connection, draft, cut, "bench")
                    await connection.execute(
                        update(tables.feed_entry)
                        .where(e.id == row.id)
                        .values(state="done", payload=None, article_id=stored.article.id)
                    )

    async def articles(self) -> int:
        """How many there are."""
        return (await self.opened.archive.catalogue.summary()).articles


async def run(feeds: int, entries: int, read: int, folder: Path) -> list[Measured]:
    pipe, other = multiprocessing.Pipe()
    site = multiprocessing.get_context("spawn").Process(
        target=serve, args=(other, feeds, entries), daemon=True
    )
    site.start()
    try:
        async with opened_archive(folder) as opened:
            return await _phases(Bench(opened), pipe, feeds, entries, read)
    finally:
        pipe.send(None)
        site.join(5)


async def _phases(bench: Bench, pipe: Pipe, feeds: int, entries: int, read: int) -> list[Measured]:
    phases = []
    await bench.add(await asyncio.to_thread(pipe.recv), feeds)
    async with measured(f"first look: {feeds} documents, {feeds * entries:,} new entries") as one:
        await bench.first_look.work()
    phases.append(one)
    await bench.let_go(read)
    async with measured(f"{read:,} of these entries become articles") as one:
        await bench.poller.work()
        one.note = f"{await bench.articles():,} articles"
    one.note += f", {one.wall_s / max(read, 1) * 1000:.1f} ms each"
    phases.append(one)
    began = perf_counter()
    await bench.stock()
    print(f"stocked in {perf_counter() - began:.0f} s: {await bench.articles():,} articles")
    for news in (1, 2):
        pipe.send(news)
        await asyncio.to_thread(pipe.recv)
        before = await bench.articles()
        async with measured(f"a round, one new entry in each feed ({news})") as one:
            await bench.round()
        one.note = f"{await bench.articles() - before} new articles of {before:,}"
        phases.append(one)
    async with measured("a round, nothing changed (304)") as one:
        await bench.round()
    states = Counter[str]()
    async with bench.opened.database.read() as connection:
        e = tables.feed_entry.c
        for state, count in await connection.execute(
            select(e.state, func.count()).group_by(e.state)
        ):
            states[state] = count
    one.note = f"entries: {dict(states)}"
    phases.append(one)
    return phases


def main() -> None:
    feeds, entries, read = (
        int(sys.argv[at]) if len(sys.argv) > at else default
        for at, default in ((1, 200), (2, 250), (3, 1_000))
    )
    with tempfile.TemporaryDirectory() as folder:
        phases = asyncio.run(run(feeds, entries, read, Path(folder)))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    rows = "\n".join(one.row() for one in phases)
    RESULT.write_text(
        f"# One round of {feeds} feeds, {feeds * entries:,} articles\n\n"
        f"Written by `python -m benchmarks.feed_round {feeds} {entries} {read}`: full texts of\n"
        f"some 1,500 characters, {HOSTS} hosts of loopback, 8 feeds at once, SQLite. What\n"
        "is not read entry by entry is put into the archive in bulk. Embedding is not part of it.\n"
        "A stall is by how much a task that slept 2 ms came late; with this load, other programs "
        "cause some.\n\n"
        f"{os.cpu_count()} cores, load {load}.\n\n"
        "|  | seconds | of processor | longest stall, ms | stalls over 100 ms | MB before | "
        "MB at most |  |\n|---|--:|--:|--:|--:|--:|--:|---|\n"
        f"{rows}\n",
        encoding="utf-8",
    )
    print(RESULT.read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
