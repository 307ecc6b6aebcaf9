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


def test_a_line_with_two_sentences_gives_two_statements() -> None:
    assert parse("Kyiv said 50,000 [2.1]. Moscow denied it [3.2].") == [
        cited("Kyiv said 50,000.", (2, 1)),
        cited("Moscow denied it.", (3, 2)),
    ]


def test_ids_inside_a_sentence_are_ids_of_the_whole_sentence() -> None:
    assert parse("Losses [1.1] were 600,000, the U.S. said.") == [
        cited("Losses were 600,000, the U.S. said.", (1, 1))
    ]
    assert parse("A said 5 [1.1] and B said 7 [2.1].") == [
        cited("A said 5 and B said 7.", (1, 1), (2, 1))
    ]


def test_a_range_of_ids_is_each_of_them() -> None:
    assert parse("Both say so [1.1-1.3].") == [cited("Both say so.", (1, 1), (1, 2), (1, 3))]
    assert parse("Both say so [1.3-1.1].") == [cited("Both say so.", (1, 3))]


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


def test_what_passes_for_a_footnote_of_ours_is_taken_out_and_other_brackets_stay() -> None:
    assert parse("Version [a.b] of 3.5 percent [12] [1.2].") == [
        cited("Version [a.b] of 3.5 percent.", (1, 2))
    ]
    assert parse("Sudzha is held [1.1.1] by 300 men [2] [1.1].") == [
        cited("Sudzha is held by 300 men.", (1, 1))
    ]
    assert parse("He spoke of [10,000] in [2024] [1.1].") == [
        cited("He spoke of [10,000] in [2024].", (1, 1))
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
