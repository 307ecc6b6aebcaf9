"""Who somebody is, as news say it in passing."""

from __future__ import annotations

import time

import pytest

from retrieval.grounding.introductions import introduces


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("A spokesman, Jon Veld, said that the ferry was late.", "Jon Veld"),
        ("Alma Brandt, the minister of ports, opened the bridge.", "Alma Brandt"),
        ("The minister of ports, Alma Brandt, opened the bridge.", "Alma Brandt"),
        ("Prime Minister Alma Brandt opened the bridge.", "Brandt"),
        ("District Judge Alma Brandt ruled on Monday.", "Alma Brandt"),
        ("Alma Brandt is a nurse from Sund.", "Alma Brandt"),
        ("Brandt became mayor of Sund in May.", "Alma Brandt"),
        ("The 24-year-old swimmer Alma Brandt won again.", "Alma Brandt"),
        ("Alma Brandt, 41, has led the union since May.", "Alma Brandt"),
        ("Alma Brandt (the union's lawyer) was not there.", "alma brandt"),
        ("Про це сказав керівник Центру портів Андрій Бондаренко.", "Андрій Бондаренко"),
        ("Врио губернатора области Алексей Смолин сообщил об ударе.", "Алексей Смолин"),
        ("Der Sprecher des Hafens, Jon Veld, schwieg.", "Jon Veld"),
    ],
)
def test_a_sentence_that_says_who_somebody_is(sentence: str, name: str) -> None:
    assert introduces(sentence, name)


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Alma Brandt said that the ferry was late.", "Alma Brandt"),
        ("“It was late,” Brandt said.", "Alma Brandt"),
        ("The ferry to Sund was late again.", "Alma Brandt"),
        ("The prime minister said nothing about the ferry.", "Alma Brandt"),
        ("Alma Brandt opened the bridge.", ""),
    ],
)
def test_a_sentence_that_only_names_somebody(sentence: str, name: str) -> None:
    assert not introduces(sentence, name)


def test_a_long_sentence_takes_no_time() -> None:
    began = time.perf_counter()
    introduces("the minister of " * 2_000, "Alma Brandt")
    assert time.perf_counter() - began < 2
