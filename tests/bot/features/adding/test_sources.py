"""Links in messages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.adding.sources import (
    Link,
    LocalFile,
    Post,
    Upload,
    folded,
    from_json,
    is_question,
    links_in,
    only_links,
    to_json,
)


@pytest.mark.parametrize(
    ("text", "links"),
    [
        ("https://a.example/1", ["https://a.example/1"]),
        (
            "Two:\nhttps://a.example/1,\n- https://b.example/2.",
            ["https://a.example/1", "https://b.example/2"],
        ),
        ("(see https://a.example/x_(y))", ["https://a.example/x_(y)"]),
        ("«https://a.example/1»", ["https://a.example/1"]),
        ("HTTPS://A.example/1", ["HTTPS://A.example/1"]),
        ("no link here, only a.b", []),
        ("https://a.example/1?utm_source=x https://a.example/1#top", None),
    ],
)
def test_links_are_found_without_what_stands_around_them(
    text: str, links: list[str] | None
) -> None:
    expected = ["https://a.example/1?utm_source=x"] if links is None else links
    assert links_in(text) == expected


def test_what_telegram_marks_as_a_link_counts_if_it_has_a_path() -> None:
    assert links_in("look", ["news.example/story", "Kursk.The", "mailto:a@b.c"]) == [
        "https://news.example/story"
    ]


def test_links_that_only_tell_trackers_something_else_are_one() -> None:
    same = [
        "https://A.example/1?utm_source=x",
        "https://a.example/1",
        "https://a.example/1?fbclid=2",
    ]
    assert folded([*same, "https://a.example/1?id=2"]) == [same[0], "https://a.example/1?id=2"]


def test_what_is_no_address_is_kept_to_be_refused_with_a_reason() -> None:
    assert folded(["/etc/passwd", "/etc/passwd", "-"]) == ["/etc/passwd", "-"]


def test_a_text_is_only_links_or_it_is_not() -> None:
    assert only_links(" https://a.example/1\nhttps://a.example/2 ") == [
        "https://a.example/1",
        "https://a.example/2",
    ]
    assert only_links("See https://a.example/1") == []
    assert only_links("") == []


def test_a_question_about_a_link_is_a_question() -> None:
    assert is_question("https://a.example/1 Is this true?")
    assert not is_question("https://a.example/1?")
    assert not is_question("For today: https://a.example/1")


@pytest.mark.parametrize(
    "source",
    [
        Link("https://a.example/1"),
        Post("Text", "Channel", None, "2024-11-12T08:00:00+00:00", "7"),
        Upload("id", "a.jsonl"),
        LocalFile("a", 1, 2),
    ],
)
def test_sources_are_the_same_after_being_kept(source: Link | Post | Upload | LocalFile) -> None:
    assert from_json(to_json(source)) == source


@given(st.text(max_size=300), st.lists(st.text(max_size=40), max_size=4))
def test_any_text_can_be_looked_through(text: str, marked: list[str]) -> None:
    found = links_in(text, marked)
    assert len(found) == len(set(found))
    assert all(one.lower().startswith(("http://", "https://")) for one in found)
    only_links(text)
    is_question(text)
