"""A follow-up takes what it leans on; a question that stands alone takes nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.followups import carried, leans, may_lean, own_stems

KURSK = "How many North Korean troops are in Kursk in November 2024?"


@pytest.mark.parametrize(
    "question",
    [
        "When was that?",
        "and Ukraine's losses?",
        "And since then?",
        "Who said it?",
        "What about Belgorod?",
        "Why?",
        "How many of them were captured?",
        "А коли це було?",
        "А потери Украины?",
        "Что он сказал?",
        "which law school did she go to?",
        "what is his name?",
        "And the Pro?",
        "more details",
        "where exactly?",
        "Wann war das?",
        "Was sagte er dazu?",
    ],
)
def test_a_follow_up_leans_on_the_question_before(question: str) -> None:
    assert leans(question)
    assert "Kursk" in carried(question, [KURSK])


@pytest.mark.parametrize(
    "question",
    [
        "Who won the cricket world cup?",
        "What did Rutte say that NATO would do about Pokrovsk?",
        "Who said that Sudzha had fallen?",
        "How much did the euro fall last week?",
        "Скільки танків втратила росія під Покровськом?",
        "Кто победил на выборах в Молдове?",
        "grain exports from odesa",
        "power cuts",
        "prisoner exchange",
        "why did grain prices rise?",
        "почему подорожал хлеб",
        "are there floods in pakistan",
        "how did macron explain his plan",
        "did putin lose his job",
        "what happened this week in kyiv",
        "Sudzha?",
        "енергетика",
        "отключения света",
        "",
        "👍🎉",
    ],
)
def test_a_question_that_stands_alone_is_not_polluted(question: str) -> None:
    assert carried(question, [KURSK]) == question


def test_nothing_is_carried_where_nothing_was_asked_before() -> None:
    assert carried("When was that?", []) == "When was that?"


def test_a_question_for_the_date_does_not_carry_the_old_figures() -> None:
    assert "2024" not in carried("When was that?", [KURSK])


@given(st.text(max_size=500), st.lists(st.text(max_size=500), max_size=3))
def test_any_text_is_kept_and_grows_by_little(question: str, earlier: list[str]) -> None:
    result = carried(question, earlier)
    assert question.strip() in result
    assert len(result) <= len(question) + 310


@pytest.mark.parametrize("question", ["who is exempt?", "from what age?", "кто виноват?"])
def test_a_question_of_few_words_may_go_on_from_the_one_before(question: str) -> None:
    assert not leans(question)
    assert may_lean(question)
    assert own_stems(question)
    assert "Kursk" in carried(question, [KURSK], anyway=True)


@pytest.mark.parametrize(
    "question",
    ["grain exports from odesa", "power cuts", "Who is Radakin?", "how many goals did lviv score"],
)
def test_a_new_topic_never_goes_on(question: str) -> None:
    assert not may_lean(question)
