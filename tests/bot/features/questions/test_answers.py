"""Answers as the reader sees them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.features.questions.views import render
from bot.language import speaking
from retrieval.answering.answerer import IN_QUOTES
from retrieval.grounding.citations import as_message, quotation
from retrieval.messages import UserMessage
from retrieval.models import (
    Answer,
    Article,
    Citation,
    Claim,
    Mode,
    Precision,
    Published,
    Unanswered,
)
from retrieval.search import nothing_from
from retrieval.search.dates import DateWindow

MARCH = datetime(2024, 3, 3, tzinfo=UTC)
WINDOW = DateWindow(MARCH, MARCH + timedelta(days=1), "", MARCH)


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


def test_to_a_ukrainian_reader_all_that_is_the_programs_is_in_ukrainian() -> None:
    cited = Citation(1, article(1, "Alpha", 12), 0, 15, "Ten were hurt.")
    undated = Citation(2, article(2, "Beta", None), 0, 15, "Two were hurt.")
    mixed = f"Ten or two: {quotation(undated)}"
    claims = (
        Claim.saying(quotation(cited), (1,)),
        Claim(mixed, (2,), message=as_message(mixed, [undated])),
    )
    failed = UserMessage("{model}'s server failed.", model=UserMessage("The chat model"))
    answer = Answer("How many?", Mode.QUOTE, claims, (cited, undated), notices=(failed, IN_QUOTES))
    with speaking("uk"):
        told = render(answer).text
    assert told.startswith(
        "Мовна модель: сервер дав збій. Ось самі речення.\n\n"
        "“Ten were hurt.” Alpha, 12 лист. 2024 [1]\n\n"
        "Ten or two: “Two were hurt.” Beta, дата невідома [2]"
    )
    declined = Unanswered("?", Mode.QUOTE, nothing_from(WINDOW, UTC), ())
    with speaking("uk"):
        assert render(declined).text == "Я не знайшов про це нічого за 3 березня 2024."


def test_what_a_model_wrote_is_no_message_of_ours() -> None:
    cited = Citation(1, article(1, "Alpha", 12), 0, 15, "Ten were hurt.")
    assert as_message("It's empty.", [cited]) is None
    assert as_message("Ten were hurt, Alpha, 12 Nov 2024.", [cited]) is None
    with speaking("uk"):
        claim = Claim("It's empty.", (1,))
        told = render(Answer("What is in it?", Mode.MODEL, (claim,), (cited,))).text
    assert told.startswith("It's empty. [1]")
