"""Passages contain whole sentences, each exactly once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from retrieval.models import Span
from retrieval.text.sentences import MAX_PASSAGE_CHARS, split_passages, split_sentences

SENTENCES = st.lists(
    st.tuples(st.integers(1, 60), st.sampled_from([" ", "\n\n"])).map(
        lambda pair: "A" + "b" * pair[0] + "." + pair[1]
    )
)


@given(SENTENCES.map("".join), st.integers(1, 120), st.integers(1, 120))
def test_every_sentence_is_in_exactly_one_passage(text: str, most: int, least: int) -> None:
    sentences = split_sentences(text)
    passages = split_passages(text, sentences, max_chars=most, min_chars=least)
    assert tuple(s for passage in passages for s in passage.sentences) == sentences
    for passage in passages:
        assert passage.span == Span(passage.sentences[0].start, passage.sentences[-1].end)
        assert passage.span.end - passage.span.start <= most or len(passage.sentences) == 1


def test_a_passage_ends_at_a_paragraph_rather_than_inside_the_next() -> None:
    paragraph = "The army fell back. " * 28
    text = paragraph.strip() + "\n\n" + paragraph.strip()
    passages = split_passages(text, split_sentences(text))
    assert [passage.span.of(text) for passage in passages] == text.split("\n\n")


def test_short_paragraphs_share_a_passage() -> None:
    text = "The army fell back.\n\nIt held the river."
    (passage,) = split_passages(text, split_sentences(text))
    assert passage.span.of(text) == text


def test_a_long_paragraph_is_cut_between_sentences() -> None:
    text = "The army fell back. " * 200
    passages = split_passages(text, split_sentences(text))
    assert all(len(passage.span.of(text)) <= MAX_PASSAGE_CHARS for passage in passages)
    assert all(passage.span.of(text).endswith("back.") for passage in passages)


def test_no_sentences_make_no_passages() -> None:
    assert split_passages("", ()) == ()
