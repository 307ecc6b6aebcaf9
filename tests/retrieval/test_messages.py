"""Messages are values: the English sentence, its stored form, and its parameters."""

from __future__ import annotations

import copy
import json
import pickle
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from retrieval.messages import Param, ShortDate, UserMessage, sentences

DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))
SIMPLE: st.SearchStrategy[Param] = st.one_of(
    st.text(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    DAYS,
    st.builds(ShortDate, DAYS | st.none()),
)


def message_of(inner: st.SearchStrategy[Param]) -> st.SearchStrategy[Param]:
    params = st.dictionaries(st.sampled_from(["host", "number", "text", "self", "params"]), inner)
    return st.builds(lambda text, given: UserMessage(text, **given), st.text(), params)


MESSAGES = message_of(st.recursive(SIMPLE, message_of, max_leaves=4)).filter(
    lambda one: isinstance(one, UserMessage)
)


def test_in_english_numbers_and_dates_are_written_out() -> None:
    said = UserMessage("{many} on {day}, {short}, {share}", many=12_345, day=date(2024, 3, 3))
    assert str(said) == "12,345 on 3 March 2024, {short}, {share}"
    assert f"{UserMessage('{at}', at=ShortDate(date(2024, 11, 3)))}" == "3 Nov 2024"
    assert str(UserMessage("{at}", at=ShortDate(None))) == "date unknown"
    assert str(UserMessage("{size} MB", size=20_000_000 / 1_000_000)) == "20 MB"
    assert str(UserMessage("{size} MB", size=0.5)) == "0.5 MB"


def test_an_article_number_given_as_text_has_no_thousands() -> None:
    assert str(UserMessage("There is no article {number}.", number="12345")).endswith(" 12345.")


def test_what_stands_in_a_gap_is_data() -> None:
    hostile = "{number} {0.__class__} {"
    assert str(UserMessage("“{address}”", address=hostile, number=7)) == f"“{hostile}”"


def test_a_message_may_stand_in_another() -> None:
    model = UserMessage("The chat model")
    assert str(UserMessage("{model}'s server failed.", model=model)).startswith("The chat model's")


def test_a_part_may_be_given_anew_where_there_is_one() -> None:
    said = UserMessage("{address} answered {status}.", address="http://a.example", status="404")
    page = UserMessage("the page")
    assert str(said.given(address=page, host="b")) == "the page answered 404."
    assert UserMessage("It's empty.").given(address=page) == UserMessage("It's empty.")


def test_messages_with_the_same_text_and_parts_are_equal() -> None:
    one = UserMessage("{a} {b}", a=1, b="x")
    assert one == UserMessage("{a} {b}", b="x", a=1)
    assert len({one, UserMessage("{a} {b}", b="x", a=1), UserMessage("{a} {b}", a=2, b="x")}) == 2


def test_several_are_read_one_behind_the_other() -> None:
    assert sentences((UserMessage("One."), UserMessage("Two {n}.", n=2))) == "One. Two 2."
    assert sentences(()) == ""


@given(MESSAGES)
def test_every_message_comes_back_from_where_it_was_kept(message: UserMessage) -> None:
    wire = TypeAdapter(UserMessage | None)
    assert UserMessage.from_json(json.loads(json.dumps(message.as_json()))) == message
    assert wire.validate_json(wire.dump_json(message)) == message
    assert wire.validate_python(message) is message
    assert pickle.loads(pickle.dumps(message)) == message  # noqa: S301  our own
    assert copy.deepcopy(message) == message


@given(MESSAGES)
def test_every_message_comes_back_from_a_column(message: UserMessage) -> None:
    kept = UserMessage.from_column(message.as_column())
    assert str(kept) == str(message)
    assert kept == message


@pytest.mark.parametrize("kept", ["It's empty.", "“{” is none", '{"text": broken', "", "{}"])
def test_a_sentence_that_was_kept_before_is_read_as_it_stands(kept: str) -> None:
    assert str(UserMessage.from_column(kept)) == kept
    assert str(UserMessage.from_json(kept)) == kept


@pytest.mark.parametrize(
    "found",
    [
        None,
        7,
        [],
        {},
        {"text": 1, "params": {}},
        {"text": "x"},
        {"text": "x", "params": {"a": None}},
        {"text": "x", "params": {"a": {"date": "soon"}}},
        {"date": "2024-11-03"},
    ],
)
def test_what_is_no_message_is_refused(found: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(UserMessage).validate_python(found)


def test_of_an_instant_the_day_is_kept() -> None:
    said = UserMessage("{date}", date=datetime(2024, 11, 3, 23, 59, tzinfo=UTC))
    assert UserMessage.from_json(said.as_json()) == UserMessage("{date}", date=date(2024, 11, 3))
