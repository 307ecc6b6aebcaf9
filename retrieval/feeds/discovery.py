"""Finds the feeds that a web page links to; reads and writes OPML lists of feeds. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lxml import etree, html

from retrieval.errors import ExtractError, SourceError
from retrieval.feeds.models import (
    LIST_TOO_LARGE,
    MAX_OPML_BYTES,
    MAX_OPML_FEEDS,
    MOST_ADDRESSES,
    Outline,
)
from retrieval.feeds.parsing import refuse_entity_bombs
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.kinds import decode
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from retrieval.feeds.models import Feed


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
    """The addresses of a page's feeds, likeliest first; feeds of comments come last.

    Feeds that the page declares come before links that only look like feeds.
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


_UNSEEN = dict.fromkeys([*range(32), 127, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


def read_opml(body: bytes) -> list[Outline]:
    """The feeds in a list, in order, without duplicates, including those in folders.

    Raises:
        ExtractError: it isn't OPML, is too large, or an attack.
    """
    if len(body) > MAX_OPML_BYTES:
        raise ExtractError(LIST_TOO_LARGE)
    refuse_entity_bombs(body)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ExtractError(
            UserMessage("It isn't XML, so it can't be an OPML list of feeds.")
        ) from error
    if etree.QName(root).localname.lower() != "opml":
        raise ExtractError(UserMessage("It isn't an OPML list of feeds."))
    found: dict[str, Outline] = {}
    for element in root.iter("{*}outline"):
        values = {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
        if address := values.get("xmlurl"):
            one = _outline(address, values)
            found.setdefault(one.url, one)
        if len(found) > MAX_OPML_FEEDS:
            raise ExtractError(
                UserMessage(
                    "The list has more than {number} feeds; split it.", number=MAX_OPML_FEEDS
                )
            )
    return list(found.values())


def _outline(address: str, values: dict[str, str]) -> Outline:
    title = " ".join((values.get("title") or values.get("text") or "").split())
    try:
        return Outline(canonical_url(address), title, values.get("htmlurl") or None)
    except SourceError as error:
        return Outline(address[:200], title, problem=error.message)


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """An OPML list of feeds."""
    root = etree.Element("opml", version="2.0")
    head = etree.SubElement(root, "head")
    etree.SubElement(head, "title").text = "Feeds of Sitrep"
    body = etree.SubElement(root, "body")
    for one in feeds:
        title = one.title.translate(_UNSEEN) or one.host
        outline = etree.SubElement(body, "outline", type="rss", text=title, title=title)
        outline.set("xmlUrl", one.url)
        if one.site_url:
            outline.set("htmlUrl", one.site_url)
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)
