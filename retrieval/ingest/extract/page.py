"""HTML pages, by trafilatura: what is the article, and what stands around it."""

from __future__ import annotations

from copy import deepcopy
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from trafilatura import bare_extraction
from trafilatura.metadata import extract_metadata
from trafilatura.settings import DEFAULT_CONFIG, use_config

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import article_url, canonical_url, plain_netloc
from retrieval.ingest.extract.blocks import blocks_of
from retrieval.ingest.extract.draft import Findings
from retrieval.ingest.extract.encoding import decode
from retrieval.ingest.extract.languages import language_of
from retrieval.ingest.extract.markup import tidy, without_consent
from retrieval.ingest.extract.obstacles import is_partial, require_page
from retrieval.ingest.extract.page_dates import date_found, date_on_page, page_published
from retrieval.ingest.extract.superscripts import with_plain_exponents
from retrieval.ingest.extract.text import holds_article
from retrieval.outlets import outlet_of

if TYPE_CHECKING:
    from configparser import ConfigParser
    from datetime import datetime

    from trafilatura.settings import Document

_NOTHING = "I found no article text in it."
# With less than its usual 250, trafilatura takes all text of a page, in one paragraph.
_SHORT = use_config()
_SHORT["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "100"
_MOST_OF_IT = 0.6


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
    language, published = _language(tree), page_published(tree, url, now)
    # Where the page declares no date, htmldate looks for one in its text and address.
    dates = {"original_date": True, "extensive_search": published is None, "max_date": day}
    document = extract_metadata(deepcopy(tree), url, dates)
    text = _article(tree, url, document.title)
    require_page(tree, url, text)
    return Findings(
        text=text,
        title=document.title,
        outlet=_outlet(document, address),
        url=address,
        author=document.author,
        published=published or date_found(document.date, markup, now) or date_on_page(tree, now),
        language=language_of(text, language),
        partial=is_partial(tree, text),
    )


def _article(tree: html.HtmlElement, url: str | None, title: str | None) -> str:
    """The article's text, or nothing.

    trafilatura loses some pages that it is given as a tree, so what comes out empty is read again
    as it would be from a file.
    """
    for as_file in (False, True):
        shown = deepcopy(tree)
        tidy(shown)
        content = html.tostring(shown, encoding="unicode") if as_file else shown
        paragraphs = sum(1 for _ in shown.iter("p"))
        blocks = _blocks(content, url)
        if len(blocks) == 1 and paragraphs > 1:
            again = deepcopy(tree)
            tidy(again)
            apart = _blocks(again, url, _SHORT)
            if sum(map(len, apart)) > len(blocks[0]) * _MOST_OF_IT:
                blocks = apart
        text = "\n\n".join(_without_title(without_consent(blocks, title), title))
        if holds_article(text):
            return text
    return ""


def _blocks(
    content: html.HtmlElement | str, url: str | None, config: ConfigParser = DEFAULT_CONFIG
) -> list[str]:
    """What trafilatura takes for the article, its paragraphs apart."""
    document = bare_extraction(content, url=url, include_comments=False, config=config)
    if document is None or isinstance(document, dict):
        return []
    return [with_plain_exponents(block) for block in blocks_of(document.body)]


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
