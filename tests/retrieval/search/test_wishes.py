from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.search.query import (
    MOST_WISHES,
    Freshness,
    Plan,
    gathered,
    make_plan,
    named_outlets,
    plans_of,
    wishes_of,
)
from tests.support.passages import hit, passage

NOW = datetime(2024, 11, 30, 12, tzinfo=UTC)
OUTLETS = ("Meridian Wire", "The Ledger", "Harbour Post", "Lantern - Sport", "Lantern - Health")


def wishes(question: str) -> tuple[Plan, ...]:
    return wishes_of(make_plan(question, NOW, OUTLETS))


def test_each_outlet_that_is_named_is_asked_what_stands_beside_it() -> None:
    first, second = wishes(
        "Did Meridian Wire say that the dam at Lipa held, while The Ledger reported a flood in"
        " Ostrov?"
    )
    assert first.outlets == ("Meridian Wire",)
    assert "dam at Lipa" in first.content
    assert "flood" not in first.content
    assert second.outlets == ("The Ledger",)
    assert "flood in Ostrov" in second.content
    assert "dam" not in second.content


def test_the_date_behind_an_outlet_is_its_own() -> None:
    first, second = wishes(
        "Between the Meridian Wire report on the mine published on 4 November and the Meridian Wire"
        " report on the strike published on 20 November, what changed?"
    )
    assert first.window is not None
    assert second.window is not None
    assert (first.window.start.day, second.window.start.day) == (4, 20)
    assert "mine" in first.content
    assert "strike" in second.content


def test_two_days_without_an_outlet_are_two_wishes() -> None:
    found = wishes("How many boats were lost on 3 November and how many on 17 November?")
    assert [one.window.start.day for one in found if one.window] == [3, 17]


def test_outlets_that_are_named_in_one_breath_are_each_asked_the_same() -> None:
    found = wishes("What do Meridian Wire and The Ledger say about the dam at Lipa?")
    assert [one.outlets for one in found] == [("Meridian Wire",), ("The Ledger",)]
    assert all("dam at Lipa" in one.content for one in found)


@pytest.mark.parametrize(
    "question",
    [
        "Who holds Sudzha?",
        "What did Meridian Wire report on 4 November?",
        "What happened between 20 and 25 November?",
        (
            "Senators agreed on a law about weapons this week, but reforms that many had wanted,"
            " such as a ban on rifles, were left out of the deal. Which measure is not in it?"
        ),
        "How many died and how many were hurt in Ostrov yesterday?",
        "",
    ],
)
def test_one_wish_stays_whole(question: str) -> None:
    assert wishes(question) == ()
    plan = make_plan(question, NOW, OUTLETS)
    assert plans_of(plan) == (plan,)


def test_a_section_is_named_by_its_own_name_or_by_its_papers() -> None:
    assert named_outlets("What does Lantern - Sport say?", OUTLETS) == ("Lantern - Sport",)
    assert named_outlets("What does the Lantern say?", OUTLETS) == (
        "Lantern - Sport",
        "Lantern - Health",
    )
    assert named_outlets("Did the 'Harbour Post' deny it?", OUTLETS) == ("Harbour Post",)


def test_a_long_question_is_of_no_season_unless_it_asks_for_the_latest() -> None:
    long = (
        "Did Meridian Wire describe the repairs of the harbour wall as delayed by winter storms,"
        " while The Ledger described the same repairs as finished, paid for, blessed by the bishop"
        " and opened by the mayor?"
    )
    assert {one.freshness for one in plans_of(make_plan(long, NOW, OUTLETS))} == {Freshness.NONE}
    latest = plans_of(make_plan(f"Latest: {long}", NOW, OUTLETS))
    assert {one.freshness for one in latest} == {Freshness.STRONG}


def test_what_answers_each_wish_stands_near_the_top() -> None:
    plan = make_plan("What do Meridian Wire and The Ledger say about the dam?", NOW, OUTLETS)
    plans = plans_of(plan)
    many = [hit(passage("The dam held.", outlet="Meridian Wire", revision=n)) for n in range(1, 9)]
    one = hit(passage("The dam broke.", outlet="The Ledger", revision=20))
    found = gathered(plans, [many, [*many, one], many])
    outlets = [each.passage.article.outlet for each in found[:3]]
    assert "The Ledger" in outlets
    assert len({each.passage.id for each in found}) == len(found) == 9


@given(st.text(max_size=300), st.lists(st.sampled_from(OUTLETS), max_size=4))
@settings(max_examples=150)
def test_whatever_is_asked_gives_few_wishes_that_ask_something(text: str, named: list[str]) -> None:
    found = wishes(f"{text} {' and '.join(named)} {text[:50]}, while {' '.join(named)} on 4 May?")
    assert len(found) <= MOST_WISHES
    assert all(one.content for one in found)
