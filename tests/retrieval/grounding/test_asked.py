from __future__ import annotations

import pytest

from retrieval.grounding.asked import (
    Kind,
    ask,
    counts_the_noun,
    holds,
    introduces,
    is_early,
    leans,
)
from retrieval.text.words import stems


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who is Marta Olen?", Kind.DEFINITION),
        ("What is a capacity auction?", Kind.DEFINITION),
        ("Хто такий Марко Білий?", Kind.DEFINITION),
        ("Why was the ferry late?", Kind.REASON),
        ("What caused the fire?", Kind.REASON),
        ("Чому зачинили міст?", Kind.REASON),
        ("What does a ticket cost?", Kind.MONEY),
        ("How big was the fine?", Kind.MONEY),
        ("How many tanks were lost?", Kind.COUNT),
        ("Скільки танків втрачено?", Kind.COUNT),
        ("How old is the mayor?", Kind.MEASURE),
        ("From what age?", Kind.MEASURE),
        ("When does the bridge open?", Kind.TIME),
        ("Where did the train stop?", Kind.PLACE),
        ("Who signed the treaty?", Kind.PERSON),
        ("What's the latest on the strike?", Kind.LATEST),
        ("Has the minister resigned?", Kind.YES_NO),
        ("Чи відкрили міст?", Kind.YES_NO),
        ("flood Ostrov", Kind.TOPIC),
        ("Was the plant still open when the inspectors came?", Kind.YES_NO),
        ("Can you tell me when the bridge opens?", Kind.TIME),
        ("What did Olen show", Kind.OTHER),
        ("What is the kiosk bringing back", Kind.OTHER),
        ("What is the latest on Ostrov?", Kind.LATEST),
        ("What is silver worth?", Kind.MONEY),
        ("What is the price of bread?", Kind.MONEY),
        ("What is a hearing?", Kind.DEFINITION),
        ("Which former minister died?", Kind.PERSON),
    ],
)
def test_a_question_says_what_kind_of_thing_would_answer(question: str, kind: Kind) -> None:
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
