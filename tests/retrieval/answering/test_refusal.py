"""What is offered where nothing answers, and what answers by its words."""

from __future__ import annotations

import pytest

from retrieval.answering.quoting import are_answers, closest, word_likeness
from retrieval.grounding.quotes import parts_of, sentences_of
from retrieval.models import Hit
from tests.support.passages import passage


def hits(*similarities: float | None) -> list[Hit]:
    return [
        Hit(passage("Rain fell on Karsk all day.", revision=number), 1.0, similarity)
        for number, similarity in enumerate(similarities, start=1)
    ]


def ids(found: list[Hit], most: int = 3) -> list[int]:
    return [one.id for one in closest(found, most)]


def test_what_is_about_something_else_is_not_offered_beside_what_is_near() -> None:
    assert ids(hits(0.67, 0.15, 0.64, 0.2, 0.5)) == [1, 3, 5]


def test_what_only_the_words_found_is_offered() -> None:
    assert ids(hits(None, 0.6, None)) == [1, 2, 3]


def test_where_nothing_is_near_the_nearest_is_offered() -> None:
    assert ids(hits(-0.2, -0.1)) == [2]


def test_an_article_is_offered_once_and_so_many_at_most() -> None:
    twice = [*hits(0.6), *hits(0.6, 0.6, 0.6, 0.6)]
    assert ids(twice) == [1, 2, 3]


@pytest.mark.parametrize(
    ("question", "sentence", "answers"),
    [
        (
            "Чи зустрічали бійці ведмедів під Островом?",
            "Солдати ще не бачили ведмедів біля Острова.",
            True,
        ),
        ("Перебросил ли Карск войска в Остров?", "Карск не снял с Острова крупных сил.", True),
        ("Чи зустрічали бійці ведмедів під Островом?", "Ведмеді з Острова пішли в ліс.", False),
        ("Перебросил ли Карск войска в Остров?", "Карск и Остров построили мост.", False),
    ],
)
def test_questions_by_words_are_answered_by_words_that_news_uses_for_the_same(
    question: str, sentence: str, *, answers: bool
) -> None:
    found = sentences_of([Hit(passage(sentence), 1.0)])
    likeness = word_likeness(question, found)
    assert are_answers(parts_of(question), question, found, likeness).tolist() == [answers]
