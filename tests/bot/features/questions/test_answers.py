"""Answers as the reader sees them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from bot.features.questions.views import render
from retrieval.grounding.citations import quotation
from retrieval.models import Answer, Article, Citation, Claim, Mode, Precision, Published


def article(number: int, outlet: str, day: int | None) -> Article:
    at = None if day is None else datetime(2024, 11, day, tzinfo=UTC)
    published = None if at is None else Published(at, Precision.DAY)
    url = f"https://{outlet.lower()}.example/{number}"
    return Article(number, number, 1, "Quake", outlet, url, None, published, "en")


@pytest.mark.parametrize(
    ("one", "other", "line"),
    [
        (("Alpha", 12), ("Beta", 13), "Accounts differ, the newest first:"),
        (("Alpha", 12), ("Beta", None), "Accounts differ, the newest first:"),
        (("Alpha", 1), ("Beta", 13), "The figure changed, the newest first:"),
        (("Alpha", 12), ("Alpha", 12), "The figure changed, the newest first:"),
    ],
)
def test_accounts_differ_only_where_outlets_are_at_odds_at_one_time(
    one: tuple[str, int | None], other: tuple[str, int | None], line: str
) -> None:
    cited = tuple(
        Citation(n, article(n, *source), 0, 10, f"{n}0 were hurt.")
        for n, source in enumerate((one, other), start=1)
    )
    disputed = tuple(Claim(f"“{each.quote}”", (each.n,)) for each in cited)
    told = render(Answer("How many?", Mode.QUOTE, (), cited, disputed=disputed)).text
    assert line in told


def test_a_sentence_that_stands_above_is_not_repeated_in_its_footnote() -> None:
    quote = 'The mayor said: "Nobody was hurt, and nobody will be."'
    cited = (Citation(1, article(1, "Alpha", 12), 0, len(quote), quote),)
    told = render(
        Answer("Was anybody hurt?", Mode.QUOTE, (Claim.saying(quotation(cited[0]), (1,)),), cited)
    )
    assert told.text.count("Nobody was hurt") == 1
