from __future__ import annotations

from datetime import UTC, datetime

import pytest

from retrieval.models import Passage
from retrieval.search.query import Freshness, make_plan, named_outlets
from retrieval.search.ranking import (
    FusionWeights,
    RankedPassage,
    SearchConfig,
    diverse,
    scores,
    signals_of,
)
from tests.support.passages import hit, passage

NOW = datetime(2024, 11, 14, tzinfo=UTC)
OUTLETS = ("The New York Times", "cnn.com", "Reuters", "Meridian Wire")


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("What did the NYT report?", ("The New York Times",)),
        ("According to the New York Times, how many?", ("The New York Times",)),
        ("What did CNN say?", ("cnn.com",)),
        ("Reuters's figures?", ("Reuters",)),
        ("Which times are hard?", ()),
        ("Which wire was cut?", ()),
    ],
)
def test_outlets_are_known_by_the_names_that_readers_use(
    question: str, named: tuple[str, ...]
) -> None:
    assert named_outlets(question, OUTLETS) == named


@pytest.mark.parametrize(
    ("question", "freshness"),
    [
        ("What is the latest on Kursk?", Freshness.STRONG),
        ("How many troops are there?", Freshness.SOME),
        ("How many troops were there in 2022?", Freshness.NONE),
        ("Що зараз у Курську?", Freshness.STRONG),
    ],
)
def test_newer_is_better_unless_the_question_is_about_the_past(
    question: str, freshness: Freshness
) -> None:
    assert make_plan(question, NOW).freshness is freshness


def test_a_plan_says_what_it_understood() -> None:
    plan = make_plan("What did Reuters write about Sudzha on Monday?", NOW, OUTLETS)
    assert plan.outlets == ("Reuters",)
    assert "sudzha" in plan.names
    assert plan.window is not None
    assert plan.window.words == "monday"


def order(question: str, *passages: Passage, words: dict[str, float] | None = None) -> list[str]:
    plan = make_plan(question, NOW, OUTLETS)
    tuning = SearchConfig()
    candidates = [RankedPassage(one.id, one.ordinal, one.article) for one in passages]
    signals = signals_of(plan, candidates, words or {}, {}, tuning)
    score = scores(candidates, signals, tuning.weights)
    return sorted(score, key=lambda name: -score[name])


def test_of_two_like_passages_the_newer_is_first_unless_history_is_asked_for() -> None:
    old = passage("Troops mass.", day="2022-03-01", revision=1)
    new = passage("Troops mass.", day="2024-11-12", revision=2)
    assert order("How many troops?", old, new) == [new.id, old.id]
    assert order("How many troops in 2022?", old, new) == [old.id, new.id]


def test_a_named_outlet_comes_first() -> None:
    one = passage("Troops mass.", outlet="Meridian Wire", revision=1)
    other = passage("Troops mass.", outlet="Reuters", revision=2)
    assert order("What did Reuters say about troops?", one, other)[0] == other.id


def test_what_is_dated_after_the_question_gains_nothing_by_being_new() -> None:
    future = passage("Troops mass.", day="2025-06-01", revision=1)
    past = passage("Troops mass.", day="2024-11-01", revision=2)
    assert order("How many troops?", future, past)[0] == past.id


def test_a_wrong_guess_costs_rank_and_never_a_result() -> None:
    one = passage("Troops mass.", day="2020-01-01", revision=1)
    assert order("What did CNN say on Monday about troops?", one) == [one.id]


def test_words_that_only_one_passage_has_decide() -> None:
    one, other = passage("Alpha.", revision=1), passage("Beta.", revision=2)
    assert order("Which alpha?", one, other, words={other.id: 3.0, one.id: 9.0})[0] == one.id


def test_an_article_with_two_fitting_passages_is_supported() -> None:
    first = passage("Troops mass.", revision=1)
    lonely = passage("Troops mass.", revision=2)
    plan = make_plan("troops", NOW)
    candidates = [
        RankedPassage(first.id, 0, first.article),
        RankedPassage("1:1", 1, first.article),
        RankedPassage(lonely.id, 0, lonely.article),
    ]
    score = scores(
        candidates, signals_of(plan, candidates, {}, {}, SearchConfig()), FusionWeights()
    )
    assert score[first.id] > score[lonely.id]


def test_copies_are_folded_where_independent_sources_are_wanted() -> None:
    text = "Ukraine holds the town of Sudzha, its army chief said on Monday after a visit."
    hits = [hit(passage(text, outlet=o, revision=n)) for n, o in enumerate(("A", "B", "C"), 1)]
    hits.append(hit(passage("Something else was said in Seoul.", revision=9)))
    assert len(diverse(hits, 4, 3, fold_copies=False)) == 4
    folded = diverse(hits, 4, 3, fold_copies=True)
    assert [one.passage.article.outlet for one in folded] == ["A", "Meridian Wire"]


def test_reports_with_other_figures_are_no_copies() -> None:
    text = "Some {} soldiers were captured near the town on Monday, its mayor told reporters."
    hits = [hit(passage(text.format(n), revision=n)) for n in (300, 900)]
    assert len(diverse(hits, 4, 3, fold_copies=True)) == 2


def test_no_article_takes_all_the_places() -> None:
    mine = passage("One. Two.", revision=1)
    many = [
        hit(Passage(f"1:{n}", mine.article, n, mine.span, f"text {n}", mine.sentences))
        for n in range(5)
    ]
    other = hit(passage("Other.", revision=2))
    chosen = diverse([*many, other], 4, 2, fold_copies=False)
    assert [one.passage.article.id for one in chosen] == [1, 1, 2, 1]


@pytest.mark.parametrize(
    ("question", "phrase"),
    [
        ("Did they lose 2,500 tanks?", "2,500 tanks"),
        ("Чи там 11 000 солдатів?", "11 000 солдатів"),
        ("What of the Kursk Nuclear Power Plant?", "kursk nuclear power plant"),
        ("Who said “not one inch” in October?", "not one inch"),
    ],
)
def test_words_that_belong_together_are_looked_for_together(question: str, phrase: str) -> None:
    assert phrase in make_plan(question, NOW).terms
