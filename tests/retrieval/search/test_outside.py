"""Which hits are from the days that a question asks for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from retrieval.models import Precision, Published
from retrieval.search.dates import DateWindow, find_window, of_window, only_outside
from retrieval.search.query import make_plan
from tests.support.passages import hit, passage

NOW = datetime(2024, 11, 14, 9, tzinfo=UTC)


def asked(question: str) -> DateWindow:
    window = find_window(question, NOW)
    assert window is not None
    return window


def test_only_what_was_published_in_the_window_or_names_a_day_of_it_is_left() -> None:
    monday = passage("A fire burned down the market.", day="2024-11-11", revision=1)
    tuesday = passage(
        "The mayor resigned on Monday. The council meets today.", day="2024-11-12", revision=2
    )
    old = passage("Two boats sank.", day="2024-11-09", revision=3)
    undated = passage("The mayor resigned on Monday.", day=None, revision=4)
    kept = of_window(asked("What happened on Monday?"), map(hit, (monday, tuesday, old, undated)))
    assert [one.passage.article.id for one in kept] == [1, 2]
    told = kept[1].passage
    assert [told.sentence(n) for n in range(len(told.sentences))] == [
        "The mayor resigned on Monday."
    ]


def test_what_is_published_the_morning_after_a_day_tells_of_it_unless_it_names_another() -> None:
    morning = passage(
        "A storm came up on Monday. It lasted. On the same day the army spoke of 40 boats. "
        "The fleet meets on Thursday. Nobody was hurt.",
        day="2024-11-12",
    )
    at = datetime(2024, 11, 12, 5, tzinfo=UTC)
    early = replace(
        morning, article=replace(morning.article, published=Published(at, Precision.MINUTE))
    )
    evening = replace(
        morning,
        article=replace(
            morning.article, published=Published(at.replace(hour=20), Precision.MINUTE)
        ),
    )
    other = passage("A ferry sank. Twelve people were saved.", revision=2)
    silent = replace(
        other, article=replace(other.article, published=Published(at, Precision.MINUTE))
    )
    found = of_window(asked("What happened on Monday?"), map(hit, (early, evening, silent)))
    told = [[one.passage.sentence(n) for n in range(len(one.passage.sentences))] for one in found]
    assert told == [
        [
            "A storm came up on Monday.",
            "It lasted.",
            "On the same day the army spoke of 40 boats.",
            "Nobody was hurt.",
        ],
        ["A storm came up on Monday.", "It lasted."],
    ]


def test_the_weekday_in_a_report_of_the_afternoon_is_the_last_one() -> None:
    report = passage("Soldiers crossed the border on Tuesday.", day="2024-11-18")
    at = datetime(2024, 11, 18, 15, tzinfo=UTC)  # a Monday
    timed = replace(
        report, article=replace(report.article, published=Published(at, Precision.MINUTE))
    )
    assert of_window(asked("Who crossed the border on Tuesday?"), [hit(timed)])


def test_what_is_left_of_a_passage_keeps_its_own_marks_of_junk() -> None:
    tuesday = replace(
        passage("The council meets today. Read more. The mayor resigned on Monday."),
        junk=(False, True, False),
    )
    (kept,) = of_window(asked("What happened on Monday?"), [hit(tuesday)])
    assert [kept.passage.is_quotable(n) for n in range(2)] == [False, True]


def test_a_day_is_that_of_the_reader_also_where_an_article_is_dated_by_day() -> None:
    asking = "What happened on Monday?"
    window = make_plan(asking, NOW, zone=ZoneInfo("America/Los_Angeles")).window
    assert window is not None
    monday = hit(passage("A fire burned down the market.", day="2024-11-11"))
    assert of_window(window, [monday]) == [monday]


def test_a_reader_is_told_that_nothing_is_of_the_days_asked_for() -> None:
    old = [hit(passage("Two boats sank.", day="2024-11-09"))]
    window = asked("What happened between 10 and 12 November?")
    assert str(only_outside(window, old, UTC)) == (
        "I found nothing published from 10 November 2024 to 12 November 2024; "
        "this is from other days."
    )
    assert only_outside(asked("What happened on 9 November?"), old, UTC) is None


def test_a_weekday_to_come_is_no_window_of_what_was_published() -> None:
    assert make_plan("Will the bridge open on Friday?", NOW).window is None
    assert make_plan("Чи буде засідання в четвер?", NOW).window is None
    assert make_plan("Did the bridge open on Friday?", NOW).window is not None
    assert make_plan("Will the bridge open on 15 November?", NOW).window is not None


def test_the_day_in_an_outlets_name_is_no_date() -> None:
    plan = make_plan("What did Monday Matters write?", NOW, ["Monday Matters"])
    assert plan.window is None
    assert plan.date_spans == ()


def test_the_words_of_a_date_are_no_names_and_not_what_a_question_is_about() -> None:
    question = "What burned down in Ostrov on 12 November?"
    plan = make_plan(question, NOW)
    assert plan.names == ("ostrov",)
    assert plan.content == "What burned down in Ostrov?"
    assert [question[one.start : one.end] for one in plan.date_spans] == ["12 November"]
