"""Every `UserMessage` of the code, as a reader of each language is shown it."""

from __future__ import annotations

import ast
import re
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

import bot
import retrieval
from bot.language import LANGUAGES, speaking, translated
from retrieval.messages import Param, ShortDate, UserMessage

GAP = re.compile(r"\{(\w*)\}")
# Where a text comes from storage, or is an operator's: no literal.
NOT_LITERAL = {"retrieval/messages.py", "retrieval/errors.py"}


class Call(NamedTuple):
    """`UserMessage(text, gaps...)` at a place in the code; `text` None: no literal."""

    place: str
    text: str | None
    gaps: frozenset[str]


@cache
def calls() -> tuple[Call, ...]:
    found = []
    for package in (bot, retrieval):
        root = Path(str(package.__file__)).parent
        for path in sorted(root.rglob("*.py")):
            name = path.relative_to(root.parent).as_posix()
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Name)
                    and node.func.id == "UserMessage"
                ):
                    [text] = node.args
                    literal = text.value if isinstance(text, ast.Constant) else None
                    gaps = frozenset(str(one.arg) for one in node.keywords)
                    found.append(Call(name, None if literal is None else str(literal), gaps))
    return tuple(found)


def test_what_people_are_told_is_a_literal_of_the_code_never_data() -> None:
    assert {one.place for one in calls() if one.text is None} <= NOT_LITERAL


def test_every_gap_is_given_and_nothing_else() -> None:
    assert [one for one in calls() if one.text and set(GAP.findall(one.text)) != one.gaps] == []


def test_a_text_has_no_braces_but_those_of_its_gaps() -> None:
    assert [one for one in calls() if one.text and re.search(r"[{}]", GAP.sub("", one.text))] == []


PARAMS: st.SearchStrategy[Param] = st.one_of(
    st.text("abcабв «»“”%$\\", min_size=1),
    st.integers(0, 10**9),
    st.floats(0, 1000),
    st.dates(),
    st.builds(ShortDate, st.dates() | st.none()),
    st.just(UserMessage("The chat model")),
)


@pytest.mark.parametrize("language", LANGUAGES)
@given(data=st.data())
def test_every_message_in_every_language_is_whole(language: str, data: st.DataObject) -> None:
    names = sorted({name for one in calls() for name in one.gaps})
    params = {name: data.draw(PARAMS) for name in names}
    messages = [
        UserMessage(one.text, **{name: params[name] for name in one.gaps})
        for one in calls()
        if one.text is not None
    ]
    with speaking(language):
        assert [one for one in messages if re.search(r"[{}]", translated(one))] == []


def test_dates_and_numbers_are_written_as_the_language_does() -> None:
    said = UserMessage(
        "{day}; {short}; {unknown}; {many}; {share}; {id}",
        day=date(2024, 3, 3),
        short=ShortDate(date(2024, 3, 3)),
        unknown=ShortDate(None),
        many=12_345,
        share=0.5,
        id="12345",
    )
    assert translated(said) == "3 March 2024; 3 Mar 2024; date unknown; 12,345; 0.5; 12345"
    with speaking("uk"):
        shown = translated(said).replace("\N{NO-BREAK SPACE}", " ")
    assert shown == "3 березня 2024; 3 бер. 2024; дата невідома; 12 345; 0,5; 12345"


def test_what_stands_in_a_gap_is_not_translated_unless_it_is_a_message() -> None:
    with speaking("uk"):
        assert translated(UserMessage("{x}", x="a single source")) == "a single source"
        assert translated(UserMessage("{x}", x=UserMessage("a single source"))) == "єдине джерело"


def test_a_list_within_a_message_is_in_the_readers_language() -> None:
    topics = UserMessage("{names} and {last}", names="Kursk", last="energy")
    with speaking("uk"):
        assert (
            translated(UserMessage("about {topics}", topics=topics)) == "за темою Kursk та energy"
        )


def test_an_empty_message_is_no_catalogues_header() -> None:
    with speaking("uk"):
        assert translated(UserMessage("")) == ""
