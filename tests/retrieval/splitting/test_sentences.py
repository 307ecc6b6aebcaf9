"""A sentence is an exact span of the text, and ends where a reader would say so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.text.sentences import MAX_SENTENCE_CHARS, split_sentences
from tests.support.shared import CASES as CASES_AT
from tests.support.shared import needs_cases

if TYPE_CHECKING:
    from retrieval.models import Span

CASES = [
    line
    for line in Path(__file__).with_name("cases.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
MARKS = (
    "。 ！ 「 」 ‚ 中 か ؟ । z. B. 3. p.m. Tuesday "
    "“ ” « » „ ‘ ’ \" ' ( ) [ ] . ... … ?! ! , ; : — – - • * 1. 5 3.5 A a Я є J. т. д. р. U.S. a.m."
    " Gen. No. said \n \n\n \t \u00a0 \u2029 \u0301 \u200d \U0001f600 \r\n \f word Слово"
)
PIECES = st.sampled_from(MARKS.split(" "))


def texts() -> st.SearchStrategy[str]:
    return st.one_of(st.text(), st.lists(PIECES).map(" ".join), st.lists(PIECES).map("".join))


def assert_nothing_is_lost(text: str, sentences: tuple[Span, ...]) -> None:
    end = 0
    for span in sentences:
        assert not text[end : span.start].strip()
        assert 0 < span.end - span.start <= MAX_SENTENCE_CHARS
        assert span.of(text) == span.of(text).strip()
        end = span.end
    assert not text[end:].strip()


def sentences_of(text: str) -> list[str]:
    return [span.of(text) for span in split_sentences(text)]


@given(texts())
def test_spans_are_exact_ordered_and_leave_out_only_white_space(text: str) -> None:
    assert_nothing_is_lost(text, split_sentences(text))


@given(st.lists(PIECES, min_size=1), st.integers(min_value=1, max_value=300))
def test_spans_are_exact_in_long_texts_without_pity(pieces: list[str], times: int) -> None:
    text = "".join(pieces) * times
    assert_nothing_is_lost(text, split_sentences(text))


@given(texts())
def test_splitting_again_gives_the_same(text: str) -> None:
    assert split_sentences(text) == split_sentences(text)


@pytest.mark.parametrize("case", CASES)
def test_sentences_end_where_a_reader_sees_them_end(case: str) -> None:
    expected = [sentence.strip() for sentence in case.split("‖")]
    assert sentences_of(case.replace("‖", "")) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One without a stop\n\ntwo", ["One without a stop", "two"]),
        ("One\r\n\r\ntwo", ["One", "two"]),
        ("One \n \n two", ["One", "two"]),
        (
            "The army fell back\nto the river. It held.",
            ["The army fell back\nto the river.", "It held."],
        ),
        (
            "Politics\nThe army fell back to the river.",
            ["Politics", "The army fell back to the river."],
        ),
        ("They want:\n- Tanks\n- Jets", ["They want:", "- Tanks", "- Jets"]),
        ("They want:\n1. Tanks\n2. Jets", ["They want:", "1. Tanks", "2. Jets"]),
        ("Вони хочуть:\n• танки\n• літаки", ["Вони хочуть:", "• танки", "• літаки"]),
        ("“We lost.\n\nWe are tired.”", ["“We lost.", "We are tired.”"]),
        ("“Really?” Smith asked. It was.", ["“Really?” Smith asked.", "It was."]),
        ("“Really?” The room fell silent.", ["“Really?”", "The room fell silent."]),
        ("", []),
        (" \n\t\n ", []),
        (" x ", ["x"]),
    ],
)
def test_paragraphs_headings_and_items_end_sentences_but_a_wrapped_line_does_not(
    text: str, expected: list[str]
) -> None:
    assert sentences_of(text) == expected


def test_a_quotation_stays_with_its_speaker_unless_it_is_very_long() -> None:
    short = "“We lost. We are tired,” he said."
    assert sentences_of(short) == [short]
    long = "“" + "We lost again today. " * 40 + "We are tired,” he said."
    assert len(sentences_of(long)) == 41


def test_an_endless_sentence_is_cut_after_a_clause_then_between_words() -> None:
    text = ("word " * 180 + "end, ") * 3 + "more " * 300
    sentences = sentences_of(text)
    assert sentences[0].endswith("end,")
    assert all(set(sentence.split()) <= {"word", "end,", "more"} for sentence in sentences)


def test_a_cut_never_parts_a_letter_from_its_accent() -> None:
    text = "a\u0301" * 3000
    assert not any(sentence.startswith("\u0301") for sentence in sentences_of(text))


@pytest.mark.parametrize(
    "pattern",
    [
        ".", ". ", '"', '" ', "“", "“ ", "(", ")(", "A. ", "a", "Я", "? A ", '"A. ', " ",
        "\n", "a\n", "1.\n", "\u0301", "т. д. ", "”", "[1]", "a. “", "。", "「。", "中。」", "‘a. ",
        "a’ ", "‘", "»", "«", "z. B. ", "3. Mai ", "।", "?中",
    ],
)  # fmt: skip
def test_hostile_repetition_is_finished(pattern: str) -> None:
    text = (pattern * 50_000)[:50_000]
    assert_nothing_is_lost(text, split_sentences(text))


LIED = (
    "‘The minister has lied to us. The hoses were empty. Nobody had looked at them for nine years,’"
    " said Ilse Brand, a nurse of the hospital."
)


@needs_cases
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("clock-weekday", "The polls in Sund close at 8 p.m. Tuesday."),
        ("clock-weekday", "His trial resumes in the court of Orlo at 9 a.m. Monday."),
        (
            "single-quotes",
            LIED,
        ),
        (
            "single-quotes",
            "The fare rises to Rs. 450 on that day, and seats for Yahoo! Inc. staff are kept.",
        ),
        ("eu-languages", "Der Vertrag wurde am 3. Oktober 2025 unterschrieben."),
        ("eu-languages", "EE. UU. envió 300 toneladas de acero."),
        ("cjk", "市政府周二宣布，港口大桥将于三月五日重新开放。"),
        ("cjk", "修理費は4億5千万円だった。"),
        ("cjk", "मरम्मत पर 45 लाख रुपये खर्च हुए।"),
    ],
)
def test_the_sentences_of_the_shared_cases_are_whole(name: str, sentence: str) -> None:
    lines = (CASES_AT / "text" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    assert sentence in [one for line in lines for one in sentences_of(json.loads(line)["text"])]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Am Fr., 27. Nov., um acht Uhr beginnt es. Kommt.", "Am Fr., 27. Nov., um acht Uhr"),
        ("Er wohnt in der Hauptstr. 5 in Köln. Sie auch.", "Er wohnt in der Hauptstr. 5 in Köln."),
        ("Sie zog in die Parkstr. 12 und blieb. Er nicht.", "Sie zog in die Parkstr. 12 und"),
        ("Der 3. Okt. ist ein Feiertag. Er ist frei.", "Der 3. Okt. ist ein Feiertag."),
    ],
)
def test_german_days_and_streets_end_no_sentence(text: str, first: str) -> None:
    found = sentences_of(text)
    assert len(found) == 2
    assert found[0].startswith(first)
