"""A page is stored as its reader sees it: struck out and hidden text, notes, tables, lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import trafilatura

from retrieval.errors import ExtractError
from retrieval.feeds.parsing import fragment_text
from retrieval.ingest.extract import page
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import read_draft
from tests.support.shared import CASES, needs_cases

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
FIRST = "The mill at Varn burned down on Friday night, and its owner asks the county for help."
LAST = "The fire brigade of Varn stayed until the morning, its captain told the council."


def text_of(inside: str, *, around: str = "", language: str = "en") -> str:
    markup = (
        f"<!doctype html><html lang={language}><head><title>Mill burns</title></head><body>"
        f"{around}<main><article><h1>Mill burns</h1><p>{FIRST}</p>{inside}<p>{LAST}</p></article>"
        "</main></body></html>"
    )
    origin = Origin("x", NOW, url="https://news.example/mill")
    return read_draft(SourceKind.HTML, markup.encode(), origin).text


def between(text: str) -> list[str]:
    """The paragraphs between the first and the last."""
    first, *rest, last = text.split("\n\n")
    assert (first, last) == (FIRST, LAST)
    return rest


def paragraph(inside: str, language: str = "en") -> str:
    [found] = between(text_of(f"<p>{inside}</p>", language=language))
    return found


RAISED = [
    ("Some 27<sup>3</sup> people and 41<sup>1</sup> cows.", "Some 27 people and 41 cows."),
    ("Some 27<sup><a href='#n1'>[1]</a></sup> people.", "Some 27 people."),
    ("Some 27<span style='vertical-align: super'>3</span> people.", "Some 27 people."),
    ("It was sold.<sup>12</sup> Nobody knew.", "It was sold. Nobody knew."),
    ("The mayor<sup>*</sup> and the judge<sup>†</sup> left.", "The mayor and the judge left."),
    ("Built in 1974<sup>2, 3</sup> and sold.", "Built in 1974 and sold."),
    ("It holds 10<sup>9</sup> litres.", "It holds 10^9 litres."),
    ("It holds 3.2 × 10<sup>12</sup> litres.", "It holds 3.2 × 10^12 litres."),
    ("A grain of 10<sup>-6</sup> metres.", "A grain of 10^-6 metres."),
    ("A yard of 40 m<sup>2</sup> and 12 km<sup>2</sup>.", "A yard of 40 m² and 12 km²."),
    ("It opened on the 3<sup>rd</sup> of May.", "It opened on the 3rd of May."),
    ("It costs $19<sup>99</sup> a month.", "It costs $19.99 a month."),
    ("They drank H<sub>2</sub>O and CO<sub>2</sub>.", "They drank H2O and CO2."),
    ("It was 31<sup>o</sup>C in the shade.", "It was 31°C in the shade."),
    ("A cup of 2<sup>1</sup>/<sub>2</sub> litres.", "A cup of 2 1/2 litres."),
    ("The key has 2<sup>64</sup> values.", "The key has 2^64 values."),
    ("It holds 10⁶ tons, and 14² men saw it.", "It holds 10^6 tons, and 14 men saw it."),
]


@pytest.mark.parametrize(("markup", "wanted"), RAISED)
def test_notes_are_left_out_and_exponents_units_and_ordinals_stay(markup: str, wanted: str) -> None:
    assert paragraph(markup) == wanted
    assert fragment_text(f"<p>{markup}</p>") == wanted


def test_a_ten_with_a_note_at_the_foot_is_no_power() -> None:
    foot = "<p>Of 10<sup>2</sup> boats 8<sup>1</sup> sank.</p><p><small>1 At noon. 2 With nets."
    text = text_of(f"{foot}</small></p>")
    assert "Of 10 boats 8 sank." in text


STRUCK = [
    ("It killed <del>forty</del> <ins>four</ins> cows.", "It killed four cows."),
    ("The judge <s>resigned</s>, and left.", "The judge, and left."),
    ("Bread is <strike>9</strike> 7 crowns.", "Bread is 7 crowns."),
    (
        "He owes <span style='color:red; text-decoration: line-through'>900</span> 90 crowns.",
        "He owes 90 crowns.",
    ),
]


@pytest.mark.parametrize(("markup", "wanted"), STRUCK)
def test_what_was_struck_out_is_not_read_and_what_was_inserted_is(markup: str, wanted: str) -> None:
    assert paragraph(markup) == wanted
    assert fragment_text(f"<p>{markup}</p>") == wanted


def test_a_stroke_that_is_never_closed_does_not_take_the_article_with_it() -> None:
    assert LAST in text_of("<s>")


HIDDEN = [
    "<p hidden>The mill sank.</p>",
    "<p hidden=''>The mill sank.</p>",
    "<p aria-hidden=true class='sr-only'>The mill sank.</p>",
    "<div aria-hidden='true' class='u-visually-hidden'><p>The mill sank.</p></div>",
    "<template><p>The mill sank.</p></template>",
    "<noscript><p>The mill sank.</p></noscript>",
    "<div style='margin:0;display:none'><p>The mill sank.</p></div>",
    "<p style='DISPLAY : NONE !important'>The mill sank.</p>",
    "<p style='visibility:hidden'>The mill sank.</p>",
    "<p style='visibility: collapse'>The mill sank.</p>",
    "<dialog><p>The mill sank.</p></dialog>",
    "<p style='position:absolute; left:-9999px'>The mill sank.</p>",
    "<p style='text-indent: -10000px'>The mill sank.</p>",
]


@pytest.mark.parametrize("markup", HIDDEN)
def test_hidden_text_is_never_read(markup: str) -> None:
    assert between(text_of(markup)) == []
    assert fragment_text(f"<p>{FIRST}</p>{markup}") == FIRST


@pytest.mark.parametrize(
    "markup",
    [
        "<p style='display:block'>The mill stands no more, its miller said.</p>",
        "<p aria-hidden=false>The mill stands no more, its miller said.</p>",
        "<details><p>The mill stands no more, its miller said.</p></details>",
    ],
)
def test_what_is_shown_is_read(markup: str) -> None:
    assert "The mill stands no more, its miller said." in text_of(markup)


NOTICE = (
    "<p>We use cookies to make this site work and to measure its use. You may accept all cookies"
    " or choose your settings; our partners process your data for up to two years.</p>"
    "<p>Cookies that are necessary for security can not be switched off in our systems.</p>"
)


@pytest.mark.parametrize(
    "around",
    [
        f"<div id=onetrust-banner-sdk>{NOTICE}</div>",
        f"<section class='cmp consent'>{NOTICE}<a href=#>Accept</a></section>",
        f"<div role=dialog aria-label=Privacy>{NOTICE}</div>",
        f"<div>{NOTICE}</div>",
        "<div><p>This site uses cookies. By continuing to use it you agree to them.</p></div>",
        f"<div class=banner><div>{NOTICE}</div><button>Accept all</button></div>",
        (
            "<aside class='gdpr-note'><p>Ми використовуємо файли cookie, щоб сайт працював."
            " Прийняти файли cookie?</p></aside>"
        ),
    ],
)
def test_a_notice_about_cookies_is_never_the_article(around: str) -> None:
    assert between(text_of("", around=around)) == []


def test_an_article_about_cookies_is_read() -> None:
    told = "The court of Varn found that shops use cookies without consent, and set fines."
    assert between(text_of(f"<p>{told}</p><button>Share</button>")) == [told]


ROWS = [
    (
        (
            "<tr><th>Town</th><th>Killed</th><th>Wounded</th></tr>"
            "<tr><td>Varn</td><td>4</td><td>19</td></tr><tr><td>Lys</td><td>–</td><td>7</td></tr>"
        ),
        ["Varn: killed 4, wounded 19", "Lys: wounded 7"],
    ),
    (
        (
            "<caption>Votes by list</caption><tr><td>List</td><td>2022</td><td>Votes</td></tr>"
            "<tr><td>Blue</td><td>1,204</td><td>30 %</td></tr>"
        ),
        ["Votes by list", "List: 2022, Votes", "Blue: 1,204, 30 %"],
    ),
    (
        (
            "<tr><td>List</td><td>Votes</td><td>Seats</td></tr>"
            "<tr><td>Blue</td><td>1,204</td><td>3</td></tr>"
        ),
        ["Blue: votes 1,204, seats 3"],
    ),
    (
        (
            "<tr><th rowspan=2>Town<th colspan=2>Boats</tr><tr><th>Sold<th>Lost</tr>"
            "<tr><td>Varn<td>4<td>19</tr>"
        ),
        ["Varn: Boats Sold 4, Boats Lost 19"],
    ),
    (
        "<tr><th>Opened</th><td>4 May 1974</td></tr><tr><th>Owner:</th><td>Ida Holt</td></tr>",
        ["Opened: 4 May 1974", "Owner: Ida Holt"],
    ),
    (
        (
            "<tr><th>#</th><th>Rider</th><th>Points</th></tr>"
            "<tr><td>1</td><td>I. Holt</td><td>40</td></tr>"
        ),
        ["I. Holt: # 1, points 40"],
    ),
]


@pytest.mark.parametrize(("rows", "wanted"), ROWS)
def test_a_row_of_a_table_carries_its_head(rows: str, wanted: list[str]) -> None:
    assert between(text_of(f"<table>{rows}</table>")) == wanted
    assert fragment_text(f"<table>{rows}</table>").split("\n\n") == wanted


def test_a_cell_with_an_endless_span_takes_no_memory() -> None:
    rows = "<tr><th colspan=999999999>A</th></tr><tr><td rowspan=99999999>B</td><td>1</td></tr>"
    assert len(text_of(f"<table>{rows}</table>")) < 2_000


def test_paragraphs_in_a_table_for_layout_stay_apart() -> None:
    one, two = "Boats wait at the quay for the tide.", "Nobody knows when it will come."
    layout = f"<table><tr><td><p>{one}<p>{two}</td><td><a href=/>Home</a></td></tr></table>"
    assert between(text_of(layout))[:2] == [one, two]


@pytest.mark.parametrize(
    ("markup", "wanted"),
    [
        (
            ("<ul><li>In June:<ul><li>gates are shut;<ol><li>also on Sundays</li></ol></li>"
            "<li>dogs stay out.</li></ul></li><li>In July all is free.</li></ul>"),
            ["In June:", "gates are shut;", "also on Sundays", "dogs stay out.",
             "In July all is free."],
        ),
        (
            "<ol><li><p>Gates are shut.</p><p>Dogs stay out.</p></li></ol>",
            ["Gates are shut.", "Dogs stay out."],
        ),
        (
            "<ul><li>One boat<ul><li>a nut</li></ul>and more</li></ul>",
            ["One boat", "a nut", "and more"],
        ),
    ],
)  # fmt: skip
def test_items_of_lists_in_lists_stay_apart(markup: str, wanted: list[str]) -> None:
    assert [one.removeprefix("- ") for one in between(text_of(markup))] == wanted
    assert fragment_text(markup).split("\n\n") == wanted


def case(name: str) -> str:
    origin = Origin("x", NOW, url="https://news.example/a")
    return read_draft(SourceKind.HTML, (CASES / "text" / name).read_bytes(), origin).text


@needs_cases
@pytest.mark.parametrize(
    ("name", "there", "gone"),
    [
        ("page-sup.html", ["killed 14 miners", "of 3 kilo", "10^6 tons", "in 2019 after"], "142"),
        ("page-del.html", ["killed nine pupils", "driver, who was sober", "been 30 crowns"], "40"),
        ("page-hidden.html", ["late by four hours"], "sank"),
        ("page-hidden.html", ["soup was given out"], "bankrupt"),
        ("page-cookie.html", ["into insolvency on Sunday"], "cookies"),
        ("page-table.html", ["Ostrov: dead 14, injured 52", "Lipa: dead 3, injured 9"], "Village"),
        ("page-layout.html", ["Jon Veld said.\n\nThe clock"], "said.The"),
        ("page-nested.html", ["weekdays:\n\n- boats may leave"], "weekdays:boats"),
    ],
)
def test_the_reported_pages_are_read_as_they_are_shown(
    name: str, there: list[str], gone: str
) -> None:
    text = case(name)
    assert [one for one in there if one not in text] == []
    assert gone not in text


def test_a_page_whose_article_is_lost_in_a_parsed_tree_is_read_from_its_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    extract = trafilatura.bare_extraction

    def only_text(content: Any, **options: Any) -> Any:
        return extract(content, **options) if isinstance(content, str) else None

    monkeypatch.setattr(page, "bare_extraction", only_text)
    assert FIRST in text_of("")
    monkeypatch.setattr(page, "bare_extraction", lambda *_, **__: None)
    with pytest.raises(ExtractError):
        text_of("")
