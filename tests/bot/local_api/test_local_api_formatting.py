"""Texts and their entities, as Telegram tidies them."""

import contextlib
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.local_api import BotApiError
from bot.local_api.formatting import MAX_ENTITIES, detected, formatted, utf16_length, utf16_slice

Json = dict[str, Any]
TEXTS = st.text(st.sampled_from("ab \n\r\té🎉👍🏽я\u200d\u202e"), min_size=1, max_size=30)


def bold(offset: int, length: int) -> Json:
    return {"type": "bold", "offset": offset, "length": length}


@given(TEXTS, st.integers(0, 70), st.integers(1, 70))
def test_an_entity_is_accepted_just_if_it_covers_whole_characters(
    text: str, offset: int, length: int
) -> None:
    edges = {utf16_length(text[:index]) for index in range(len(text) + 1)}
    fits = {offset, offset + length} <= edges
    refused = pytest.raises(BotApiError, match="Bad Request: entity begin")
    with contextlib.nullcontext() if fits else refused:
        formatted(text, [bold(offset, length)], allow_empty=True)


@given(TEXTS, st.data())
def test_entities_still_cover_what_they_covered(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    entity = bold(utf16_length(text[:start]), utf16_length(text[start:end]))
    result = formatted(text, [entity], allow_empty=True)
    kept = "".join(" " if c == "\t" else c for c in text[start:end] if c not in "\r\u202e")
    covered = [utf16_slice(result.text, e["offset"], e["length"]) for e in result.entities]
    assert [part.rstrip(" \n") for part in covered] == [kept.rstrip(" \n")] * len(covered)
    assert bool(covered) or not kept.strip(" \n")


@given(TEXTS)
def test_no_white_space_is_left_around_a_text(text: str) -> None:
    assume(text.strip(" \n\r\t\u200d\u202e"))
    result = formatted(text, [])
    assert result.text == result.text.strip(" \n")
    assert formatted(result.text, []).text == result.text


@given(TEXTS)
def test_lengths_are_those_of_utf_16(text: str) -> None:
    assert utf16_length(text) == len(text.encode("utf-16-le")) // 2


def test_a_text_is_trimmed_at_the_front_only_up_to_the_first_entity() -> None:
    assert formatted("  ab  ", [bold(1, 3)]).text == " ab"
    assert formatted("  ab  ", [bold(3, 3)]).entities == (bold(1, 1),)


def test_what_encloses_comes_first() -> None:
    quote = {"type": "expandable_blockquote", "offset": 0, "length": 4}
    link = {"type": "text_link", "offset": 0, "length": 4, "url": "https://a.com/b"}
    given = [bold(2, 1), bold(0, 4), link, quote]
    assert formatted("abcd", given).entities == (quote, link, bold(0, 4), bold(2, 1))


def test_entities_that_telegram_finds_itself_are_ignored() -> None:
    assert formatted("a.com", [{"type": "url", "offset": 0, "length": 5}]).entities == ()


def test_beyond_a_hundred_entities_the_rest_is_ignored_and_counted() -> None:
    result = formatted("x" * 150, [bold(index, 1) for index in range(150)])
    assert len(result.entities) == MAX_ENTITIES
    assert result.ignored == 50


def test_links_are_completed() -> None:
    link = {"type": "text_link", "offset": 0, "length": 1, "url": "example.com"}
    assert formatted("x", [link]).entities[0]["url"] == "http://example.com/"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("/ask@sitrep_bot what?", [("bot_command", "/ask@sitrep_bot")]),
        ("🎉 hey @sitrep_bot, hi", [("mention", "@sitrep_bot")]),
        ("see https://a.com/b_c?d=1.", [("url", "https://a.com/b_c?d=1")]),
        ("bbc.com or a@b.com", [("url", "bbc.com"), ("email", "a@b.com")]),
        ("#war in 2022 a/b 1/2", [("hashtag", "#war")]),
        ("nothing here", []),
    ],
)
def test_what_people_write_is_marked(text: str, found: list[tuple[str, str]]) -> None:
    entities = detected(text)
    assert [(e["type"], utf16_slice(text, e["offset"], e["length"])) for e in entities] == found
