"""HTML inside feeds, as text; and entries, each of which is read by itself."""

from __future__ import annotations

import html as entities
import re
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from lxml import etree, html

from retrieval.ingest.extract.markup import tidy
from retrieval.ingest.extract.superscripts import with_plain_exponents
from retrieval.ingest.limits import MAX_TEXT_CHARS

if TYPE_CHECKING:
    import logging
    from collections.abc import Callable, Iterable, Iterator

_MARKUP = re.compile(r"<[a-zA-Z/!]|&#?\w+;")
_SKIPPED = frozenset(
    {"script", "style", "noscript", "iframe", "form", "svg", "template", "object", "head"}
)
T = TypeVar("T")
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"}
    | {"ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup"}
    | {"time", "tt", "u", "var", "wbr"}
)
_LONGEST_FRAGMENT = 200
_SAFE = "%/:@!$&'()*+,;=~?-._"
_SPACE = re.compile(r"[^\S\n]+")


def fragment_text(markup: str) -> str:
    """The text of `markup`, which may be plain already: a blank line between its blocks."""
    markup = markup[:MAX_TEXT_CHARS]
    if not _MARKUP.search(markup):
        return markup.strip()
    if "<" not in markup:
        return entities.unescape(markup).strip()
    body = f"<div>{markup}</div>".encode(errors="ignore")
    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:  # nothing but comments
        return ""
    tidy(root)
    blocks = "".join(_pieces(root)).split("\n\n")
    lines = (_SPACE.sub(" ", block).strip() for block in blocks)
    return with_plain_exponents("\n\n".join(line for line in lines if line))


def each_by_itself(
    read: Callable[[Any], T], raw: Iterable[Any], log: logging.Logger
) -> tuple[tuple[T, ...], int]:
    """What can be read of `raw`, and of how many nothing could: none of them stops the rest."""
    found: list[T] = []
    failed = 0
    for one in raw:
        try:
            found.append(read(one))
        except Exception:  # hostile input fails in ways nobody has listed
            log.exception("an entry can't be read")
            failed += 1
    return tuple(found), failed


def fragment_of(link: str) -> str:
    """The place on its page that a link names, as far as it can stand in an address."""
    return quote(storable(link.partition("#")[2])[:_LONGEST_FRAGMENT], safe=_SAFE)


def storable(text: str) -> str:
    """`text` without what no database takes: NUL and halves of characters."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def line_of(markup: str) -> str:
    """The same on one line, as titles are."""
    return " ".join(fragment_text(markup).split())


def _pieces(root: etree._Element) -> Iterator[str]:
    """Text in order, with two line feeds at the borders of blocks; by a loop, however deep."""
    skipping = 0
    for event, element in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        if event in {"comment", "pi"}:
            yield "" if skipping else _flat(element.tail)
            continue
        tag = str(element.tag)
        border = "\n" if tag == "br" else "" if tag in _INLINE else "\n\n"
        if event == "start":
            skipping += tag in _SKIPPED
            if not skipping:
                yield border
                yield _flat(element.text)
        else:
            skipping -= tag in _SKIPPED
            if not skipping:
                yield "" if tag == "br" else border
                yield _flat(element.tail)


def _flat(text: str | None) -> str:
    return (text or "").replace("\n", " ").replace("\r", " ")
