from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding import SentenceId, Statement, StatementParser


def parse(*pieces: str) -> list[Statement]:
    parser = StatementParser()
    found = [statement for piece in pieces for statement in parser.feed(piece)]
    return found + parser.finish()


def cited(text: str, *ids: tuple[int, int]) -> Statement:
    return Statement(text, tuple(SentenceId(*one) for one in ids))


@pytest.mark.parametrize(
    "written",
    [
        "Kyiv said 50,000 [2.1].",
        "Kyiv said 50,000. [2.1]",
        "Kyiv said 50,000. [2.1]\n",
        "- Kyiv said 50,000. [2.1]",
        "1. Kyiv said 50,000 [2.1].",
        "**Kyiv said 50,000.** [2.1]",
        "Kyiv said 50,000 【2.1】.",
        "Kyiv said 50,000 [ 2.1 ].",
    ],
)
def test_a_statement_is_read_however_a_model_sets_its_id(written: str) -> None:
    assert parse(written) == [cited("Kyiv said 50,000.", (2, 1))]


def test_several_ids_are_read_in_every_way_that_they_are_written() -> None:
    for ids in ("[2.1][4.3]", "[2.1] [4.3]", "[2.1, 4.3]", "[2.1; 4.3]"):
        assert parse(f"Both say so {ids}.") == [cited("Both say so.", (2, 1), (4, 3))]


def test_a_line_with_two_statements_gives_two() -> None:
    assert parse("Kyiv said 50,000 [2.1]; Moscow denied it [3.2].") == [
        cited("Kyiv said 50,000", (2, 1)),
        cited("Moscow denied it.", (3, 2)),
    ]


def test_an_id_speaks_only_for_the_sentence_that_it_ends() -> None:
    assert parse("Nobody knows. Col. Gen. Syrskyi said 50,000 [2.1].") == [
        cited("Nobody knows."),
        cited("Col. Gen. Syrskyi said 50,000.", (2, 1)),
    ]


def test_a_statement_without_id_is_kept_apart() -> None:
    assert parse("The moon is cheese.\nKyiv said so [1.1].") == [
        cited("The moon is cheese."),
        cited("Kyiv said so.", (1, 1)),
    ]


def test_headings_and_blanks_are_no_statements() -> None:
    assert parse("## Figures\nHere is what was said:\n\n---\n") == []


def test_what_looks_like_an_id_and_is_none_stays_text() -> None:
    assert parse("Version [a.b] of 3.5 percent [12] [1.2].") == [
        cited("Version [a.b] of 3.5 percent [12].", (1, 2))
    ]


@given(st.data())
def test_where_the_stream_is_cut_changes_nothing(data: st.DataObject) -> None:
    alphabet = [
        "Kyiv said 5.",
        " Then 3.5 %",
        "[1.2]",
        "[12.34, 5.6]",
        "[",
        "]",
        ".",
        "\n",
        " ",
        "й",
    ]
    whole = "".join(data.draw(st.lists(st.sampled_from(alphabet), max_size=30)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert parse(*pieces) == parse(whole)


@given(st.text(max_size=400))
def test_any_text_at_all_is_read_without_a_failure(text: str) -> None:
    for statement in parse(text):
        assert statement.text.strip()
