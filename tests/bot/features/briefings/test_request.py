from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.briefings import views
from bot.features.briefings.request import BriefingRequest, read_briefing
from bot.features.subscriptions.request import read_request
from retrieval.errors import RequestError
from retrieval.models import Length

NOW = datetime(2024, 11, 13, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", BriefingRequest()),
        ("Kursk since Monday", BriefingRequest(("Kursk",), "Monday")),
        ("Kursk, energy since 3 October", BriefingRequest(("Kursk", "energy"), "3 October")),
        ("24h", BriefingRequest(since="24h")),
        ("Kursk last 2 weeks in depth", BriefingRequest(("Kursk",), "last 2 weeks", Length.DEPTH)),
        ("headlines", BriefingRequest(length=Length.HEADLINES)),
        ("again", BriefingRequest(again=True)),
        ("again as a file", BriefingRequest(again=True, form="html")),
        ("ще раз", BriefingRequest(again=True)),
        ("week", BriefingRequest(week=True, length=Length.DEPTH)),
        ("week on Kursk", BriefingRequest(("Kursk",), week=True, length=Length.DEPTH)),
        ("Fashion week", BriefingRequest(("Fashion week",))),
        ("today", BriefingRequest(since="today")),
        ("file Kursk", BriefingRequest(("Kursk",), form="html")),
        ("md since yesterday", BriefingRequest(since="yesterday", form="md")),
        ("Kursk, kursk , KURSK", BriefingRequest(("KURSK",))),
        ("since Monday Kursk", BriefingRequest(("Kursk",), "Monday")),
        ("24h Kursk, energy", BriefingRequest(("Kursk", "energy"), "24h")),
        ("Kursk yesterday", BriefingRequest(("Kursk",), "yesterday")),
        ("this week Kursk", BriefingRequest(("Kursk",), "this week")),
        (
            "Kursk since 3 October 2024, energy",
            BriefingRequest(("Kursk", "energy"), "3 October 2024"),
        ),
        ("Курськ з понеділка", BriefingRequest(("Курськ",), "понеділка")),
        ("Курск за сутки", BriefingRequest(("Курск",), "сутки")),
        ("за 3 дні Курськ", BriefingRequest(("Курськ",), "3 дні")),
        ("Переговоры с Китаем", BriefingRequest(("Переговоры с Китаем",))),
        ("talks from Geneva", BriefingRequest(("talks from Geneva",))),
        ("March on Moscow", BriefingRequest(("March on Moscow",))),
        ("Kursk since soonish", BriefingRequest(("Kursk",), "soonish")),
        ("Kursk file", BriefingRequest(("Kursk",), form="html")),
        ("Kursk as a markdown file", BriefingRequest(("Kursk",), form="md")),
        ("filed lawsuits", BriefingRequest(("filed lawsuits",))),
        ("Kursk as a file since Monday", BriefingRequest(("Kursk",), "Monday", form="html")),
        ("Kursk as a file in depth", BriefingRequest(("Kursk",), length=Length.DEPTH, form="html")),
        (
            "in depth, as a file, Kursk",
            BriefingRequest(("Kursk",), length=Length.DEPTH, form="html"),
        ),
        ("As A File.", BriefingRequest(form="html")),
        ("Kursk as a file please", BriefingRequest(("Kursk",), form="html")),
        ("send it as a document", BriefingRequest(form="html")),
        ("Kursk (as a file)", BriefingRequest(("Kursk",), form="html")),
        ("Kursk, energy as a PDF", BriefingRequest(("Kursk", "energy"), form="html")),
        ("Kursk as a picture", BriefingRequest(("Kursk",), form="png")),
        ("again as a card", BriefingRequest(again=True, form="png")),
        ("картинкою", BriefingRequest(form="png")),
        ("best picture", BriefingRequest(("best picture",))),
        ("Курськ файлом", BriefingRequest(("Курськ",), form="html")),
        ("Курск в виде файла", BriefingRequest(("Курск",), form="html")),
        ("energy as a file, Kursk", BriefingRequest(("energy", "Kursk"), form="html")),
        ("the file on Epstein", BriefingRequest(("the file on Epstein",))),
        ("X-Files", BriefingRequest(("X-Files",))),
        ("tax file leak", BriefingRequest(("tax file leak",))),
        ("list", BriefingRequest(length=Length.HEADLINES)),
        ("Kursk as a list", BriefingRequest(("Kursk",), length=Length.HEADLINES)),
        ("as stories", BriefingRequest()),
        ("the same again, please!", BriefingRequest(again=True)),
        ("week in depth", BriefingRequest(week=True, length=Length.DEPTH)),
        ("week, headlines", BriefingRequest(week=True, length=Length.HEADLINES)),
        ("Kursk for today", BriefingRequest(("Kursk",), "today")),
        ("today’s news", BriefingRequest(since="today")),
        ("since midnight", BriefingRequest(since="midnight")),
        ("Help for Ukraine", BriefingRequest(("Help for Ukraine",))),
    ],
)
def test_what_stands_behind_the_command_is_read(text: str, words: BriefingRequest) -> None:
    assert read_briefing(text, NOW) == words


def test_forty_topics_are_refused_in_a_sentence() -> None:
    with pytest.raises(RequestError, match=r"^That's 40 topics; I can follow at most 10\.$"):
        read_briefing(",".join(f"topic {n}" for n in range(40)), NOW)


def test_thousands_of_commas_are_one() -> None:
    for commas in (",", ",,,,", "," * 4_080, " , ," * 1_000):
        assert read_briefing(f"x{commas}y", NOW) == BriefingRequest(("x", "y"))


@pytest.mark.parametrize("unit", ["from ", "since Monday ", "x, ", "з ", "Ab/Cd ", "1 day "])
def test_what_is_far_too_long_is_refused_unread(unit: str) -> None:
    text = unit * 1_000
    with pytest.raises(RequestError, match="too long"):
        read_briefing(text, NOW)
    with pytest.raises(RequestError, match="too long"):
        read_request(text)


def test_a_topic_is_no_essay() -> None:
    with pytest.raises(RequestError, match="few words"):
        read_briefing("x" * 100, NOW)


@given(st.text(max_size=300))
def test_nothing_that_can_be_typed_breaks_it(text: str) -> None:
    with suppress(RequestError):  # a topic of more than 60 characters
        assert len(read_briefing(text, NOW).topics) <= 10


def test_buttons_say_what_they_mean_in_telegrams_64_bytes() -> None:
    rows = views.numbers(123_456_789_012, [7, 8, 9])
    for _, data in (button for row in rows for button in row):
        assert len(data.encode()) <= 64
        pressed = views.StoryButton.unpack(data)
        assert pressed is not None
        assert (pressed.briefing_id, pressed.first, pressed.last) == (123_456_789_012, 7, 9)
        for _, more in (
            one for row in views.menu(pressed, followed=True, muted=False) for one in row
        ):
            assert len(more.encode()) <= 64
            assert views.StoryButton.unpack(more) is not None


def test_a_strangers_button_is_none_of_ours() -> None:
    assert views.StoryButton.unpack("brief:1:open:1") is None
    assert views.StoryButton.unpack("cited:1:2") is None
