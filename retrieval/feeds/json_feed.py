"""JSON Feed, versions 1 and 1.1 (https://www.jsonfeed.org/version/1.1/). Pure."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from retrieval.errors import ExtractError, SourceError
from retrieval.feeds.clock import Clock
from retrieval.feeds.fragments import each_by_itself, fragment_of, fragment_text, line_of, storable
from retrieval.feeds.limits import MAX_ENTRIES, MAX_GUID_CHARS
from retrieval.feeds.models import Document, Entry
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.encoding import decode, json_value
from retrieval.ingest.extract.written_dates import read_moment

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

log = logging.getLogger(__name__)

_NO_NUMBERS = (math.inf, -math.inf)
_NO_FEED = "It is JSON, but no JSON Feed."


def looks_like_json(body: bytes) -> bool:
    """Whether these bytes are a JSON object, if anything."""
    return body[:100].lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_json_feed(body: bytes, url: str) -> Document:
    """The feed in `body`, which came from `url`.

    Raises:
        ExtractError: it is none.
    """
    try:
        feed = json_value(decode(body))
    except (ValueError, RecursionError) as error:
        raise ExtractError(_NO_FEED) from error
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or "jsonfeed.org/version/" not in _text(feed, "version"):
        raise ExtractError(_NO_FEED)
    title = line_of(_text(feed, "title"))
    some = [item for item in items[:MAX_ENTRIES] if isinstance(item, dict)]
    language = _text(feed, "language") or None
    clock = Clock.of(
        read_moment(_text(one, name), language)
        for one in some
        for name in ("date_published", "date_modified")
    )

    def moment(written: str) -> datetime | None:
        return clock.instant(read_moment(written, language))

    entries, unreadable = each_by_itself(lambda one: _entry(one, url, title, moment), some, log)
    return Document(
        title=title,
        site_url=_address(_text(feed, "home_page_url"), url),
        language=language,
        entries=entries,
        assumed_zone=clock.assumed,
        unreadable=unreadable,
    )


def _entry(
    item: dict[str, Any],
    base: str,
    feed_title: str,
    moment: Callable[[str], datetime | None],
) -> Entry:
    content = fragment_text(_text(item, "content_html")) or _text(item, "content_text")
    link = _text(item, "url") or _text(item, "external_url")
    guid = item.get("id")
    return Entry(
        guid=storable(str(guid))[:MAX_GUID_CHARS]
        if isinstance(guid, str | int | float) and guid and guid not in _NO_NUMBERS
        else None,
        url=_address(link, base),
        fragment=fragment_of(link),
        title=" ".join(_text(item, "title").split()),
        text=content or _text(item, "summary"),
        whole=bool(content),
        author=_author(item),
        outlet=feed_title or None,
        published=moment(_text(item, "date_published")),
        updated=moment(_text(item, "date_modified")),
    )


def _text(holder: dict[str, Any], name: str) -> str:
    value = holder.get(name)
    return storable(value).strip() if isinstance(value, str) else ""


def _author(item: dict[str, Any]) -> str | None:
    """`authors` of 1.1, `author` of 1."""
    listed = item.get("authors")
    authors = [*(listed if isinstance(listed, list) else ()), item.get("author")]
    names = [_text(one, "name") for one in authors if isinstance(one, dict)]
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _address(link: str, base: str) -> str | None:
    try:
        return canonical_url(urljoin(base, link)) if link else None
    except (SourceError, ValueError):
        return None
