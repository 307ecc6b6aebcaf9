"""Addresses have one canonical form, and others are refused with one sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.errors import SourceError
from retrieval.ingest.canonical import canonical_url


@pytest.mark.parametrize(
    ("given_url", "expected"),
    [
        ("HTTPS://News.Example.ORG/A/b", "https://news.example.org/A/b"),
        ("https://example.org", "https://example.org/"),
        ("https://example.org?x=1", "https://example.org/?x=1"),
        ("https://example.org:443/a", "https://example.org/a"),
        ("http://example.org:80/a", "http://example.org/a"),
        ("http://example.org:8080/a", "http://example.org:8080/a"),
        ("https://example.org/a#part", "https://example.org/a"),
        ("https://example.org/a/", "https://example.org/a/"),
        ("https://example.org./a", "https://example.org/a"),
        (" https://example.org/a \n", "https://example.org/a"),
        ("https://example.org/a?utm_source=x&id=7&UTM_medium=y", "https://example.org/a?id=7"),
        ("https://example.org/a?fbclid=1&gclid=2&mc_cid=3&mc_eid=4", "https://example.org/a"),
        ("https://example.org/a?z=1&a=2&source=3", "https://example.org/a?z=1&a=2&source=3"),
        ("https://example.org/a?", "https://example.org/a"),
        ("https://example.org/a?ref=rss", "https://example.org/a"),
        ("https://example.org/a?CMP=share_btn_tw&id=7", "https://example.org/a?id=7"),
        ("https://example.org/a?wt_mc=x&wt_zmc=y&WT.mc_id=z", "https://example.org/a"),
        ("https://example.org/a?spm=C94212.P4&ns_mchannel=rss", "https://example.org/a"),
        (
            "https://example.org/a?reference=3&preference=1",
            "https://example.org/a?reference=3&preference=1",
        ),
        (
            "https://www.google.com/url?rct=j&sa=t&url=https://example.org/a%3Fid%3D7&ct=ga&usg=x",
            "https://example.org/a?id=7",
        ),
        (
            "https://google.co.uk/url?q=http://Example.org/a%3Futm_source%3Dx&ved=1",
            "http://example.org/a",
        ),
        (
            "https://l.facebook.com/l.php?u=https%3A%2F%2Fexample.org%2Fa&h=AT0",
            "https://example.org/a",
        ),
        ("https://www.google.com/url?x=1", "https://www.google.com/url?x=1"),
        (
            "https://www.google.com/url?q=javascript:alert(1)",
            "https://www.google.com/url?q=javascript:alert(1)",
        ),
        (
            "https://example.org/url?q=https://else.example/",
            "https://example.org/url?q=https://else.example/",
        ),
        ("https://example.org/a?q=%D0%90", "https://example.org/a?q=%D0%90"),
        (
            "https://новини.укр/війна",
            "https://xn--b1amarcd.xn--j1amh/%D0%B2%D1%96%D0%B9%D0%BD%D0%B0",
        ),
        ("http://[2001:DB8::1]:81/a", "http://[2001:db8::1]:81/a"),
    ],
)
def test_an_address_is_written_one_way(given_url: str, expected: str) -> None:
    assert canonical_url(given_url) == expected
    assert canonical_url(expected) == expected


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/a", "file:///etc/passwd", "javascript:alert(1)", "example.org/a", "",
        "https://", "https:///a", "http://user:secret@example.org/", "http://@example.org/",
        "http://example.org:99999/", "http://example.org:x/", "http://[::1/",
        "http://exa mple.org/",
        "http://a\x00b.org/", "http://-/", "https://example.org/" + "a" * 3000, "http://xn--\u0301/",
        "http://a\nb/", "http://<script>/",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_one_sentence(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        canonical_url(url)
    assert str(caught.value).endswith(".")
    assert "secret" not in str(caught.value)


@given(st.text() | st.text().map("http://".__add__) | st.text().map("http://a/".__add__))
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    try:
        url = canonical_url(text)
    except SourceError:
        return
    assert canonical_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/boats%2Dfor%2dsale",
        "https://a.example/boats-for-sale?source=rss",
        "https://a.example/boats-for-sale?share=telegram&from=feed",
        "https://out.reddit.com/t3_x?url=https%3A%2F%2Fa.example%2Fboats-for-sale&token=1",
        "https://t.umblr.com/redirect?z=https%3A%2F%2Fa.example%2Fboats-for-sale&t=x",
        "https://t.me/iv?url=https%3A%2F%2Fa.example%2Fboats-for-sale&rhash=1",
        "https://l.threads.net/?u=https%3A%2F%2Fa.example%2Fboats-for-sale&e=1",
        "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2Fboats-for-sale",
    ],
)
def test_more_ways_to_one_article(url: str) -> None:
    assert canonical_url(url) == "https://a.example/boats-for-sale"


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/b?source=5",
        "https://a.example/b?from=2026",
        "https://a.example/%D0%BA%2F",
    ],
)
def test_what_may_tell_articles_apart_stays(url: str) -> None:
    assert canonical_url(url) == url
