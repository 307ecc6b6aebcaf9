"""Word documents: their visible paragraphs in order, including tables.

They are converted to HTML, so that notes, exponents and tables are handled as on pages.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from docx import Document
from docx.oxml.ns import qn
from lxml import html

from retrieval.errors import ExtractError
from retrieval.ingest.extract.containers import require_modest
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import TOO_LONG, Findings, clean_text, split_title
from retrieval.ingest.extract.markup import tidy
from retrieval.ingest.limits import MAX_TEXT_CHARS
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from docx.document import Document as Opened
    from lxml.etree import _Element
    from lxml.html import HtmlElement

    from retrieval.models import Published

_PARAGRAPH, _TEXT, _TAB = qn("w:p"), qn("w:t"), qn("w:tab")
_PROPERTIES, _VALUE = qn("w:rPr"), qn("w:val")
_TABLE, _ROW, _CELL = qn("w:tbl"), qn("w:tr"), qn("w:tc")
_RAISED = f"../{_PROPERTIES}/{qn('w:vertAlign')}"
_HEAD = f"{qn('w:trPr')}/{qn('w:tblHeader')}"
_WIDTH = f"{qn('w:tcPr')}/{qn('w:gridSpan')}"
_MERGED = f"{qn('w:tcPr')}/{qn('w:vMerge')}"
_OFF = frozenset({"false", "0", "off"})
# Wider tables and longer cells are not copied to the rows below.
_WIDEST, _LONGEST_CELL = 60, 300
_UNSEEN = (qn("w:strike"), qn("w:dstrike"), qn("w:vanish"))
_BREAKS = frozenset({qn("w:br"), qn("w:cr")})
_NO_TITLES = frozenset({"", "word document", "untitled", "document"})


def read_docx(body: bytes, now: datetime) -> Findings:
    """The article in a Word document.

    Tracked insertions are read; tracked deletions, struck out and hidden text are not.

    Raises:
        ExtractError: it is damaged, or has too much text.
    """
    require_modest(body)
    try:
        document = Document(io.BytesIO(body))
        text = clean_text("\n\n".join(_paragraphs(document)))
        title, author = _property(document, "title"), _property(document, "author")
        published = _published(document, now)
    except (ExtractError, MemoryError):
        raise
    except Exception as error:  # undocumented failures of the parser on hostile input
        raise ExtractError(
            UserMessage("The Word file is damaged; save it again and resend it.")
        ) from error
    if title.lower() in _NO_TITLES:
        found, text = split_title(text)
    else:
        found = title
        text = text.removeprefix(title).lstrip()
    return Findings(text=text, title=found, author=author or None, published=published)


def _paragraphs(document: Opened) -> Iterator[str]:
    """The text of each paragraph that isn't empty, and of each table row."""
    tree = _as_html(document.element.body)
    tidy(tree)
    for paragraph in tree.iter("p"):
        if (text := str(paragraph.text_content())).strip():
            yield text


def _as_html(body: _Element) -> HtmlElement:
    root: HtmlElement = html.Element("div")
    made: dict[_Element, HtmlElement] = {}
    size = 0
    for element in body.iter(_PARAGRAPH, _TABLE, _ROW, _CELL):
        if element.tag == _ROW:
            made[element] = _put(_around(element, _TABLE, made, root), "tr")
        elif element.tag == _CELL:
            made[element] = _cell(element, _around(element, _ROW, made, root))
        elif element.tag == _TABLE:
            made[element] = _put(_around(element, _CELL, made, root), "table")
        else:
            around = _around(element, _CELL, made, root)
            paragraph = _put(around, "p")
            size += _write(element, paragraph)
            if not str(paragraph.text_content()).strip():
                around.remove(paragraph)
        if size > MAX_TEXT_CHARS:
            raise ExtractError(TOO_LONG)
    return root


def _around(
    element: _Element, tag: str, made: dict[_Element, HtmlElement], root: HtmlElement
) -> HtmlElement:
    return next((made[one] for one in element.iterancestors(tag) if one in made), root)


def _put(parent: HtmlElement, tag: str) -> HtmlElement:
    child: HtmlElement = html.Element(tag)
    parent.append(child)
    return child


def _cell(element: _Element, row: HtmlElement) -> HtmlElement:
    """A cell; one that continues the cell above has its text."""
    parent = element.getparent()
    is_head = parent is not None and _is_on(parent, _HEAD)
    cell = _put(row, "th" if is_head else "td")
    if (width := element.find(_WIDTH)) is not None:
        cell.set("colspan", width.get(_VALUE, "1"))
    merged = element.find(_MERGED)
    above = row.getprevious()
    goes_on = merged is not None and merged.get(_VALUE, "continue") == "continue"
    if goes_on and above is not None and len(above) <= _WIDEST:
        place = _column(row, cell)
        same = next((one for one in above if _column(above, one) == place), None)
        if same is not None:
            _put(cell, "p").text = " ".join(str(same.text_content()).split())[:_LONGEST_CELL]
    return cell


def _column(row: HtmlElement, cell: HtmlElement) -> int:
    before = row[: row.index(cell)]
    spans = (one.get("colspan", "1") for one in before)
    return sum(int(one) if one.isdecimal() else 1 for one in spans)


def _is_on(element: _Element, path: str) -> bool:
    found = element.find(path)
    return found is not None and found.get(_VALUE, "true") not in _OFF


def _write(paragraph: _Element, into: HtmlElement) -> int:
    """Write a paragraph's own text, with raised letters marked; returns its length.

    Text boxes in it are separate paragraphs.
    """
    size, last = 0, None
    for element in paragraph.iter(_TEXT, _TAB, *_BREAKS):
        if next(element.iterancestors(_PARAGRAPH)) is not paragraph:
            continue
        if _is_unseen(element):
            continue
        if element.tag == _TEXT:
            text = element.text or ""
        elif element.xpath("boolean(parent::w:r)"):
            text = " " if element.tag == _TAB else "\n"
        else:
            continue
        size += len(text)
        last = _append(into, last, text, _raised(element))
    return size


def _append(into: HtmlElement, last: HtmlElement | None, text: str, tag: str) -> HtmlElement | None:
    """Add a run of text after `last`, the last raised or lowered run; returns the new last one."""
    if tag and last is not None and last.tag == tag and not last.tail:
        last.text = (last.text or "") + text
        return last
    if tag:
        last = _put(into, tag)
        last.text = text
    elif last is None:
        into.text = (into.text or "") + text
    else:
        last.tail = (last.tail or "") + text
    return last


def _raised(element: _Element) -> str:
    """`sup` or `sub` for raised or lowered text; empty for other text."""
    found = element.find(_RAISED)
    value = found.get(_VALUE) if found is not None else None
    return {"superscript": "sup", "subscript": "sub"}.get(value or "", "")


def _is_unseen(element: _Element) -> bool:
    """Whether a run of text is struck out or hidden."""
    for name in _UNSEEN:
        for found in element.iterfind(f"../{_PROPERTIES}/{name}"):
            if found.get(_VALUE, "true") not in _OFF:
                return True
    return False


def _property(document: Opened, name: str) -> str:
    return str(getattr(document.core_properties, name) or "").strip()


def _published(document: Opened, now: datetime) -> Published | None:
    """The day on which the file was created: Word stores no date of publication."""
    made = document.core_properties.created
    if made is None or made.date() > now.date():
        return None
    return published_at(made.replace(tzinfo=None))
