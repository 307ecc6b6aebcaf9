"""RSS, Atom and JSON Feed in the wild, and documents that aren't feeds."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import ExtractError
from retrieval.feeds.discovery import feeds_of_page, read_opml, write_opml
from retrieval.feeds.parsing import fragment_text, is_page, read_feed

URL = "https://example.org/feed.xml"
RSS = """<?xml version="1.0"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Wire &amp; Post</title>
<link>https://example.org/</link><ttl>90</ttl><skipHours><hour>1</hour><hour>24</hour></skipHours>
<skipDays><day>Sunday</day></skipDays>
<item><title>Bridge &lt;b&gt;holds&lt;/b&gt;</title><guid isPermaLink="false">n-1</guid>
<link>/story?utm_source=rss</link><pubDate>Tue, 12 Nov 2024 09:30:00 GMT</pubDate>
<description>Short.</description>
<content:encoded><![CDATA[
<p>One <b>bold</b> line.</p><script>x()</script><p>Two.</p>]]></content:encoded>
</item></channel></rss>"""
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title>A</title><entry><id>tag:1</id>
<title type="html">R&amp;amp;D</title><link href="https://example.org/1"/>
<updated>2024-11-12T10:00:00Z</updated><author><name>Ann</name></author>
<summary>Something was said.</summary></entry></feed>"""
LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
BOMBS = [
    f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]><rss><a>&l8;</a></rss>',
    f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "{"x" * 5000}">]><rss>&a;</rss>',
    '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><title>&a;</title></rss>',
    "<!DOCTYPE x [<!ENTITY % a \"<!ENTITY b SYSTEM 'http://127.0.0.1/'>\">%a;]><rss/>",
    '<!DOCTYPE x [<!ENTITY a "&#38;b;"><!ENTITY b "&#38;a;">]><rss>&a;</rss>',
]


def test_rss_is_read_with_its_wishes() -> None:
    document = read_feed(RSS.encode(), URL)
    [entry] = document.entries
    assert (document.title, document.site_url) == ("Wire & Post", "https://example.org/")
    assert document.wishes.least == timedelta(minutes=90)
    assert document.wishes.skip_hours == {1, 0}
    assert document.wishes.skip_days == {6}
    assert (entry.guid, entry.url) == ("n-1", "https://example.org/story")
    assert (entry.title, entry.text, entry.whole) == (
        "Bridge holds",
        "One bold line.\n\nTwo.",
        True,
    )
    assert entry.published == datetime(2024, 11, 12, 9, 30, tzinfo=UTC)
    assert entry.outlet == "Wire & Post"


def test_atom_is_read() -> None:
    [entry] = read_feed(ATOM.encode(), URL).entries
    assert (entry.guid, entry.url, entry.title) == ("tag:1", "https://example.org/1", "R&D")
    assert (entry.text, entry.whole, entry.author) == ("Something was said.", False, "Ann")
    assert entry.published is None
    assert entry.updated == datetime(2024, 11, 12, 10, tzinfo=UTC)


def test_json_feed_is_read() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "items": [
            {
                "id": 7,
                "url": "/7",
                "title": "Seven",
                "content_html": "<p>Seven &amp; one.</p>",
                "date_published": "2024-11-12T10:00:00+02:00",
                "authors": [{"name": "Ann"}, {"name": "Bob"}],
            },
            "no entry",
        ],
    }
    [entry] = read_feed(json.dumps(feed).encode(), URL).entries
    assert (entry.guid, entry.url, entry.text) == ("7", "https://example.org/7", "Seven & one.")
    assert entry.published == datetime(2024, 11, 12, 8, tzinfo=UTC)
    assert entry.author == "Ann, Bob"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "It's empty."),
        (b"<html><body>Hello</body></html>", "It's a web page, not a feed."),
        (b"just words", "It isn't RSS, Atom or JSON Feed."),
        (b'{"a": 1}', "It's JSON, but not a JSON Feed."),
        (b"{" * 100_000, "It's JSON, but not a JSON Feed."),
        (b"%PDF-1.7 \x00\x01", "It isn't RSS, Atom or JSON Feed."),
    ],
)
def test_what_is_no_feed_is_refused_with_its_sentence(body: bytes, said: str) -> None:
    with pytest.raises(ExtractError, match=said.replace(".", r"\.")):
        read_feed(body, URL)


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entity_bombs_are_refused_in_feeds_and_lists(bomb: str, encoding: str) -> None:
    with pytest.raises(ExtractError, match="known kind of attack"):
        read_feed(bomb.encode(encoding), URL)
    with pytest.raises(ExtractError, match="known kind of attack"):
        read_opml(bomb.encode(encoding))


def test_elements_nested_a_hundred_thousand_deep_do_no_harm() -> None:
    deep = "<div>" * 100_000
    assert fragment_text(f"{deep}Text") in {"", "Text"}
    read_feed(RSS.replace("Short.", deep.replace("<", "&lt;")).encode(), URL)


def test_what_no_database_takes_is_left_out() -> None:
    item = {"id": "a\0\ud800", "title": "T\0\udfff", "content_text": "x\0y\ud800"}
    feed = {"version": "https://jsonfeed.org/version/1", "title": "\0J", "items": [item]}
    document = read_feed(json.dumps(feed).encode(), URL)
    [entry] = document.entries
    assert (document.title, entry.guid, entry.title, entry.text) == ("J", "a", "T", "xy")


@given(st.binary(max_size=400))
def test_no_bytes_crash_the_parser(body: bytes) -> None:
    for document in (body, RSS.encode()[: len(body) * 3] + body, b'{"items": ' + body):
        try:
            read_feed(document, URL)
        except ExtractError as error:
            assert str(error)  # noqa: PT017  either is fine, nothing else is
        is_page(document)


@given(st.text())
def test_text_without_markup_stays_as_it_is(text: str) -> None:
    if not set(text) & set("<&"):
        assert fragment_text(text) == text.strip()


def test_a_page_names_its_feeds_and_those_of_comments_come_last() -> None:
    page = b"""<html><head><base href="https://example.org/news/">
    <link rel="alternate" type="application/rss+xml" title="Comments" href="/comments/feed">
    <link rel="alternate" type="application/atom+xml" href="atom.xml">
    <link rel="alternate" type="text/html" href="/de">
    <link rel="alternate" type="application/rss+xml" href="javascript:x"></head>
    <body><a href="/rss">RSS</a><a href="/about">About</a></body></html>"""
    assert feeds_of_page(page, None, "https://example.org/") == [
        "https://example.org/news/atom.xml",
        "https://example.org/rss",
        "https://example.org/comments/feed",
    ]


def test_a_list_is_read_with_its_folders_each_feed_once() -> None:
    opml = b"""<?xml version="1.0"?><opml version="2.0"><body><outline text="News">
    <outline text="A &amp; B" type="rss" xmlUrl="https://a.example/feed#x" htmlUrl="https://a.example"/>
    <outline text="again" XMLURL="https://a.example/feed"/></outline>
    <outline text="odd" xmlUrl="ftp://b.example/feed"/></body></opml>"""
    first, odd = read_opml(opml)
    assert (first.url, first.title, first.problem) == ("https://a.example/feed", "A & B", None)
    assert odd.problem is not None
    for wrong in (b"<html/>", b"words", b""):
        with pytest.raises(ExtractError):
            read_opml(wrong)
    assert write_opml([]).startswith(b"<?xml")


def test_of_a_document_that_breaks_off_the_last_entry_waits_for_the_whole() -> None:
    items = "".join(
        f"<item><title>{n}</title><link>https://a.example/{n}</link><guid>{n}</guid></item>"
        for n in (1, 2)
    )
    whole = (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>T</title>{items}</channel></rss>'
    )
    cut = whole[: whole.index("<link>https://a.example/2")]
    found = read_feed(cut.encode(), "https://a.example/feed")
    assert len(found.entries) == 1
    assert found.broken_off
    found = read_feed(whole.encode(), "https://a.example/feed")
    assert len(found.entries) == 2
    assert not found.broken_off
