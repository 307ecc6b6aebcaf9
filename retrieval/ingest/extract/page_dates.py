"""When an HTML page says it was published."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

from retrieval.errors import ExtractError
from retrieval.ingest.extract.dates import published_of
from retrieval.models import Precision

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from lxml.html import HtmlElement

    from retrieval.models import Published

_PROPERTIES = ("article:published_time", "og:article:published_time", "og:published_time")
_DATE_PUBLISHED = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){4,60}")')
_NEAR = timedelta(days=2)


def page_published(tree: HtmlElement, day: str | None, now: datetime) -> Published | None:
    """The publication date: what the page declares, else `day`, trafilatura's finding (ISO 8601).

    To the minute where a declaration has a time and a zone; one that is far from the first belongs
    to something else on the page.
    """
    first: Published | None = None
    for published in (_understood(value, now) for value in _declared(tree)):
        if published is None:
            continue
        first = first or published
        if published.precision is Precision.MINUTE and abs(published.at - first.at) <= _NEAR:
            return published
    return first or (_understood(day, now) if day else None)


def _declared(tree: HtmlElement) -> Iterator[str]:
    """What `<meta>`, JSON-LD and microdata call the date of publication."""
    for name in _PROPERTIES:
        for meta in tree.iterfind(f".//meta[@property='{name}']"):
            yield meta.get("content") or ""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        for match in _DATE_PUBLISHED.finditer(script.text or ""):
            yield _unquoted(match[1])
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield element.get("content") or element.get("datetime") or ""


def _unquoted(literal: str) -> str:
    """The text of a JSON string, or nothing if it is malformed."""
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""


def _understood(value: str, now: datetime) -> Published | None:
    """The date that `value` tells; a page may be wrong about it and still be read."""
    try:
        return published_of(value, now)
    except ExtractError:
        return None
