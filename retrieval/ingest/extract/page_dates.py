"""When an HTML page says it was published."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.errors import ExtractError
from retrieval.ingest.extract.dates import published_at, published_of
from retrieval.ingest.extract.written_dates import read_moment
from retrieval.models import Precision

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from lxml.html import HtmlElement

    from retrieval.ingest.extract.written_dates import Moment
    from retrieval.models import Published

_PROPERTIES = ("article:published_time", "og:article:published_time", "og:published_time")
_DATE_PUBLISHED = re.compile(r'"datePublished"\s*:\s*("(?:[^"\\]|\\.){4,60}")')
_NEAR = timedelta(days=2)
_MINUTE = timedelta(minutes=1)
_ZONE = re.compile(r"\d\d:?\d\d(?::?\d\d(?:\.\d+)?)?\s?([+-])(\d\d):?(\d\d)$")
_IN_PATH = re.compile(r"/(20\d\d|19\d\d)[/-](\d\d?)[/-](\d\d?)(?=[/_-]|$)")
_FARTHEST = 14
_TOLERANCE = timedelta(days=1)
# Zones of no whole hours: Newfoundland, Iran, Afghanistan, India, Nepal, Myanmar, Adelaide.
_ODD_ZONES = frozenset({-210, -150, 210, 270, 330, 345, 390, 570, 630})
_CHANGED = re.compile(
    r"updat|modif|оновл|обновл|змін|измен|aktuali[sz]|mis à jour|aggiorn", re.IGNORECASE
)
# Elements that are named for a date, and what may stand before it in them.
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
    """The publication date that the page declares, on the day and in the zone in which it does.

    To the minute where a declaration has a time and a zone; one that is far from the first belongs
    to something else on the page.
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
    """The day that htmldate found in a page; none if the page has only its year or month.

    htmldate takes the first day of those, which nobody has said.
    """
    published = date_said(day or "", now)
    if published is None or published.at.day > 1:
        return published
    year, month = published.at.year, published.at.month
    said = _FIRST_DAY.format(year=year, month=month)
    return published if re.search(said, markup) else None


def date_on_page(tree: HtmlElement, now: datetime) -> Published | None:
    """The first date that stands by itself on the page, in an element that is named for it."""
    for moment in _written(tree):
        published = published_at(datetime.combine(moment.day, moment.at or time(), moment.zone))
        if published.at <= now + _TOLERANCE:
            offset = moment.zone.utcoffset(published.at) if moment.zone else None
            return _at_offset(published, round((offset or timedelta()) / _MINUTE))
    return None


def date_said(value: str, now: datetime) -> Published | None:
    """The date that `value` tells, in its zone; a page may be wrong about it and still be read."""
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
    """What `<meta>`, JSON-LD and microdata call the date of publication."""
    for name in _PROPERTIES:
        for meta in tree.iterfind(f".//meta[@property='{name}']"):
            yield meta.get("content") or ""
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        for match in _DATE_PUBLISHED.finditer(script.text or ""):
            yield _unquoted(match[1])
    for element in tree.iterfind(".//*[@itemprop='datePublished']"):
        yield element.get("content") or element.get("datetime") or ""


def _shown(tree: HtmlElement, now: datetime) -> list[Published]:
    """The moments that the page marks up as such."""
    times = (time.get("datetime") or "" for time in tree.iter("time"))
    return [one for one in (date_said(value, now) for value in times) if one]


def _written(tree: HtmlElement, *, first: bool = False) -> Iterator[Moment]:
    """The moments that the page writes out for its readers, where elements are named for them.

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
    """A date that is told in UTC, in the zone in which the page shows it.

    Another mark on the page may give the same moment in that zone, or the page write it out in
    local time. Else the day in the address tells, if it is the day before or after: it is then in
    a zone at least so far from UTC.
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
    """The day that an address has in its path."""
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
    """The text of a JSON string, or nothing if it is malformed."""
    try:
        return str(json.loads(literal))
    except ValueError:
        return ""
