from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.cli.asking import styled_text
from bot.telegram.rich_text import Mark, RichText, clean, join, plain, printed, size, split, styled

WORDS = st.lists(
    st.sampled_from(["a", "слово", "🎉", "word.", "\n", "\n\n", " ", "x" * 30, "«так»."]),
    max_size=120,
)


@st.composite
def rich_texts(draw: st.DrawFn) -> RichText:
    whole = RichText()
    for chunk in draw(st.lists(WORDS, max_size=8)):
        text = " ".join(chunk)
        kind = draw(st.sampled_from([None, "bold", "expandable_blockquote"]))
        whole = whole + (RichText(text) if kind is None else styled(kind, text))
    return whole


@pytest.mark.parametrize(
    ("text", "units"), [("", 0), ("abc", 3), ("їжак", 4), ("🎉", 2), ("a🇺🇦b", 6)]
)
def test_size_is_what_telegram_counts(text: str, units: int) -> None:
    assert size(text) == units == len(text.encode("utf-16-le")) // 2


def test_offsets_are_in_utf16_units() -> None:
    whole = RichText("🎉 ") + styled("bold", "їжак") + " and " + styled("text_link", "x", "u")
    assert whole.entities() == [("bold", 3, 4, None), ("text_link", 12, 1, "u")]


@given(rich_texts(), st.integers(40, 200))
def test_parts_fit_and_together_hold_every_character(whole: RichText, limit: int) -> None:
    parts = split(whole, limit)
    assert all(0 < size(part.text) <= limit for part in parts)
    assert all(part.text == part.text.strip() for part in parts)
    assert "".join("".join(part.text.split()) for part in parts) == "".join(whole.text.split())


@given(rich_texts(), st.integers(40, 200))
def test_every_entity_lies_within_its_part_and_keeps_its_text(whole: RichText, limit: int) -> None:
    parts = split(whole, limit)
    for part in parts:
        for _, offset, length, _ in part.entities():
            assert 0 <= offset < offset + length <= size(part.text)
    for kind in ("bold", "expandable_blockquote"):
        before = "".join(whole.text[m.start : m.end] for m in whole.marks if m.kind == kind)
        after = "".join(
            part.text[m.start : m.end] for part in parts for m in part.marks if m.kind == kind
        )
        assert "".join(before.split()) == "".join(after.split())


def test_a_quotation_that_fits_into_a_message_is_not_cut() -> None:
    quotations = [styled("expandable_blockquote", f"{n} " + "word " * 30) for n in range(10)]
    parts = split(join(quotations, "\n\n"), 500)
    assert sum(len(part.marks) for part in parts) == 10


def test_a_message_has_at_most_a_hundred_entities() -> None:
    whole = join([styled("bold", str(number)) for number in range(250)], " ")
    parts = split(whole)
    assert [len(part.marks) for part in parts] == [100, 100, 50]


def test_a_cut_falls_between_sentences_before_it_falls_between_words() -> None:
    text = "One two three four. Five six seven eight. Nine ten eleven twelve."
    assert [part.text for part in split(RichText(text), 45)] == [
        "One two three four. Five six seven eight.",
        "Nine ten eleven twelve.",
    ]


def test_a_word_longer_than_a_message_is_cut_and_not_lost() -> None:
    parts = split(RichText("x" * 100), 40)
    assert [len(part.text) for part in parts] == [40, 40, 20]


def test_foreign_text_cannot_hide_or_reorder_what_follows() -> None:
    hostile = "safe\u202egnp.exe\u200b\x1b[31m\ud800 text\nnext"
    assert plain(hostile).text == "safegnp\u2060.exe[31m text next"


def test_marks_move_with_their_text() -> None:
    assert (RichText("ab") + styled("bold", "c")).marks == (Mark("bold", 2, 3),)


@given(st.text(alphabet="@/#$:.ab Cя\u2060\n", max_size=30))
def test_in_a_terminal_nothing_unseen_comes_along_with_what_is_copied(text: str) -> None:
    shown = styled("bold", plain(text)) + " and " + plain(text)
    assert printed(shown) == f"{clean(text)} and {clean(text)}"
    in_terminal = styled_text(shown)
    assert in_terminal.plain == printed(shown)
    bold = [(one.start, one.end) for one in in_terminal.spans if one.style == "bold"]
    assert sum(end - start for start, end in bold) == len(clean(text))
