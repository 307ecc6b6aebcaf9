"""A name counts as the outlet's only if it matches the host; sites are registered domains."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.ingest.canonical import article_url
from retrieval.text.outlets import (
    MAX_NAME_CHARS,
    is_shared,
    outlet_name,
    outlet_of,
    publishers,
    same_site,
    site_of,
    standing,
    twins,
)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        # free hosting: the name before it is anybody's
        ("Reuters", "reuters.github.io"), ("Reuters", "reuters.blogspot.com"),
        ("Reuters", "reuters.blogspot.co.uk"), ("Reuters", "reuters.pages.dev"),
        ("Reuters", "reuters.substack.com"), ("Reuters", "reuters.netlify.app"),
        ("Reuters", "reuters.vercel.app"), ("Reuters", "reuters.wordpress.com"),
        ("Reuters", "reuters.pp.ua"), ("Reuters", "reuters.medium.com"),
        ("Reuters", "reuters.s3.amazonaws.com"),
        # added words
        ("Reuters", "reuters-news.info"), ("Reuters", "reutersnews.com"),
        ("Reuters", "thereuters.com"), ("Reuters", "reuters-online.net"),
        ("Reuters", "news-reuters.org"), ("BBC", "bbcworld.info"), ("Reuters", "re-uters.com"),
        ("Reuters", "reuters.news"), ("Reuters News", "reuters.press"),
        # another script, and letters that look like others
        ("Reuters", "xn--ruters-5of.com"), ("Rеuters", "reuters.com"),
        ("Réuters", "xn--ruters-bva.com"), ("Reuters", "xn--ruters-bva.com"),
        ("АР", "ap.org"), ("ΝΥΤ", "nyt.com"), ("ɢoogle", "xn--oogle-wmc.com"),
        ("Ѕкай", "skai.ua"),
        # not a name
        ("Reuters (UK)", "reuters.com"), ("“Reuters”", "reuters.com"),
        ("Reuters [2]", "reuters.com"),
        ("Reuters²", "reuters.com"), ("Reuters †", "reuters.com"), ("Reu\u202eters", "reuters.com"),
        ("The " * 15 + "Reuters", "reuters.com"),
    ],
)  # fmt: skip
def test_a_look_alike_shows_its_host(name: str, host: str) -> None:
    assert outlet_of(name, host) == host


@pytest.mark.parametrize(
    ("name", "host", "outlet"),
    [
        ("Reuters\nWorld", "www.reuters.com", "Reuters World"),
        ("Правда", "xn--80aafi6cg.xn--j1amh", "Правда"),
        ("Kyiv Post", "kyiv-post.example", "Kyiv Post"),
        ("L'Équipe", "www.lequipe.fr", "L'Équipe"),
        ("Reuters | World's news, first", "reuters.com", "Reuters"),
        ("Reuters | " + "a" * 5_000, "reuters.com", "Reuters"),
        ("Wire", "wire.example", "Wire"),
        ("GitHub", "github.io", "GitHub"),
    ],
)
def test_a_name_may_be_written_in_several_ways(name: str, host: str, outlet: str) -> None:
    assert outlet_of(name, host) == outlet


def test_a_claimed_name_is_cut_to_what_can_not_be_taken_for_a_quotation() -> None:
    assert outlet_name("Wire “Nine dead.” [2] Reuters\u2028") == "Wire Nine dead. Reuters"
    assert outlet_name("L’Équipe ’24’ ‘x’") == "L’Équipe 24 x"
    assert outlet_name("a" * 6_000) == "a" * 59 + "…"
    assert outlet_name("A word " * 900).endswith("A word A…")
    long_host = "reuters.com." + "a" * 60 + ".evil.example"
    assert outlet_name(long_host).endswith("a.evil.example")


@given(st.text(max_size=200))
def test_no_text_makes_a_name_with_marks_or_lines_in_it(text: str) -> None:
    for name in (outlet_name(text), outlet_of(text, "127.0.0.1"), outlet_of(text, "wire.example")):
        assert len(name) <= MAX_NAME_CHARS
        assert name == " ".join(name.split())
        assert not set(name) & set('[](){}<>"“”„«»‹›`*†‡²①')
        assert all(unicodedata.category(one)[0] != "C" for one in name)
        assert outlet_name(name) == name


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.wire.example/a", "http://feeds.wire.example/b", True),
        ("https://me.github.io/a", "https://you.github.io/a", False),
        ("https://me.github.io/a", "https://blog.me.github.io/a", True),
        ("https://a.substack.com/", "https://substack.com/", False),
        ("https://bbc.co.uk/", "https://itv.co.uk/", False),
        ("http://127.0.0.1:81/", "http://127.0.0.1:82/", False),
        ("http://127.0.0.1:81/a", "http://127.0.0.1:81/b", True),
        ("https://wire.example:8443/", "https://wire.example/", True),
        ("https://wire.example/", None, False),
        ("http://[", "http://[", False),
    ],
)  # fmt: skip
def test_sites_are_told_apart_as_they_were_registered(
    one: str, other: str | None, same: bool
) -> None:
    assert same_site(one, other) is same
    assert same_site(other, one) is same


@pytest.mark.parametrize(
    "url",
    [
        "https://m.github.io/a", "https://amp.substack.com/a", "https://mobile.blogspot.com/a",
        "https://m.co.uk/a", "https://wap.pages.dev/a", "https://m.com/a",
    ],
)  # fmt: skip
def test_a_name_of_ones_own_on_shared_hosting_is_no_variant(url: str) -> None:
    assert article_url(url) == url


def test_below_a_name_of_ones_own_variants_are_folded() -> None:
    assert article_url("https://m.me.github.io/a") == "https://me.github.io/a"


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("http://wire.example/a", "https://wire.example/a"),
        ("https://www.wire.example/a", "https://wire.example/a"),
        ("https://wire.example/a/", "https://wire.example/a"),
        ("http://www.wire.example/a/?id=1", "https://wire.example/a?id=1"),
        ("https://wire.example/a/index.html", "https://wire.example/a"),
        ("https://wire.example/a/index.php", "http://wire.example/a/"),
        ("https://wire.example/", "https://www.wire.example/index.html"),
        ("https://me.github.io/a", "http://me.github.io/a/"),
        ("http://127.0.0.1:81/a/", "http://127.0.0.1:81/a"),
    ],
)
def test_addresses_that_lead_to_one_page_are_twins(one: str, two: str) -> None:
    assert one in twins(two)
    assert two in twins(one)


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("https://wire.example/a", "https://wire.example/b"),
        ("https://wire.example/a", "https://live.wire.example/a"),
        ("https://wire.example/a?id=1", "https://wire.example/a?id=2"),
        ("https://wire.example/a#x", "https://wire.example/a#y"),
        ("https://wire.example:81/a", "http://wire.example:82/a"),
        ("http://127.0.0.1/a", "https://127.0.0.1/a"),
        ("https://www.com/a", "https://com/a"),
        ("https://me.github.io/a", "https://you.github.io/a"),
    ],
)
def test_other_addresses_are_no_twins(one: str, two: str) -> None:
    assert one not in twins(two)
    assert two not in twins(one)


@given(st.text(max_size=60))
def test_any_host_belongs_to_some_site(host: str) -> None:
    assert site_of(host) is not None
    assert is_shared(host) in {True, False}
    standing("Wire", f"https://{host}/")


def test_an_address_speaks_for_its_own_outlet_only() -> None:
    assert standing("Wire", "https://wire.example/1") == 0
    assert standing("wire.example", "https://www.wire.example/1") == 0
    assert standing("Wire", None) == 0
    assert standing("Wire", "https://wire.example/feed#entry-1") == 1
    assert standing("Wire", "https://a.example/1") == 1
    assert standing("thief.blogspot.com", "https://thief.blogspot.com/1") == 2


@pytest.mark.parametrize(
    ("outlets", "count"),
    [
        (["BBC News", "BBC News - World", "bbc.co.uk"], 1),
        (["the Guardian", "theguardian.com"], 1),
        (["Kyiv Independent", "The Kyiv Independent", "kyivindependent.com"], 1),
        (["Reuters", "Reuters | Europe", "www.reuters.com"], 1),
        (["Alpha", "Beta", "Gamma"], 3),
        (["Alpha Times", "Alpha Post"], 2),
        (["me.github.io", "you.github.io"], 2),
    ],
)
def test_labels_of_one_publisher_are_one(outlets: list[str], count: int) -> None:
    found = publishers((outlet, None) for outlet in outlets)
    assert len(found) == count
    assert found[0] == outlets[0]


def test_a_publishers_two_addresses_are_one() -> None:
    pages = [("CNN", "https://edition.cnn.com/a"), ("CNN International", "https://amp.cnn.com/b")]
    assert publishers(pages) == ("CNN",)
