"""HTML pages, by trafilatura: what is the article, and what stands around it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from trafilatura import bare_extraction

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.blocks import blocks_of
from retrieval.ingest.extract.draft import Findings
from retrieval.ingest.extract.encoding import decode
from retrieval.ingest.extract.page_dates import page_published

if TYPE_CHECKING:
    from datetime import datetime

    from trafilatura.settings import Document

_DATES = {"original_date": True, "extensive_search": False}


def read_page(body: bytes, charset: str | None, url: str | None, now: datetime) -> Findings:
    """The article in an HTML page; `charset` is HTTP's word, `url` where the page was found.

    Raises:
        ExtractError: there is none.
    """
    return read_markup(decode(body, charset, markup=True), url, now)


def read_markup(markup: str, url: str | None, now: datetime) -> Findings:
    """The same for HTML that is text already."""
    tree = _tree(markup)
    day = f"{now:%Y-%m-%d}"
    document = bare_extraction(
        tree,
        url=url,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={**_DATES, "max_date": day},
    )
    if document is None or isinstance(document, dict):
        raise ExtractError("It holds no article text.")
    address = _canonical(tree, url)
    return Findings(
        text="\n\n".join(_without_title(blocks_of(document.body), document.title)),
        title=document.title,
        outlet=_outlet(document, address),
        url=address,
        author=document.author,
        published=page_published(tree, document.date, now),
        language=_language(tree),
    )


def _tree(markup: str) -> html.HtmlElement:
    """The parsed page, as bytes, since lxml minds a declared encoding in what is text already."""
    body = markup.encode(errors="ignore")  # lone surrogates, out of a JSON escape
    try:
        return html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError as error:
        raise ExtractError("It holds no article text.") from error


def _canonical(tree: html.HtmlElement, url: str | None) -> str | None:
    """The page's own word on its address, if it stays on the same host; else `url`.

    A page that was not fetched has no address: what it says of itself could be another outlet's,
    and would replace that outlet's article.
    """
    if url is None:
        return None
    for link in tree.iterfind(".//link[@rel='canonical']"):
        try:
            address = canonical_url(urljoin(url, link.get("href", "")))
        except (SourceError, ValueError):
            continue
        if urlsplit(address).netloc == urlsplit(url).netloc:
            return address
    return url


def _outlet(document: Document, url: str | None) -> str | None:
    """The site's name, or its host; trafilatura gives host and port where there is no name."""
    name = document.sitename or ""
    address = urlsplit(url or "")
    if address.hostname and name.lower() in {"", address.netloc, address.hostname}:
        return address.hostname.removeprefix("www.")
    return name or None


def _language(tree: html.HtmlElement) -> str | None:
    """What the page says its language is."""
    for path, attribute in ((".", "lang"), (".//meta[@property='og:locale']", "content")):
        element = tree.find(path)
        if element is not None and element.get(attribute):
            return element.get(attribute)
    return None


def _without_title(blocks: list[str], title: str | None) -> list[str]:
    """`blocks` without the title, where the text repeats it at its beginning."""
    if blocks and title and blocks[0].split() == title.split():
        return blocks[1:]
    return blocks
