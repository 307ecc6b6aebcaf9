"""News is distinguished from other articles by title and address."""

from __future__ import annotations

import pytest

from retrieval.briefing.kinds import is_soft, kind_apart


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
        ("What to do if the lights go out", "shopping and service"),
        ("After the flood: photos show what is left of Wend", "pictures"),
        ("Mayor resigns, ferry sinks: 5 Things podcast", "a round-up"),
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
        ("https://quay.example/news/2026/11/12/mayor-ferry-tax-daily-briefing/81", "a round-up"),
        ("https://quay.example/news/2026/11/mayor-5-things-to-know/", "a round-up"),
        ("https://quay.example/news/2026/11/mayor-resigns-podcast/12", "a podcast"),
        ("https://quay.example/news/2026/11/mayor-bans-podcasting-in-town-hall", None),
        ("https://quay.example/", None),
    ],
)
def test_a_folder_of_the_address_says_it_too(url: str, kind: str | None) -> None:
    assert kind_apart("The dam of Wend", url) == kind


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("Quay win the cup", "https://quay.example/sport/football/quay-win-the-cup"),
        ("Singer buys a boat", "https://quay.example/story/entertainment/2026/11/12/boat/123"),
        ("Why the dam broke", "https://quay.example/news/why-the-dam-broke"),
        ("The dam, explained", None),
        ("What does the mayor want?", None),
        ("The mayor and the dam", "https://quay.example/politics/mayor-dam-explainer/index.html"),
        ("We have answers about the dam", None),
        ("Rovers beat United 3-1", None),
        ("Fever: one dose or two? When the clinics open", None),
        ("Чому зламалася дамба", None),
    ],
)
def test_sport_show_and_what_explains_are_soft(title: str, url: str | None) -> None:
    assert is_soft(title, url)
    assert kind_apart(title, url) is None


@pytest.mark.parametrize(
    ("title", "url"),
    [
        ("WHO declares an emergency over the fever", "https://quay.example/health/who-emergency"),
        ("Three die in a fire", "https://quay.example/news/2026/three-die-in-a-fire/index.html"),
        ("Minister of sport resigns", "https://quay.example/politics/minister-of-sport-resigns"),
        ("Ceasefire holds", "https://quay.example/"),
        ("Ceasefire holds", "https://[broken"),
    ],
)
def test_hard_news_is_not_soft(title: str, url: str) -> None:
    assert not is_soft(title, url)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://quay.example/politics/mayor-dam-analysis/index.html", "opinion"),
        ("https://quay.example/politics/mayor-dam-opinion", "opinion"),
        ("https://quay.example/news/dam-flood-its-tuesdays-news/7525", "a round-up"),
        ("https://quay.example/news/an-analysis-of-water-finds-lead", None),
    ],
)
def test_an_address_tells_a_column_and_a_round_up(url: str, kind: str | None) -> None:
    assert kind_apart("The mayor, the dam, the moon ...", url) == kind
