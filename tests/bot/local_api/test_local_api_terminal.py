"""Messages as a terminal shows them."""

import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from bot.demo.terminal import render_message, safe
from bot.local_api import Chat, Message, Version

Json = dict[str, Any]


def message(text: str, *entities: Json, rows: Any = (), **media: Any) -> Message:
    markup = {"inline_keyboard": [list(row) for row in rows]}
    return Message(Chat(1, "private"), None, [Version(text, entities, markup)], media)


def entity(kind: str, offset: int, length: int, **more: Any) -> Json:
    return {"type": kind, "offset": offset, "length": length, **more}


def printed(shown: Message, *, terminal: bool = False) -> str:
    out = io.StringIO()
    colours: Any = "standard" if terminal else None
    console = Console(file=out, force_terminal=terminal, width=200, color_system=colours)
    console.print(render_message(shown))
    return out.getvalue()


def styled(shown: Message) -> dict[str, str]:
    text = render_message(shown)
    return {text.plain[s.start : s.end]: str(s.style) for s in text.spans}


def test_styles_cover_what_the_entities_cover() -> None:
    shown = message(
        "🎉 bold it code",
        entity("bold", 3, 4),
        entity("italic", 8, 2),
        entity("code", 11, 4),
    )
    assert styled(shown) == {"bold": "bold", "it": "italic", "code": "cyan"}


def test_a_collapsed_quotation_is_cut_and_a_plain_one_is_not() -> None:
    text = "word " * 40
    collapsed = message(text, entity("expandable_blockquote", 0, len(text)))
    whole = message(text, entity("blockquote", 0, len(text)))
    assert render_message(collapsed).plain.endswith("…")
    assert render_message(whole).plain.count("word") == 40


def button(text: str) -> Json:
    return {"text": text, "callback_data": "x"}


def test_a_button_that_begins_with_its_number_is_not_numbered_twice() -> None:
    assert render_message(
        message("x", rows=[[button("[1] Alpha"), button("Beta")]])
    ).plain.endswith("[1] Alpha  [2] Beta")


def test_quotations_stand_in_a_block() -> None:
    text = "Claim [1]\nBBC, 3 July\n“Quote”\nafter"
    shown = message(text, entity("expandable_blockquote", 10, 19))
    assert printed(shown) == "Claim [1]\n│ BBC, 3 July\n│ “Quote”\nafter\n"


def test_buttons_are_numbered_in_reading_order() -> None:
    rows = [
        [{"text": "Sources", "callback_data": "s"}, {"text": "Newer", "callback_data": "n"}],
        [{"text": "Open", "url": "https://a.com"}],
    ]
    assert printed(message("x", rows=rows)) == "x\n[1] Sources  [2] Newer\n[3] Open ↗\n"


def test_files_are_named() -> None:
    shown = message("Caption", document={"file_name": "a\x1b.pdf"})
    assert printed(shown) == "Caption\n📎 a\ufffd.pdf\n"


def test_links_can_be_clicked() -> None:
    shown = message("BBC", entity("text_link", 0, 3, url="https://bbc.com/"))
    assert "https://bbc.com/" in printed(shown, terminal=True)


@pytest.mark.parametrize("url", ["javascript:x", "https://a.com/\x1b]0;x\x07"])
def test_a_link_that_is_not_plain_is_not_clickable(url: str) -> None:
    shown = message("BBC", entity("text_link", 0, 3, url=url))
    assert "]8;" not in printed(shown, terminal=True)


def test_unknown_entities_and_markup_are_shown_plainly() -> None:
    shown = message("[bold]x[/bold]", entity("sparkle", 0, 3), entity("bold", 50, 3))
    assert printed(shown) == "[bold]x[/bold]\n"


@given(st.text(st.characters(codec=None), max_size=50))
def test_nothing_steers_the_terminal(text: str) -> None:
    rows = [[{"text": text or "x", "callback_data": "x"}]]
    out = printed(message(text, rows=rows))
    assert not set(out) & {chr(c) for c in (*range(10), *range(11, 32), *range(127, 160))}
    assert not set(out) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert len(safe(text)) == len(text)
