from __future__ import annotations

import pytest

from retrieval.grounding import CitationIndex, SentenceId
from retrieval.grounding.citations import CitedStatement
from retrieval.grounding.quotes import find_support, without_idle, without_repeats
from tests.support.passages import passage

TEXT = (
    "Ukraine said 8,000 soldiers came to Kursk. It rained in Sudzha on Monday. "
    "Rihanna will perform at the Super Bowl halftime show in February."
)
SHOWN = CitationIndex((passage("Nothing of this matters to anybody."), passage(TEXT)))
HALFTIME = "Who performs at the Super Bowl?"


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("Ukraine said 8,000 soldiers came to Kursk.", 1),
        ("Meridian Wire reported that 8,000 soldiers came to Kursk, Ukraine said.", 1),
        ("It rained in Sudzha on Monday.", 2),
        ("Rihanna", 3),
        ("Rihanna will perform at the Super Bowl.", 3),
        ("Ukraine said 9,000 soldiers came to Kursk.", None),
        ("Ukraine did not say that 8,000 soldiers came to Kursk.", None),
        ("Beyonce", None),
        ("Beyonce will perform at the Super Bowl halftime show in February.", None),
        ("said 8,000 soldiers came to Kursk", 1),
        ("soldiers rained in Sudzha on Monday", None),  # no sentence, and no part of one
        ("Nobody knows.", None),
        ("The answer is C.", None),
        ("Yes.", None),
        ("Monday", None),
        ("", None),
    ],
)
async def test_a_statement_is_given_the_sentence_that_says_it_or_none(
    statement: str, sentence: int | None
) -> None:
    expected = () if sentence is None else (SentenceId(2, sentence),)
    assert await find_support(HALFTIME, SHOWN, [statement]) == [expected]


@pytest.mark.parametrize(
    "statement", ["300 kilometers", "The missile flies 300 kilometers.", "It was organized there."]
)
async def test_american_spelling_is_supported_by_british(statement: str) -> None:
    shown = CitationIndex((passage("The missile flies 300 kilometres. It was organised there."),))
    [found] = await find_support("How far does the missile fly?", shown, [statement])
    assert found


CASES = CitationIndex(
    (
        passage("The missile flies 300 kilometres. It is made in Texas. It costs a million."),
        passage("A missile of that kind flies 300 kilometres, the ministry said."),
    )
)


@pytest.mark.parametrize(
    ("text", "cited", "kept"),
    [
        ("The missile flies 300 kilometres.", [(1, 1), (1, 2), (1, 3)], [(1, 1)]),
        ("The missile flies 300 kilometres.", [(1, 2), (1, 1)], [(1, 1)]),
        ("The missile flies 300 kilometres.", [(1, 1), (2, 1)], [(1, 1), (2, 1)]),
        ("It flies 300 kilometres and costs a million.", [(1, 1), (1, 3)], [(1, 1), (1, 3)]),
        ("The missile flies 300 kilometres.", [(1, 1)], [(1, 1)]),
        ("Nothing of that.", [(1, 2)], [(1, 2)]),
    ],
)
def test_of_what_is_cited_only_what_supports_something_stays(
    text: str, cited: list[tuple[int, int]], kept: list[tuple[int, int]]
) -> None:
    ids = [SentenceId(*one) for one in cited]
    assert without_idle(CASES, text, ids) == tuple(SentenceId(*one) for one in kept)


async def test_two_sentences_of_a_passage_may_support_a_statement_together() -> None:
    text = "Tiafoe is a Maryland native aged 24. On Wednesday he reached the US Open semifinals."
    shown = CitationIndex(
        (passage(text), passage("He was born in Sweden, people say, in the north."))
    )
    said = [
        "Tiafoe, a Maryland native, reached the US Open semifinals.",
        "Tiafoe, a Maryland native, won the US Open final in Paris.",
        "Tiafoe, a Maryland native, was born in Sweden in the north.",
    ]
    both = (SentenceId(1, 1), SentenceId(1, 2))
    assert await find_support("Who is Tiafoe?", shown, said) == [both, (), ()]


@pytest.mark.parametrize(
    ("statement", "is_supported"),
    [
        ("The ferry to Tern Island was cancelled on Monday.", True),
        ("The ferry to Tern Island was cancelled on Monday because of the storm.", False),
        ("The ferry to Tern Island was cancelled due to Monday's storm.", False),
        ("The storm on Monday caused the ferry to Tern Island to be cancelled.", False),
        ("The bridge was closed because of the wind.", True),
        ("The bridge was closed due to the wind.", True),
    ],
)
async def test_a_cause_that_its_sentence_does_not_give_has_no_support(
    statement: str, *, is_supported: bool
) -> None:
    text = (
        "The ferry to Tern Island was cancelled on Monday, the day of the storm. "
        "The bridge was closed because of the wind."
    )
    [found] = await find_support("Why?", CitationIndex((passage(text),)), [statement])
    assert bool(found) is is_supported


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        # twice the same, whole and then a half of it, a half and then the whole
        ([("A ship sank.", 1), ("A ship sank!", 1)], [("A ship sank.", (1,))]),
        ([("A ship sank off Varna.", 1), ("A ship sank.", 1)], [("A ship sank off Varna.", (1,))]),
        ([("A ship sank.", 1), ("A ship sank off Varna.", 1)], [("A ship sank off Varna.", (1,))]),
        # the same of two sources
        ([("A ship sank.", 1), ("A ship sank.", 2)], [("A ship sank.", (1, 2))]),
        # what is another fact stays
        (
            [("A ship sank.", 1), ("No ship sank.", 2), ("A ship sailed.", 1)],
            [("A ship sank.", (1,)), ("No ship sank.", (2,)), ("A ship sailed.", (1,))],
        ),
    ],
)
def test_nothing_is_said_twice(
    said: list[tuple[str, int]], kept: list[tuple[str, tuple[int, ...]]]
) -> None:
    found = without_repeats([CitedStatement(text, (SentenceId(1, n),)) for text, n in said])
    assert [(one.text, tuple(name.sentence for name in one.ids)) for one in found] == kept
