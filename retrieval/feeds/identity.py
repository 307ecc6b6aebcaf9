"""What makes an entry the entry that it was, whatever else changes. Pure.

Its GUID names it, unless two entries of one document share it; else its link with its fragment,
unless that is shared too; else its title and date. Under another GUID at a known link it is the
known entry if it says nearly the same (`is_another`): see `entry_store`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.feeds.models import Keyed
from retrieval.near_copies import word_runs
from retrieval.sites import same_site, twins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.feeds.models import Entry

# A GUID that so many entries have, and no other, is no name.
_SEVERAL = 3
# Of the runs of three words, so many are left in a text that was revised.
_REVISED = 0.3
_FEWEST_RUNS = 4
_NEVER = datetime.min.replace(tzinfo=UTC)


def keyed(entries: Sequence[Entry]) -> list[Keyed]:
    """The entries of one document, each once, with their keys.

    `url` of the result is None where several entries link to the same page, or to the front page:
    then it names none, and each entry has its place there for its address.
    """
    distinct = _without_repetitions(entries)
    guids = Counter(one.guid for one in distinct)
    urls = Counter(_page(one) for one in distinct)
    places = Counter((_page(one), one.fragment) for one in distinct)
    # One stamp on all of them is the hour at which the document was made.
    stamps = {one.updated for one in distinct}
    stamped = len(stamps) == len(distinct) or len(stamps) > 1
    found: dict[str, Keyed] = {}
    for one in distinct:
        alone = urls[_page(one)] == 1 and not _is_front_page(one)
        placed = bool(one.fragment) and places[_page(one), one.fragment] == 1
        own = one.url if alone else None
        guid = one.guid if guids[one.guid] == 1 else None
        place = f"{one.url}#{one.fragment}" if placed and not alone else own
        key = _digest(_name(one, guid, place))
        entry = one if own or one.url is None else _at_place(one, key, placed=placed)
        print_ = _fingerprint(one, stamped=stamped)
        found.setdefault(key, Keyed(key, own, print_, entry))
    return list(found.values())


def _page(one: Entry) -> str | None:
    """The page that an entry leads to, the same for all its addresses."""
    return min(twins(one.url)) if one.url else None


def _is_front_page(one: Entry) -> bool:
    """Whether the link leads to the front page of a site, which no article has for itself."""
    parts = urlsplit(one.url or "")
    return parts.path in {"", "/"} and not parts.query and one.url is not None


def _at_place(one: Entry, key: str, *, placed: bool) -> Entry:
    """An entry that shares its page with others, at its place there, if that is its feed's site.

    What another site says on a page is read there, and is one article.
    """
    if not same_site(one.url, one.came_from or one.url):
        return one
    return replace(one, url=f"{one.url}#{one.fragment if placed else f'entry-{key[:16]}'}")


def _without_repetitions(entries: Sequence[Entry]) -> list[Entry]:
    """Each once of those that are the same in GUID and link, or in link, title and text.

    Of several the newest; where no date tells, the first.
    """
    constant = len(entries) >= _SEVERAL and len({one.guid for one in entries}) == 1
    at: dict[tuple[str, ...], int] = {}
    distinct: list[Entry] = []
    for one in entries:
        rest = "" if one.guid or one.url else one.text
        marks: list[tuple[str, ...]] = [("entry", one.guid or "", _place(one), rest)]
        if constant or not one.guid:
            marks[0] += (_folded(one.title), str(one.published))
        if one.url:
            marks.append(("page", _place(one), _folded(one.title), _folded(one.text)))
        known = next((at[mark] for mark in marks if mark in at), None)
        if known is None:
            known = len(distinct)
            distinct.append(one)
        elif when(one) > when(distinct[known]):
            distinct[known] = one
        at.update(dict.fromkeys(marks, known))
    return distinct


def is_another(one: Entry, title: str, text: str) -> bool:
    """Whether an entry with a GUID of its own is not what its link led to before.

    It is if it has another title and another text; where one of them says too little to be
    compared, the link decides.
    """
    mine, theirs = word_runs(one.text), word_runs(text)
    fewest = min(len(mine), len(theirs))
    if not one.guid or fewest < _FEWEST_RUNS or _folded(one.title) == _folded(title):
        return False
    return len(mine & theirs) < _REVISED * fewest


def at_own_place(one: Keyed) -> Keyed:
    """An entry whose page was another's before, at a place of its own there."""
    entry = _at_place(one.entry, one.key, placed=bool(one.entry.fragment))
    if entry.url == one.entry.url:
        return one
    return replace(one, url=None, entry=replace(entry, page=one.entry.url))


def _place(one: Entry) -> str:
    return f"{one.url}#{one.fragment}" if one.url else ""


def when(one: Entry) -> datetime:
    """When an entry was last changed, as far as it says."""
    return max(one.updated or _NEVER, one.published or _NEVER)


def _name(one: Entry, guid: str | None, url: str | None) -> str:
    if guid:
        return f"guid {guid}"
    if url:
        return f"url {url}"
    title = _folded(one.title)
    dated = f" {one.published.isoformat()}" if one.published else ""
    if one.guid or one.url:  # shared: only together with title and date
        return f"shared {one.guid} {one.url} {title}{dated}"
    if title and dated:
        return f"title {title}{dated}"
    return f"text {_folded(one.text)}" if one.text else f"title {title}"


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
