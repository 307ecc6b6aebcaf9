"""Parses feeds into Documents: RSS and Atom with feedparser, and JSON Feed. Pure."""

from __future__ import annotations

import codecs
import html as entities
import io
import logging
import math
import re
from dataclasses import dataclass
from datetime import UTC, time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urljoin

import feedparser
from lxml import etree, html

from retrieval.errors import ExtractError, SourceError
from retrieval.feeds.models import (
    MAX_ENTITY_CHARS,
    MAX_ENTRIES,
    MAX_GUID_CHARS,
    Document,
    FeedEntry,
    PollingHints,
)
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.dates import Moment, read_moment, usual_zone
from retrieval.ingest.extract.kinds import SourceKind, decode, json_value, kind_of
from retrieval.ingest.extract.markup import tidy, with_plain_exponents
from retrieval.ingest.limits import MAX_TEXT_CHARS
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime


log = logging.getLogger(__name__)

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# Where the channel's own elements are.
_HEAD = 100_000
# Servers may append comments after the end.
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
# feedparser's errors on input that isn't a feed.
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
    # Some feeds have the document type of a web page.
    root = _ROOT.search(body[:_HEAD])
    return kind is SourceKind.HTML and (root is None or root[1].lower() not in _FEED_ROOTS)


def read_feed(body: bytes, url: str, content_type: str = "") -> Document:
    """The feed in `body`, which came from `url`. Takes up to seconds of processor time.

    Raises:
        ExtractError: it isn't a feed; the message says what it is instead.
    """
    if not body.strip():
        raise ExtractError(UserMessage("It's empty."))
    if looks_like_json(body):
        return read_json_feed(body, url)
    if is_page(body):
        raise ExtractError(UserMessage("It's a web page, not a feed."))
    refuse_entity_bombs(body)
    body, content_type = _well_formed(body, content_type)
    refuse_entity_bombs(body)
    parsed = _parsed(body, url, content_type)
    entries, channel = _raw(parsed, "entries") or [], _raw(parsed, "feed") or {}
    if not _raw(parsed, "version") and not entries:
        raise ExtractError(UserMessage("It isn't RSS, Atom or JSON Feed."))
    broken_off = bool(_raw(parsed, "bozo")) and _lacks_its_end(body)
    if broken_off:  # the last entry may be incomplete
        entries = entries[:-1]
    title = line_of(_text(channel, "title"))
    language = _text(channel, "language") or None
    moments, _ = each_by_itself(
        lambda one: [_moment(one, name, language) for name in _MOMENTS], entries[:MAX_ENTRIES], log
    )
    clock = FeedClock.of(moment for pair in moments for moment in pair)
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


# The byte order marks of UTF-16 and UTF-32, which override the declared encoding.
_WIDE_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


def _well_formed(body: bytes, content_type: str) -> tuple[bytes, str]:
    """The feed in UTF-8 with bare ampersands escaped, and a matching content type.

    It is unchanged if its encoding can't be determined. feedparser trusts the declared encoding,
    and reads "AT&T wins" as if T were an entity.
    """
    if b"\0" in body[:_ENDS] and not body.startswith(_WIDE_MARKS):  # UTF-16 without a mark
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
    """`text` with bare ampersands escaped, except in CDATA and comments, where they are allowed."""
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
    """Whether the root element isn't closed; False for UTF-16 and UTF-32."""
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
            # Only the text is used, so neither is needed.
            sanitize_html=False,
            resolve_relative_uris=False,
        )
    except _PARSER_ERRORS as error:
        raise ExtractError(UserMessage("It's too badly formed to be read as a feed.")) from error
    return found


def _entry(
    one: Mapping[str, Any], base: str, feed_title: str, language: str | None, clock: FeedClock
) -> FeedEntry:
    text, whole = _content(one)
    link = _text(one, "feedburner_origlink") or _text(one, "link")
    return FeedEntry(
        guid=_text(one, "id")[:MAX_GUID_CHARS] or None,
        url=_address(link, base),
        fragment=fragment_of(link),
        title=_title(one),
        text=text,
        whole=whole,
        author=line_of(_text(one, "author")) or None,
        # `<source>` names another outlet, but only this feed's host is verified.
        outlet=feed_title or None,
        published=clock.instant(_moment(one, "published", language)),
        updated=clock.instant(_moment(one, "updated", language)),
    )


def _raw(holder: Any, name: str) -> Any:  # noqa: ANN401  feedparser's dictionaries
    """The value under exactly this name; feedparser's own `get` falls back to others."""
    return dict.get(holder, name)


def _text(holder: Any, name: str) -> str:  # noqa: ANN401
    value = _raw(holder, name)
    return storable(value).strip() if isinstance(value, str) else ""


def _title(one: Mapping[str, Any]) -> str:
    title, detail = _text(one, "title"), _raw(one, "title_detail") or {}
    plain = isinstance(detail, dict) and _raw(detail, "type") == "text/plain"
    return " ".join(title.split()) if plain and "&" not in title else line_of(title)


def _content(one: Mapping[str, Any]) -> tuple[str, bool]:
    """The entry's longest text, and whether its publisher called it the content."""
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
    """The entry's date, parsed by us: feedparser reads seconds since 1970 as the year 1796."""
    return read_moment(_text(one, name), language)


def _wishes(channel: Mapping[str, Any], body: bytes) -> PollingHints:
    """`ttl`, `sy:updatePeriod`, `skipHours` and `skipDays`; invalid values are ignored."""
    least = max(_minutes(_text(channel, "ttl")), _update_minutes(channel))
    hours = (_hour(word) for word in _words(body, b"skipHours"))
    days = (word.lower() for word in _words(body, b"skipDays"))
    return PollingHints(
        timedelta(minutes=least),
        frozenset(hour for hour in hours if hour is not None),
        frozenset(_DAYS.index(day) for day in days if day in _DAYS),
    )


def _words(body: bytes, name: bytes) -> list[str]:
    """The words inside an element, from the markup: feedparser keeps only the last one."""
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


@dataclass(frozen=True, slots=True)
class FeedClock:
    """A feed's usual zone; `assumed` names it if times without a zone are read in it, else ""."""

    usual: tzinfo = UTC
    assumed: str = ""

    @classmethod
    def of(cls, moments: Iterable[Moment | None]) -> FeedClock:
        """The clock of a feed with these moments."""
        known = [one for one in moments if one is not None]
        usual = usual_zone(known)
        bare = any(one.at is not None and one.zone is None for one in known)
        return cls(usual, str(usual) if bare else "")

    def instant(self, moment: Moment | None) -> datetime | None:
        """A moment as an instant in UTC; exactly midnight, which only means the day, is kept."""
        if moment is None:
            return None
        try:
            if moment.at == time(0):
                return Moment(moment.day).instant()
            return moment.instant(self.usual).astimezone(UTC)
        except (ValueError, OverflowError):
            return None


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
    """The text of `markup`, which may be plain text, with blank lines between blocks."""
    markup = markup[:MAX_TEXT_CHARS]
    if not _MARKUP.search(markup):
        return markup.strip()
    if "<" not in markup:
        return entities.unescape(markup).strip()
    body = f"<div>{markup}</div>".encode(errors="ignore")
    try:
        root = html.document_fromstring(body, parser=html.HTMLParser(encoding="utf-8"))
    except etree.ParserError:  # only comments
        return ""
    tidy(root)
    blocks = "".join(_pieces(root)).split("\n\n")
    lines = (_SPACE.sub(" ", block).strip() for block in blocks)
    return with_plain_exponents("\n\n".join(line for line in lines if line))


def each_by_itself(
    read: Callable[[Any], T], raw: Iterable[Any], log: logging.Logger
) -> tuple[tuple[T, ...], int]:
    """The items of `raw` that can be read, and the number of those that can't."""
    found: list[T] = []
    failed = 0
    for one in raw:
        try:
            found.append(read(one))
        except Exception:  # undocumented failures on hostile input
            log.exception("an entry can't be read")
            failed += 1
    return tuple(found), failed


def fragment_of(link: str) -> str:
    """The fragment of a link, without characters that an address can't contain."""
    return quote(storable(link.partition("#")[2])[:_LONGEST_FRAGMENT], safe=_SAFE)


def storable(text: str) -> str:
    """`text` without characters that databases reject: NUL and lone surrogates."""
    return text.replace("\0", "").encode(errors="ignore").decode()


def line_of(markup: str) -> str:
    """The text of `markup` on one line, for titles."""
    return " ".join(fragment_text(markup).split())


def _pieces(root: etree._Element) -> Iterator[str]:
    """Text in order, with two line feeds between blocks; a loop, because of deep nesting."""
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


_NO_NUMBERS = (math.inf, -math.inf)
_NO_FEED = UserMessage("It's JSON, but not a JSON Feed.")


def looks_like_json(body: bytes) -> bool:
    """Whether these bytes look like a JSON object."""
    return body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_json_feed(body: bytes, url: str) -> Document:
    """The feed in `body`, which came from `url`.

    Raises:
        ExtractError: it isn't a JSON Feed.
    """
    try:
        feed = json_value(decode(body))
    except (ValueError, RecursionError) as error:
        raise ExtractError(_NO_FEED) from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version/" not in _json_text(feed, "version"):
        raise ExtractError(_NO_FEED)
    title = line_of(_json_text(feed, "title"))
    some = [item for item in items[:MAX_ENTRIES] if isinstance(item, dict)]
    language = _json_text(feed, "language") or None
    clock = FeedClock.of(
        read_moment(_json_text(one, name), language)
        for one in some
        for name in ("date_published", "date_modified")
    )

    def moment(written: str) -> datetime | None:
        return clock.instant(read_moment(written, language))

    entries, unreadable = each_by_itself(
        lambda one: _json_entry(one, url, title, moment), some, log
    )
    return Document(
        title=title,
        site_url=_json_address(_json_text(feed, "home_page_url"), url),
        language=language,
        entries=entries,
        assumed_zone=clock.assumed,
        unreadable=unreadable,
    )


def _json_entry(
    item: dict[str, Any],
    base: str,
    feed_title: str,
    moment: Callable[[str], datetime | None],
) -> FeedEntry:
    content = fragment_text(_json_text(item, "content_html")) or _json_text(item, "content_text")
    link = _json_text(item, "url") or _json_text(item, "external_url")
    guid = item.get("id")
    return FeedEntry(
        guid=storable(str(guid))[:MAX_GUID_CHARS]
        if isinstance(guid, str | int | float) and guid and guid not in _NO_NUMBERS
        else None,
        url=_json_address(link, base),
        fragment=fragment_of(link),
        title=" ".join(_json_text(item, "title").split()),
        text=content or _json_text(item, "summary"),
        whole=bool(content),
        author=_author(item),
        outlet=feed_title or None,
        published=moment(_json_text(item, "date_published")),
        updated=moment(_json_text(item, "date_modified")),
    )


def _json_text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return storable(value).strip() if isinstance(value, str) else ""


def _author(item: dict[str, Any]) -> str | None:
    """The author: `authors` in version 1.1, `author` in version 1."""
    listed = item.get("authors")
    authors = [*(listed if isinstance(listed, list) else ()), item.get("author")]
    names = [_json_text(one, "name") for one in authors if isinstance(one, dict)]
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _json_address(link: str, base: str) -> str | None:
    try:
        return canonical_url(urljoin(base, link)) if link else None
    except (SourceError, ValueError):
        return None


_DECLARED = re.compile(r"<!ENTITY\s+(%\s*)?[^\s>]+\s*(?:\"([^\"]*)\"|'([^']*)'|([^>]*))")
_MADE_OF_OTHERS = re.compile(r"&(?!#|(?:lt|gt|amp|quot|apos);)|%\w+;|&#(?:38|x26);")
# Old RSS 1.0 declares the entities of HTML this way.
_PUBLIC_LETTERS = re.compile(r"PUBLIC\s+[\"']-//W3C//ENTITIES ")
_WIDE = {
    codecs.BOM_UTF32_LE: "utf-32",  # before utf-16, whose mark it begins with
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
    b"<\0?\0": "utf-16-le",
    b"<\0!\0": "utf-16-le",
    b"\0<\0?": "utf-16-be",
    b"\0<\0!": "utf-16-be",
    b"<\0\0\0": "utf-32-le",
    b"\0\0\0<": "utf-32-be",
}


def refuse_entity_bombs(body: bytes) -> None:
    """Refuse documents that declare other entities than single characters.

    Raises:
        ExtractError: an entity contains others, is longer than a character, or is external.
    """
    markup = _as_text(body)
    for parameter, double, single, other in _DECLARED.findall(markup):
        value = double or single
        if _PUBLIC_LETTERS.match(other):  # never fetched
            continue
        if parameter or other.strip() or len(value) > MAX_ENTITY_CHARS:
            raise _refused()
        if _MADE_OF_OTHERS.search(value):
            raise _refused()


def _as_text(body: bytes) -> str:
    for mark, name in _WIDE.items():
        if body.startswith(mark):
            return body.decode(name, errors="replace")
    return body.decode("latin-1")


def _refused() -> ExtractError:
    return ExtractError(
        UserMessage(
            "It uses nested or external XML entities, a known kind of attack, so I didn't read it."
        )
    )
