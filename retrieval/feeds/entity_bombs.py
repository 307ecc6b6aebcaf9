"""Entity declarations that make much out of little, found before any XML parser sees them."""

from __future__ import annotations

import codecs
import re

from retrieval.errors import ExtractError
from retrieval.feeds.limits import MAX_ENTITY_CHARS

_DECLARED = re.compile(r"<!ENTITY\s+(%\s*)?[^\s>]+\s*(?:\"([^\"]*)\"|'([^']*)'|([^>]*))")
_MADE_OF_OTHERS = re.compile(r"&(?!#|(?:lt|gt|amp|quot|apos);)|%\w+;|&#(?:38|x26);")
# Old RSS 1.0 names the letters of HTML this way.
_PUBLIC_LETTERS = re.compile(r"PUBLIC\s+[\"']-//W3C//ENTITIES ")
_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",  # begins like the one below
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0?\0": "utf-16-le",
    b"<\0!\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
    b"\0<\0!": "utf-16-be",
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
}


def refuse_entity_bombs(body: bytes) -> None:
    """Let pass what declares plain letters at most.

    Raises:
        ExtractError: an entity is made of others, is longer than any letter, or lies in a file.
    """
    markup = _as_text(body)
    for parameter, double, single, other in _DECLARED.findall(markup):
        value = double or single
        if _PUBLIC_LETTERS.match(other):  # never fetched
            continue
        if parameter or other.strip() or len(value) > MAX_ENTITY_CHARS:
            raise _refused()
        if _MADE_OF_OTHERS.search(value):
            raise _refused()


def _as_text(body: bytes) -> str:
    for mark, name in _WIDE.items():
        if body.startswith(mark):
            return body.decode(name, errors="replace")
    return body.decode("latin-1")


def _refused() -> ExtractError:
    return ExtractError(
        "It declares XML entities that are made of others or lie elsewhere, as only attacks do, so "
        "it is not read."
    )
