"""The sample archive is as its README and the demo promise."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

SAMPLE = Path(__file__).parents[2] / "bot" / "demo" / "sample" / "articles.jsonl"
FIELDS = {"title", "text", "url", "source", "author", "published_at", "language"}

WEEKDAYS = {  # any case form: what the word begins with
    **dict(zip(["mon", "tue", "wed", "thu", "fri", "sat", "sun"], range(7), strict=True)),
    **dict(zip(["понед", "втор", "сред", "четв", "пятн", "субб", "воскр"], range(7), strict=True)),
    **dict(
        zip(["понеділ", "вівт", "серед", "четв", "п’ятн", "суб", "неділ"], range(7), strict=True)
    ),
}
MONTHS = {"aug": 8, "sep": 9, "oct": 10, "nov": 11, "сентябр": 9, "листопад": 11}
WEEKDAY_AND_DATE = re.compile(r"([\w’]+day|[\w’]{5,}), (\d{1,2}) ([A-Za-zа-яіїєґ]+)")

KEY_FIGURES = {
    "North Koreans, South Korea": "3,000 soldiers",
    "North Koreans, Blinken": "8,000 North Korean",
    "North Koreans, Pentagon": "10,000 soldiers to train",
    "North Koreans, Zelensky": "11 тисяч",
    "massed, New York Times": "50,000 Russian and North Korean",
    "massed, an officer": "45,000",
    "massed, general staff": "59,000",
    "massed, Syrskyi": "tens of thousands of soldiers",
    "taken, first week": "1,000 square kilometres",
    "taken, in miles": "500 square miles",
    "taken, at most": "1,376 square kilometres",
    "lost again": "more than 40 percent",
    "casualties since 2022": "600,000 casualties",
    "casualties a day, U.S.": "1,200 casualties a day",
    "casualties a day, Britain": "1,500 Russian soldiers",
    "wrong casualties a day": "put the average for September at 1,127",
    "corrected casualties a day": "figure was 1,271",
    "evacuated, first": "121,000",
    "evacuated, second": "133,000",
    "evacuated, third": "150 тысячах",
    "the call": "no such conversation had taken place",
    "missiles": "ATACMS",
    "prisoners": "115 prisoners each",
    "nuclear plant": "Rafael Grossi",
    "Sudzha": "still in Ukrainian hands",
}


def read() -> list[dict[str, Any]]:
    return [json.loads(line) for line in SAMPLE.read_text(encoding="utf-8").splitlines()]


ARTICLES = read()
every_article = pytest.mark.parametrize("article", ARTICLES, ids=lambda a: a["url"])


def day_of(article: dict[str, Any]) -> date:
    return datetime.fromisoformat(article["published_at"]).date()


def number(word: str, table: dict[str, int]) -> int | None:
    found = {value for start, value in table.items() if word.lower().startswith(start)}
    return found.pop() if len(found) == 1 else None


def dates_in(text: str) -> list[tuple[int, date]]:
    """Each date in `text` that comes with a weekday, and the weekday, 0 being Monday."""
    found = []
    for weekday, day, month in WEEKDAY_AND_DATE.findall(text):
        named, in_month = number(weekday, WEEKDAYS), number(month, MONTHS)
        if named is not None and in_month is not None:
            found.append((named, date(2024, in_month, int(day))))
    return found


def test_there_are_thirteen_articles_of_seven_outlets_in_three_languages() -> None:
    assert len(ARTICLES) == 13
    assert len({article["source"] for article in ARTICLES}) == 7
    assert sorted(article["language"] for article in ARTICLES) == ["en"] * 11 + ["ru", "uk"]


def test_articles_are_in_order_and_their_addresses_and_titles_differ() -> None:
    assert [day_of(article) for article in ARTICLES] == sorted(map(day_of, ARTICLES))
    assert len({article["url"] for article in ARTICLES}) == 13
    assert len({article["title"] for article in ARTICLES}) == 13


@every_article
def test_an_article_has_all_fields(article: dict[str, Any]) -> None:
    assert set(article) == FIELDS
    assert all(isinstance(article[name], str) and article[name] for name in FIELDS - {"author"})
    address = urlsplit(article["url"])
    assert address.scheme == "https"
    assert address.netloc.endswith(".example")
    assert date(2024, 8, 6) <= day_of(article) <= date(2024, 11, 30)


@every_article
def test_an_instant_has_a_zone_and_a_day_has_no_time(article: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(article["published_at"])
    assert moment.tzinfo is UTC or len(article["published_at"]) == len("2024-11-12")


@every_article
def test_an_article_is_short_and_in_clean_paragraphs(article: dict[str, Any]) -> None:
    paragraphs = article["text"].split("\n\n")
    assert 5 <= len(paragraphs) <= 9
    assert 180 <= len(article["text"].split()) <= 350
    assert all(paragraph == " ".join(paragraph.split()) for paragraph in paragraphs)
    assert all(paragraph.endswith(".") for paragraph in paragraphs)


@every_article
def test_nobody_is_quoted_word_for_word(article: dict[str, Any]) -> None:
    assert not re.search(r"[\"“”„]", article["text"] + article["title"])


@every_article
def test_weekdays_are_right_and_nothing_happens_after_publication(article: dict[str, Any]) -> None:
    found = dates_in(article["text"])
    assert found
    for weekday, day in found:
        assert day.weekday() == weekday, day
        assert day <= day_of(article)


@pytest.mark.parametrize("figure", KEY_FIGURES.values(), ids=KEY_FIGURES.keys())
def test_a_figure_that_questions_are_asked_about_is_there(figure: str) -> None:
    assert [article for article in ARTICLES if figure in article["text"]]


def test_one_article_is_a_near_copy_from_another_outlet() -> None:
    first, copy = (a for a in ARTICLES if day_of(a) in (date(2024, 11, 11), date(2024, 11, 12)))
    sentences, copied = (set(a["text"].split(". ")) for a in (first, copy))
    assert first["source"] != copy["source"]
    assert "(Meridian Wire)" in copy["text"]
    assert first["text"] != copy["text"]
    assert len(sentences & copied) / len(sentences | copied) > 0.5


def test_a_correction_follows_the_mistake() -> None:
    wrong = next(a for a in ARTICLES if KEY_FIGURES["wrong casualties a day"] in a["text"])
    right = next(a for a in ARTICLES if KEY_FIGURES["corrected casualties a day"] in a["text"])
    assert "Correction: In our report of 10 October" in right["text"]
    assert day_of(wrong) == date(2024, 10, 10) < day_of(right)
    assert wrong["source"] == right["source"]


def test_the_weekday_check_sees_mistakes() -> None:
    assert dates_in("on Monday, 12 August") == [(0, date(2024, 8, 12))]
    assert dates_in("В четверг, 12 сентября,") == [(3, date(2024, 9, 12))]
    assert dates_in("у вівторок, 5 листопада,") == [(1, date(2024, 11, 5))]
    assert dates_in("On Monday, 13 August")[0][1].weekday() != 0
