"""The paragraphs of what trafilatura found, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

# trafilatura's TEI-like elements: those that hold text, and those that hold such elements.
_HOLDERS = frozenset({"p", "head", "item", "cell", "ab", "code"})
_LINE_BREAK = "lb"


def blocks_of(body: _Element) -> list[str]:
    """The text of each paragraph, heading, list item and table cell, in order."""
    blocks: list[str] = []
    _collect(body, blocks)
    return [block for block in blocks if block]


def _collect(element: _Element, blocks: list[str]) -> None:
    if element.tag in _HOLDERS and next(element.iterdescendants(*_HOLDERS), None) is None:
        blocks.append(_text(element))
        return
    loose = [("- " if element.tag == "item" and element.text else "") + (element.text or "")]
    for child in element:
        if child.tag in _HOLDERS or len(child):
            blocks.append(_joined(loose))
            _collect(child, blocks)
            loose = [child.tail or ""]
        else:
            loose += [_text(child), child.tail or ""]
    blocks.append(_joined(loose))


def _text(element: _Element) -> str:
    """All text inside `element`, on one line but for its own line breaks."""
    parts = [element.text or ""]
    for part in element.iterdescendants():
        parts.append("\n" if part.tag == _LINE_BREAK else part.text or "")
        parts.append(part.tail or "")
    prefix = "- " if element.tag == "item" else ""
    text = _joined(parts)
    return prefix + text if text else ""


def _joined(parts: list[str]) -> str:
    """`parts` as lines with single spaces."""
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)
