"""PDF files, by pypdf: text only, so that a scanned page without a text layer gives nothing."""

from __future__ import annotations

import io
import re
from collections import Counter
from typing import TYPE_CHECKING

from pypdf import PdfReader
from pypdf.errors import DependencyError

from retrieval.errors import ExtractError
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import Findings
from retrieval.ingest.extract.text import clean_text
from retrieval.ingest.extract.titles import split_title
from retrieval.ingest.limits import MAX_PDF_PAGES, MAX_TEXT_CHARS

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.models import Published

_HYPHEN = re.compile(r"(?<=\w)[-\u00ad\u2010]\n(?=[^\W\d_A-ZА-ЯІЇЄҐ])")
_NO_TITLE = re.compile(
    r"untitled.*|microsoft word.*|.*\.(?:docx?|pdf|indd|qxd|odt)|\W*", re.IGNORECASE
)
_STOP = re.compile(r"[.!?…][\"”»’)]*$")
# A line that is shorter than this part of the usual one, and ends in a stop, ends its paragraph.
_SHORT = 0.8
_REPEATED = 3
_ENCRYPTED = "The PDF file is encrypted; save it without a password and send it again."


def read_pdf(body: bytes, now: datetime) -> Findings:
    """The article in a PDF file.

    Raises:
        ExtractError: it is encrypted, broken, or has too many pages or too much text.
    """
    try:
        reader = PdfReader(io.BytesIO(body))
        pages = _pages(reader)
        title, published = _title(reader), _published(reader, now)
    except (ExtractError, MemoryError):
        raise
    except DependencyError as error:
        raise ExtractError(_ENCRYPTED) from error
    except Exception as error:  # a parser of hostile input fails in ways nobody has listed
        raise ExtractError("The PDF file is broken; save it anew and send it again.") from error
    text = clean_text(_prose(pages))
    if title is None:
        title, text = split_title(text)
    return Findings(text=text, title=title, published=published)


def _pages(reader: PdfReader) -> list[list[str]]:
    """The lines of each page."""
    if reader.is_encrypted and not reader.decrypt(""):
        raise ExtractError(_ENCRYPTED)
    if len(reader.pages) > MAX_PDF_PAGES:
        raise ExtractError(f"The PDF file has more than {MAX_PDF_PAGES} pages; send a part.")
    pages: list[list[str]] = []
    size = 0
    for page in reader.pages:
        text = page.extract_text()
        size += len(text)
        if size > MAX_TEXT_CHARS:
            raise ExtractError(f"It is longer than {MAX_TEXT_CHARS:,} characters; send a part.")
        pages.append([line.strip() for line in text.split("\n")])
    return pages


def _prose(pages: list[list[str]]) -> str:
    """Paragraphs, without running heads and page numbers, with words put together again."""
    edges = Counter(line for page in pages for line in {*page[:1], *page[-1:]})
    lines = [
        line for page in pages for line in page if not line.isdigit() and edges[line] < _REPEATED
    ]
    usual = _usual_length(lines)
    ended = (_ended(line, usual) for line in lines)
    return _HYPHEN.sub("", "\n".join(ended))


def _usual_length(lines: list[str]) -> int:
    """The length that three of four lines don't pass."""
    lengths = sorted(len(line) for line in lines if line)
    return lengths[len(lengths) * 3 // 4] if lengths else 0


def _ended(line: str, usual: int) -> str:
    """`line`, with a blank line after it if it seems to be the last of its paragraph."""
    return f"{line}\n" if _STOP.search(line) and len(line) < usual * _SHORT else line


def _title(reader: PdfReader) -> str | None:
    """The title in the metadata, if it is one and not the file's name."""
    title = (reader.metadata.title if reader.metadata else None) or ""
    return None if _NO_TITLE.fullmatch(title.strip()) else title


def _published(reader: PdfReader, now: datetime) -> Published | None:
    """The day on which the file was made: all that PDF knows about publication."""
    made = reader.metadata.creation_date if reader.metadata else None
    if made is None or made.date() > now.date():
        return None
    return published_at(made.replace(tzinfo=None))
