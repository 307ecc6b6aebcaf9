"""Lists of feeds as other programs keep them: OPML 2 (http://opml.org/spec2.opml). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lxml import etree

from retrieval.errors import ExtractError, SourceError
from retrieval.feeds.entity_bombs import refuse_entity_bombs
from retrieval.feeds.limits import MAX_OPML_BYTES, MAX_OPML_FEEDS
from retrieval.feeds.models import Outline
from retrieval.ingest.canonical import canonical_url

if TYPE_CHECKING:
    from collections.abc import Iterable

    from retrieval.feeds.models import Feed

_UNSEEN = dict.fromkeys([*range(32), 127, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF])


def read_opml(body: bytes) -> list[Outline]:
    """The feeds in a list, in order, each once, those of its folders too.

    Raises:
        ExtractError: it is no OPML, too large, or an attack.
    """
    if len(body) > MAX_OPML_BYTES:
        raise ExtractError(f"The list is larger than {MAX_OPML_BYTES // 1_000_000} MB.")
    refuse_entity_bombs(body)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ExtractError("It is not XML, so no OPML list of feeds.") from error
    if etree.QName(root).localname.lower() != "opml":
        raise ExtractError("It is not an OPML list of feeds.")
    found: dict[str, Outline] = {}
    for element in root.iter("{*}outline"):
        values = {str(name).lower(): str(value).strip() for name, value in element.attrib.items()}
        if address := values.get("xmlurl"):
            one = _outline(address, values)
            found.setdefault(one.url, one)
        if len(found) > MAX_OPML_FEEDS:
            raise ExtractError(f"The list has more than {MAX_OPML_FEEDS:,} feeds; split it.")
    return list(found.values())


def _outline(address: str, values: dict[str, str]) -> Outline:
    title = " ".join((values.get("title") or values.get("text") or "").split())
    try:
        return Outline(canonical_url(address), title, values.get("htmlurl") or None)
    except SourceError as error:
        return Outline(address[:200], title, problem=str(error))


def write_opml(feeds: Iterable[Feed]) -> bytes:
    """A list of feeds that other programs can read."""
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
