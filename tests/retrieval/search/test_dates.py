from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.search.dates import find_window

# hypothesis wants naive limits
INSTANTS = st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1))  # noqa: DTZ001
THURSDAY = datetime(2024, 11, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("question", "first", "last"),
    [
        ("What happened on Monday?", date(2024, 11, 11), date(2024, 11, 13)),
        ("What did they decide on Thursday?", date(2024, 11, 14), date(2024, 11, 14)),
        ("What did they decide last Thursday?", date(2024, 11, 7), date(2024, 11, 9)),
        ("Losses since August?", date(2024, 8, 1), date(2024, 11, 14)),
        ("Losses in September?", date(2024, 9, 1), date(2024, 10, 2)),
        ("Losses in December?", date(2023, 12, 1), date(2024, 1, 2)),
        ("Losses before September?", date(1970, 1, 2), date(2024, 8, 31)),
        ("How many as of 3 October?", date(1970, 1, 2), date(2024, 10, 3)),
        ("What was said on November 12, 2024?", date(2024, 11, 12), date(2024, 11, 14)),
        ("What was said on 2024-10-10?", date(2024, 10, 10), date(2024, 10, 12)),
        ("What was said on 10.10.2024?", date(2024, 10, 10), date(2024, 10, 12)),
        ("What happened in 2022?", date(2022, 1, 1), date(2023, 1, 2)),
        ("What happened before 2020?", date(1970, 1, 2), date(2019, 12, 31)),
        ("What happened yesterday?", date(2024, 11, 13), date(2024, 11, 14)),
        ("What happened 3 days ago?", date(2024, 11, 11), date(2024, 11, 13)),
        ("What happened in the last 7 days?", date(2024, 11, 7), date(2024, 11, 14)),
        ("What happened this week?", date(2024, 11, 8), date(2024, 11, 14)),
        ("Що сталося у вересні?", date(2024, 9, 1), date(2024, 10, 2)),
        ("Що сталося 12 листопада?", date(2024, 11, 12), date(2024, 11, 14)),
        ("Що сталося в понеділок?", date(2024, 11, 11), date(2024, 11, 13)),
        ("Что случилось в сентябре 2023?", date(2023, 9, 1), date(2023, 10, 2)),
        ("Что случилось вчера?", date(2024, 11, 13), date(2024, 11, 14)),
    ],
)
def test_the_days_that_a_question_names(question: str, first: date, last: date) -> None:
    window = find_window(question, THURSDAY)
    assert window is not None
    assert window.start.date() == first
    assert (window.end.date() - last).days == 1


@pytest.mark.parametrize(
    "question",
    [
        "Who may become president?",
        "Who was on the march on Moscow?",
        "How many troops are there?",
        "Which supermarkets plan to merge in 2031?",
        "Who sat in the front row?",
    ],
)
def test_no_days_where_none_are_named(question: str) -> None:
    assert find_window(question, THURSDAY) is None


def test_days_begin_in_the_readers_zone() -> None:
    late = datetime(2024, 11, 14, 23, 30, tzinfo=UTC)
    window = find_window("What happened yesterday?", late, ZoneInfo("Europe/Kyiv"))
    assert window is not None
    assert window.start == datetime(2024, 11, 13, 22, tzinfo=UTC)


@given(st.text(max_size=80), INSTANTS)
def test_any_question_at_any_time_has_a_window_or_none(question: str, now: datetime) -> None:
    window = find_window(question, now.replace(tzinfo=UTC))
    assert window is None or window.start < window.end


@given(
    st.sampled_from(["on {} {}", "since {} {}", "{} {}", "before {} {}"]),
    st.integers(0, 99),
    st.sampled_from(["February", "May", "листопада", "августа", "Dec"]),
)
def test_impossible_days_are_no_window(form: str, day: int, month: str) -> None:
    window = find_window(form.format(day, month), THURSDAY)
    assert window is None or window.start < window.end
