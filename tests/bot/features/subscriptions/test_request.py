"""One line behind /subscribe."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.features.subscriptions.request import read_days, read_request, typed_topics
from bot.features.subscriptions.schedule import EVERY_DAY, WEEKEND, WORKING_DAYS
from retrieval.errors import RequestError
from retrieval.models import Length


@pytest.mark.parametrize(
    ("line", "terms"),
    [
        ("", {}),
        (
            "7:30 Mon-Fri Kursk, energy in depth",
            {
                "minute": 450,
                "weekdays": WORKING_DAYS,
                "topics": ("Kursk", "energy"),
                "length": Length.DEPTH,
            },
        ),
        (
            "Kursk, energy at 7:30 Mon-Fri",
            {"minute": 450, "weekdays": WORKING_DAYS, "topics": ("Kursk", "energy")},
        ),
        ("0730 weekdays", {"minute": 450, "weekdays": WORKING_DAYS}),
        (
            "7.30 pm daily about grain",
            {"minute": 1170, "weekdays": EVERY_DAY, "topics": ("grain",)},
        ),
        ("8pm sun", {"minute": 1200, "weekdays": 1 << 6}),
        ("at 7 Monday and Thursday headlines only", {"minute": 420, "weekdays": 0b1001}),
        ("8:00 weekends silent on quiet days", {"minute": 480, "weekdays": WEEKEND}),
        (
            "Mon, Wed, Fri 8:00 Sun spots",
            {"minute": 480, "weekdays": 0b10101, "topics": ("Sun spots",)},
        ),
        ("8:00 Europe/Kyiv all news", {"minute": 480, "zone": "Europe/Kyiv"}),
        ("8:00 UTC+3 Kursk", {"minute": 480, "zone": "Etc/GMT-3", "topics": ("Kursk",)}),
        (
            "weekly monday 08:00",
            {"minute": 480, "weekdays": 1, "weekly": True, "length": Length.DEPTH},
        ),
        (
            "Friday 18:00 weekly Kursk",
            {"minute": 1080, "weekdays": 16, "weekly": True, "topics": ("Kursk",)},
        ),
        (
            "weekly summary on Kursk sunday 9:00",
            {"minute": 540, "weekdays": 64, "topics": ("Kursk",)},
        ),
        ("9:00 a weekly briefing", {"minute": 540, "weekdays": 1, "weekly": True}),
        ("weekly 9:00 headlines", {"minute": 540, "weekly": True, "length": Length.HEADLINES}),
        ("8:00 щотижня Kursk", {"minute": 480, "weekly": True, "topics": ("Kursk",)}),
        ("8:00 The Weekly Planet", {"minute": 480, "topics": ("The Weekly Planet",)}),
        # figures and names of days that belong to a topic
        ("9 May parade", {"topics": ("9 May parade",)}),
        ("2024 election", {"topics": ("2024 election",)}),
        ("8:00 monetary policy", {"minute": 480, "topics": ("monetary policy",)}),
        ("8:00 Black Friday sales", {"minute": 480, "topics": ("Black Friday sales",)}),
    ],
)
def test_what_stands_behind_subscribe(line: str, terms: dict[str, Any]) -> None:
    request = read_request(line)
    assert {name: request.terms.get(name) for name in terms} == terms
    assert set(request.terms) - set(terms) <= {"length", "silent", "weekly", "weekdays"}
    assert request.is_whole == ("minute" in terms)


def test_length_and_silence() -> None:
    assert read_request("8:00 headlines").terms["length"] is Length.HEADLINES
    assert read_request("8:00 standard length").terms["length"] is Length.STANDARD
    assert read_request("8:00 silently").terms["silent"] is True


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("25:00", "“25:00” isn't a time of day. Write it like 7:30 or 19:45."),
        ("7:75 Kursk", "“7:75” isn't a time of day. Write it like 7:30 or 19:45."),
        ("13 pm Kursk", "“13 pm” isn't a time of day. Write it like 7:30 or 19:45."),
        (
            "weekly Mon-Fri 8:00",
            "A weekly summary comes on one day; write it like this: /subscribe weekly Monday 8:00.",
        ),
        (", ".join(f"topic {n}" for n in range(40)), "That's 40 topics; I can follow at most 10."),
        ("8:00 " + "x" * 80, "A topic is a few words, 60 characters at most."),
    ],
)
def test_what_cannot_be_meant(line: str, problem: str) -> None:
    with pytest.raises(RequestError) as caught:
        read_request(line)
    assert str(caught.value) == problem


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("Fri-Mon", 0b1110001),
        ("Tuesdays, Thursdays", 0b1010),
        ("every Monday", 0b1),
        ("every weekday", WORKING_DAYS),
        ("Wed to Fri and Sun", 0b1011100),
        ("Sunday", 1 << 6),
    ],
)
def test_weekdays(text: str, bits: int) -> None:
    assert read_days(text) == bits


def test_typed_topics() -> None:
    assert typed_topics("Kursk; energy, kursk") == ("kursk", "energy")
    assert typed_topics("All news.") == ()
    with pytest.raises(RequestError, match=r"^Write at least one topic, or “all”\.$"):
        typed_topics(" , ")


def terms_or_refusal(line: str) -> dict[str, Any] | str:
    try:
        return read_request(line).terms
    except RequestError as error:
        return str(error)


@given(st.text(alphabet="0179:.-,; aMonFrikuTCp/+m\n", max_size=40))
def test_any_line_is_understood_or_refused_with_a_sentence(line: str) -> None:
    found = terms_or_refusal(line)
    if isinstance(found, str):
        assert found.endswith(".")
        return
    assert 0 <= found.get("minute", 0) < 1440
    assert 0 < found.get("weekdays", 1) <= EVERY_DAY
    assert len(found.get("topics", ())) <= 10
