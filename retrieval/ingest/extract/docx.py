"""Word documents: the paragraphs that a reader sees, in order, tables included."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from docx import Document
from docx.oxml.ns import qn

from retrieval.errors import ExtractError
from retrieval.ingest.extract.containers import require_modest
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import Findings
from retrieval.ingest.extract.text import clean_text
from retrieval.ingest.extract.titles import split_title
from retrieval.ingest.limits import MAX_TEXT_CHARS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from docx.document import Document as Opened
    from lxml.etree import _Element

    from retrieval.models import Published

_PARAGRAPH, _TEXT, _TAB = qn("w:p"), qn("w:t"), qn("w:tab")
_PROPERTIES, _VALUE = qn("w:rPr"), qn("w:val")
_UNSEEN = (qn("w:strike"), qn("w:dstrike"), qn("w:vanish"))
_BREAKS = frozenset({qn("w:br"), qn("w:cr")})
_NO_TITLES = frozenset({"", "word document", "untitled", "document"})


def read_docx(body: bytes, now: datetime) -> Findings:
    """The article in a Word document.

    What was deleted with changes tracked, struck out or hidden is not read, what was inserted is.

    Raises:
        ExtractError: it is broken, or has too much text.
    """
    require_modest(body)
    try:
        document = Document(io.BytesIO(body))
        text = clean_text("\n\n".join(_paragraphs(document)))
        title, author = _property(document, "title"), _property(document, "author")
        published = _published(document, now)
    except (ExtractError, MemoryError):
        raise
    except Exception as error:  # a parser of hostile input fails in ways nobody has listed
        raise ExtractError("The Word file is broken; save it anew and send it again.") from error
    if title.lower() in _NO_TITLES:
        found, text = split_title(text)
    else:
        found = title
        text = text.removeprefix(title).lstrip()
    return Findings(text=text, title=found, author=author or None, published=published)


def _paragraphs(document: Opened) -> Iterator[str]:
    """The text of each paragraph that holds any."""
    size = 0
    for paragraph in document.element.body.iter(_PARAGRAPH):
        text = _text(paragraph)
        size += len(text)
        if size > MAX_TEXT_CHARS:
            raise ExtractError(f"It is longer than {MAX_TEXT_CHARS:,} characters; send a part.")
        if text.strip():
            yield text


def _text(paragraph: _Element) -> str:
    """A paragraph's own text: not that of text boxes in it, which are paragraphs of their own."""
    parts: list[str] = []
    for element in paragraph.iter(_TEXT, _TAB, *_BREAKS):
        if next(element.iterancestors(_PARAGRAPH)) is not paragraph:
            continue
        if _is_unseen(element):
            continue
        if element.tag == _TEXT:
            parts.append(element.text or "")
        elif element.xpath("boolean(parent::w:r)"):
            parts.append(" " if element.tag == _TAB else "\n")
    return "".join(parts)


def _is_unseen(element: _Element) -> bool:
    """Whether a run of text is struck out or hidden."""
    for name in _UNSEEN:
        for found in element.iterfind(f"../{_PROPERTIES}/{name}"):
            if found.get(_VALUE, "true") not in {"false", "0", "off"}:
                return True
    return False


def _property(document: Opened, name: str) -> str:
    return str(getattr(document.core_properties, name) or "").strip()


def _published(document: Opened, now: datetime) -> Published | None:
    """The day on which the file was made: all that Word knows about publication."""
    made = document.core_properties.created
    if made is None or made.date() > now.date():
        return None
    return published_at(made.replace(tzinfo=None))
