"""Saved pages and files with the drafts expected of them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from docx import Document
from pypdf import PdfReader, PdfWriter

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import read_draft, read_record
from retrieval.models import ArticleDraft, Precision, Published

from . import pages

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2024, 11, 20, 12, 0, tzinfo=UTC)
ORIGIN = Origin("file", NOW)
URL = "https://example.org/news/rivers?page=1"
BODY = "The rivers of the north rose by two metres in one night, the water service said."


def page(markup: str = pages.HTML, url: str | None = URL) -> ArticleDraft:
    return read_draft(SourceKind.HTML, markup.encode(), Origin("example.org", NOW, url=url))


def test_an_html_page_becomes_its_article() -> None:
    assert page() == ArticleDraft(
        title="Ріки піднялися",
        text="Ріки на півночі за одну ніч піднялися на два метри, повідомила служба води.\n\n"
        "Втрати\n\n"
        "Ніхто не постраждав, але сорок будинків у трьох селах довелося залишити поспіхом.\n\n"
        "- Міст біля млина зруйновано водою.\n\n"
        "- Дорогу на південь закрито до весни.\n\n"
        "«Такого ми ще не бачили», — сказав староста села журналістам у вівторок увечері.",
        outlet="example.org",
        url="https://example.org/news/rivers",
        author="Дана Рід",
        published=Published(datetime(2024, 11, 12, 8, 15, tzinfo=UTC), Precision.MINUTE),
        language="uk",
    )


def test_comments_between_paragraphs_hide_none_of_them() -> None:
    assert page(pages.HTML.replace("<p>", "<!-- ad --><p>")).text == page().text


def test_a_page_can_not_claim_an_address_on_another_host() -> None:
    claimed = pages.HTML.replace('href="/news/rivers"', 'href="https://else.example/"')
    assert page(claimed).url == URL


@pytest.mark.parametrize(
    ("change", "published"),
    [
        ("2024-11-12", Published(datetime(2024, 11, 12, tzinfo=UTC), Precision.DAY)),
        ("2024-11-12T10:15:00", Published(datetime(2024, 11, 12, tzinfo=UTC), Precision.DAY)),
    ],
)
def test_a_page_without_time_and_zone_is_known_by_its_day(
    change: str, published: Published
) -> None:
    assert page(pages.HTML.replace("2024-11-12T10:15:00+02:00", change)).published == published


def test_a_page_without_a_site_name_is_of_its_host() -> None:
    bare = pages.HTML.replace('"og:site_name" content="Північний вісник"', '"x" content=""')
    assert page(bare.replace(" | Північний вісник", "")).outlet == "example.org"


@pytest.mark.parametrize("encoding", ["cp1251", "koi8_u"])
def test_an_old_page_is_read_in_its_encoding(encoding: str) -> None:
    body = pages.HTML.replace("utf-8", encoding.replace("_", "-").replace("cp", "windows-"))
    draft = read_draft(
        SourceKind.HTML, body.encode(encoding, "xmlcharrefreplace"), Origin("", NOW, url=URL)
    )
    assert draft.title == "Ріки піднялися"


@pytest.mark.parametrize("markup", ["<html></html>", "<html><body><nav>Home</nav>", "<!-- -->"])
def test_a_page_without_an_article_is_refused(markup: str) -> None:
    with pytest.raises(ExtractError, match=r"^I found no article text in it\.$"):
        page(markup)


def test_markdown_becomes_plain_text_with_its_front_matter_as_facts() -> None:
    draft = read_draft(SourceKind.MARKDOWN, pages.MARKDOWN.encode(), ORIGIN)
    assert draft == ArticleDraft(
        title="Rivers rise",
        text=pages.MARKDOWN_TEXT,
        outlet="Northern Herald",
        url="https://example.org/rivers",
        author="Dana Reed",
        published=Published(datetime(2024, 11, 12, tzinfo=UTC), Precision.DAY),
        language="en",
    )


def test_markdown_without_front_matter_is_titled_by_its_first_heading() -> None:
    draft = read_draft(SourceKind.MARKDOWN, f"# Rivers rise\n\n{BODY}".encode(), ORIGIN)
    assert (draft.title, draft.text, draft.outlet) == ("Rivers rise", BODY, "file")


@pytest.mark.parametrize("line", ["date: soon", "url: ftp://example.org"])
def test_markdown_with_front_matter_that_is_wrong_is_refused(line: str) -> None:
    with pytest.raises(SourceError):
        read_draft(SourceKind.MARKDOWN, f"---\n{line}\n---\n{BODY}".encode(), ORIGIN)


def test_a_pdf_file_becomes_paragraphs_with_words_put_together() -> None:
    lines = [
        "The rivers of the north rose by two metres in one ni-",
        "ght, the water service said on Tuesday.",
        "Nobody was hurt, but forty houses in three villages had",
        "to be left in a hurry, and a bridge was lost.",
        "7",
    ]
    info = "/Title (Rivers rise) /CreationDate (D:20241112101500+02'00')"
    assert read_draft(SourceKind.PDF, pages.pdf(lines, info=info), ORIGIN) == ArticleDraft(
        title="Rivers rise",
        text="The rivers of the north rose by two metres in one night, the water service said on"
        " Tuesday.\n\nNobody was hurt, but forty houses in three villages had\nto be left in a"
        " hurry, and a bridge was lost.",
        outlet="file",
        published=Published(datetime(2024, 11, 12, tzinfo=UTC), Precision.DAY),
        language="en",
    )


def test_running_heads_are_no_part_of_the_text() -> None:
    draft = read_draft(
        SourceKind.PDF, pages.pdf(["The Northern Herald", BODY, "page"], pages=3), ORIGIN
    )
    assert "Herald" not in draft.text


def encrypted() -> bytes:
    writer = PdfWriter(PdfReader(io.BytesIO(pages.pdf([BODY]))))
    writer.encrypt("secret", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (encrypted, "The PDF file is encrypted; save it without a password and resend it."),
        (lambda: b"%PDF-1.4 nothing", "The PDF file is damaged; save it again and resend it."),
        (
            lambda: pages.pdf([BODY])[:300],
            "The PDF file is damaged; save it again and resend it.",
        ),
        (lambda: pages.pdf([""]), "I found no article text in it."),
        (
            lambda: pages.pdf([BODY], pages=501),
            "The PDF file has more than 500 pages; send it in parts.",
        ),
    ],
)
def test_a_pdf_file_that_can_not_be_read_is_told(make: Callable[[], bytes], sentence: str) -> None:
    with pytest.raises(ExtractError) as caught:
        read_draft(SourceKind.PDF, make(), ORIGIN)
    assert str(caught.value) == sentence


def record(**fields: object) -> ArticleDraft:
    return read_record(json.dumps(fields).encode(), ORIGIN)


def test_a_record_becomes_its_article() -> None:
    draft = record(
        title="Rivers rise", text=BODY, url="HTTPS://Example.org/a#b", source="Herald",
        author="Dana Reed", published_at="2024-11-12T10:15:00Z", language="en-GB", more=1,
    )  # fmt: skip
    assert draft == ArticleDraft(
        title="Rivers rise",
        text=BODY,
        outlet="Herald",
        url="https://example.org/a",
        author="Dana Reed",
        published=Published(datetime(2024, 11, 12, 10, 15, tzinfo=UTC), Precision.MINUTE),
        language="en",
    )


def test_a_record_without_a_source_is_of_its_host_then_of_its_file() -> None:
    assert record(text=BODY, url="https://www.example.org/a").outlet == "example.org"
    assert record(text=BODY).outlet == "file"


def test_a_record_may_hold_html() -> None:
    draft = record(html=pages.HTML, url=URL, title="Mine")
    assert (draft.title, draft.outlet, draft.url) == ("Mine", "example.org", URL)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"{", "It isn't valid JSON."),
        (b"[" * 100_000, "It isn't valid JSON."),
        (b"[]", "It isn't a JSON object."),
        (b"{}", "It has neither “text” nor “html”."),
        (b'{"text": " "}', "It has neither “text” nor “html”."),
        (b'{"text": 1, "title": []}', "These fields should be text but aren't: title, text."),
        (b'{"text": "short"}', "I found no article text in it."),
    ],
)
def test_a_record_that_can_not_be_read_is_told(line: bytes, sentence: str) -> None:
    with pytest.raises(ExtractError) as caught:
        read_record(line, ORIGIN)
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "fields", [{"published_at": "x"}, {"published_at": "2031-01-01"}, {"url": "x"}]
)
def test_a_record_with_a_wrong_date_or_address_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(SourceError):
        record(text=BODY, **fields)


def test_a_record_loses_null_and_lone_surrogates() -> None:
    assert record(text=f"\0\ud800{BODY}").text == BODY


def test_what_is_struck_out_or_hidden_in_a_word_file_is_not_read() -> None:
    document = Document()
    paragraph = document.add_paragraph("The bus crash near Pell killed ")
    paragraph.add_run("twelve ").font.strike = True
    paragraph.add_run("nine pupils on Friday, the police of Pell said")
    paragraph.add_run(", and a secret").font.hidden = True
    paragraph.add_run(".").font.strike = False
    written = io.BytesIO()
    document.save(written)
    assert read_draft(SourceKind.DOCX, written.getvalue(), ORIGIN).text == (
        "The bus crash near Pell killed nine pupils on Friday, the police of Pell said."
    )
