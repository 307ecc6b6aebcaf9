"""PDF files: PDFium gives letters and their positions, which `pdf_layout` puts in order.

A scanned page without a text layer gives no text.
"""

from __future__ import annotations

import ctypes
import re
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

import pypdfium2
from pypdfium2 import raw

from retrieval.errors import ExtractError
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import TOO_LONG, Findings, clean_text, split_title
from retrieval.ingest.extract.pdf_layout import Letter, arranged
from retrieval.ingest.limits import MAX_PDF_PAGES, MAX_TEXT_CHARS
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.models import Published

_NO_TITLE = re.compile(
    r"untitled.*|microsoft word.*|.*\.(?:docx?|pdf|indd|qxd|odt)|\W*", re.IGNORECASE
)
_MADE = re.compile(r"(?:D:)?(\d{4})(\d\d)(\d\d)")
# PDFium's character for a hyphen at the end of a line.
_HYPHENS = frozenset({0x02, 0xFFFE})
_SPACES = frozenset({0, 0x09, 0x0A, 0x0D, 0x20, 0xA0})
_SURROGATE = range(0xD800, 0xDC00)
# Letters at a steeper angle belong to stamps and watermarks.
_UPRIGHT = 0.2
_ENCRYPTED = UserMessage("The PDF file is encrypted; save it without a password and resend it.")
_BROKEN = UserMessage("The PDF file is damaged; save it again and resend it.")


def read_pdf(body: bytes, now: datetime) -> Findings:
    """The article in a PDF file.

    Raises:
        ExtractError: it is encrypted, damaged, or has too many pages or too much text.
    """
    try:
        with closing(pypdfium2.PdfDocument(body)) as document:
            headline, text = arranged(_pages(document))
            facts = document.get_metadata_dict(skip_empty=True)
    except (ExtractError, MemoryError):
        raise
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        raise ExtractError(_ENCRYPTED if locked else _BROKEN) from error
    except Exception as error:  # undocumented failures of the parser on hostile input
        raise ExtractError(_BROKEN) from error
    text, title = clean_text(text), _title(facts)
    if headline and title is None:
        title = headline
    elif headline and " ".join(headline.split()) != " ".join((title or "").split()):
        text = f"{headline}\n\n{text}"
    if title is None:
        title, text = split_title(text)
    return Findings(text=text, title=title, published=_published(facts, now))


def _pages(document: pypdfium2.PdfDocument) -> Iterator[Iterator[Letter]]:
    """The letters of each page in drawing order, one page at a time."""
    if len(document) > MAX_PDF_PAGES:
        raise ExtractError(
            UserMessage(
                "The PDF file has more than {number} pages; send it in parts.", number=MAX_PDF_PAGES
            )
        )
    size = 0
    for page in document:
        with closing(page), closing(page.get_textpage()) as text:
            size += text.count_chars()
            if size > MAX_TEXT_CHARS:
                raise ExtractError(TOO_LONG)
            yield _letters(text)


def _letters(page: pypdfium2.PdfTextPage) -> Iterator[Letter]:
    """The upright letters of a page, without spaces."""
    handle, box, x, y = page.raw, raw.FS_RECTF(), ctypes.c_double(), ctypes.c_double()
    high, line, upright = "", None, True
    for at in range(page.count_chars()):
        code = raw.FPDFText_GetUnicode(handle, at)
        if code in _SPACES:
            continue
        if code in _SURROGATE:  # the first half of a pair
            high = chr(code)
            continue
        if not raw.FPDFText_GetLooseCharBox(handle, at, box):
            continue
        raw.FPDFText_GetCharOrigin(handle, at, x, y)
        if y.value != line:  # the letters of a line have the same angle
            line = y.value
            upright = abs(raw.FPDFText_GetCharAngle(handle, at)) <= _UPRIGHT
        letter = "-" if code in _HYPHENS else high + chr(code)
        if high:
            letter = letter.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
            high = ""
        if upright:
            yield Letter(letter, box.left, box.right, y.value, box.top - box.bottom)


def _title(facts: dict[str, str]) -> str | None:
    """The title in the metadata, unless it is a file name."""
    title = facts.get("Title", "")
    return None if _NO_TITLE.fullmatch(title.strip()) else title


def _published(facts: dict[str, str], now: datetime) -> Published | None:
    """The day on which the file was created: PDF stores no date of publication."""
    made = _MADE.match(facts.get("CreationDate", ""))
    try:
        day = datetime(int(made[1]), int(made[2]), int(made[3])) if made else None  # noqa: DTZ001
    except ValueError:
        return None
    return published_at(day) if day is not None and day.date() <= now.date() else None
