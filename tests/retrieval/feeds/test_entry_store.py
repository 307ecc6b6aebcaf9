"""Entries in SQL keep their identity when they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from retrieval.feeds.models import FeedEntry, Outline, keyed
from retrieval.feeds.store import EntryStore, FeedStore
from retrieval.storage.database import open_database
from retrieval.storage.tables import feed_entry
from tests.support.hosts import Hosts, feed, item

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Room

NOW = datetime(2024, 11, 12, tzinfo=UTC)


def entry(guid: str, page: str) -> FeedEntry:
    return FeedEntry(guid, f"https://a.example/{page}", "Ferry", "It sails.", whole=True)


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


LONG = " ".join(f"Box {n} of the harbour is painted in colour {n * 3}." for n in range(20))
BOAT = f"A boat sank off Lys in the fog, and its crew of four swam ashore. {LONG}"
BEAR = (
    "A bear walked into the school of Orlo, and the lessons of the day were put off. "
    + " ".join(f"Hunter {n} waited beside door {n * 7} until it had gone." for n in range(20))
)


@pytest.mark.parametrize(
    ("title", "text", "texts"),
    [
        ("Bear seen", BEAR, 2),
        ("Bear seen in the school", f"{BEAR} {LONG[:80]}", 2),
        ("Boat sinks off Lys: four swim ashore", BOAT.replace("four", "five"), 1),
        ("Boat sinks", BEAR, 1),
        ("Four swim ashore", f"Update. {BOAT}", 1),
    ],
)
async def test_a_new_guid_at_an_old_link_is_another_article_if_it_tells_another_story(
    room: Room, hosts: Hosts, title: str, text: str, texts: int
) -> None:
    link = hosts.url("a.example/live")
    hosts.put("a.example/feed", feed("A", item("Boat sinks", link, BOAT, guid="g1")))
    await room.read("a.example/feed")
    hosts.put("a.example/feed", feed("A", item(title, link, text, guid="g2")))
    await room.later()
    found = await room.articles()
    assert [number for _, _, number in found] == ([1, 1] if texts == 2 else [2])
    assert (await room.said(texts)).startswith(text[:40])
    # The third look changes nothing, and a later change of the second is its own.
    hosts.put("a.example/feed", feed("A", item(title, link, f"{text} More.", guid="g2")))
    await room.later()
    assert (await room.said(texts)).endswith("More.")
    assert len(await room.articles()) == texts


async def test_the_old_entry_beside_the_new_one_keeps_its_article(room: Room, hosts: Hosts) -> None:
    link = hosts.url("a.example/live")
    old, new = item("Boat sinks", link, BOAT, guid="g1"), item("Bear", link, BEAR, guid="g2")
    for items in ((old,), (new, old), (new,), (old,)):
        hosts.put("a.example/feed", feed("A", *items))
        await room.read("a.example/feed") if items == (old,) else await room.later()
    assert [number for _, _, number in await room.articles()] == [1, 1]
    assert ((await room.said(1))[:6], (await room.said(2))[:6]) == ("A boat", "A bear")


async def test_a_new_story_on_an_old_page_that_its_feed_only_names_is_read_there(
    room: Room, hosts: Hosts
) -> None:
    link = hosts.url("a.example/live")
    teasers = ("A boat sank off Lys in fog.", "A bear walked into a school.")
    for n, (title, teaser, text) in enumerate(
        zip(("Boat sinks", "Bear seen"), teasers, (BOAT, BEAR), strict=True)
    ):
        page = f"<html><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
        hosts.put("a.example/live", page, "text/html")
        hosts.put("a.example/feed", feed("A", item(title, link, teaser, guid=f"g{n}")))
        await (room.later() if n else room.read("a.example/feed"))
    assert [number for _, _, number in await room.articles()] == [1, 1]
    assert ((await room.said(1))[:6], (await room.said(2))[:6]) == ("A boat", "A bear")
