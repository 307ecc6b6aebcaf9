from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.questions.views import sentence_link


def test_a_link_leads_to_a_short_sentence_whole() -> None:
    link = sentence_link("https://a.example/story#top", "Kyiv said 10,000, well-armed.")
    assert link == "https://a.example/story#:~:text=Kyiv%20said%2010%2C000%2C%20well%2Darmed."


def test_a_long_sentence_is_marked_by_its_ends() -> None:
    sentence = " ".join(f"word{number}" for number in range(40))
    link = sentence_link("https://a.example/story", sentence)
    start, end = link.partition("#:~:text=")[2].split(",")
    assert unquote(start) == "word0 word1 word2 word3 word4"
    assert unquote(end) == "word35 word36 word37 word38 word39"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1))
def test_no_sentence_breaks_out_of_the_fragment(sentence: str) -> None:
    link = sentence_link("https://a.example/", sentence)
    assert link.isascii()
    assert not any(char.isspace() for char in link)
    assert link.count("#") == 1


@pytest.mark.parametrize("url", ["https://a.example/?q=1", "https://a.example/ї"])
def test_the_address_itself_is_kept(url: str) -> None:
    assert sentence_link(url, "x").startswith(url + "#")
