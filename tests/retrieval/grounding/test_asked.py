from __future__ import annotations

import pytest

from retrieval.grounding.asked import (
    QuestionKind,
    ask,
    asks_of_now,
    counts_the_noun,
    holds,
    introduces,
    is_early,
    is_unfinished,
    leans,
    leaves_open,
)
from retrieval.text.words import stems


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is Marta Olen?", QuestionKind.DEFINITION),
        ("What is a capacity auction?", QuestionKind.DEFINITION),
        ("Хто такий Марко Білий?", QuestionKind.DEFINITION),
        ("Why was the ferry late?", QuestionKind.REASON),
        ("What caused the fire?", QuestionKind.REASON),
        ("Чому зачинили міст?", QuestionKind.REASON),
        ("What does a ticket cost?", QuestionKind.MONEY),
        ("How big was the fine?", QuestionKind.MONEY),
        ("How many tanks were lost?", QuestionKind.COUNT),
        ("Скільки танків втрачено?", QuestionKind.COUNT),
        ("How old is the mayor?", QuestionKind.MEASURE),
        ("From what age?", QuestionKind.MEASURE),
        ("When does the bridge open?", QuestionKind.TIME),
        ("Where did the train stop?", QuestionKind.PLACE),
        ("Who signed the treaty?", QuestionKind.PERSON),
        ("What's the latest on the strike?", QuestionKind.LATEST),
        ("Has the minister resigned?", QuestionKind.YES_NO),
        ("Чи відкрили міст?", QuestionKind.YES_NO),
        ("flood Ostrov", QuestionKind.TOPIC),
        ("Was the plant still open when the inspectors came?", QuestionKind.YES_NO),
        ("Can you tell me when the bridge opens?", QuestionKind.TIME),
        ("What did Olen show", QuestionKind.OTHER),
        ("What is the kiosk bringing back", QuestionKind.OTHER),
        ("What is the latest on Ostrov?", QuestionKind.LATEST),
        ("What is silver worth?", QuestionKind.MONEY),
        ("What is the price of bread?", QuestionKind.MONEY),
        ("What is a hearing?", QuestionKind.DEFINITION),
        ("Which former minister died?", QuestionKind.PERSON),
    ],
)
def test_a_question_says_what_kind_of_thing_would_answer(question: str, kind: QuestionKind) -> None:
    assert ask(question).kind is kind


@pytest.mark.parametrize(
    ("question", "sentence", "held"),
    [
        ("When did it open?", "It opened on 3 May.", True),
        ("When did it open?", "It opened with a speech.", False),
        ("How many came?", "Some two thousand people came.", True),
        ("How many came?", "Many people came.", False),
        ("How much does it cost?", "A seat costs $40.", True),
        ("How much does it cost?", "A seat costs a lot.", False),
        ("How old is she?", "Olen, 47, was elected in May.", True),
        ("Why was it closed?", "It was closed because of the storm.", True),
        ("Why was it closed?", "It was closed.", False),
        ("Who signed it?", "It was signed by Marta Olen.", True),
        ("Where is it?", "It stands near Ostrov.", True),
    ],
)
def test_a_sentence_holds_what_is_asked_for_or_does_not(
    question: str, sentence: str, held: bool
) -> None:
    assert holds(ask(question), sentence) is held


def test_a_figure_answers_only_if_it_counts_what_is_asked_for() -> None:
    asked = ask("How many tanks did the army lose?")
    assert asked.nouns == stems("tanks")
    assert counts_the_noun(asked, "The army lost 12 tanks.")
    assert not counts_the_noun(asked, "The army lost 300 soldiers.")


@pytest.mark.parametrize(
    "sentence",
    [
        "Olen is a lawyer from Ostrov.",
        "Marta Olen, the minister of transport, opened the bridge.",
        "Minister Marta Olen opened the bridge.",
        "A spokeswoman, Marta Olen, said so.",
    ],
)
def test_an_apposition_or_a_title_introduces_a_person(sentence: str) -> None:
    assert introduces(stems("Olen"), sentence)


def test_a_mere_mention_introduces_nobody() -> None:
    assert not introduces(stems("Olen"), "Then Olen left in a hurry.")


def test_that_the_latest_is_asked_for_is_not_what_a_sentence_has_to_say() -> None:
    assert ask("latest on the strike").terms == stems("strike")


def test_a_pronoun_at_the_beginning_leans_on_what_stands_before() -> None:
    assert leans("He left on Monday.")
    assert leans("Його звільнили.")
    assert not leans("Olen left on Monday.")


def test_an_aside_behind_a_name_introduces_nobody() -> None:
    names = stems("Marta Olen")
    assert introduces(names, "Marta Olen – the mayor of Ostrov – opened the bridge.")
    assert not introduces(names, "One of the two – Ivan Brod or Marta Olen – will be named today.")


@pytest.mark.parametrize(
    ("question", "early"),
    [("Who won the cup?", True), ("Who will win the cup?", False), ("When is the final?", False)],
)
def test_a_preview_is_early_for_who_asks_what_has_happened(question: str, early: bool) -> None:
    assert is_early(ask(question), "The cup will be awarded on Sunday.") is early
    assert not is_early(ask(question), "Brod won the cup on Sunday.")


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("Ann Reed shared who had helped her to stop smoking.", True),
        ("The mayor explained in detail how the bridge was closed.", True),
        ("It is still unclear why the ship turned back.", True),
        ("Here’s what we know about the fire.", True),
        ("Bob Lund helped her to stop smoking.", False),
        ("The ship turned back because its engine failed.", False),
        ("People who knew him explained the delay.", False),
    ],
)
def test_what_announces_an_answer_leaves_it_open(text: str, is_open: bool) -> None:
    assert leaves_open(text) is is_open


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("How faster rate hikes affect savings and stocks", True),
        ("The bank raised its rate.", False),
        ("“The bank raised its rate.”", False),
        ("The bank raised its rate.)", False),
        ("银行上调了利率。", False),
        ("It ended in 2019.[3]", False),
        ("„Der Satz ist falsch.“", False),
        ("“It is over.” (Meridian Wire)", False),
    ],
)
def test_no_mark_ends_a_heading(text: str, unfinished: bool) -> None:
    assert is_unfinished(text) is unfinished


@pytest.mark.parametrize(
    ("question", "now"),
    [
        ("Has Artemis lifted off yet?", True),
        ("What is the current toll?", True),
        ("Чи досі шукають зниклих?", True),
        ("How many were killed on Monday?", False),
        ("Where was the snow?", False),
    ],
)
def test_a_question_may_ask_how_things_stand_now(question: str, now: bool) -> None:
    assert asks_of_now(ask(question)) is now


def test_the_34_year_old_leans_on_who_named_her() -> None:
    assert leans("The firm released a picture of the 34-year-old actress as Monroe.")
    assert not leans("The firm released a picture of Ana Orlova; the 34-year-old plays Monroe.")
    assert not leans("Police met the 34-year-old Ana Orlova.")
    assert not leans("The 34-year-old singer Ana Orlova won the race.")
    assert not leans("A fire destroyed the 90-year-old bridge in Wend.")
    assert not leans("Orlova, the 35-year-old, scored twice.")
