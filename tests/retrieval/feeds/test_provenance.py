"""A feed only speaks for its own site: other links are read there, or stay the feed's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.support.hosts import Hosts, article, feed, item

if TYPE_CHECKING:
    from .conftest import Room

TEXT = "The council of the port voted on Monday to close the old bridge for a whole year. "
LONG = TEXT + " ".join(
    f"Lorry {n} will go round by the northern road of dock {n}." for n in range(20)
)
FAKE = " ".join(
    f"The bridge was sold to a stranger for {n} coins, to everybody's joy." for n in range(20)
)
SOURCE = "<source url='http://wire.example/feed'>Wire</source><author>Ann of Wire</author>"


def stolen(hosts: Hosts, text: str = FAKE) -> str:
    """The thief's feed, with Wire's article in the thief's words."""
    link = hosts.url("wire.example/1")
    hosts.put("a.example/feed", feed("Wire", item("Bridge closes", link, text, SOURCE, "x")))
    return link


async def test_an_entry_that_leads_elsewhere_is_read_there(room: Room, hosts: Hosts) -> None:
    stolen(hosts)
    hosts.put("wire.example/1", article("Bridge closes", LONG, name="Wire"))
    await room.read("a.example/feed")
    assert await room.articles() == [("Wire", "http://wire.example/1", 1)]
    assert "stranger" not in await room.said(1)


async def test_what_can_not_be_read_there_is_the_feeds_own(room: Room, hosts: Hosts) -> None:
    stolen(hosts)  # and wire.example answers 404
    await room.read("a.example/feed")
    ((outlet, url, _),) = await room.articles()
    assert outlet == "a.example"
    assert url.startswith("http://a.example/feed#entry-")


@pytest.mark.parametrize("first", ["wire", "thief"])
async def test_no_feed_corrects_another_outlets_article(
    room: Room, hosts: Hosts, first: str
) -> None:
    link = hosts.url("wire.example/1")
    hosts.put("wire.example/feed", feed("Wire", item("Bridge closes", link, LONG)))
    stolen(hosts)
    feeds = ["wire.example/feed", "a.example/feed"]
    for page in feeds if first == "wire" else feeds[::-1]:
        await room.read(page)
    stolen(hosts, FAKE + " Indeed.")
    await room.later()
    found = await room.articles()
    own = next(one for one in found if one[0] == "Wire")
    assert own == ("Wire", "http://wire.example/1", 1)
    assert {outlet for outlet, _, _ in found} <= {"Wire", "a.example"}
    assert all("wire.example" not in url for outlet, url, _ in found if outlet == "a.example")


async def test_what_a_feed_told_of_another_site_yields_to_that_sites_own_article(
    room: Room, hosts: Hosts
) -> None:
    link = stolen(hosts, LONG)  # the very text, before its page can be had
    await room.read("a.example/feed")
    hosts.put("wire.example/feed", feed("Wire", item("Bridge closes", link, LONG)))
    await room.read("wire.example/feed")
    told, own = [outlet for outlet, _, _ in await room.articles()]
    assert (told, own) == ("a.example", "Wire")
    kin = await room.opened.archive.articles.kin(1)
    assert kin.first is not None
    assert kin.first.outlet == "Wire"


async def test_a_changed_link_takes_no_other_page_for_the_same_article(
    room: Room, hosts: Hosts
) -> None:
    stolen(hosts)
    hosts.put("wire.example/1", article("Bridge closes", LONG, name="Wire"))
    await room.read("a.example/feed")
    hosts.put(
        "wire.example/2", article("Other story", LONG.replace("bridge", "school"), name="Wire")
    )
    again = item("Bridge closes, again", hosts.url("wire.example/2"), FAKE, "", "x")
    hosts.put("a.example/feed", feed("Wire", again))
    await room.later()
    assert await room.articles() == [
        ("Wire", "http://wire.example/1", 1),
        ("Wire", "http://wire.example/2", 1),
    ]


async def test_a_feed_that_a_redirect_led_to_is_of_where_it_was(room: Room, hosts: Hosts) -> None:
    evil = feed("Wire", item("Bridge closes", hosts.url("wire.example/1"), FAKE))
    to = (("Location", hosts.put("a.example/feed", evil)),)
    hosts.put("wire.example/out", "", status=302, headers=to)
    await room.read("wire.example/out")
    ((outlet, url, _),) = await room.articles()
    assert (outlet, url.partition("#")[0]) == ("a.example", "http://a.example/feed")


async def test_the_page_of_an_entry_is_one_article_of_its_host(room: Room, hosts: Hosts) -> None:
    wire = hosts.url("wire.example/1")
    lines = json.dumps({"title": "Bridge", "text": FAKE, "url": wire, "source": "Wire"})
    page = hosts.put("a.example/page", lines, "application/jsonl")
    many = hosts.put("a.example/many", f"{lines}\n{lines}", "application/jsonl")
    body = feed("A", item("Bridge", page, "", "", "1"), item("Bridges", many, "", "", "2"))
    hosts.put("a.example/feed", body)
    await room.read("a.example/feed")
    assert await room.articles() == [("a.example", "http://a.example/page", 1)]


@pytest.mark.parametrize(
    ("host", "title", "outlet"),
    [
        ("a.example", "Reuters", "a.example"),
        ("reuters.github.io", "Reuters", "reuters.github.io"),
        ("wire-news.example", "Wire", "wire-news.example"),
        ("wire.example", "Wire: all the news", "Wire"),
        ("feeds.wire.example", "Wire &#8220;Nine dead&#8221; [2] Reuters", "feeds.wire.example"),
    ],
)
async def test_a_feeds_name_for_itself_is_held_against_its_host(
    room: Room, hosts: Hosts, host: str, title: str, outlet: str
) -> None:
    hosts.put(f"{host}/feed", feed(title, item("Bridge", hosts.url(f"{host}/1"), LONG, SOURCE)))
    await room.read(f"{host}/feed")
    assert await room.articles() == [(outlet, f"http://{host}/1", 1)]


async def test_one_bad_entry_does_not_stop_the_others(room: Room, hosts: Hosts) -> None:
    items = [
        {"id": n, "title": f"Bridge {n}", "content_text": f"{LONG} {n}", "url": f"/{n}"}
        for n in range(3)
    ]
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "Wire", "items": items}
    hosts.put("wire.example/feed", json.dumps(body).replace('"id": 1,', f'"id": {"9" * 5_000},'))
    await room.read("wire.example/feed")
    assert len(await room.articles()) == 3
