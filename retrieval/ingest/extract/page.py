"""HTML pages: separates the article from the rest with trafilatura."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from trafilatura import bare_extraction
from trafilatura.metadata import extract_metadata
from trafilatura.settings import DEFAULT_CONFIG, use_config

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import article_url, canonical_url, plain_netloc
from retrieval.ingest.extract.dates import published_at, published_of, read_moment
from retrieval.ingest.extract.draft import NO_ARTICLE_TEXT, Findings, holds_article, language_of
from retrieval.ingest.extract.kinds import decode
from retrieval.ingest.extract.markup import (
    is_consent,
    is_only_consent,
    tidy,
    with_plain_exponents,
    without_consent,
)
from retrieval.messages import UserMessage
from retrieval.models import Precision
from retrieval.text.outlets import outlet_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from configparser import ConfigParser

    from lxml.etree import _Element
    from lxml.html import HtmlElement
    from trafilatura.settings import Document

    from retrieval.ingest.extract.dates import Moment
    from retrieval.models import Published


# If it finds less than its default of 250, trafilatura returns the whole page as one paragraph.
_SHORT = use_config()
_SHORT["DEFAULT"]["MIN_EXTRACTED_SIZE"] = "100"
_MOST_OF_IT = 0.6


def read_page(body: bytes, charset: str | None, url: str | None, now: datetime) -> Findings:
    """The article in an HTML page; `charset` is from HTTP, `url` is the page's address.

    Raises:
        ExtractError: there is none.
    """
    return read_markup(decode(body, charset, markup=True), url, now)


def read_markup(markup: str, url: str | None, now: datetime) -> Findings:
    """The same for decoded HTML."""
    tree = _tree(markup)
    day = f"{now:%Y-%m-%d}"
    address = _canonical(tree, url)
    # Everything we need from the tree is read before trafilatura changes it.
    language, published = _language(tree), page_published(tree, url, now)
    # If the page declares no date, htmldate searches its text and address.
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
    """The article's text, or an empty string.

    trafilatura fails on some pages that it gets as a tree, so they are tried again as markup.
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
    """The paragraphs that trafilatura takes for the article."""
    document = bare_extraction(content, url=url, include_comments=False, config=config)
    if document is None or isinstance(document, dict):
        return []
    return [with_plain_exponents(block) for block in blocks_of(document.body)]


def _tree(markup: str) -> html.HtmlElement:
    """Parse the page, from bytes because lxml rejects a text that declares its encoding.

    Comments are dropped, because trafilatura loses paragraphs after them.
    """
    body = markup.encode(errors="ignore")  # drops lone surrogates from JSON escapes
    try:
        parser = html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
        return html.document_fromstring(body, parser=parser)
    except etree.ParserError as error:
        raise ExtractError(NO_ARTICLE_TEXT) from error


def _canonical(tree: html.HtmlElement, url: str | None) -> str | None:
    """The address that the page declares, if it is on the same site; otherwise `url`.

    A page that wasn't fetched has no address: it could claim another outlet's, and would replace
    that outlet's article.
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
    """The site's name if it matches the host; for a page without an address, the name it claims.

    trafilatura returns host and port if there is no name.
    """
    address = urlsplit(url or "")
    name = document.sitename or ""
    if not address.hostname:
        return name or None
    return outlet_of("" if name.lower() == address.netloc else name, address.hostname)


def _language(tree: html.HtmlElement) -> str | None:
    """The language that the page declares."""
    for path, attribute in ((".", "lang"), (".//meta[@property='og:locale']", "content")):
        element = tree.find(path)
        if element is not None and element.get(attribute):
            return element.get(attribute)
    return None


def _without_title(blocks: list[str], title: str | None) -> list[str]:
    """`blocks` without the title, if the text repeats it at the beginning."""
    if blocks and title and blocks[0].split() == title.split():
        return blocks[1:]
    return blocks


_PROPERTIES = ("article:published_time", "og:article:published_time", "og:published_time")
_DATE_PUBLISHED = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){4,60}")')
_NEAR = timedelta(days=2)
_MINUTE = timedelta(minutes=1)
_ZONE = re.compile(r"\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?\s?([+-])(\d\d):?(\d\d)$")
_IN_PATH = re.compile(r"/(20\d\d|19\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/_-]|$)")
_FARTHEST = 14
_TOLERANCE = timedelta(days=1)
# Zones with fractions of hours: Newfoundland, Iran, Afghanistan, India, Nepal, Myanmar, Adelaide.
_ODD_ZONES = frozenset({-210, -150, 210, 270, 330, 345, 390, 570, 630})
_CHANGED = re.compile(
    r"updat|modif|оновл|обновл|змін|измен|aktuali[sz]|mis à jour|aggiorn", re.IGNORECASE
)
# Elements whose names promise a date, and words that may precede it in them.
_NAMED = re.compile(
    r"(?<![a-z])(?:date|datum|data|time|timestamp|publish\w*|pubdate|posted|updated|dateline|byline"
    r"|meta)(?![a-z])|(?:post|entry|article|publish|news|story)[-_]?(?:date|time|meta|info)|Date$",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^(?:(?:last|first|originally)\s)?(?:published|updated|posted|created|modified|date|publié"
    r"|mis à jour|veröffentlicht|aktualisiert|stand|erstellt|publicado|actualizado|pubblicato"
    r"|aggiornato|опубліковано|оновлено|дата|опубликовано|обновлено|opublikowano|aktualizacja"
    r"|yayınlanma)"
    r"\b[\s:,]*(?:on|at|le|am|el|il)?\b[\s:]*",
    re.IGNORECASE,
)
_LONGEST_DATE, _FEW_PARTS, _MOST_LOOKED_AT = 60, 4, 200
# The ways to write the first of a month.
_FIRST_DAY = (
    r"(?:{year}[-/.]?0?{month}[-/.]?0?1(?!\d)|(?<!\d)0?1[-/.]0?{month}[-/.]{year}"
    r"|(?<!\d)0?1(?:st|er|\.|º)?\s+(?:de\s+)?[^\W\d_]{{3,12}}\.?,?\s+(?:de\s+)?{year}"
    r"|[^\W\d_]{{3,12}}\.?\s+0?1(?:st)?,?\s+{year}|(?<!\d)0?{month}/0?1/{year})"
)


def page_published(tree: HtmlElement, url: str | None, now: datetime) -> Published | None:
    """The publication date that the page declares, with its own day and zone.

    It is precise to the minute if a declaration has a time and a zone; declarations far from the
    first belong to something else on the page.
    """
    declared = [one for one in (date_said(value, now) for value in _declared(tree)) if one]
    if not declared:
        return None
    first = declared[0]
    exact = (one for one in declared if one.precision is Precision.MINUTE)
    chosen = next((one for one in exact if abs(one.at - first.at) <= _NEAR), first)
    if chosen.precision is Precision.MINUTE and not chosen.at.utcoffset():
        return _in_its_zone(chosen, _shown(tree, now), url, _written(tree, first=True))
    return chosen


def date_found(day: str | None, markup: str, now: datetime) -> Published | None:
    """The day that htmldate found in a page; None if the page has only a year or month.

    htmldate returns the first day of those, which is made up.
    """
    published = date_said(day or "", now)
    if published is None or published.at.day > 1:
        return published
    year, month = published.at.year, published.at.month
    said = _FIRST_DAY.format(year=year, month=month)
    return published if re.search(said, markup) else None


def date_on_page(tree: HtmlElement, now: datetime) -> Published | None:
    """The first date that stands alone in an element whose name promises one."""
    for moment in _written(tree):
        published = published_at(datetime.combine(moment.day, moment.at or time(), moment.zone))
        if published.at <= now + _TOLERANCE:
            offset = moment.zone.utcoffset(published.at) if moment.zone else None
            return _at_offset(published, round((offset or timedelta()) / _MINUTE))
    return None


def date_said(value: str, now: datetime) -> Published | None:
    """The date in `value`, in its zone; None if it is invalid, since the page is read anyway."""
    try:
        published = published_of(value, now)
    except ExtractError:
        return None
    zone = _ZONE.search(value.strip())
    if published.precision is not Precision.MINUTE or zone is None:
        return published
    minutes = int(zone[2]) * 60 + int(zone[3])
    return _at_offset(published, -minutes if zone[1] == "-" else minutes)


def _declared(tree: HtmlElement) -> Iterator[str]:
    """The publication dates in `<meta>`, JSON-LD and microdata."""
    for name in _PROPERTIES:
        for meta in tree.iterfind(f".//meta[@property='{name}']"):
            yield meta.get("content") or ""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        for match in _DATE_PUBLISHED.finditer(script.text or ""):
            yield _unquoted(match[1])
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield element.get("content") or element.get("datetime") or ""


def _shown(tree: HtmlElement, now: datetime) -> list[Published]:
    """The dates that the page marks up as such."""
    times = (time.get("datetime") or "" for time in tree.iter("time"))
    return [one for one in (date_said(value, now) for value in times) if one]


def _written(tree: HtmlElement, *, first: bool = False) -> Iterator[Moment]:
    """The dates shown in elements whose names promise one.

    `first`: without those of later changes.
    """
    seen = 0
    for element in tree.iter("time", "span", "div", "p", "abbr", "small", "li", "td", "strong"):
        name = f"{element.get('class') or ''} {element.get('id') or ''}"
        if element.tag != "time" and not _NAMED.search(name):
            continue
        text = " ".join(str(element.text_content()).split()) if len(element) <= _FEW_PARTS else ""
        seen += 1
        if seen > _MOST_LOOKED_AT:
            return
        if first and _CHANGED.search(text):
            continue
        if 0 < len(text) <= _LONGEST_DATE and (moment := read_moment(_LABEL.sub("", text))):
            yield moment


def _in_its_zone(
    published: Published, shown: list[Published], url: str | None, written: Iterable[Moment]
) -> Published:
    """A date declared in UTC, in the zone that the page shows.

    Another date on the page may be the same instant in that zone, or the page may show it in
    local time. Otherwise the address decides, if it contains the day before or after: the zone is
    then at least that far from UTC.
    """
    for one in shown:
        offset = one.at.utcoffset()
        if offset and abs(one.at - published.at) < _MINUTE:
            return replace(published, at=published.at.astimezone(timezone(offset)))
    for moment in written:
        if moment.at is not None and moment.zone in {None, UTC}:
            local = datetime.combine(moment.day, moment.at, UTC)
            minutes = round((local - published.at) / _MINUTE)
            if minutes and (minutes % 60 == 0 or minutes in _ODD_ZONES):
                return _at_offset(published, minutes)
    day = _day_in(url)
    if day is None or abs((day - published.at.date()).days) != 1:
        return published
    ahead = 1 if day > published.at.date() else -1
    for hours in range(1, _FARTHEST):
        moved = _at_offset(published, ahead * hours * 60)
        if moved.at.date() == day:
            return moved
    return published


def _day_in(url: str | None) -> date | None:
    """The day in the path of an address."""
    found = _IN_PATH.search(urlsplit(url or "").path)
    try:
        return date(int(found[1]), int(found[2]), int(found[3])) if found else None
    except ValueError:
        return None


def _at_offset(published: Published, minutes: int) -> Published:
    if not minutes or abs(minutes) > _FARTHEST * 60:
        return published
    return replace(published, at=published.at.astimezone(timezone(timedelta(minutes=minutes))))


def _unquoted(literal: str) -> str:
    """The text of a JSON string, or an empty string if it is malformed."""
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""


# trafilatura's TEI-like elements: those with text, and those that contain such elements.
_HOLDERS = frozenset({"p", "head", "item", "cell", "ab", "code"})
_LINE_BREAK = "lb"


def blocks_of(body: _Element) -> list[str]:
    """The text of each paragraph, heading, list item and table cell, in order."""
    blocks: list[str] = []
    _collect(body, blocks)
    return [block for block in blocks if block]


def _collect(element: _Element, blocks: list[str]) -> None:
    if element.tag in _HOLDERS and next(element.iterdescendants(*_HOLDERS), None) is None:
        blocks.append(_text(element))
        return
    loose = [("- " if element.tag == "item" and element.text else "") + (element.text or "")]
    for child in element:
        if child.tag in _HOLDERS or len(child):
            blocks.append(_joined(loose))
            _collect(child, blocks)
            loose = [child.tail or ""]
        else:
            loose += [_text(child), child.tail or ""]
    blocks.append(_joined(loose))


def _text(element: _Element) -> str:
    """All text in `element`, with no line breaks but its own."""
    parts = [element.text or ""]
    for part in element.iterdescendants():
        parts.append("\n" if part.tag == _LINE_BREAK else part.text or "")
        parts.append(part.tail or "")
    prefix = "- " if element.tag == "item" else ""
    text = _joined(parts)
    return prefix + text if text else ""


def _joined(parts: list[str]) -> str:
    """`parts` as lines with single spaces."""
    lines = (" ".join(line.split()) for line in "".join(parts).split("\n"))
    return "\n".join(line for line in lines if line)


# A shorter text may be anything but the article.
_LITTLE = 600
_MUCH_LONGER, _LONGER_BY = 1.5, 500
_FEW_WORDS = 250
_END = 500
_VIDEO_HOSTS = re.compile(
    r"(?:.+\.)?(?:youtube\.com|youtu\.be|vimeo\.com|tiktok\.com|dailymotion\.com|rumble\.com"
    r"|rutube\.ru|twitch\.tv)"
)
_STRING = r'"((?:[^"\\]|\\.)*)"'
_BODY = re.compile(rf'"articleBody"\s*:\s*{_STRING}', re.DOTALL)
_NOT_FREE = re.compile(r'"isAccessibleForFree"\s*:\s*"?false"?', re.IGNORECASE)
_WORD_COUNT = re.compile(r'"wordCount"\s*:\s*"?(\d{1,6})"?')
_WALL = re.compile(
    r"(?:subscribe|sign in|log in|register)(?: now)? to (?:continue|keep|read)|to continue reading"
    r"|already a subscriber|continue reading (?:this|with)|this (?:article|content) is for"
    r" (?:paying )?(?:subscribers|members)|лише для передплатників|оформіть передплату"
    r"|щоб (?:читати|прочитати) (?:далі|повністю)|только для подписчиков|оформите подписку"
    r"|чтобы (?:читать|прочитать) (?:дальше|полностью)",
    re.IGNORECASE,
)
_CONSENT = re.compile(
    r"\bcookies?\b|\bconsent\b|\bprivacy\b|файл\w* cookie|конфіденційн\w+|конфиденциальн\w+",
    re.IGNORECASE,
)
_LOGIN = UserMessage(
    "It's behind a login; open it in a browser and send its text or a saved copy instead."
)
_VIDEO = UserMessage(
    "It leads to a video, which I can't read; send an article or a transcript instead."
)
_ONLY_CONSENT = UserMessage(
    "It only shows a cookie notice; send the article's text or a saved copy instead."
)
_ABOUT_ACCOUNTS = re.compile(
    r"\b(?:sign|log)[ -]?in\b|\blogin\b|\bpasswords?\b|\bcreate an account\b|\byour account\b"
    r"|\bsubscri(?:be|ption)\b|\buser ?name\b|\b(?:увійд|увійти|зареєструй|парол|войдите|войти"
    r"|зарегистрируй)\w*|\b(?:Anmelden|Einloggen|Passwort|mot de passe|contraseña)\b"
    r"|\benable javascript\b",
    re.IGNORECASE,
)
_CONSENTS = 2


def require_page(tree: HtmlElement, url: str | None, text: str) -> None:
    """Raise ExtractError if the text isn't an article, saying what the page shows instead.

    A login form or a player beside an article is fine.
    """
    if is_only_consent(text):
        raise ExtractError(_ONLY_CONSENT)
    if len(text) >= _LITTLE:
        return
    told = [one for one in text.split("\n\n") if _tells(one)]
    if told and not _VIDEO_HOSTS.fullmatch(urlsplit(url or "").hostname or ""):
        return
    if tree.find(".//input[@type='password']") is not None:
        raise ExtractError(_LOGIN)
    kinds = (meta.get("content") or "" for meta in tree.iterfind(".//meta[@property='og:type']"))
    host = urlsplit(url or "").hostname or ""
    if _VIDEO_HOSTS.fullmatch(host) or any(kind.startswith("video") for kind in kinds):
        raise ExtractError(_VIDEO)
    if not holds_article(text):
        raise ExtractError(NO_ARTICLE_TEXT)
    if is_consent(text):
        raise ExtractError(_ONLY_CONSENT)


def _tells(paragraph: str) -> bool:
    """Whether a paragraph is content, and not about accounts, cookies or players."""
    return (
        holds_article(paragraph)
        and not is_consent(paragraph)
        and not _ABOUT_ACCOUNTS.search(paragraph)
    )


def is_partial(tree: HtmlElement, text: str) -> bool:
    """Whether the page seems to show only a part of its article.

    It declares so (schema.org), ends with an invitation to subscribe, or is little more than a
    cookie notice.
    """
    said = "\n".join(_structured(tree))
    words = len(text.split())
    longest = max((len(_json_unquoted(match[1])) for match in _BODY.finditer(said)), default=0)
    if longest > max(len(text) * _MUCH_LONGER, len(text) + _LONGER_BY):
        return True
    counted = max((int(match[1]) for match in _WORD_COUNT.finditer(said)), default=0)
    if counted > words * _MUCH_LONGER + _FEW_WORDS / 2:
        return True
    if _NOT_FREE.search(said) and words < _FEW_WORDS:
        return True
    if _WALL.search(text[-_END:]):
        return True
    return len(text) < _LITTLE and len(_CONSENT.findall(text)) >= _CONSENTS


def _structured(tree: HtmlElement) -> Iterator[str]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        yield script.text or ""


def _json_unquoted(literal: str) -> str:
    """The text of a JSON string with white space folded; `literal` if it is malformed."""
    try:
        text = str(json.loads(f'"{literal}"', strict=False))
    except ValueError:
        text = literal
    return " ".join(text.split())
