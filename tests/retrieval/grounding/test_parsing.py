from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding import SentenceId, Statement, StatementParser, is_refusal
from retrieval.grounding.parsing import parse as whole


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


SAID = "Kyiv said 50,000 came."
BEGUN = SAID.rstrip(".")
RENDERINGS = r"""
BEGUN [2.1]. ¦ SAID [2.1] ¦ BEGUN (2.1). ¦ SAID (2.1) ¦ SAID [[2.1]] ¦ BEGUN [[2.1]].
SAID ([2.1]) ¦ SAID [ID: 2.1] ¦ SAID [id 2.1] ¦ SAID (ID: 2.1) ¦ SAID ID: 2.1
SAID [Sentence 2.1] ¦ SAID (sentence 2.1) ¦ SAID [Article 2, sentence 1]
SAID (Article 2, Sentence 1) ¦ BEGUN [article 2 sentence 1]. ¦ SAID Article 2, sentence 1.
SAID [Article 2.1] ¦ SAID [article 2: 1] ¦ SAID (sentence 1 of article 2) ¦ SAID [Source: 2.1]
SAID (source 2.1) ¦ SAID Source: [2.1] ¦ SAID Source: 2.1 ¦ SAID Sources: [2.1].
SAID [see 2.1] ¦ SAID (cf. 2.1) ¦ SAID [Ref: 2.1] ¦ SAID [citation: 2.1] ¦ SAID [cite: 2.1]
SAID (based on [2.1]) ¦ SAID [evidence: 2.1] ¦ SAID [S2.1] ¦ SAID [s. 2.1] ¦ SAID [p2.s1]
SAID <cite>2.1</cite> ¦ SAID<sup>2.1</sup> ¦ SAID <cite id="2.1"/> ¦ SAID <2.1> ¦ SAID {2.1}
SAID 【2.1】 ¦ SAID 【2.1†source】 ¦ SAID ［2.1］ ¦ SAID 〔2.1〕 ¦ SAID [2.1.] ¦ SAID [2. 1]
SAID [ 2.1 ] ¦ SAID [2:1] ¦ SAID [2_1] ¦ SAID [#2.1] ¦ SAID [№2.1] ¦ SAID [^2.1] ¦ SAID ^2.1
SAID ^[2.1] ¦ SAID [2.1](#2.1) ¦ SAID [2.1](https://evil.example/x) ¦ SAID `[2.1]` ¦ SAID `2.1`
SAID **[2.1]** ¦ SAID *[2.1]* ¦ SAID _[2.1]_ ¦ SAID \[2.1\] ¦ **SAID** [2.1]
SAID - [2.1] ¦ SAID — [2.1] ¦ SAID — 2.1 ¦ SAID 2.1 ¦ SAID [2.1]. ¦ BEGUN [2.1].. ¦ SAID → [2.1]
SAID [2.1;] ¦ SAID &nbsp;[2.1] ¦ [2.1] SAID ¦ [2.1]: SAID ¦ - [2.1] SAID ¦ (2.1) SAID
2.1: SAID ¦ 2.1 SAID ¦ 2.1 - SAID ¦ 2.1. SAID ¦ 1. [2.1] SAID ¦ ID 2.1: SAID
Article 2, sentence 1: SAID ¦ [Article 2, sentence 1] SAID ¦ **[2.1]** SAID ¦ 【2.1】SAID
a) SAID [2.1] ¦ [2.1] BEGUN [2.1]. ¦ * SAID [2.1] ¦ SAID [стаття 2, речення 1]
SAID [предложение 2.1] ¦ SAID (джерело: 2.1) ¦ SAID\n[2.1] ¦ SAID\nSource: [2.1] ¦ SAID\n(2.1)
"""
WRITTEN = [
    one.replace("SAID", SAID).replace("BEGUN", BEGUN).replace(r"\n", "\n")
    for line in RENDERINGS.strip().splitlines()
    for one in line.split(" ¦ ")
]


@pytest.mark.parametrize(
    "written",
    [
        "Answer: SAID [2.1]",
        "**Final Answer:** SAID [2.1]",
        "A: SAID [2.1]",
        "Statement 1: SAID [2.1]",
        "1. Answer: SAID [2.1]",
        "Відповідь: SAID [2.1]",
        "Ответ: SAID [2.1]",
        "Based on the provided articles, SAID [2.1]",
        "According to the sentences given, SAID [2.1]",
        "<article 1: Alpha, “Title”>SAID [2.1]</article>",
        "SAID [2.1]\n</article>",
        "`SAID` [2.1]",
        "| SAID | [2.1] |",
        "Question: How many?\nSAID [2.1]",
        "Q: How many?\nA: SAID [2.1]",
        "Here is the answer:\nSAID [2.1]",
        "Sure! SAID [2.1]",
        "Certainly, here is what I found.\nSAID [2.1]",
        "SAID [2.1]\n\nI hope this helps!",
        "SAID [2.1]\nLet me know if you need more.",
        "SAID [2.1]\nExplanation: The sentence [2.1] states it.",
        "SAID [2.1]\nReasoning: it is stated there.",
        "SAID [2.1]\n**Note:** no other figure is given.",
        "SAID [2.1]\nПояснення: так сказано.",
        "SAID [2.1]\n\nSources: [2.1], [4.3]",
        "SAID [2.1]\nSource: Alpha Times, 12 November 2024",
    ],
)
def test_what_a_model_says_around_its_answer_is_no_part_of_it(written: str) -> None:
    assert parse(written.replace("SAID", SAID)) == [cited(SAID, (2, 1))]


@pytest.mark.parametrize(
    "text",
    [
        "According to sources in Kyiv, 5 came.",
        "According to the text of the treaty, 5 may come.",
        "Sure enough, Kyiv denied it.",
        "The answer was no, Kyiv said.",
        "Note that Kyiv denied it.",
        "Kyiv: We have no sources.",
    ],
)
def test_what_only_looks_like_talk_is_a_statement(text: str) -> None:
    assert parse(text) == [cited(text)]


def test_the_table_of_renderings_has_at_least_forty() -> None:
    assert len(set(WRITTEN)) >= 40


@pytest.mark.parametrize("written", WRITTEN)
def test_every_rendering_of_an_id_is_read_and_leaves_no_scrap(written: str) -> None:
    assert parse(written) == [cited(SAID, (2, 1))]


@pytest.mark.parametrize(
    "ids",
    [
        "[2.1 and 4.3]",
        "[2.1 & 4.3]",
        "[2.1/4.3]",
        "[2.1|4.3]",
        "[2.1 4.3]",
        "([2.1], [4.3])",
        "[[2.1], [4.3]]",
        "(2.1, 4.3)",
        "[2.1], [4.3]",
        "[2.1] and [4.3]",
        "[IDs: 2.1, 4.3]",
        "Sources: 2.1, 4.3",
        "Sources: [2.1], [4.3].",
        "[Sentence 2.1, Sentence 4.3]",
        "[Article 2, sentence 1; Article 4, sentence 3]",
        "(2.1) (4.3)",
        "2.1, 4.3",
        "[2.1 та 4.3]",
    ],
)
def test_two_ids_are_read_however_they_are_joined(ids: str) -> None:
    assert parse(f"{SAID} {ids}") == [cited(SAID, (2, 1), (4, 3))]


@pytest.mark.parametrize(
    "text",
    [
        "Inflation rose by 2.1 percent.",
        "The rate fell to 2.1",
        "Kyiv won 3:2 (2:1).",
        "He (45) was hurt.",
        "It grew (2.1 percent) then.",
        "In the end it was 3.5.",
        "[sic] he said.",
        "Of 2.1 million people 3.5 fled.",
        "1.5 million people fled.",
        "The index (0.5) fell.",
        "Version 2.1 came out.",
    ],
)
def test_a_figure_is_no_id(text: str) -> None:
    assert parse(text) == [cited(text)]


def test_ids_in_front_of_each_sentence_of_a_line_are_those_of_what_follows() -> None:
    assert parse("[1.1] Kyiv said so. [1.2] Moscow denied it.") == [
        cited("Kyiv said so.", (1, 1)),
        cited("Moscow denied it.", (1, 2)),
    ]


@pytest.mark.parametrize(
    "written",
    [
        '{"statements": [{"ids": ["2.1"], "text": "Kyiv said 50,000 came."}]}',
        '```json\n{"statements": [{"text": "Kyiv said 50,000 came.", "ids": ["[2.1]"]}]}\n```',
        '[{"text": "Kyiv said 50,000 came.", "id": "2.1"}]',
        '{"statements": [{"ids": "2.1", "text": "Kyiv said 50,000 came. [2.1]"}, {"ids": ["4',
    ],
)
def test_statements_in_json_are_read_also_while_they_are_written(written: str) -> None:
    assert whole(written) == [cited(SAID, (2, 1))]


@pytest.mark.parametrize(
    "written", ["[1.1] [1.2]", "1.1 [1.2]", "- [1.1, 1.2].", "Sources: 1.1, 1.2"]
)
def test_ids_alone_are_the_sentences_that_they_name(written: str) -> None:
    assert whole(written) == [cited("", (1, 1), (1, 2))]


def test_a_paragraph_in_json_is_as_many_statements_as_it_has_sentences() -> None:
    written = '{"statements": [{"ids": ["1.1", "1.2"], "text": "Kyiv said so. Moscow denied it."}]}'
    ids = ((1, 1), (1, 2))
    assert whole(written) == [cited("Kyiv said so.", *ids), cited("Moscow denied it.", *ids)]


@pytest.mark.parametrize(
    "written",
    [
        '{"statements": []}',
        "NO ANSWER - the articles are about something else.",
        "The articles do not mention who bought it [1.2].",
        "None of the provided sentences does not answer the question.",
        "There is no information about that in the sentences.",
        "I cannot answer that.",
    ],
)
def test_however_a_model_declines_it_is_believed(written: str) -> None:
    assert all(map(is_refusal, whole(written)))
    assert whole(written)


@pytest.mark.parametrize(
    "text", ["No answer came from Kyiv.", "Officials did not say how many.", "No one was hurt."]
)
def test_what_sources_decline_to_say_is_news(text: str) -> None:
    assert not any(map(is_refusal, whole(text)))


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
