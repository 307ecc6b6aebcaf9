"""Renders messages for a terminal: styled text, indented quotations, numbered buttons.

Texts come from articles and models. Characters that could control the terminal or reverse the
writing direction are replaced first, one by one, so that offsets stay right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.local_api.errors import Json
    from bot.local_api.messages import Button, Message

QUOTE_MARK = "│ "
COLLAPSED_WIDTH = 70
STYLES = {
    "bold": Style(bold=True),
    "italic": Style(italic=True),
    "underline": Style(underline=True),
    "strikethrough": Style(strike=True),
    "spoiler": Style(dim=True, reverse=True),
    "code": Style(color="cyan"),
    "pre": Style(color="cyan"),
    "bot_command": Style(color="blue"),
    "mention": Style(color="blue"),
    "hashtag": Style(color="blue"),
    "url": Style(color="blue", underline=True),
    "text_link": Style(color="blue", underline=True),
}
QUOTES = frozenset(("blockquote", "expandable_blockquote"))
# C0 except the line break, DEL, C1, line separators, and characters that set a writing direction.
_UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def render_message(message: Message) -> Text:
    """A message's text with its entities, then its file, if any, then its buttons."""
    parts = [_body(message.text, message.entities)] if message.text else []
    parts += [Text(f"📎 {safe(name)}", Style(dim=True)) for name in _files(message.media)]
    if message.buttons:
        parts.append(render_buttons(message))
    return Text("\n").join(parts)


def render_buttons(message: Message) -> Text:
    """Only the buttons, row by row, numbered from 1."""
    rows, numbered = [], 1
    for row in message.buttons:
        rows.append(_buttons(row, numbered))
        numbered += len(row)
    return Text("\n").join(rows)


def safe(text: str) -> str:
    """The text with each character that could control a terminal replaced by a harmless one."""
    return _UNSAFE.sub(lambda found: " " if found[0] == "\t" else "\ufffd", text)


def _body(text: str, entities: Iterable[Json]) -> Text:
    places = _places(text)
    shown, quoted, collapsed = Text(safe(text)), set[int](), set[int]()
    for entity in entities:
        start = places.get(entity["offset"], len(text))
        end = places.get(entity["offset"] + entity["length"], len(text))
        if entity["type"] in QUOTES:
            first = text.count("\n", 0, start)
            lines = set(range(first, first + text.count("\n", start, end) + 1))
            quoted |= lines
            collapsed |= lines if entity["type"] == "expandable_blockquote" else set()
        elif style := _style(entity):
            shown.stylize(style, start, end)
    return Text("\n").join(
        _quoted(line, collapsed=number in collapsed) if number in quoted else line
        for number, line in enumerate(shown.split("\n", allow_blank=True))
    )


def _quoted(line: Text, *, collapsed: bool) -> Text:
    """A quotation's line; in a collapsed one, which can't be opened here, it is cut."""
    if collapsed:
        line.truncate(COLLAPSED_WIDTH, overflow="ellipsis")
    return Text.assemble((QUOTE_MARK, Style(dim=True)), line)


def _places(text: str) -> dict[int, int]:
    """For each UTF-16 offset, the index of the character that starts there."""
    places, offset = {}, 0
    for index, character in enumerate(text):
        places[offset] = index
        offset += 2 if character > "\uffff" else 1
    return places | {offset: len(text)}


def _style(entity: Json) -> Style | None:
    style = STYLES.get(entity["type"])
    url = str(entity.get("url", ""))
    if style and url.startswith(("http://", "https://")) and not _UNSAFE.search(url):
        return style + Style(link=url)
    return style


def _buttons(row: Iterable[Button], first: int) -> Text:
    labels = [_label(number, button) for number, button in enumerate(row, first)]
    return Text("  ").join(Text(label, Style(bold=True)) for label in labels)


def _label(number: int, button: Button) -> str:
    text = safe(button.text).replace("\n", " ")
    mark = f"[{number}]"
    shown = text if text.startswith(mark) else f"{mark} {text}"
    return shown + (" ↗" if button.url else "")


def _files(media: Json) -> list[str]:
    document = [media["document"].get("file_name", "file")] if "document" in media else []
    return document + (["photo"] if "photo" in media else [])
