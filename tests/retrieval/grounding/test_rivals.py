from __future__ import annotations

from retrieval.grounding import CitationIndex, SentenceId
from retrieval.grounding.composing import rivals
from tests.support.passages import passage

QUESTION = "How many North Korean soldiers are in the Kursk region?"
EIGHT = passage(
    "Blinken said about 8,000 North Korean soldiers had reached Russia's Kursk region. It rained.",
    outlet="Alpha",
    day="2024-11-01",
    revision=1,
)
TEN = passage(
    "It snowed. About 10,000 North Korean soldiers are in the Kursk region, Washington says.",
    outlet="Beta",
    day="2024-11-11",
    revision=2,
)
COPY = passage(
    "About 10,000 North Korean soldiers are in the Kursk region, Washington says.",
    outlet="Copyist",
    day="2024-11-10",
    revision=3,
)
LOSSES = passage(
    "Some 300 North Korean soldiers were killed in the Kursk region, Washington says.",
    outlet="Gamma",
    day="2024-11-12",
    revision=4,
)


def texts(shown: CitationIndex, *told: SentenceId, question: str = QUESTION) -> list[str]:
    return [one.article.outlet for one in rivals(question, shown, told)]


def test_another_outlets_figure_stands_beside_the_one_that_was_told_the_newest_first() -> None:
    assert texts(CitationIndex((EIGHT, TEN)), SentenceId(1, 1)) == ["Beta", "Alpha"]


def test_a_copy_counts_once_and_what_became_of_others_is_no_rival() -> None:
    assert texts(CitationIndex((EIGHT, TEN, COPY, LOSSES)), SentenceId(1, 1)) == ["Beta", "Alpha"]


def test_agreement_and_what_was_not_asked_for_are_no_dispute() -> None:
    assert texts(CitationIndex((TEN, COPY)), SentenceId(1, 2)) == []
    assert texts(CitationIndex((EIGHT, TEN)), SentenceId(1, 1), question="Did it rain there?") == []
    assert texts(CitationIndex((EIGHT, TEN)), SentenceId(1, 2)) == []


def test_an_ordinal_counts_nothing() -> None:
    old = passage("Maris hit 61 home runs in 1961, breaking the league record of Ruth.", revision=1)
    new = passage("Judge hit his 62nd home run, breaking the league record of Maris.", revision=2)
    assert texts(CitationIndex((new, old)), SentenceId(1, 1), question="Who hit home runs?") == []
