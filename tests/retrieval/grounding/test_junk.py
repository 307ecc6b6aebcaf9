"""What may be quoted: the table `junk_cases.txt`, what stands around, and what recurs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.briefing.material import Material
from retrieval.grounding.junk import (
    RECURRING,
    fixed_phrases,
    is_junk,
    is_recurring,
    junk_in,
    sentence_key,
)
from retrieval.grounding.quotes import sentences_of
from retrieval.models import Hit
from retrieval.text.sentences import split_sentences
from tests.support.passages import passage

if TYPE_CHECKING:
    from retrieval.models import Passage

LINES = (Path(__file__).parent / "junk_cases.txt").read_text("utf-8").splitlines()
CASES = [(line[2:], line[0] == "-") for line in LINES if line[0] in "-+"]


@pytest.mark.parametrize(("sentence", "junk"), CASES)
def test_a_sentence_is_junk_or_not(sentence: str, *, junk: bool) -> None:
    assert is_junk(sentence) is junk


def test_the_table_is_large_and_has_both() -> None:
    assert len(CASES) >= 120
    assert sum(junk for _, junk in CASES) >= 50 <= sum(not junk for _, junk in CASES)


def flagged(text: str, title: str = "") -> list[str]:
    spans = split_sentences(text)
    found = zip(spans, junk_in(text, spans, title), strict=True)
    return [span.of(text) for span, junk in found if junk]


def test_a_heading_with_a_verb_is_known_by_the_sentences_around_it() -> None:
    text = "The vote was close.\n\nTrump weighs in\n\nThe senator spoke on Friday."
    assert flagged(text) == ["Trump weighs in"]


def test_lines_of_a_post_without_stops_are_no_headings() -> None:
    post = "Air raid alert lifted in Kyiv\n\nTwo drones were shot down\n\nTrains run again"
    assert flagged(post) == []


def test_the_only_sentence_of_a_post_is_no_heading_of_anything() -> None:
    assert flagged("Explosions in Kherson") == []
    assert flagged("Read more") == ["Read more"]


def test_a_repeated_title_with_a_verb_is_no_heading() -> None:
    text = "It was late.\n\nParliament passes budget\n\nThe vote was close."
    assert flagged(text, "Parliament passes budget") == []


@given(st.text(max_size=300), st.text(max_size=40), st.text(max_size=40))
def test_every_text_is_judged(sentence: str, before: str, after: str) -> None:
    assert is_junk(sentence, before, after, before) in {True, False}
    assert 0 <= sentence_key(before, sentence) < 1 << 63


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "A ",
        '"',
        "1.",
        "a:",
        "/",
        "A.",
        "By A ",
        "walk on May 1, 2022 ",
        "AP/",
        "a@",
        "here is ",
    ],
)
def test_hostile_sentences_cost_no_more_for_being_longer(piece: str) -> None:
    start = process_time()
    is_junk(piece * (200_000 // len(piece)))
    assert process_time() - start < 0.2


def keys(text: str, title: str = "T", outlet: str = "Alpha") -> frozenset[int]:
    return fixed_phrases(outlet, title, text, split_sentences(text))


SLOGAN = "Alpha is the paper that the whole valley trusts."


def test_a_fixed_phrase_is_known_in_every_article_of_its_outlet_and_in_no_other() -> None:
    one = keys(f"Floods closed the bridge. {SLOGAN}")
    other = keys(f"The council voted. {SLOGAN.upper()}")
    assert one & other == {sentence_key("Alpha", SLOGAN)}
    assert not one & keys(SLOGAN, outlet="Beta")


def test_the_background_of_a_story_is_no_fixed_phrase() -> None:
    background = "Griner was detained in Moscow in February."
    text = f"A court in Moscow sentenced Griner. {background} Griner has been detained since."
    assert sentence_key("Alpha", background) not in keys(text)
    assert sentence_key("Alpha", SLOGAN) in keys(f"{text} {SLOGAN}")


def test_a_sentence_with_a_figure_has_to_recur_more_often() -> None:
    assert is_recurring(SLOGAN, RECURRING)
    assert not is_recurring(SLOGAN, RECURRING - 1)
    assert not is_recurring("The flood killed 12 people.", RECURRING)


def test_quote_mode_takes_no_junk() -> None:
    mixed = replace(
        passage("Read more in our newsletter. It rained all day. It snowed in the hills."),
        junk=(True, False, False),
    )
    found = sentences_of([Hit(mixed, 1.0), Hit(only_junk(), 0.5)])
    assert [one.text for one in found] == ["It rained all day.", "It snowed in the hills."]


def only_junk() -> Passage:
    return replace(passage("Read more."), junk=(True,))


def test_a_passage_of_junk_alone_is_empty_and_one_with_a_sentence_is_not() -> None:
    assert only_junk().is_empty
    assert not replace(passage("Read more. It rained."), junk=(True, False)).is_empty
    assert not passage("It rained.").is_empty


def test_briefings_pass_over_what_the_archive_knows_for_junk() -> None:
    mixed = replace(passage("It rained. It snowed."), junk=(True, False))
    assert [one.quotable for one in Material.of(1, [mixed]).sentences] == [False, True]
