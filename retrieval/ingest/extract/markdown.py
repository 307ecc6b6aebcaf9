"""Markdown as plain text, since quotations are shown as plain text."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import TYPE_CHECKING

from lxml import etree, html
from markdown_it import MarkdownIt

from retrieval.errors import ExtractError
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.dates import published_of
from retrieval.ingest.extract.draft import EMPTY_TITLE, Findings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
# The tokens of an item: list_item_open, paragraph_open, inline.
_ITEM_BEFORE_TEXT = 2
_FIELD = re.compile(r"([\w-]+)[ \t]*:[ \t]*(.*)")


def read_markdown(text: str, now: datetime, *, believed: bool = True) -> Findings:
    """The article in `text`; its title is from the front matter or else the first heading.

    The front matter's address and outlet are used only if it is `believed`.

    Raises:
        ExtractError: the front matter's title is empty, or its date is invalid or in the future.
        SourceError: the front matter's address is invalid.
    """
    fields, body = _front_matter(text.replace("\r\n", "\n"))
    heading, prose = _prose(body)
    if fields.get("title") == "":
        raise ExtractError(EMPTY_TITLE)
    date, url = fields.get("date"), fields.get("url") if believed else None
    return Findings(
        text=prose,
        title=fields.get("title") or heading,
        outlet=(fields.get("source") or fields.get("outlet")) if believed else None,
        url=canonical_url(url) if url else None,
        author=fields.get("author"),
        published=published_of(date, now) if date else None,
        language=fields.get("language") or fields.get("lang"),
    )


def _front_matter(text: str) -> tuple[dict[str, str], str]:
    """The `name: value` lines between the first two `---`, and the rest of the text."""
    match = _FRONT_MATTER.match(text)
    if not match:
        return {}, text
    fields = (_FIELD.fullmatch(line.strip()) for line in match[1].split("\n"))
    named = {field[1].lower(): field[2].strip().strip("\"'") for field in fields if field}
    return named, text[match.end() :]


def _prose(text: str) -> tuple[str | None, str]:
    """The heading at the beginning, if any, and the text of all other blocks."""
    blocks: list[str] = []
    heading: str | None = None
    tokens = MarkdownIt("commonmark").parse(text)
    for index in range(len(tokens)):
        block = _block(tokens, index)
        if not block:
            continue
        if tokens[index - 1].type == "heading_open" and heading is None and not blocks:
            heading = block
        else:
            blocks.append(_marker(tokens, index) + block)
    return heading, "\n\n".join(blocks)


def _block(tokens: Sequence[Token], index: int) -> str:
    """The text of the block whose content is the token at `index`, or an empty string."""
    token = tokens[index]
    if token.type == "inline":
        return "".join(_inline(child) for child in token.children or ()).strip()
    if token.type in {"fence", "code_block"}:
        return token.content.strip()
    return _text_of_html(token.content) if token.type == "html_block" else ""


def _inline(token: Token) -> str:
    """The text of an inline token, without images, raw HTML and marks of emphasis."""
    if token.type in {"text", "code_inline"}:
        return token.content
    return {"softbreak": " ", "hardbreak": "\n"}.get(token.type, "")


def _marker(tokens: Sequence[Token], index: int) -> str:
    """The marker of a list item."""
    item = tokens[max(0, index - _ITEM_BEFORE_TEXT)]
    if item.type != "list_item_open":
        return ""
    return f"{item.info}{item.markup} " if item.info else "- "


def _text_of_html(markup: str) -> str:
    """The text in a block of HTML; empty for a comment."""
    with suppress(etree.ParserError):  # only comments
        return " ".join(html.fromstring(markup).text_content().split())
    return ""
