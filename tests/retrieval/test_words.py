"""Words in scripts without spaces, or with signs that aren't letters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.words import stemmed, stems, telling_words, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("北山煤矿起火", ["北山", "山煤", "煤矿", "矿起", "起火"]),
        ("谁当选了市长？", ["当选", "市长"]),
        ("港の橋を再開する", ["港", "橋", "再開"]),
        ("カメラ3台", ["カメ", "メラ", "3", "台"]),
        ("서울에서", ["서울", "울에", "에서"]),
        ("लोगों ने", ["लोगों", "ने"]),
        ("مُحَمَّد في الـمدينة", ["محمد", "في", "المدينة"]),
        ("The 2,500 tanks", ["the", "2,500", "tanks"]),
        ("Sudzha под Курском", ["sudzha", "под", "курском"]),
    ],
)
def test_words_are_found_in_any_script(text: str, found: list[str]) -> None:
    assert words(text) == found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("حريق كبير", "الحريق"),
        ("عمال المصنع", "والعمال"),
        ("शहर में बाढ़", "शहरों"),
        ("煤矿火灾", "煤矿"),
        ("長野の工場", "工場"),
    ],
)
def test_forms_of_a_word_meet(one: str, other: str) -> None:
    assert stems(other) <= stems(one)


def test_question_words_and_particles_tell_nothing() -> None:
    assert telling_words("في من على") == []
    assert telling_words("के की में") == []
    assert telling_words("いつですか") == []


@given(st.text(max_size=60))
def test_what_is_indexed_is_letters_digits_and_spaces(text: str) -> None:
    assert all(part and "'" not in part for part in stemmed(text).split(" ") if part)
    assert all(word == word.casefold() for word in words(text) if word.isascii())
