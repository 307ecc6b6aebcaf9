"""Entries that share a link are separate articles; feeds in any encoding; bare ampersands."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from retrieval.feeds.models import FeedEntry, keyed
from retrieval.feeds.parsing import read_feed
from retrieval.storage import tables
from tests.support.hosts import Hosts, feed, item
from tests.support.shared import CASES, needs_cases

if TYPE_CHECKING:
    from .conftest import Room

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)
HOME = "https://a.example/feed"
ONE = FeedEntry(
    None, "https://a.example/live", "Boat sinks", "A boat sank.", whole=True,
    published=NOW, came_from=HOME,
)  # fmt: skip
TWO = replace(ONE, title="Bear seen", text="A bear was seen.", published=NOW + timedelta(hours=1))
RUSSIAN = "Паром вышел в пятницу вечером и сел на мель у острова, сообщила служба порта."
STORIES = (
    "The ferry to Lys sails again from Monday, since the fog is gone, its captain told the port.",
    "A bear walked into the school of Orlo, and nobody went home before the hunters had come.",
    "Salt costs twice as much in Vik, and the fish hall asks the county to lend it ninety tons.",
)
LONG = " ".join(f"Box {n} of the harbour is painted in colour {n * 3}." for n in range(20))


def addresses(*entries: FeedEntry) -> list[str | None]:
    return [one.entry.url for one in keyed(entries)]


def test_entries_on_one_page_are_told_apart_by_the_fragments_of_their_links() -> None:
    entries = [replace(ONE, fragment="u1"), replace(TWO, fragment="u2")]
    assert addresses(*entries) == ["https://a.example/live#u1", "https://a.example/live#u2"]
    assert [one.url for one in keyed(entries)] == [None, None]


def test_a_fragment_on_a_page_of_ones_own_is_left_out() -> None:
    assert addresses(replace(ONE, fragment="xtor=RSS-1")) == ["https://a.example/live"]


@pytest.mark.parametrize("guids", [(None, None), ("g1", "g2")])
def test_entries_with_one_link_are_articles_of_their_own(
    guids: tuple[str | None, str | None],
) -> None:
    found = addresses(*(replace(one, guid=g) for one, g in zip((ONE, TWO), guids, strict=True)))
    assert len(set(found)) == 2
    assert all((one or "").startswith("https://a.example/live#entry-") for one in found)


def test_a_guid_that_a_whole_feed_shares_is_no_name() -> None:
    third = replace(ONE, title="Salt dear", text="Salt is dear.")
    assert len(set(addresses(*(replace(one, guid="feed") for one in (ONE, TWO, third))))) == 3


def test_twins_of_a_link_are_one_link() -> None:
    assert len(set(addresses(ONE, replace(TWO, url="http://www.a.example/live/")))) == 2
    assert keyed([ONE, replace(TWO, url="http://www.a.example/live/")])[0].url is None


def test_the_front_page_is_no_address_of_an_article() -> None:
    assert addresses(replace(ONE, url="https://a.example/")) != ["https://a.example/"]


def test_title_and_date_name_an_entry_that_has_nothing_else() -> None:
    bare = replace(ONE, url=None)
    corrected = replace(bare, text="A boat sank twice.")
    next_day = replace(bare, published=NOW + timedelta(days=1))
    keys = [keyed([one])[0].key for one in (bare, corrected, next_day)]
    assert keys[0] == keys[1] != keys[2]


def test_of_one_entry_told_twice_the_newest_counts() -> None:
    old, new = replace(ONE, guid="g"), replace(ONE, guid="g", text="New.", updated=TWO.published)
    assert [one.entry.text for one in keyed([old, new])] == ["New."]
    assert [one.entry.text for one in keyed([new, old])] == ["New."]


def test_a_page_of_another_site_that_entries_share_stays_that_page() -> None:
    elsewhere = [replace(one, url="https://b.example/x") for one in (ONE, TWO)]
    assert set(addresses(*elsewhere)) == {"https://b.example/x"}


def dated(text: str, hour: int, link: str, number: int) -> str:
    stamp = f"<pubDate>Tue, 12 Nov 2024 {hour:02}:00:00 GMT</pubDate>"
    return item(f"Story {number}", link, f"{text} {LONG}", stamp, f"g{number}")


@pytest.mark.parametrize("reversed_", [False, True])
async def test_a_feed_whose_entries_share_a_link_becomes_as_many_articles(
    room: Room, hosts: Hosts, reversed_: bool
) -> None:
    link = hosts.url("a.example/live")
    items = [dated(text, n + 1, link, n) for n, text in enumerate(STORIES)]
    hosts.put("a.example/feed", feed("A", *(items[::-1] if reversed_ else items)))
    await room.read("a.example/feed")
    found = await room.articles()
    assert [(outlet, url.partition("#")[0], number) for outlet, url, number in found] == [
        ("a.example", "http://a.example/live", 1)
    ] * 3
    # The oldest first, whatever the order in which its publisher lists them.
    assert [(await room.said(n + 1)).split(",")[0] for n in range(3)] == [
        one.split(",")[0] for one in STORIES
    ]


@pytest.mark.parametrize("encoding", ["cp1251", "koi8-r", "utf-8", "utf-16"])
@pytest.mark.parametrize("declared", [None, "utf-8", "iso-8859-1", "windows-1251", "cp-1251"])
@pytest.mark.parametrize("served", ["", "text/xml", "text/xml; charset=iso-8859-1"])
def test_a_cyrillic_feed_is_read_in_its_encoding_whatever_is_declared(
    encoding: str, declared: str | None, served: str
) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    text = f"{head}{feed('Вестник порта', item('Паром сел на мель', '/1', RUSSIAN))}"
    text = text.replace('<?xml version="1.0"?>', "") if text.count("<?xml") > 1 else text
    document = read_feed(text.encode(encoding), HOME, served)
    assert document.title == "Вестник порта"
    assert [(one.title, one.text) for one in document.entries] == [("Паром сел на мель", RUSSIAN)]


@pytest.mark.parametrize(
    ("title", "wanted"),
    [
        ("AT&T wins", "AT&T wins"),
        ("AT&amp;T wins", "AT&T wins"),
        ("Fish & chips & R&D", "Fish & chips & R&D"),
        ("<![CDATA[Q&A: the mayor]]>", "Q&A: the mayor"),
        ("Caf&eacute; &#8212; open", "Café — open"),
        ("Ende gut&nbsp;&", "Ende gut &"),
    ],
)
def test_a_bare_ampersand_is_an_ampersand(title: str, wanted: str) -> None:
    [entry] = read_feed(feed("A", item(title, "/1", "Text.")).encode(), HOME).entries
    assert entry.title == wanted


@needs_cases
@pytest.mark.parametrize(
    "name", ["feed-same-link.xml", "feed-same-link-other-guid.xml", "feed-fragment-links.xml"]
)
async def test_the_reported_feeds_are_three_articles_each(
    room: Room, hosts: Hosts, name: str
) -> None:
    text = (CASES / "text" / name).read_text("utf-8")
    hosts.put(
        "news.example/feed", text.replace("https://news.example/", hosts.url("news.example/"))
    )
    room.now = datetime(2026, 11, 30, tzinfo=UTC)
    await room.read("news.example/feed")
    found = await room.articles()
    assert len({url for _, url, _ in found}) == 3
    async with room.opened.database.read() as connection:
        titles = (await connection.execute(select(tables.revision.c.title))).scalars().all()
    assert len(set(titles)) == 3


@needs_cases
@pytest.mark.parametrize("name", ["feed-cp-1251.xml", "feed-cp1251-undeclared.xml"])
def test_the_reported_encodings_are_read(name: str) -> None:
    document = read_feed((CASES / "text" / name).read_bytes(), HOME)
    assert document.title.startswith("Новини")
    assert document.entries[0].title == "Гавань ремонтують"
