"""What makes an entry the entry that it was, whatever else changes. Pure.

Its GUID names it, unless two entries of one document share it; then its link does, unless that is
shared too. Whether a known entry comes under another GUID, its link tells: see `store`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.feeds.models import Keyed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.feeds.models import Entry


def keyed(entries: Sequence[Entry]) -> list[Keyed]:
    """The entries of one document, each once, with their keys.

    `url` of the result is None where several entries link to the same page: then it names none.
    """
    distinct = _without_repetitions(entries)
    guids = Counter(one.guid for one in distinct)
    urls = Counter(one.url for one in distinct)
    # One stamp on all of them is the hour at which the document was made.
    stamps = {one.updated for one in distinct}
    stamped = len(stamps) == len(distinct) or len(stamps) > 1
    found: dict[str, Keyed] = {}
    for one in distinct:
        own = one.url if urls[one.url] == 1 else None
        guid = one.guid if guids[one.guid] == 1 else None
        key = _digest(_name(one, guid, own))
        found.setdefault(key, Keyed(key, own, _fingerprint(one, stamped=stamped), one))
    return list(found.values())


def _without_repetitions(entries: Sequence[Entry]) -> list[Entry]:
    """The first of those that are the same in GUID and link, or in link and title."""
    seen: set[tuple[str, ...]] = set()
    distinct = []
    for one in entries:
        rest = "" if one.guid or one.url else one.text
        marks: set[tuple[str, ...]] = {("entry", one.guid or "", one.url or "", rest)}
        if one.url:
            marks.add(("page", one.url, _folded(one.title)))
        if not marks & seen:
            distinct.append(one)
        seen |= marks
    return distinct


def _name(one: Entry, guid: str | None, url: str | None) -> str:
    if guid:
        return f"guid {guid}"
    if url:
        return f"url {url}"
    if one.guid or one.url:  # shared: only together with the title
        return f"shared {one.guid} {one.url} {_folded(one.title)}"
    return f"text {_folded(one.text)}" if one.text else f"title {_folded(one.title)}"


def _fingerprint(one: Entry, *, stamped: bool) -> str:
    stamp = one.updated.isoformat() if stamped and one.updated else ""
    return _digest("\n".join((_folded(one.title), _folded(one.text), stamp)))


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def with_address(one: Entry, feed_url: str, key: str) -> Entry:
    """An entry without a page of its own, with an address that leads to its feed."""
    return replace(one, url=f"{feed_url}#entry-{key[:16]}")
