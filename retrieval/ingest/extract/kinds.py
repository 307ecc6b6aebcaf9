"""Detects the kind of content, by its bytes first and its name second."""

from __future__ import annotations

import codecs
import json
import re
from enum import StrEnum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from charset_normalizer import from_bytes

from retrieval.errors import ExtractError
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator


class SourceKind(StrEnum):
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
    ".html": SourceKind.HTML,
    ".htm": SourceKind.HTML,
    ".xhtml": SourceKind.HTML,
    ".md": SourceKind.MARKDOWN,
    ".markdown": SourceKind.MARKDOWN,
    ".txt": SourceKind.TEXT,
    ".text": SourceKind.TEXT,
    ".jsonl": SourceKind.JSONL,
    ".ndjson": SourceKind.JSONL,
    "": SourceKind.TEXT,
}
_TYPES = {
    "text/html": SourceKind.HTML,
    "application/xhtml+xml": SourceKind.HTML,
    "text/markdown": SourceKind.MARKDOWN,
    "text/plain": SourceKind.TEXT,
    "application/jsonl": SourceKind.JSONL,
    "application/x-ndjson": SourceKind.JSONL,
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
# Constructs that may precede HTML: how they begin, and how they end.
_PROLOGUE = ((b"<!--", b"-->"), (b"<?xml", b"?>"))
_FRONT_MATTER = re.compile(rb"---[ \t]*\r?\n(?:[\w-]+[ \t]*:.*\r?\n)")


def kind_of(body: bytes, name: str = "", content_type: str = "") -> SourceKind:
    """The kind of `body`, of which the first 4 kB are enough.

    Raises:
        ExtractError: it is empty or of a kind that can't be read; the message lists the others.
    """
    head = body[:_WINDOW]
    if not head.strip():
        raise ExtractError(UserMessage("It's empty."))
    if _PDF.search(head):
        return SourceKind.PDF
    if head.startswith(_ZIP):
        return SourceKind.ZIP
    if head.startswith(_OLD_OFFICE):
        raise ExtractError(
            UserMessage(
                "I can't read old or encrypted Office files; save it as .docx without a password."
            )
        )
    if _VIDEO.match(head) or content_type.startswith(("video/", "audio/")):
        raise ExtractError(
            UserMessage("It's a video or a recording; send an article or a transcript instead.")
        )
    if _is_binary(head):
        raise _unread(name)
    return _by_content(head.removeprefix(codecs.BOM_UTF8)) or _by_name(name, content_type)


def _is_binary(head: bytes) -> bool:
    return head.startswith(_BINARY) or (b"\0" in head and not head.startswith(_WIDE))


def _by_content(head: bytes) -> SourceKind | None:
    if _HTML.match(_after_prologue(head)):
        return SourceKind.HTML
    if _FRONT_MATTER.match(head):
        return SourceKind.MARKDOWN
    return SourceKind.JSONL if _begins_with_object(head) else None


def _after_prologue(head: bytes) -> bytes:
    """`head` after comments and the XML declaration; a loop, because a pattern would backtrack."""
    while True:
        head = head.lstrip()
        for begin, end in _PROLOGUE:
            if head.startswith(begin):
                head = head.partition(end)[2]
                break
        else:
            return head


def _begins_with_object(head: bytes) -> bool:
    """Whether the first line is a JSON object, or the beginning of one."""
    line, newline, _ = head.lstrip().partition(b"\n")
    if not line.startswith(b"{"):
        return False
    try:
        json_value(line)
    except RecursionError:
        return True  # its reader will report the error
    except ValueError:
        return not newline and re.match(rb'\{\s*"\w+"\s*:', line) is not None
    return True


def _by_name(name: str, content_type: str) -> SourceKind:
    if content_type in _TYPES and content_type != "text/plain":
        return _TYPES[content_type]
    kind = _SUFFIXES.get(PurePath(name).suffix.lower()) or _TYPES.get(content_type)
    if kind is None:
        raise _unread(name)
    return kind


def _unread(name: str) -> ExtractError:
    *kinds, last = [kind.value for kind in SourceKind]
    suffix, known = PurePath(name).suffix.lower(), ", ".join(kinds)
    if not suffix:
        return ExtractError(
            UserMessage(
                "I can't read binary files; send {kinds} or {last}.", kinds=known, last=last
            )
        )
    return ExtractError(
        UserMessage(
            "I can't read {suffix} files; send {kinds} or {last}.",
            suffix=suffix[:12],
            kinds=known,
            last=last,
        )
    )


_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before utf-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)=["']?([\w-]{2,20})""", re.IGNORECASE
)
_META_WINDOW = 8_192
_MOST_DIGITS = 400
# How browsers interpret these names (WHATWG Encoding Standard, 4.2).
_ALIASES = {"iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}
_NO_ENCODINGS = frozenset(
    {"base64", "bz2", "hex", "idna", "punycode", "quopri", "raw-unicode-escape", "rot-13"}
    | {"undefined", "unicode-escape", "utf-7", "uu", "zlib"}
)
# Eight-bit encodings of news in our languages.
_CANDIDATES = ["cp1251", "koi8_u", "cp866", "cp1252", "cp1250"]
# Encodings that servers declare by default, even for Cyrillic pages.
_BLIND = re.compile(
    r"utf-?8|125[012]|(?:ibm)?866|koi8-[ru]|iso-8859-(?:1|2|5|15)|(?:x-)?mac-cyrillic"
)


def decode(body: bytes, declared: str | None = None, *, markup: bool = False) -> str:
    """Decode `body` by its byte order mark, as UTF-8, as declared, or by its letter frequencies.

    `declared` is from HTTP; with `markup`, a `<meta charset>` counts, too.

    Raises:
        ExtractError: no encoding fits.
    """
    for name in _named(body, declared, markup=markup):
        try:
            return body.decode(name)
        except (UnicodeError, LookupError):
            continue
    return _guess(body)


def json_value(text: str | bytes) -> Any:  # noqa: ANN401  whatever JSON says
    """Parse JSON; a number with more digits than Python reads becomes infinite.

    Raises:
        ValueError, RecursionError: it isn't JSON.
    """
    return json.loads(text, parse_int=_int)


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MOST_DIGITS else float(digits)


def _named(body: bytes, declared: str | None, *, markup: bool) -> Iterator[str]:
    """The encodings to try, most trustworthy first."""
    for mark, name in _BOMS:
        if body.startswith(mark):
            yield name
            return
    # Text in other encodings is hardly ever valid UTF-8, whatever is declared.
    yield "utf-8"
    match = _META.search(body[:_META_WINDOW]) if markup else None
    said = [declared, match[1].decode("ascii") if match else None]
    names = [_ALIASES.get(name.lower(), name.lower()) for name in said if name and _is_known(name)]
    # Most eight-bit encodings accept any bytes, so a wrong declaration would not fail.
    cyrillic = cyrillic_encoding(body, names[0] if names else None)
    if cyrillic and all(_is_claimed_blindly(name) for name in names):
        yield cyrillic
    yield from names


def _is_known(name: str) -> bool:
    """Whether it names a text encoding; Python has others that aren't for texts."""
    try:
        return codecs.lookup(name).name not in _NO_ENCODINGS
    except (LookupError, ValueError):
        return False


def _is_claimed_blindly(name: str) -> bool:
    """Whether servers declare this encoding by default, even for Cyrillic pages."""
    bare = name.replace("_", "-").removeprefix("windows-").removeprefix("cp")
    return _BLIND.fullmatch(bare) is not None


def _guess(body: bytes) -> str:
    """Decode with the encoding that gives the most plausible letters."""
    best = from_bytes(body, cp_isolation=_CANDIDATES).best()
    if best is None:
        raise ExtractError(UserMessage("I couldn't tell its character encoding."))
    return str(best)


_CYRILLIC = ("cp1251", "koi8_u", "cp866", "iso8859_5", "mac_cyrillic")
# Latin texts hardly ever have four letters in a row above ASCII; Cyrillic texts always do.
_RUN = re.compile(rb"[\x80-\xff]{4,}")
_CYRILLIC_WINDOW = 200_000
_ENOUGH_RUNS = 5
# Three quarters of Russian and Ukrainian letters; a wrong encoding gives capitals and symbols.
_COMMON = frozenset("оеаинтсрвлкмдпуяіьызбг")
_LIKELY = 0.6
_MARGIN = 0.1


def cyrillic_encoding(body: bytes, declared: str | None = None) -> str | None:
    """The encoding of Cyrillic text, or None if `body` doesn't look like Cyrillic.

    `declared` is kept unless another fits clearly better.
    """
    runs = _RUN.findall(body[:_CYRILLIC_WINDOW])
    if len(runs) < _ENOUGH_RUNS:
        return None
    sample = b"".join(runs)
    best = max(_CYRILLIC, key=lambda name: _likeness(sample, name))
    if _likeness(sample, best) < _LIKELY:
        return None
    if declared and _likeness(sample, declared) > _likeness(sample, best) - _MARGIN:
        return declared
    return best


def _likeness(sample: bytes, name: str) -> float:
    """The share of common letters in `sample` decoded as `name`."""
    try:
        text = sample.decode(name, errors="ignore")
    except LookupError:
        return 0.0
    return sum(letter in _COMMON for letter in text) / len(sample)
