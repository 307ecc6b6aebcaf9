"""Entries in SQL: what is the same entry, whatever changes about it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive.database import open_database
from retrieval.archive.tables import feed_entry
from retrieval.feeds.entry_store import EntryStore
from retrieval.feeds.identity import keyed
from retrieval.feeds.models import Entry, Outline
from retrieval.feeds.store import FeedStore

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2024, 11, 12, tzinfo=UTC)


def entry(guid: str, page: str) -> Entry:
    return Entry(guid, f"https://a.example/{page}", "Ferry", "It sails.", whole=True)


async def test_an_entry_whose_guid_and_later_address_change_stays_one(tmp_path: Path) -> None:
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    outline = Outline("https://a.example/feed", "A")
    hour = timedelta(hours=1)
    feed = await FeedStore(database).add(outline, by="test", now=NOW, interval=hour, holder="me")
    assert feed is not None
    for one in (entry("1", "a"), entry("9", "a"), entry("9", "z"), entry("9", "z")):
        await EntryStore(database).keep_look(feed.id, "me", {"failures": 0}, keyed([one]), NOW)
    async with database.read() as connection:
        rows = (await connection.execute(select(feed_entry.c.id))).all()
    await database.close()
    assert len(rows) == 1
