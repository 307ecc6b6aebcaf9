from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handlers.briefing_words import Words, read_briefing
from bot.handlers.subscription_words import read_request
from bot.render import story_menu
from retrieval.models import Length

NOW = datetime(2024, 11, 13, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", Words()),
        ("Kursk since Monday", Words(("Kursk",), "Monday")),
        ("Kursk, energy since 3 October", Words(("Kursk", "energy"), "3 October")),
        ("24h", Words(since="24h")),
        ("Kursk last 2 weeks in depth", Words(("Kursk",), "last 2 weeks", Length.DEPTH)),
        ("headlines", Words(length=Length.HEADLINES)),
        ("again", Words(again=True)),
        ("again as a file", Words(again=True, form="html")),
        ("ще раз", Words(again=True)),
        ("week", Words(week=True, length=Length.DEPTH)),
        ("week on Kursk", Words(("Kursk",), week=True, length=Length.DEPTH)),
        ("Fashion week", Words(("Fashion week",))),
        ("today", Words(since="today")),
        ("file Kursk", Words(("Kursk",), form="html")),
        ("md since yesterday", Words(since="yesterday", form="md")),
        ("Kursk, kursk , KURSK", Words(("KURSK",))),
        ("since Monday Kursk", Words(("Kursk",), "Monday")),
        ("24h Kursk, energy", Words(("Kursk", "energy"), "24h")),
        ("Kursk yesterday", Words(("Kursk",), "yesterday")),
        ("this week Kursk", Words(("Kursk",), "this week")),
        ("Kursk since 3 October 2024, energy", Words(("Kursk", "energy"), "3 October 2024")),
        ("Курськ з понеділка", Words(("Курськ",), "понеділка")),
        ("Курск за сутки", Words(("Курск",), "сутки")),
        ("за 3 дні Курськ", Words(("Курськ",), "3 дні")),
        ("Переговоры с Китаем", Words(("Переговоры с Китаем",))),
        ("talks from Geneva", Words(("talks from Geneva",))),
        ("March on Moscow", Words(("March on Moscow",))),
        ("Kursk since soonish", Words(("Kursk",), "soonish")),
        ("Kursk file", Words(("Kursk",), form="html")),
        ("Kursk as a markdown file", Words(("Kursk",), form="md")),
        ("filed lawsuits", Words(("filed lawsuits",))),
        ("Kursk as a file since Monday", Words(("Kursk",), "Monday", form="html")),
        ("Kursk as a file in depth", Words(("Kursk",), length=Length.DEPTH, form="html")),
        ("in depth, as a file, Kursk", Words(("Kursk",), length=Length.DEPTH, form="html")),
        ("As A File.", Words(form="html")),
        ("Kursk as a file please", Words(("Kursk",), form="html")),
        ("send it as a document", Words(form="html")),
        ("Kursk (as a file)", Words(("Kursk",), form="html")),
        ("Kursk, energy as a PDF", Words(("Kursk", "energy"), form="html")),
        ("Kursk as a picture", Words(("Kursk",), form="png")),
        ("again as a card", Words(again=True, form="png")),
        ("картинкою", Words(form="png")),
        ("best picture", Words(("best picture",))),
        ("Курськ файлом", Words(("Курськ",), form="html")),
        ("Курск в виде файла", Words(("Курск",), form="html")),
        ("energy as a file, Kursk", Words(("energy", "Kursk"), form="html")),
        ("the file on Epstein", Words(("the file on Epstein",))),
        ("X-Files", Words(("X-Files",))),
        ("tax file leak", Words(("tax file leak",))),
        ("list", Words(length=Length.HEADLINES)),
        ("Kursk as a list", Words(("Kursk",), length=Length.HEADLINES)),
        ("as stories", Words()),
        ("the same again, please!", Words(again=True)),
        ("week in depth", Words(week=True, length=Length.DEPTH)),
        ("week, headlines", Words(week=True, length=Length.HEADLINES)),
        ("Kursk for today", Words(("Kursk",), "today")),
        ("today’s news", Words(since="today")),
        ("since midnight", Words(since="midnight")),
        ("Help for Ukraine", Words(("Help for Ukraine",))),
    ],
)
def test_what_stands_behind_the_command_is_read(text: str, words: Words) -> None:
    assert read_briefing(text, NOW) == words


def test_forty_topics_are_refused_in_a_sentence() -> None:
    problem = read_briefing(",".join(f"topic {n}" for n in range(40)), NOW).problem
    assert problem == "That's 40 topics; I can follow at most 10."


def test_thousands_of_commas_are_one() -> None:
    for commas in (",", ",,,,", "," * 4_080, " , ," * 1_000):
        assert read_briefing(f"x{commas}y", NOW) == Words(("x", "y"))


@pytest.mark.parametrize("unit", ["from ", "since Monday ", "x, ", "з ", "Ab/Cd ", "1 day "])
def test_what_is_far_too_long_is_refused_unread(unit: str) -> None:
    text = unit * 1_000
    assert "too long" in (read_briefing(text, NOW).problem or "")
    assert "too long" in (read_request(text).problem or "")


def test_a_topic_is_no_essay() -> None:
    assert "few words" in (read_briefing("x" * 100, NOW).problem or "")


@given(st.text(max_size=300))
def test_nothing_that_can_be_typed_breaks_it(text: str) -> None:
    words = read_briefing(text, NOW)
    assert len(words.topics) <= 10


def test_buttons_say_what_they_mean_in_telegrams_64_bytes() -> None:
    rows = story_menu.numbers(123_456_789_012, [7, 8, 9])
    for _, data in (button for row in rows for button in row):
        assert len(data.encode()) <= 64
        pressed = story_menu.read(data)
        assert pressed is not None
        assert (pressed.briefing_id, pressed.first, pressed.last) == (123_456_789_012, 7, 9)
        for _, more in (
            one for row in story_menu.menu(pressed, followed=True, muted=False) for one in row
        ):
            assert len(more.encode()) <= 64
            assert story_menu.read(more) is not None


def test_a_strangers_button_is_none_of_ours() -> None:
    assert story_menu.read("brief:1:open:1") is None
    assert story_menu.read("cited:1:2") is None
