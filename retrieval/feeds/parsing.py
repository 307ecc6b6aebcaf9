"""A feed's bytes become a Document: RSS and Atom by feedparser, JSON Feed by `json_feed`. Pure."""

from __future__ import annotations

import codecs
import io
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import feedparser

from retrieval.errors import ExtractError, SourceError
from retrieval.feeds.clock import Clock
from retrieval.feeds.entity_bombs import refuse_entity_bombs
from retrieval.feeds.fragments import (
    each_by_itself,
    fragment_of,
    fragment_text,
    line_of,
    storable,
)
from retrieval.feeds.json_feed import looks_like_json, read_json_feed
from retrieval.feeds.limits import MAX_ENTRIES, MAX_GUID_CHARS
from retrieval.feeds.models import Document, Entry, Wishes
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.encoding import decode
from retrieval.ingest.extract.kinds import Kind, kind_of
from retrieval.ingest.extract.written_dates import read_moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from retrieval.ingest.extract.written_dates import Moment

log = logging.getLogger(__name__)

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Where the channel says something of itself.
_HEAD = 100_000
# Comments of servers may stand behind the end.
_ENDS = 4_000
_ROOT = re.compile(rb"<(html|head|body|rss|feed|rdf:rdf)\b", re.IGNORECASE)
_FEED_ROOTS = frozenset({b"rss", b"feed", b"rdf:rdf"})
_MOMENTS = ("published", "updated")
_PERIODS = {"hourly": 60, "daily": 1_440, "weekly": 10_080, "monthly": 43_200, "yearly": 525_600}
_CHARSET = re.compile(r"charset\s*=\s*[\"']?([\w.:-]{2,30})", re.IGNORECASE)
_DECLARATION = re.compile(r"\ufeff?\s*<\?xml[^>]{0,200}\?>")
_CLOSINGS = {"<![CDATA[": "]]>", "<!--": "-->", "<!DOCTYPE": ">"}
_VERBATIM = re.compile("|".join(map(re.escape, _CLOSINGS)))
_BARE = re.compile(r"&(?!#\d{1,7};|#[xX][\da-fA-F]{1,6};|[A-Za-z][A-Za-z\d]{1,31};)")
# feedparser's own failures on input that is no feed at all.
_PARSER_ERRORS = (
    ValueError,
    LookupError,
    AttributeError,
    TypeError,
    AssertionError,
    OverflowError,
    RecursionError,
)


def is_page(body: bytes) -> bool:
    """Whether these bytes are a web page."""
    try:
        kind = kind_of(body)
    except ExtractError:
        return False
    # Some feeds have the document type of a page.
    root = _ROOT.search(body[:_HEAD])
    return kind is Kind.HTML and (root is None or root[1].lower() not in _FEED_ROOTS)


def read_feed(body: bytes, url: str, content_type: str = "") -> Document:
    """The feed in `body`, which came from `url`. Takes up to seconds of processor time.

    Raises:
        ExtractError: it is none; one sentence that says what it is instead.
    """
    if not body.strip():
        raise ExtractError("It is empty.")
    if looks_like_json(body):
        return read_json_feed(body, url)
    if is_page(body):
        raise ExtractError("It is a web page, not a feed.")
    refuse_entity_bombs(body)
    body, content_type = _well_formed(body, content_type)
    refuse_entity_bombs(body)
    parsed = _parsed(body, url, content_type)
    entries, channel = _raw(parsed, "entries") or [], _raw(parsed, "feed") or {}
    if not _raw(parsed, "version") and not entries:
        raise ExtractError("It is not RSS, Atom or JSON Feed.")
    broken_off = bool(_raw(parsed, "bozo")) and _lacks_its_end(body)
    if broken_off:  # of the last entry nobody knows what is missing
        entries = entries[:-1]
    title = line_of(_text(channel, "title"))
    language = _text(channel, "language") or None
    moments, _ = each_by_itself(
        lambda one: [_moment(one, name, language) for name in _MOMENTS], entries[:MAX_ENTRIES], log
    )
    clock = Clock.of(moment for pair in moments for moment in pair)
    read, unreadable = each_by_itself(
        lambda one: _entry(one, url, title, language, clock), entries[:MAX_ENTRIES], log
    )
    return Document(
        title=title,
        site_url=_address(_text(channel, "link"), url),
        language=language,
        entries=read,
        wishes=_wishes(channel, body),
        broken_off=broken_off,
        assumed_zone=clock.assumed,
        unreadable=unreadable,
    )


# What UTF-16 and UTF-32 begin with, whatever encoding the document then declares.
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def _well_formed(body: bytes, content_type: str) -> tuple[bytes, str]:
    """A feed in UTF-8, whatever it says of its encoding, its bare ampersands written as in XML.

    With the content type that says so; as it is where nobody can tell its encoding.

    feedparser believes what is declared, and reads "AT&T wins" as if T were an entity.
    """
    if b"\0" in body[:_ENDS] and not body.startswith(_WIDE_MARKS):  # UTF-16 by its zeros alone
        return body, content_type
    charset = _CHARSET.search(content_type)
    try:
        text = decode(body, charset[1] if charset else None, markup=True)
    except ExtractError:
        return body, content_type
    declaration = _DECLARATION.match(text)
    if declaration:
        text = text[declaration.end() :]
    written = '<?xml version="1.0" encoding="utf-8"?>' + "".join(_escaped(text))
    kind = content_type.partition(";")[0] or "application/xml"
    return written.encode(errors="ignore"), f"{kind}; charset=utf-8"


def _escaped(text: str) -> Iterator[str]:
    """`text` with its bare ampersands escaped, but for CDATA and comments, where they may stand."""
    at = 0
    while at < len(text):
        found = _VERBATIM.search(text, at)
        start = found.start() if found else len(text)
        yield _BARE.sub("&amp;", text[at:start])
        if found is None:
            return
        closing = _CLOSINGS[found[0]]
        end = text.find(closing, found.end())
        at = len(text) if end < 0 else end + len(closing)
        yield text[start:at]


def _lacks_its_end(body: bytes) -> bool:
    """Whether the root element is opened and never closed; unknown in UTF-16 and UTF-32."""
    if b"\x00" in body[:_ENDS]:
        return False
    root = _ROOT.search(body[:_HEAD])
    return root is not None and b"</" + root[1].lower() not in body[-_ENDS:].lower()


def _parsed(body: bytes, url: str, content_type: str) -> Mapping[str, Any]:
    headers = {"content-location": url, "content-type": content_type or "application/xml"}
    try:
        found: Mapping[str, Any] = feedparser.parse(
            io.BytesIO(body),
            response_headers=headers,
            # Only its text is kept, so neither is of use.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _PARSER_ERRORS as error:
        raise ExtractError("It's too badly formed to be read as a feed.") from error
    return found


def _entry(
    one: Mapping[str, Any], base: str, feed_title: str, language: str | None, clock: Clock
) -> Entry:
    text, whole = _content(one)
    link = _text(one, "feedburner_origlink") or _text(one, "link")
    return Entry(
        guid=_text(one, "id")[:MAX_GUID_CHARS] or None,
        url=_address(link, base),
        fragment=fragment_of(link),
        title=_title(one),
        text=text,
        whole=whole,
        author=line_of(_text(one, "author")) or None,
        # `<source>` names another outlet, and only this feed's host has been proven.
        outlet=feed_title or None,
        published=clock.instant(_moment(one, "published", language)),
        updated=clock.instant(_moment(one, "updated", language)),
    )


def _raw(holder: Any, name: str) -> Any:  # noqa: ANN401  feedparser's dictionaries
    """What feedparser has under this very name: its own `get` gives others' for some names."""
    return dict.get(holder, name)


def _text(holder: Any, name: str) -> str:  # noqa: ANN401
    value = _raw(holder, name)
    return storable(value).strip() if isinstance(value, str) else ""


def _title(one: Mapping[str, Any]) -> str:
    title, detail = _text(one, "title"), _raw(one, "title_detail") or {}
    plain = isinstance(detail, dict) and _raw(detail, "type") == "text/plain"
    return " ".join(title.split()) if plain and "&" not in title else line_of(title)


def _content(one: Mapping[str, Any]) -> tuple[str, bool]:
    """The longest text that the entry has, and whether its publisher called that the content."""
    contents: Iterable[Any] = _raw(one, "content") or ()
    wholes = [fragment_text(_text(content, "value")) for content in contents]
    summary = fragment_text(_text(one, "summary"))
    whole = max(wholes, key=len, default="")
    return (whole, True) if whole and len(whole) >= len(summary) else (summary, False)


def _address(link: str, base: str) -> str | None:
    if not link:
        return None
    try:
        return canonical_url(urljoin(base, link))
    except (SourceError, ValueError):
        return None


def _moment(one: Any, name: str, language: str | None) -> Moment | None:  # noqa: ANN401
    """What the entry itself says: feedparser's own reading makes 1796 of seconds since 1970."""
    return read_moment(_text(one, name), language)


def _wishes(channel: Mapping[str, Any], body: bytes) -> Wishes:
    """`ttl`, `sy:updatePeriod`, `skipHours` and `skipDays`; what makes no sense is passed over."""
    least = max(_minutes(_text(channel, "ttl")), _update_minutes(channel))
    hours = (_hour(word) for word in _words(body, b"skipHours"))
    days = (word.lower() for word in _words(body, b"skipDays"))
    return Wishes(
        timedelta(minutes=least),
        frozenset(hour for hour in hours if hour is not None),
        frozenset(_DAYS.index(day) for day in days if day in _DAYS),
    )


def _words(body: bytes, name: bytes) -> list[str]:
    """The words inside an element, read from the markup: feedparser keeps only the last of them."""
    _, _, rest = body[:_HEAD].partition(b"<" + name + b">")
    inside, closed, _ = rest.partition(b"</" + name + b">")
    return re.findall(r">\s*(\w+)\s*<", inside.decode("latin-1")) if closed else []


def _hour(word: str) -> int | None:
    hour = int(word) if word.isascii() and word.isdigit() and len(word) <= 2 else -1  # noqa: PLR2004
    return hour % 24 if 0 <= hour <= 24 else None  # noqa: PLR2004  some say 24 for midnight


def _minutes(word: str) -> int:
    return int(word) if word.isascii() and word.isdigit() and len(word) < 7 else 0  # noqa: PLR2004


def _update_minutes(channel: Mapping[str, Any]) -> int:
    period = _PERIODS.get(_text(channel, "sy_updateperiod").lower(), 0)
    return period // max(_minutes(_text(channel, "sy_updatefrequency")), 1)
