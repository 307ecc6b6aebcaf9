"""A poller with its own archive, which reads feeds of many hosts; its clock hardly moves."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from retrieval.feeds import FeedService, Poller, PollingConfig
from retrieval.ingest import FetchConfig, Ingestor
from retrieval.storage import tables
from tests.support.archives import Opened, opened_archive

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from tests.support.hosts import Hosts


@asynccontextmanager
async def _turn(_host: str) -> AsyncIterator[None]:
    yield


class Room:
    """A poller with two workers, which wait for a `turn` with each host."""

    def __init__(self, opened: Opened, hosts: Hosts) -> None:
        self.opened, self.hosts = opened, hosts
        self.now = datetime(2024, 11, 12, 8, tzinfo=UTC)
        reading = FetchConfig(timeout_s=3, allow_private=True, clock=lambda: self.now)
        rules = PollingConfig(timedelta(minutes=1), timedelta(minutes=2), timedelta(minutes=1))
        self.turn: Callable[[str], AbstractAsyncContextManager[None]] = _turn
        self.poller = Poller(
            opened.database,
            Ingestor(opened.archive, reading),
            self._its_turn,
            now=self.tick,
            rules=rules,
            dice=lambda: 0.5,
            at_once=2,
        )
        self.desk = FeedService(self.poller, reading)

    def _its_turn(self, host: str) -> AbstractAsyncContextManager[None]:
        return self.turn(host)

    def tick(self) -> datetime:
        """The time, a little later each time it is asked for."""
        self.now += timedelta(milliseconds=1)
        return self.now

    async def read(self, page: str) -> None:
        await self.desk.add(self.hosts.url(page), by="test")
        await self.poller.work()

    async def later(self, minutes: int = 45) -> None:
        self.now += timedelta(minutes=minutes)
        await self.poller.work()

    async def articles(self) -> list[tuple[str, str, int]]:
        """Outlet, address without the port, and number of revisions of each, oldest first."""
        a, r = tables.article.c, tables.revision.c
        query = (
            select(a.outlet, a.url, r.number)
            .join(tables.revision, r.id == a.current_revision_id)
            .order_by(a.id)
        )
        async with self.opened.database.read() as connection:
            rows = (await connection.execute(query)).all()
        return [(row[0], row[1].replace(f":{self.hosts.port}", ""), row[2]) for row in rows]

    async def said(self, article_id: int) -> str:
        """An article's text."""
        a, r = tables.article.c, tables.revision.c
        query = select(r.text).join(tables.article, r.id == a.current_revision_id)
        async with self.opened.database.read() as connection:
            return str((await connection.execute(query.where(a.id == article_id))).scalar_one())


@pytest.fixture
async def room(tmp_path: Path, hosts: Hosts) -> AsyncIterator[Room]:
    async with opened_archive(tmp_path) as opened:
        yield Room(opened, hosts)
