"""What kind of content was given: told by its bytes first, by its name second."""

from __future__ import annotations

import codecs
import re
from enum import StrEnum
from pathlib import PurePath

from retrieval.errors import ExtractError
from retrieval.ingest.extract.encoding import json_value


class Kind(StrEnum):
    """The kinds of content that can be read."""

    HTML = "HTML"
    MARKDOWN = "Markdown"
    TEXT = "text"
    PDF = "PDF"
    DOCX = "Word (.docx)"
    JSONL = "JSONL"
    ZIP = "a zip file of these"
    """A Word document too, until its members have been looked at."""


_SUFFIXES = {
    ".html": Kind.HTML,
    ".htm": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".txt": Kind.TEXT,
    ".text": Kind.TEXT,
    ".jsonl": Kind.JSONL,
    ".ndjson": Kind.JSONL,
    "": Kind.TEXT,
}
_TYPES = {
    "text/html": Kind.HTML,
    "application/xhtml+xml": Kind.HTML,
    "text/markdown": Kind.MARKDOWN,
    "text/plain": Kind.TEXT,
    "application/jsonl": Kind.JSONL,
    "application/x-ndjson": Kind.JSONL,
}
_WINDOW = 4_096
_PDF = re.compile(rb"^%PDF-\d\.\d", re.MULTILINE)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BINARY = (
    b"\x1f\x8b",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"BZh",
    b"Rar!",
    b"\x7fELF",
    b"MZ\x90",
)
_VIDEO = re.compile(rb"....ftyp|\x1aE\xdf\xa3|RIFF....(?:AVI |WAVE)|OggS|ID3|FLV\x01", re.DOTALL)
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
_HTML = re.compile(rb"<(?:!doctype\s+html|html|head|body|article)\b", re.IGNORECASE)
# What may stand before HTML, each with its end.
_PROLOGUE = ((b"<!--", b"-->"), (b"<?xml", b"?>"))
_FRONT_MATTER = re.compile(rb"---[ \t]*\r?\n(?:[\w-]+[ \t]*:.*\r?\n)")


def kind_of(body: bytes, name: str = "", content_type: str = "") -> Kind:
    """The kind of `body`, of which the first 4 kB are enough.

    Raises:
        ExtractError: it is empty, binary, or of a kind that is not read; names the kinds that are.
    """
    head = body[:_WINDOW]
    if not head.strip():
        raise ExtractError("It is empty.")
    if _PDF.search(head):
        return Kind.PDF
    if head.startswith(_ZIP):
        return Kind.ZIP
    if head.startswith(_OLD_OFFICE):
        raise ExtractError(
            "I can't read old or encrypted Office files; save it as .docx without a password."
        )
    if _VIDEO.match(head) or content_type.startswith(("video/", "audio/")):
        raise ExtractError("It is a video or a recording; send an article or a transcript instead.")
    if _is_binary(head):
        raise _unread(name)
    return _by_content(head.removeprefix(codecs.BOM_UTF8)) or _by_name(name, content_type)


def _is_binary(head: bytes) -> bool:
    return head.startswith(_BINARY) or (b"\0" in head and not head.startswith(_WIDE))


def _by_content(head: bytes) -> Kind | None:
    if _HTML.match(_after_prologue(head)):
        return Kind.HTML
    if _FRONT_MATTER.match(head):
        return Kind.MARKDOWN
    return Kind.JSONL if _begins_with_object(head) else None


def _after_prologue(head: bytes) -> bytes:
    """`head` from behind comments and XML declaration; by a loop, since a pattern backtracks."""
    while True:
        head = head.lstrip()
        for begin, end in _PROLOGUE:
            if head.startswith(begin):
                head = head.partition(end)[2]
                break
        else:
            return head


def _begins_with_object(head: bytes) -> bool:
    """Whether the first line is a JSON object, or the beginning of one that is longer."""
    line, newline, _ = head.lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    try:
        json_value(line)
    except RecursionError:
        return True  # its reader will say what is wrong with it
    except ValueError:
        return not newline and re.match(rb'\{\s*"\w+"\s*:', line) is not None
    return True


def _by_name(name: str, content_type: str) -> Kind:
    if content_type in _TYPES and content_type != "text/plain":
        return _TYPES[content_type]
    kind = _SUFFIXES.get(PurePath(name).suffix.lower()) or _TYPES.get(content_type)
    if kind is None:
        raise _unread(name)
    return kind


def _unread(name: str) -> ExtractError:
    kinds = [kind.value for kind in Kind]
    readable = f"{', '.join(kinds[:-1])} or {kinds[-1]}"
    return ExtractError(f"{_what(name)} is not read; send {readable}.")


def _what(name: str) -> str:
    suffix = PurePath(name).suffix.lower()
    return f"A file of type {suffix[:12]}" if suffix else "A binary file"
