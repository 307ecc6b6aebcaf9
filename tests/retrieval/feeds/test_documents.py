"""Feeds are read in a separate process."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from retrieval.errors import ExtractError
from retrieval.feeds.documents import DiscoveredFeed, Documents, FeedPool, FeedTask, read_here
from retrieval.feeds.getting import FeedResponse
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

URL = "https://a.example/feed"
ITEM = "<item><guid>{0}</guid><title>Storm {0}</title><description>Rain &amp; wind.</description>\
<pubDate>Tue, 12 Nov 2024 08:00:00 GMT</pubDate></item>"


def rss(items: int) -> bytes:
    inside = "".join(ITEM.format(n) for n in range(items))
    head = "<title>Alpha</title><ttl>30</ttl><skipHours><hour>3</hour></skipHours>"
    return f'<rss version="2.0"><channel>{head}{inside}</channel></rss>'.encode()


def answer_of(body: bytes) -> FeedResponse:
    return FeedResponse(URL, URL, None, 200, {}, None, body)


@pytest.fixture
def pool() -> Iterator[FeedPool]:
    pool = FeedPool()
    yield pool
    pool.close()


def test_a_worker_reads_what_this_process_would(pool: FeedPool) -> None:
    for body in (rss(3), b"", b"no feed", b"<html><body>A page.</body></html>"):
        task = FeedTask(body, URL, "application/rss+xml")
        assert list(pool.read(task)) == list(read_here(task))


async def test_what_is_no_feed_is_one_sentence(pool: FeedPool) -> None:
    documents = Documents(pool.read)
    answer = answer_of(b"<html><body>A page.</body></html>")
    with pytest.raises(ExtractError, match="It's a web page, not a feed"):
        await documents.read(answer)
    found, entries = await documents.read(answer_of(rss(2)))
    assert (found.title, len(entries)) == ("Alpha", 2)


async def test_a_worker_that_says_nothing_has_read_no_feed() -> None:
    with pytest.raises(ExtractError, match="Reading it failed"):
        await Documents(lambda _task: []).read(answer_of(rss(1)))


async def test_a_worker_that_died_behind_its_answer_has_read_no_feed() -> None:
    whole = next(read_here(FeedTask(rss(1), URL)))
    documents = Documents(
        lambda _task: [whole, DiscoveredFeed(reason=UserMessage("Reading it failed."))]
    )
    with pytest.raises(ExtractError, match="Reading it failed"):
        await documents.read(answer_of(rss(1)))


def test_a_feed_that_takes_too_long_is_one_sentence_and_the_next_is_read() -> None:
    pool = FeedPool(timeout_s=0.5)
    try:
        begun = time.monotonic()
        [found] = pool.read(FeedTask(rss(100_000), URL))
        assert str(found.reason) == "Reading it took longer than 0.5 seconds."
        assert time.monotonic() - begun < 60
        [found] = pool.read(FeedTask(rss(1), URL))
        assert found.document is not None
    finally:
        pool.close()


def test_a_worker_sees_no_setting_of_ours(pool: FeedPool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    list(pool.read(FeedTask(rss(1), URL)))
    [worker] = [pool._workers._idle.get_nowait()]
    assert b"secret" not in Path(f"/proc/{worker.process.pid}/environ").read_bytes()
    worker.end()
    assert os.environ["OPENAI_API_KEY"] == "secret"


async def test_pages_and_lists_are_read_where_feeds_are_and_within_the_same_time() -> None:
    many = " ".join(f'a{n}=""' for n in range(40_000))
    pool = FeedPool(timeout_s=0.5)
    documents = Documents(pool.read)
    try:
        with pytest.raises(ExtractError, match=r"longer than 0\.5 seconds"):
            await documents.addresses(answer_of(f"<html><body {many}>".encode()))
        with pytest.raises(ExtractError, match=r"longer than 0\.5 seconds|It is not XML"):
            await documents.outlines(f"<opml><outline {many}/></opml>".encode())
        link = '<link rel="alternate" type="application/rss+xml" href="/feed">'
        page = answer_of(f"<html><head>{link}</head></html>".encode())
        assert await documents.addresses(page) == ("https://a.example/feed",)
        [one] = await documents.outlines(b'<opml><outline xmlUrl="https://b.example/f"/></opml>')
        assert one.url == "https://b.example/f"
    finally:
        pool.close()


async def test_a_list_that_is_too_large_comes_to_no_worker() -> None:
    with pytest.raises(ExtractError, match="larger than 5 MB"):
        await Documents(lambda _task: []).outlines(b" " * 5_000_001)
