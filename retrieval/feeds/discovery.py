"""The feeds that a web page names. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lxml import etree, html

from retrieval.errors import SourceError
from retrieval.feeds.limits import MOST_ADDRESSES
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.encoding import decode

if TYPE_CHECKING:
    from collections.abc import Iterator

_TYPES = re.compile(
    r"application/(?:rss\+xml|atom\+xml|feed\+json|json|xml|rdf\+xml)|text/xml", re.IGNORECASE
)
_LOOKS_LIKE_ONE = re.compile(
    r"(?:/(?:feeds?|rss|atom)/?|[./](?:rss|atom|rdf|xml)|/(?:feed|rss|atom|index)\.(?:xml|json|php))"
    r"(?:\?.*)?$",
    re.IGNORECASE,
)
_OF_COMMENTS = re.compile(r"comment", re.IGNORECASE)


def feeds_of_page(body: bytes, charset: str | None, url: str) -> list[str]:
    """The addresses of the feeds that the page names, the likeliest first; those of comments last.

    What the page declares comes before links that only look like feeds.
    """
    try:
        markup = decode(body, charset, markup=True).encode(errors="ignore")
        tree = html.document_fromstring(markup, parser=html.HTMLParser(encoding="utf-8"))
    except (etree.ParserError, SourceError):
        return []
    base = tree.find(".//base[@href]")
    root = urljoin(url, base.get("href", "")) if base is not None else url
    found = [
        (bool(_OF_COMMENTS.search(f"{name} {link}")), address)
        for name, link in (*_declared(tree), *_linked(tree))
        if (address := _address(link, root)) is not None
    ]
    ordered = [address for _, address in sorted(found, key=lambda one: one[0])]
    return list(dict.fromkeys(ordered))[:MOST_ADDRESSES]


def _declared(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for link in tree.iterfind(".//link[@href]"):
        relations = (link.get("rel") or "").lower().split()
        kind = link.get("type") or ""
        if "feed" in relations or ("alternate" in relations and _TYPES.fullmatch(kind.strip())):
            yield link.get("title") or "", link.get("href") or ""


def _linked(tree: html.HtmlElement) -> Iterator[tuple[str, str]]:
    for link in tree.iterfind(".//a[@href]"):
        address = link.get("href") or ""
        if _LOOKS_LIKE_ONE.search(address):
            yield "", address


def _address(link: str, root: str) -> str | None:
    try:
        return canonical_url(urljoin(root, link.strip()))
    except (SourceError, ValueError):
        return None
