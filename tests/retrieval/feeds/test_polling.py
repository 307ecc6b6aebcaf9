"""Polling real feeds of a misbehaving site while the clock runs."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from sqlalchemy import text as sql

from bot.features.feeds import state_of
from retrieval.errors import ArchiveError, ExtractError, SourceError
from retrieval.feeds import FeedService, FeedState, Poller, PollingConfig
from retrieval.feeds.store import FeedStore
from retrieval.ingest import FetchConfig, Ingestor
from retrieval.ingest.parsing import Item
from retrieval.ingest.sandbox import NOT_STARTED
from retrieval.storage import tables
from retrieval.storage.database import open_database
from retrieval.storage.leases import LeaseLostError
from tests.support.archives import opened_archive
from tests.support.feed_site import BEGIN, FeedSite, feed_site
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from retrieval.feeds import Feed
    from retrieval.storage.database import Database
    from tests.support.archives import Opened
    from tests.support.postgres import Postgres

MINUTE = timedelta(minutes=1)
RULES = PollingConfig(least=MINUTE, most=6 * MINUTE, first=2 * MINUTE, trust=15 * MINUTE)


@asynccontextmanager
async def _turn(_host: str) -> AsyncIterator[None]:
    yield


class Newsroom:
    """Pollers on one database, and the clock that the site has, too."""

    def __init__(self, opened: Opened, site: FeedSite, others: list[Database]) -> None:
        self.opened, self.site = opened, site
        reading = FetchConfig(
            timeout_s=1.5,
            max_bytes=1_000_000,
            user_agent="Sitrep-test",
            allow_private=True,
            clock=lambda: site.now,
        )
        self.ingestor = Ingestor(opened.archive, reading)
        self.pollers = [self.poller_of(one) for one in (opened.database, *others)]
        self.poller = self.pollers[0]
        self.desk = FeedService(self.poller, reading)

    def poller_of(self, database: Database) -> Poller:
        return Poller(
            database,
            self.ingestor,
            _turn,
            now=lambda: self.site.now,
            rules=RULES,
            at_once=4,
            per_host=100,  # all are of one host here
        )

    async def minutes(self, many: int) -> None:
        for _ in range(many):
            self.site.now += MINUTE
            await asyncio.gather(*(one.work() for one in self.pollers))

    async def add(self, name: str) -> Feed:
        return (await self.desk.add(f"{self.site.url}/feed/{name}", by="test")).feed

    async def articles(self) -> list[tuple[str, str, int]]:
        """Title, text and number of revisions of every living article."""
        a, r = tables.article.c, tables.revision.c
        query = select(r.title, r.text, r.number).where(
            r.id == a.current_revision_id, a.removed_at.is_(None)
        )
        async with self.opened.database.read() as connection:
            return [tuple(row) for row in (await connection.execute(query)).all()]

    async def feed(self, feed_id: int) -> Feed:
        found = await self.poller.store.get(feed_id)
        assert found is not None
        return found


@pytest.fixture
def site() -> Iterator[FeedSite]:
    with feed_site() as site:
        yield site


@pytest.fixture(params=["sqlite", "postgres"])
async def room(
    request: pytest.FixtureRequest, tmp_path: Path, site: FeedSite
) -> AsyncIterator[Newsroom]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}"
    if request.param == "postgres":
        server: Postgres = request.getfixturevalue("postgres")
        url = server.new_database()
    async with opened_archive(tmp_path, sql_url=url) as opened:
        other = await open_database(url)
        try:
            yield Newsroom(opened, site, [other])
        finally:
            await other.close()


@pytest.mark.slow
async def test_an_hour_of_feeds_with_faults_loses_and_doubles_nothing(
    room: Newsroom, site: FeedSite
) -> None:
    for name in site.names:
        if name in {"slow", "broken", "huge", "busy"}:  # would not let themselves be added at once
            await room.desk.bring_in(_opml(f"{site.url}/feed/{name}"), by="test")
        else:
            await room.add(name)
    await room.minutes(25)
    # One process is stopped while it works, and one dies while it holds a lease.
    site.now += 6 * MINUTE
    before = site.asked.total()
    stopped = room.poller_of(room.opened.database)
    stopping = asyncio.create_task(stopped.work())
    await until(lambda: site.asked.total() >= before + 2 or stopping.done(), every_s=0.001)
    stopped.stop()
    await stopping
    site.now += 6 * MINUTE
    assert await room.poller.store.claim("dead", site.now, 100) is not None
    await room.minutes(28)
    # After an hour nothing new appears, and the faults are over: what is late can come.
    assert site.now >= BEGIN + timedelta(hours=1)
    site.faults = False
    await room.minutes(45)
    expected = Counter(site.title(name, n) for name in site.names for n in site.numbers(name))
    stored = await room.articles()
    assert Counter(title for title, _, _ in stored) == expected
    texts = "\n".join(text for _, text, _ in stored)
    for name in site.names:
        for number in site.numbers(name):
            assert texts.count(site.sentence(name, number)) == 1
    assert site.doubled == set()
    assert site.agents == {"Sitrep-test"}
    assert {200, 301, 304, 410, 429, 503} <= set(site.statuses)
    listed = {one.feed.title: one for one in await room.desk.listed()}
    assert listed["Feed gone"].feed.state is FeedState.GONE
    assert listed["Feed moved"].feed.url == f"{site.url}/new/feed/moved"
    assert site.asked["/feed/moved"] <= 2
    assert sum(one.articles for one in listed.values()) == expected.total()
    assert not any(one.waiting or one.unreadable for one in listed.values())


async def test_a_teaser_whose_page_is_not_to_be_had_is_marked_as_a_part(
    room: Newsroom, site: FeedSite
) -> None:
    site.faults = False
    site.down.add("pages")
    for name in ("teasers", "good"):
        await room.add(name)
    await room.minutes(2)
    r = tables.revision.c
    async with room.opened.database.read() as connection:
        found = (await connection.execute(select(r.title, r.partial))).all()
    assert {bool(row.partial) for row in found if "teasers" in row.title.lower()} == {True}
    assert {bool(row.partial) for row in found if "good" in row.title.lower()} == {False}


async def test_while_no_worker_starts_pages_wait_and_are_not_called_unreadable(
    room: Newsroom, site: FeedSite
) -> None:
    site.faults = False
    await room.add("teasers")
    whole = room.ingestor.reading
    nothing = replace(whole, parse=lambda _task: iter([Item(0, reason=NOT_STARTED)]))
    room.ingestor._reading = nothing
    await room.minutes(45)  # more often than a page that can't be had is tried
    assert await room.articles() == []
    room.ingestor._reading = whole
    await room.minutes(20)
    texts = [text for _, text, _ in await room.articles()]
    assert len(texts) == len(site.numbers("teasers"))
    for number in site.numbers("teasers"):
        assert any(site.sentence("teasers", number) in text for text in texts)


async def test_a_failing_feed_says_since_when_and_when_it_is_tried_next(
    room: Newsroom, site: FeedSite
) -> None:
    feed = await room.add("good")
    site.down.add("good")
    site.now += 10 * MINUTE
    since = site.now
    tries = []
    for _ in range(3):
        await room.poller.work()
        one = await room.feed(feed.id)
        assert one.failing_since == since
        assert one.problem is not None
        assert "answered 500" in str(one.problem)
        tries.append(one.next_at - site.now)
        site.now = one.next_at
    assert tries == sorted(tries)
    async with room.opened.database.write() as connection:
        old = sql("UPDATE feed SET problem = 'It answered 500, as an older row says.'")
        await connection.execute(old)
    assert str((await room.feed(feed.id)).problem) == "It answered 500, as an older row says."
    assert tries[0] < tries[-1]
    said = state_of(one, site.now)
    assert said.startswith("failing since 08:10 UTC, retrying 08:")
    site.down.clear()
    await room.poller.work()
    assert state_of(await room.feed(feed.id), site.now).startswith("OK · checked")
    assert len(await room.articles()) == len(site.numbers("good"))


async def test_a_server_that_always_says_unchanged_is_asked_in_full_after_a_while(
    room: Newsroom, site: FeedSite
) -> None:
    await room.add("stale")
    await room.minutes(12)
    assert len(await room.articles()) == 1
    assert site.statuses[304] > 1
    await room.minutes(16)
    assert len(await room.articles()) > 2


async def test_a_lease_keeps_others_out_until_it_runs_out(room: Newsroom, site: FeedSite) -> None:
    feed = await room.add("good")
    first, second = (FeedStore(one.store._database) for one in room.pollers)
    site.now += 10 * MINUTE
    claims = await asyncio.gather(
        *(one.claim(f"holder {n}", site.now, 9) for n, one in enumerate([first, second] * 4))
    )
    assert [one.id for one in claims if one] == [feed.id]
    assert await second.claim("later", site.now, 9) is None
    site.now += 11 * MINUTE
    assert await second.claim("later", site.now, 9) is not None
    entries = room.poller._entries
    with pytest.raises(LeaseLostError):
        await entries.keep_look(feed.id, "holder 0", {"title": "x"}, (), site.now)


async def test_of_one_host_no_more_than_so_many_feeds_are_leased(
    room: Newsroom, site: FeedSite
) -> None:
    for name in ("good", "stale", "teasers"):
        await room.add(name)
    site.now += 10 * MINUTE
    store = room.poller.store
    held = [await store.claim(f"h{n}", site.now, 2) for n in range(3)]
    assert [one is not None for one in held] == [True, True, False]


async def test_a_page_leads_to_its_feed_and_one_without_says_what_to_do(
    room: Newsroom, site: FeedSite
) -> None:
    added = await room.desk.add(f"{site.url}/site", by="test")
    assert added.new
    assert added.feed.url == f"{site.url}/feed/good"
    assert added.found_at == f"{site.url}/site"
    again = await room.desk.add(f"{site.url}/feed/good", by="test")
    assert (again.new, again.feed.id) == (False, added.feed.id)
    with pytest.raises(ExtractError, match="doesn't link to a feed"):
        await room.desk.add(f"{site.url}/plain", by="test")
    with pytest.raises(SourceError, match="doesn't start with http"):
        await room.desk.add("file:///etc/passwd", by="test")


async def test_a_paused_feed_rests_and_a_removed_one_leaves_its_articles(room: Newsroom) -> None:
    feed = await room.add("good")
    await room.minutes(2)
    before = len(await room.articles())
    assert before == 1
    await room.desk.switch(feed.id, FeedState.PAUSED)
    await room.minutes(20)
    assert len(await room.articles()) == before
    await room.desk.switch(feed.id, FeedState.ACTIVE)
    await room.minutes(1)
    after = len(await room.articles())
    assert after > before
    await room.desk.remove(feed.id)
    with pytest.raises(ArchiveError, match="There is no feed"):
        await room.desk.remove(feed.id)
    await room.minutes(8)
    assert len(await room.articles()) == after


async def test_an_article_that_an_admin_removed_does_not_come_back(
    room: Newsroom, site: FeedSite
) -> None:
    await room.add("duplicates")
    await room.minutes(1)
    await room.opened.archive.articles.remove(1)
    await room.minutes(20)  # its title changes meanwhile
    assert all(title.split(",")[0] != "duplicates 0" for title, _, _ in await room.articles())
    await room.desk.add(f"{site.url}/new/feed/duplicates", by="test")
    await room.minutes(5)
    assert all(title.split(",")[0] != "duplicates 0" for title, _, _ in await room.articles())


async def test_a_list_of_feeds_comes_in_and_goes_out_again(room: Newsroom, site: FeedSite) -> None:
    opml = _opml(f"{site.url}/feed/good", f"{site.url}/feed/stale", "mailto:x")
    first = await room.desk.bring_in(opml, by="test")
    assert (first.added, first.known, len(first.problems)) == (2, 0, 1)
    again = await room.desk.bring_in(await room.desk.carry_out(), by="test")
    assert (again.added, again.known, again.problems) == (0, 2, ())
    await room.minutes(3)
    assert len(await room.articles()) == 2


def _opml(*urls: str) -> bytes:
    outlines = "".join(f'<outline type="rss" text="x" xmlUrl="{url}"/>' for url in urls)
    return f'<opml version="2.0"><body>{outlines}</body></opml>'.encode()
