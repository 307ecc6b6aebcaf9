"""Word documents: raised letters and tables are read as on web pages."""

from __future__ import annotations

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from docx import Document

from retrieval.ingest.extract.docx import read_docx

if TYPE_CHECKING:
    from docx.document import Document as Opened

NOW = datetime(2026, 11, 30, tzinfo=UTC)
STORY = "The mine of Ostrov burned for two days, and the fire brigade of Selm came to help."


def text_of(document: Opened) -> str:
    written = io.BytesIO()
    document.save(written)
    return read_docx(written.getvalue(), NOW).text


def paragraph_of(marked: str) -> str:
    """What is read of a paragraph, in which ^{...} is raised and _{...} lowered."""
    document = Document()
    document.add_paragraph(STORY)
    paragraph = document.add_paragraph()
    for part in re.split(r"([\^_]\{[^}]*\})", marked):
        run = paragraph.add_run(part[2:-1] if part[:1] in {"^", "_"} else part)
        if part[:1] == "^":
            run.font.superscript = True
        elif part[:1] == "_":
            run.font.subscript = True
    return text_of(document).split("\n\n")[-1]


@pytest.mark.parametrize(
    ("marked", "read"),
    [
        ("The fire killed 14^{2} miners.", "The fire killed 14 miners."),
        ("The mine held 10^{6} tons.", "The mine held 10^6 tons."),
        ("It held 3 × 10^{-}^{6} grams.", "It held 3 × 10^-6 grams."),
        ("The field has 12 km^{2}.", "The field has 12 km²."),
        ("On the 21^{st} it rained.", "On the 21st it rained."),
        ("The air had more CO_{2} than before.", "The air had more CO2 than before."),
        ("He was elected in 2019^{3}, and left.", "He was elected in 2019, and left."),
        ("She said so.^{4}", "She said so."),
    ],
)
def test_notes_go_and_exponents_stay(marked: str, read: str) -> None:
    assert paragraph_of(marked) == read


def table_of(rows: list[list[str]]) -> Opened:
    document = Document()
    document.add_paragraph(STORY)
    table = document.add_table(len(rows), len(rows[0]))
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, text in zip(row.cells, cells, strict=True):
            cell.text = text
    document.add_paragraph("A report is to follow in spring.")
    return document


def test_a_row_carries_its_head() -> None:
    document = table_of(
        [["Village", "Dead", "Injured"], ["Ostrov", "14", "52"], ["Selm", "3", "–"]]
    )
    assert text_of(document).split("\n\n")[1:] == [
        "Ostrov: dead 14, injured 52",
        "Selm: dead 3",
        "A report is to follow in spring.",
    ]


def test_merged_cells_stand_in_each_of_their_rows() -> None:
    document = table_of(
        [["Region", "Village", "Dead"], ["North", "Ostrov", "14"], ["", "Selm", "3"]]
    )
    table = document.tables[0]
    table.cell(1, 0).merge(table.cell(2, 0))
    assert "North: village Selm, dead 3" in text_of(document).split("\n\n")


def test_a_table_of_layout_is_its_paragraphs() -> None:
    document = table_of([["", ""]])
    left, right = document.tables[0].rows[0].cells
    left.text, right.text = "The clock stopped at nine.", "The bridge stayed open."
    left.add_paragraph("Nobody wound it.")
    assert text_of(document).split("\n\n")[1:4] == [
        "The clock stopped at nine.",
        "Nobody wound it.",
        "The bridge stayed open.",
    ]
