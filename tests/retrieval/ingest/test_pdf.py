"""PDF files are read in the order in which people read them, whatever their drawing order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from benchmarks.pdf_files import (
    FILES,
    Printed,
    Text,
    column,
    right,
    row_by_row,
    width,
    written,
)
from retrieval.ingest.extract.pdf import read_pdf
from retrieval.ingest.extract.pdf_layout import LineEnds
from tests.support.shared import CASES, needs_cases

NOW = datetime(2026, 11, 30, tzinfo=UTC)
LEFT = column(
    50, 700, "The mill of Varn burned down on\nFriday night, and its owner asks\n"
    "the county for help. The fire was\nseen from the islands, and forty\nmen carried water.",
)  # fmt: skip
RIGHT = column(
    240, 707, "Salt costs twice as much in Vik\nas it did in the spring, the fish\n"
    "hall wrote. Boats stay in the port\nuntil the price falls, and nobody\nknows who is to pay.",
)  # fmt: skip


def text_of(*pages: tuple[Text, ...], info: str = "") -> str:
    return " ".join(read_pdf(written(pages, info), NOW).text.split())


@pytest.mark.parametrize("printed", FILES, ids=lambda one: one.name)
def test_the_files_of_the_benchmark_are_read_rightly(printed: Printed) -> None:
    found = read_pdf(written(printed.pages, printed.info), NOW)
    assert right(printed, f"{found.title or ''}\n{found.text}") == (len(printed.wanted), True)


def test_columns_whose_lines_are_not_level_and_stand_close_stay_apart() -> None:
    told = text_of(row_by_row(LEFT, RIGHT))
    assert "its owner asks the county for help." in told
    assert "in the spring, the fish hall wrote." in told
    assert told.index("men carried water.") < told.index("Salt costs")


def test_a_heading_over_the_right_column_does_not_part_the_left_one() -> None:
    head = Text(240, 730, "The price of salt", 14)
    told = text_of((head, *row_by_row(LEFT, RIGHT)))
    assert "men carried water." in told
    assert "seen from the islands, and forty men" in told


def test_words_that_are_drawn_one_by_one_are_a_line() -> None:
    x, words = 50.0, []
    for word in ["The", "mill", "of", "Varn", "burned", "down", "on", "Friday", "night."]:
        words.append(Text(x, 700, word))
        x += width(word) + 5.5
    assert text_of(tuple(words)) == "The mill of Varn burned down on Friday night."


def test_a_number_on_its_own_line_in_a_text_stays() -> None:
    page = column(50, 700, "The number of the house was\n77\nand nobody lived there, he said.")
    assert "was 77 and nobody" in text_of(page)


def test_two_pages_that_begin_alike_but_not_in_one_place_keep_their_words() -> None:
    pages = (
        (Text(50, 700, "The mill burned."), Text(50, 500, "Nobody saw it at all, he said.")),
        (Text(50, 660, "The mill burned."), Text(50, 460, "Ida Holt saw it, she said.")),
    )
    assert text_of(*pages).count("The mill burned.") == 2


@pytest.mark.parametrize("number", ["3", "- 3 -", "Page 3", "3 / 12", "стор. 3", "Seite 3 von 9"])
def test_a_page_number_is_left_out(number: str) -> None:
    encodable = number if number.isascii() else "- 3 -"
    page = (*LEFT, Text(290, 40, encodable, 9))
    assert text_of(page).endswith("men carried water.")


def test_a_table_with_an_empty_cell_keeps_its_columns() -> None:
    rows = (("Town", "Dead", "Injured"), ("Ostrov", "", "52"), ("Lipa", "3", "9"))
    page = tuple(
        Text(x, 700 - 16 * at, cell)
        for at, row in enumerate(rows)
        for x, cell in zip((50, 170, 290), row, strict=True)
        if cell
    )
    told = text_of((Text(50, 740, "The county of Ostrov counted again on Friday."), *page))
    assert told.endswith("Ostrov: injured 52 Lipa: dead 3, injured 9")


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        (["The minis-", "ter left."], "The minister left."),
        (["A well-", "known man, well-known to all."], "A well-known man, well-known to all."),
        (["A zyntrop, no zyn-", "trop at all."], "A zyntrop, no zyntrop at all."),
        (["The Anglo-", "French board"], "The Anglo-French board"),
        (["Between 3-", "4 percent"], "Between 3-4 percent"),
        (["The GOVERN-", "MENT fell."], "The GOVERNMENT fell."),
        (["Die Regie-", "rung fiel."], "Die Regierung fiel."),
        (["Мініс-", "тр пішов, хто-", "небудь прийде."], "Міністр пішов, хто-небудь прийде."),
        (["An un\u00ad", "owned house"], "An unowned house"),
        (["A price-", "setting office"], "A price-setting office"),
        (["He said -", "and left."], "He said -\nand left."),
    ],
)  # fmt: skip
def test_words_at_line_ends_are_put_together(lines: list[str], wanted: str) -> None:
    assert LineEnds(lines).joined(lines) == wanted


def case(name: str) -> str:
    found = read_pdf((CASES / "text" / name).read_bytes(), NOW)
    return " ".join(f"{found.title or ''} {found.text}".split())


@needs_cases
@pytest.mark.parametrize(
    ("name", "there", "gone"),
    [
        ("pdf-hyphens.pdf", ["of transport said", "state-owned", "40 percent of its passengers",
         "long-term", "Franco-German", "3-4 billion", "price-determining", "are unknown",
         "Anna Lind-Berg"], "stateowned"),
        ("pdf-superscript.pdf", ["rose to 14 million crowns"], "14 2"),
        ("pdf-columns-rowwise.pdf", ["agreed to spend nine million", "to frost, the growers said."],
         "Testovo Farmers"),
        ("pdf-table.pdf", ["Greens: votes 12,400, seats 9", "Liberals: votes 3,050, seats 2"],
         "Party Votes"),
        ("pdf-pagebreak.pdf", ["because the saws are lent"], "Page"),
    ],
)  # fmt: skip
def test_the_reported_files_are_read_as_they_are_printed(
    name: str, there: list[str], gone: str
) -> None:
    told = case(name)
    assert [one for one in there if one not in told] == []
    assert gone not in told


def test_heads_that_differ_from_page_to_page_go_with_their_numbers() -> None:
    told = text_of(
        (Text(60, 800, "12", 9), Text(400, 800, "VARN GAZETTE", 9), *LEFT),
        (Text(60, 800, "MILLS AND BOATS", 9), Text(500, 800, "13", 9), *RIGHT),
        (Text(60, 800, "14", 9), Text(400, 800, "VARN GAZETTE", 9), *LEFT),
        (Text(60, 800, "THE WEATHER", 9), Text(500, 800, "15", 9), *RIGHT),
    )
    assert not any(one in told for one in ("MILLS", "WEATHER", "GAZETTE", "13", "14"))


def test_a_lone_figure_above_a_text_is_no_page_number() -> None:
    heads = ("Camp 21 was closed.", "Of Orlo 28 men came.", "A bear of 35 years died.")
    told = text_of(*((Text(60, 800, head), *LEFT) for head in heads))
    assert all(head in told for head in heads)


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("Die CDU-", "Fraktion lehnt ab.", "Die CDU-Fraktion lehnt ab."),
        ("Der UN-", "Sicherheitsrat tagt.", "Der UN-Sicherheitsrat tagt."),
        ("THE TRANS-", "PORT OFFICE", "THE TRANSPORT OFFICE"),
        ("Der Umwelt-", "schutz kostet.", "Der Umweltschutz kostet."),
        ("A twenty-", "year-old bridge", "A twenty-year-old bridge"),
    ],
)
def test_a_hyphen_before_a_capital_stays(first: str, second: str, joined: str) -> None:
    assert LineEnds([first, second]).joined([first, second]) == joined
