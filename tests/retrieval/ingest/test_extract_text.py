"""Text is normalised once; titles, dates, kinds and encodings are detected as people would."""

from __future__ import annotations

import unicodedata
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrieval.errors import ExtractError
from retrieval.ingest.extract.dates import published_of
from retrieval.ingest.extract.draft import (
    Findings,
    Origin,
    clean_text,
    derived_title,
    draft_of,
    read_plain,
    require_article,
    without_furniture,
)
from retrieval.ingest.extract.kinds import SourceKind, decode, kind_of
from retrieval.models import Precision, Published

if TYPE_CHECKING:
    from retrieval.models import ArticleDraft

NOW = datetime(2024, 11, 20, 12, 0, tzinfo=UTC)
BODY = "The rivers of the north rose by two metres in one night, the water service said."


@given(st.text(st.characters()))
def test_cleaning_is_done_once_for_ever(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert unicodedata.is_normalized("NFC", cleaned)
    assert not set(cleaned) & {"\0", "\r", "\ufeff", "\ud800", "\u202e"}
    assert cleaned.encode().decode() == cleaned


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\r\nb\rc", "a\nb\nc"),
        ("a\u2029b\x0cc", "a\n\nb\n\nc"),
        ("a \n \n\n\n b", "a\n\n b"),
        ("e\u0301\u00ad\u200b", "é"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\u200d\U0001f469"),
        ("и\u0306", "й"),
    ],
)
def test_lines_letters_and_unseen_characters_are_made_uniform(text: str, expected: str) -> None:
    assert clean_text(text) == expected


def test_a_text_over_the_limit_is_refused() -> None:
    with pytest.raises(
        ExtractError, match=r"^It's longer than 1,000,000 characters; send it in parts\.$"
    ):
        clean_text("a" * 10_000_001)


def test_what_stands_under_an_article_is_trimmed_and_nothing_within() -> None:
    text = f"Related Articles\n\n{BODY}\n\nSource link\n\nRelated Articles\n\nBack to top button"
    assert without_furniture(text) == f"Related Articles\n\n{BODY}"


def draft(text: str, title: str | None = None) -> ArticleDraft:
    return draft_of(Findings(text=text, title=title), Origin("outlet", NOW))


@pytest.mark.parametrize("text", ["", "Home About", "12345 " * 100])
def test_too_few_letters_are_no_article(text: str) -> None:
    with pytest.raises(ExtractError, match=r"^I found no article text in it\.$"):
        draft(text)


def test_without_a_title_the_first_telling_line_is_one() -> None:
    assert draft(f"London —\n\n{BODY}").title == BODY
    assert derived_title("word " * 50) == ("word " * 20).strip() + "…"
    assert len(derived_title("a" * 500)) == 101


@pytest.mark.parametrize(
    ("text", "title", "rest"),
    [
        (f"Rivers rise\n\n{BODY}", "Rivers rise", BODY),
        (f"Politics\n\nRivers rise in the north\n\n\n{BODY}", "Rivers rise in the north", BODY),
        (f"Who let the rivers rise?\n\n{BODY}", "Who let the rivers rise?", BODY),
        (f"{BODY}\n\n{BODY}", None, f"{BODY}\n\n{BODY}"),
        (f"Rivers rise\n{BODY}", None, f"Rivers rise\n{BODY}"),
        (f"Ріки вийшли з берегів\r\n\r\n{BODY}", "Ріки вийшли з берегів", BODY),
    ],
)
def test_a_short_first_paragraph_without_a_stop_is_the_title(
    text: str, title: str | None, rest: str
) -> None:
    found = read_plain(text)
    assert (found.title, found.text) == (title, rest)


@pytest.mark.parametrize(
    ("value", "at", "precision"),
    [
        ("2024-11-12", (12, 0, 0), Precision.DAY),
        ("2024-11-12T10:15:42+02:00", (12, 8, 15), Precision.MINUTE),
        ("2024-11-12T10:15Z", (12, 10, 15), Precision.MINUTE),
        ("2024-11-12T10:15:00", (12, 0, 0), Precision.DAY),
        ("2024-11-12T00:00:00-05:00", (12, 0, 0), Precision.DAY),
        ("Tue, 12 Nov 2024 10:15:00 +0200", (12, 8, 15), Precision.MINUTE),
        ("2024-11-21T09:00:00Z", (21, 9, 0), Precision.MINUTE),
    ],
)
def test_a_date_is_as_precise_as_its_source(
    value: str, at: tuple[int, int, int], precision: Precision
) -> None:
    day, hour, minute = at
    instant = datetime(2024, 11, day, hour, minute, tzinfo=UTC)
    assert published_of(value, NOW) == Published(instant, precision)


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (
            "last week",
            "I couldn't understand its date, “last week”; write it like 2024-11-20T14:30+02:00.",
        ),
        ("", "I couldn't understand its date, “”; write it like 2024-11-20T14:30+02:00."),
        (
            "0001-01-01T00:00+23:00",
            "; write it like 2024-11-20T14:30+02:00.",
        ),
        (
            "9999-12-31T23:59-23:00",
            "; write it like 2024-11-20T14:30+02:00.",
        ),
        ("2024-11-23", "Its date, 2024-11-23, is in the future; correct it or leave it out."),
    ],
)
def test_a_date_that_can_not_be_is_refused(value: str, sentence: str) -> None:
    with pytest.raises(ExtractError) as caught:
        published_of(value, NOW)
    assert str(caught.value).endswith(sentence)


@settings(deadline=None)  # the first loads the names of months
@given(st.text())
def test_any_text_is_a_date_or_is_refused(value: str) -> None:
    with suppress(ExtractError):
        assert published_of(value, NOW).at.tzinfo is UTC


@pytest.mark.parametrize(
    ("body", "name", "kind"),
    [
        (b"%PDF-1.7 ...", "a.txt", SourceKind.PDF),
        (b"\n <!-- x --><!DOCTYPE html><p>", "a.txt", SourceKind.HTML),
        (b'<?xml version="1.0"?><html>', "a", SourceKind.HTML),
        (b'{"text": "a"}\n{"text": "b"}', "a.txt", SourceKind.JSONL),
        (b'\xef\xbb\xbf{"text": "' + b"a" * 9_000, "", SourceKind.JSONL),
        (b"---\ntitle: A\n---\nText", "a.txt", SourceKind.MARKDOWN),
        (b"# A", "a.md", SourceKind.MARKDOWN),
        (b"A", "a.TXT", SourceKind.TEXT),
        (b"A", "", SourceKind.TEXT),
        (b"<p>A", "a.htm", SourceKind.HTML),
        ("Новини".encode("utf-16"), "a.txt", SourceKind.TEXT),
    ],
)
def test_the_kind_is_told_by_the_content_then_by_the_name(
    body: bytes, name: str, kind: SourceKind
) -> None:
    assert kind_of(body, name) is kind


@pytest.mark.parametrize(
    ("body", "name", "sentence"),
    [
        (b"", "a.txt", "It's empty."),
        (b" \n", "a.txt", "It's empty."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "save it as .docx without a password."),
        (b"\0\0\0 ftypisom", "a.mp4", "It's a video or a recording; "),
        (b"abc\0def", "a.txt", "I can't read .txt files; "),
        (b"\x89PNG\r\n", "", "I can't read binary files; "),
        (
            b"a,b,c",
            "a.csv",
            "send HTML, Markdown, text, PDF, Word (.docx), JSONL or a zip file of these.",
        ),
    ],
)
def test_what_is_not_read_is_told(body: bytes, name: str, sentence: str) -> None:
    with pytest.raises(ExtractError) as caught:
        kind_of(body, name)
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "pattern", [b" <!---->", b"<!--", b"<?xml", b"\n", b"{", b'{"a":', b"---\n"]
)
def test_a_hostile_beginning_is_told_at_once(pattern: bytes) -> None:
    with suppress(ExtractError):
        kind_of(pattern * 4_096, "a.txt")


CYRILLIC = [
    "Війська відійшли до річки. Про це повідомив генерал у вівторок, 12 листопада.",
    "Войска отошли к реке. Об этом сообщил генерал во вторник, 12 ноября.",
]


@pytest.mark.parametrize("text", CYRILLIC)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251", "koi8_u"])
def test_cyrillic_is_read_though_no_encoding_is_named(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", CYRILLIC)
def test_an_encoding_that_is_named_is_used(text: str) -> None:
    assert decode(text.encode("iso8859_5"), "ISO-8859-5") == text
    page = f'<html><meta charset="iso8859-5">{text}'
    assert decode(page.encode("iso8859_5"), markup=True) == page
    assert decode(text.encode("utf-8"), "windows-1251") == text
    assert decode(text.encode("cp1251"), "no-such-encoding") == text


def test_marks_without_end_on_one_letter_are_cut() -> None:
    text = clean_text("a" + "\u0301\u0323" * 300_000 + "b")
    assert len(text) < 40
    assert text.endswith("b")


@pytest.mark.parametrize(
    "text",
    [
        "河上的老桥昨天塌了，三人受伤，市长说会重建。",
        "川の古い橋がきのう落ち、三人がけがをした。",
        "강 위의 낡은 다리가 어제 무너져 세 명이 다쳤다.",
        "नदी में बाढ़ आने से जिले के 12 गाँव डूब गए, प्रशासन ने बताया।",
    ],
)
def test_a_short_article_in_signs_that_are_words_is_an_article(text: str) -> None:
    require_article(text)


def test_a_line_of_signs_is_none() -> None:
    with pytest.raises(ExtractError):
        require_article("旧桥塌了")
