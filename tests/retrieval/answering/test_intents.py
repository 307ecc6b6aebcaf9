"""What asks nothing, what asks for the news, and what is a question after all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.answering.intents import Overview, TalkKind, overview_of, talk_of
from retrieval.search.dates import find_dates, without_dates

NOW = datetime(2024, 11, 14, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "kind", "language"),
    [
        ("thanks!", TalkKind.THANKS, "en"),
        ("ok, thanks a lot", TalkKind.THANKS, "en"),
        ("👍", TalkKind.THANKS, None),
        ("Дякую!", TalkKind.THANKS, "uk"),
        ("спасибо большое", TalkKind.THANKS, "ru"),
        ("hi", TalkKind.HELLO, "en"),
        ("Good morning!", TalkKind.HELLO, "en"),
        ("привіт", TalkKind.HELLO, "uk"),
        ("Здравствуйте", TalkKind.HELLO, "ru"),
        ("ok", TalkKind.OK, "en"),
        ("stop", TalkKind.STOP, "en"),
        ("стоп", TalkKind.STOP, None),
        ("help", TalkKind.HELP, "en"),
        ("What can you do?", TalkKind.HELP, "en"),
        ("що ти вмієш?", TalkKind.HELP, "uk"),
        ("who are you?", TalkKind.WHO, "en"),
        ("are you a bot", TalkKind.WHO, "en"),
        ("how are you?", TalkKind.MOOD, "en"),
        ("That's wrong", TalkKind.WRONG, "en"),
        ("bye", TalkKind.BYE, "en"),
        ("🤔", TalkKind.WORDLESS, None),
        ("?!...", TalkKind.EMPTY, None),
        ("  ", TalkKind.EMPTY, None),
    ],
)
def test_a_message_that_asks_nothing(message: str, kind: TalkKind, language: str | None) -> None:
    talk = talk_of(message)
    assert talk is not None
    assert (talk.kind, talk.language) == (kind, language)


@pytest.mark.parametrize(
    "message",
    [
        "hi, who holds Sudzha?",
        "thanks, and what about Belgorod?",
        "help for the flooded villages",
        "Good Friday agreement",
        "stop the war",
        "who are the candidates?",
        "Sudzha?",
        "What can Ukraine do?",
        "東京の天気は？",
        "24 November",
    ],
)
def test_a_question_is_no_talk(message: str) -> None:
    assert talk_of(message) is None


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("What's new?", ""),
        ("news", ""),
        ("today", ""),
        ("what happened yesterday", ""),
        ("Any news today?", ""),
        ("What happened between 5 and 9 November?", ""),
        ("Що нового?", ""),
        ("Что случилось вчера?", ""),
        ("Was gibt es Neues?", ""),
        ("What's the latest on the Ostrov bridge?", "Ostrov bridge"),
        ("latest from Sund, about the ferry", "Sund, about the ferry"),
        ("newest ferry news", "ferry"),
        ("Kursk news", "Kursk"),
        ("What's the current state of the harvest?", "harvest"),
        ("What happened in Ostrov yesterday?", "Ostrov"),
        ("Останні новини про Курськ", "Курськ"),
        ("Что нового в Курске?", "Курске"),
    ],
)
def test_a_wish_for_the_news_and_what_about(question: str, topic: str) -> None:
    wish = overview_of(without_dates(question, find_dates(question, NOW)))
    assert wish is not None
    assert wish.topic == topic


def test_the_week_is_a_time_that_no_date_names() -> None:
    assert overview_of("summarise the week") == Overview("", is_week=True)
    assert overview_of("підсумки тижня") == Overview("", is_week=True)


def test_what_happened_to_something_is_a_fact_unless_a_time_is_named() -> None:
    wish = overview_of("What happened to the ferry?")
    assert wish is not None
    assert wish.of_a_time


@pytest.mark.parametrize(
    "question",
    [
        "What new treat does the cafe have?",
        "What is the state of emergency in Sund?",
        "What are the latest figures?",
        "what happened when the bridge fell",
        "No news from Kursk?",
        "How many people read the news?",
        "Who reads the news on the radio?",
    ],
)
def test_a_question_for_a_fact_is_no_wish_for_the_news(question: str) -> None:
    assert overview_of(question) is None


@given(st.text(max_size=300))
def test_any_text_is_one_or_the_other(text: str) -> None:
    talk_of(text)
    overview_of(text)
