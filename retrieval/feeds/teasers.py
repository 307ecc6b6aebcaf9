"""Whether an entry is an article or only leads to one, and the draft that it makes. Pure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.feeds.limits import FEW_CHARS, FEW_SUMMARY_CHARS
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import Findings, Origin, draft_of
from retrieval.outlets import outlet_of

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.feeds.models import Entry
    from retrieval.models import Draft, Published

_TAIL = 120
_GOES_ON = re.compile(
    r"(?:\[?(?:…|\.\.\.)\]?|&hellip;|\[&#8230;\]"
    r"|(?:continue|keep) reading\b.{0,80}|read (?:more|on|the (?:full|rest)\b.{0,60})"
    r"|(?:full|more) (?:story|article)|читати далі|читать далее|детальніше|подробнее)"
    r"\s*[.…»>→]*\s*$",
    re.IGNORECASE | re.DOTALL,
)
_APPEARED_FIRST = re.compile(r"\n\nThe post .{1,300} appeared first on .{1,200}\.\s*$", re.DOTALL)
_TOLERANCE = timedelta(days=1)
_FIRST_YEAR = 1450


def is_teaser(entry: Entry) -> bool:
    """Whether there is more on the entry's page than in its feed, as far as can be told."""
    few = FEW_CHARS if entry.whole else FEW_SUMMARY_CHARS
    return len(own_text(entry)) < few or _goes_on(entry)


def is_part(entry: Entry) -> bool:
    """Whether it is known that there is more: a summary, or what says that it goes on."""
    return not entry.whole or _goes_on(entry)


def _goes_on(entry: Entry) -> bool:
    return _GOES_ON.search(own_text(entry)[-_TAIL:]) is not None


def own_text(entry: Entry) -> str:
    """What the entry says, without the line that blog software puts under it."""
    return _APPEARED_FIRST.sub("", entry.text)


def draft_of_entry(entry: Entry, feed_title: str, now: datetime) -> Draft:
    """The article that the entry is by itself, at an address of its feed's own site.

    The feed's name for itself counts as far as the host bears it out.

    Raises:
        ExtractError: it says too little.
    """
    outlet = outlet_of(entry.outlet or feed_title, urlsplit(entry.url or "").hostname or "")
    origin = Origin(outlet, now, entry.url, published(entry, now), fetched=True)
    return draft_of(Findings(own_text(entry), entry.title, author=entry.author), origin)


def with_entry(draft: Draft, entry: Entry, now: datetime) -> Draft:
    """The draft of the entry's page, with what only the feed says of it."""
    return replace(
        draft,
        published=draft.published or published(entry, now),
        author=draft.author or entry.author,
    )


def published(entry: Entry, now: datetime) -> Published | None:
    """When the entry was published; a date in the future is none."""
    moment = entry.published or entry.updated
    if moment is None or moment > now + _TOLERANCE or moment.year < _FIRST_YEAR:
        return None
    return published_at(moment)
