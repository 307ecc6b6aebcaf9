"""HTML pages, by trafilatura: what is the article, and what stands around it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from trafilatura import bare_extraction

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import article_url, canonical_url, plain_netloc
from retrieval.ingest.extract.blocks import blocks_of
from retrieval.ingest.extract.draft import Findings
from retrieval.ingest.extract.encoding import decode
from retrieval.ingest.extract.languages import language_of
from retrieval.ingest.extract.obstacles import is_partial, require_page
from retrieval.ingest.extract.page_dates import page_published
from retrieval.outlets import outlet_of

if TYPE_CHECKING:
    from datetime import datetime

    from trafilatura.settings import Document

_NOTHING = "It holds no article text."
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
    address = _canonical(tree, url)
    # What trafilatura does to the tree comes after what we want to know of it.
    language, published = _language(tree), page_published(tree, None, now)
    document = bare_extraction(
        deepcopy(tree),
        url=url,
        include_comments=False,
        with_metadata=True,
        date_extraction_params={**_DATES, "max_date": day},
    )
    if document is None or isinstance(document, dict):
        require_page(tree, url, "")
        raise ExtractError(_NOTHING)
    text = "\n\n".join(_without_title(blocks_of(document.body), document.title))
    require_page(tree, url, text)
    return Findings(
        text=text,
        title=document.title,
        outlet=_outlet(document, address),
        url=address,
        author=document.author,
        published=published or page_published(tree, document.date, now),
        language=language_of(text, language),
        partial=is_partial(tree, text),
    )


def _tree(markup: str) -> html.HtmlElement:
    """The parsed page, as bytes, since lxml minds a declared encoding in what is text already.

    Without comments, behind which trafilatura loses paragraphs.
    """
    body = markup.encode(errors="ignore")  # lone surrogates, out of a JSON escape
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        return html.document_fromstring(body, parser=parser)
    except etree.ParserError as error:
        raise ExtractError(_NOTHING) from error


def _canonical(tree: html.HtmlElement, url: str | None) -> str | None:
    """The page's own word on its address, if it stays on the same site; else `url`.

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
        if plain_netloc(urlsplit(address).netloc) == plain_netloc(urlsplit(url).netloc):
            return article_url(address)
    return article_url(url)


def _outlet(document: Document, url: str | None) -> str | None:
    """The site's name as far as its host bears it out; of a page that has no address, its word.

    trafilatura gives host and port where there is no name.
    """
    address = urlsplit(url or "")
    name = document.sitename or ""
    if not address.hostname:
        return name or None
    return outlet_of("" if name.lower() == address.netloc else name, address.hostname)


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
