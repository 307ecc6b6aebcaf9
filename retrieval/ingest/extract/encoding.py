"""Bytes become text by what they declare, then by what they look like."""

from __future__ import annotations

import codecs
import json
import re
from typing import TYPE_CHECKING, Any

from charset_normalizer import from_bytes

from retrieval.errors import ExtractError
from retrieval.ingest.extract.cyrillic import cyrillic_encoding

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # begins like the one below
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_META = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)=["']?([\w-]{2,20})""", re.IGNORECASE
)
_META_WINDOW = 8_192
_MOST_DIGITS = 400
# What browsers take these names for (WHATWG Encoding Standard, 4.2).
_ALIASES = {"iso-8859-1": "cp1252", "latin1": "cp1252", "ascii": "cp1252", "us-ascii": "cp1252"}
_NO_ENCODINGS = frozenset(
    {"base64", "bz2", "hex", "idna", "punycode", "quopri", "raw-unicode-escape", "rot-13"}
    | {"undefined", "unicode-escape", "utf-7", "uu", "zlib"}
)
# The eight-bit encodings in which news in our languages was written.
_CANDIDATES = ["cp1251", "koi8_u", "cp866", "cp1252", "cp1250"]
# What servers say of Cyrillic pages without looking at them.
_BLIND = re.compile(
    r"utf-?8|125[012]|(?:ibm)?866|koi8-[ru]|iso-8859-(?:1|2|5|15)|(?:x-)?mac-cyrillic"
)


def decode(body: bytes, declared: str | None = None, *, markup: bool = False) -> str:
    """The text of `body`: by its byte order mark, as UTF-8 or as declared, else by its letters.

    `declared` is what HTTP said; with `markup`, a `<meta charset>` counts too.

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
    """What a JSON text says; a number of more digits than Python reads is infinite.

    Raises:
        ValueError, RecursionError: it is none.
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
    # Other text is hardly ever valid UTF-8, whatever is declared.
    yield "utf-8"
    match = _META.search(body[:_META_WINDOW]) if markup else None
    said = [declared, match[1].decode("ascii") if match else None]
    names = [_ALIASES.get(name.lower(), name.lower()) for name in said if name and _is_known(name)]
    # Any bytes are valid in most eight-bit encodings, so a wrong word about them would not fail.
    cyrillic = cyrillic_encoding(body, names[0] if names else None)
    if cyrillic and all(_is_claimed_blindly(name) for name in names):
        yield cyrillic
    yield from names


def _is_known(name: str) -> bool:
    """Whether it names an encoding of texts; Python has others, slow or strange, for other ends."""
    try:
        return codecs.lookup(name).name not in _NO_ENCODINGS
    except (LookupError, ValueError):
        return False


def _is_claimed_blindly(name: str) -> bool:
    """Whether servers claim an encoding for Cyrillic pages without looking at them."""
    bare = name.replace("_", "-").removeprefix("windows-").removeprefix("cp")
    return _BLIND.fullmatch(bare) is not None


def _guess(body: bytes) -> str:
    """The text in the encoding in which its letters look most like a language."""
    best = from_bytes(body, cp_isolation=_CANDIDATES).best()
    if best is None:
        raise ExtractError("I couldn't tell its character encoding.")
    return str(best)
