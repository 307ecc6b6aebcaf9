"""News is told apart from what is none, by title and address."""

from __future__ import annotations

import pytest

from retrieval.briefing.kinds import kind_apart


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("5 things to know for Friday: floods, tax, trains", "a round-up"),
        ("Ten things you need to know today: 4 August", "a round-up"),
        ("Your Monday briefing", "a round-up"),
        ("Storm Ina, bank rates, a lost dog, new stamps ...", "a round-up"),
        ("Daily digest: what happened in Vik", "a round-up"),
        ("Головне за день у Києві", "a round-up"),
        ("On this day: the bridge of Orlo opens", "a day of the calendar"),
        ("Today in history", "a day of the calendar"),
        ("Photos: the flood in Wend", "pictures"),
        ("The week in pictures", "pictures"),
        ("Ferry strike: live updates", "a live page"),
        ("Watch live: parliament debates the budget", "a live page"),
        ("How to watch the final", "a live page"),
        ("Opinion: the dam should go", "opinion"),
        ("Letters to the editor", "opinion"),
        ("Колонка: навіщо нам міст", "opinion"),
        ("Film review: The Harbour", "a review"),
        ("Weekly news quiz", "a game"),
        ("Your horoscope for Tuesday", "a game"),
        ("Best deals of the week", "shopping and service"),
    ],
)
def test_what_is_no_news_says_so_in_its_title(title: str, kind: str) -> None:
    assert kind_apart(title) == kind


@pytest.mark.parametrize(
    "title",
    [
        "Three people die in a fire in Ostrov",
        "Five ministers resign over the dam",
        "Two photographers arrested at the harbour of Quay",
        "Court opens review of the verdict against the mayor",
        "Columnist of the Quay Post freed after a year in prison",
        "Quiz show host elected president",
        "Live wires kill two workers in Pell",
        "Parliament votes on Monday to close the mine",
    ],
)
def test_news_is_news(title: str) -> None:
    assert kind_apart(title, "https://quay.example/news/2026/11/a-page") is None


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://quay.example/opinion/2026/the-dam", "opinion"),
        ("https://quay.example/world/gallery/floods/index.html", "pictures"),
        ("https://quay.example/live/strike", "a live page"),
        ("https://quay.example/news/opinion", None),
        ("https://quay.example/", None),
    ],
)
def test_a_folder_of_the_address_says_it_too(url: str, kind: str | None) -> None:
    assert kind_apart("The dam of Wend", url) == kind
