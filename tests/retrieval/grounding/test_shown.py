from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from retrieval.grounding import CitationIndex, SentenceId, footnotes
from tests.support.passages import passage


def test_a_citation_is_the_exact_slice_of_the_stored_text() -> None:
    text = "Intro.\n\nKyiv said 50,000. Moscow  denied\nit."
    shown = CitationIndex((passage(text, start=8),))
    citation = shown.citation(SentenceId(1, 2), 1)
    assert citation.quote == text[citation.start : citation.end] == "Moscow  denied\nit."


def test_only_ids_that_were_shown_are_known() -> None:
    shown = CitationIndex((passage("One. Two."), passage("Three.")))
    known = {(p, s) for p in range(5) for s in range(5) if SentenceId(p, s) in shown}
    assert known == {(1, 1), (1, 2), (2, 1)}


def test_footnotes_are_numbered_in_order_of_first_use_and_a_sentence_has_one_number() -> None:
    shown = CitationIndex((passage("One. Two."), passage("Three.", revision=2)))
    ids = [[SentenceId(2, 1), SentenceId(1, 1)], [SentenceId(1, 1), SentenceId(1, 2)]]
    citations, marks = footnotes(shown, ids)
    assert [one.quote for one in citations] == ["Three.", "One.", "Two."]
    assert [one.n for one in citations] == [1, 2, 3]
    assert marks == [(1, 2), (2, 3)]


def test_the_same_sentence_in_two_passages_is_one_footnote() -> None:
    shown = CitationIndex((passage("One. Two."), passage("One. Two.")))
    citations, marks = footnotes(shown, [[SentenceId(1, 1)], [SentenceId(2, 1)]])
    assert len(citations) == 1
    assert marks == [(1,), (1,)]


def test_the_prompt_shows_outlet_date_and_numbered_sentences() -> None:
    prompt = CitationIndex((passage("One. Two.", outlet="Alpha", title="T"),)).prompt()
    assert prompt.splitlines() == [
        "<article 1: Alpha, Tuesday, 12 November 2024, “T”>",
        "[1.1] One.",
        "[1.2] Two.",
        "</article>",
    ]


@given(st.text(alphabet="ab .[]<>/1:articles\n", min_size=1))
def test_an_article_cannot_forge_an_id_or_leave_its_fence(text: str) -> None:
    prompt = CitationIndex((passage(f"{text} x.", title=text, outlet=text),)).prompt()
    inside = prompt.splitlines()[1:-1]
    assert prompt.count("<") == prompt.count(">") == 2
    assert prompt.count("[") == prompt.count("]") == len(inside)


def test_what_is_junk_is_neither_shown_nor_citable_and_the_others_keep_their_ids() -> None:
    mixed = replace(passage("Read more. It rained. It snowed."), junk=(True, False, False))
    shown = CitationIndex((mixed,))
    assert SentenceId(1, 1) not in shown
    assert SentenceId(1, 2) in shown
    assert "Read more" not in shown.prompt()
    assert "[1.2] It rained." in shown.prompt()
    assert shown.citation(SentenceId(1, 3), 1).quote == "It snowed."
