"""What an item is read from, and how links are found in messages. Pure."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from retrieval.errors import SourceError
from retrieval.ingest.canonical import canonical_url
from retrieval.sites import host_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_BARE = re.compile(r"[^\s/@.]+\.[^\s/@]+/\S+")
# What people put around links in a sentence; a bracket that belongs to the address stays.
_AROUND = ".,;:!?»”\"'›…>"


@dataclass(frozen=True, slots=True)
class Link:
    """An address on the web."""

    url: str

    @property
    def label(self) -> str:
        """The address."""
        return self.url

    @property
    def queue(self) -> str:
        """What is asked of one host goes in one queue."""
        return host_of(self.url)


@dataclass(frozen=True, slots=True)
class Post:
    """A message; those of one `album` are one post. `published` is ISO 8601 with its zone."""

    text: str
    outlet: str
    url: str | None
    published: str
    album: str | None = None

    @property
    def label(self) -> str:
        """Its address, or whose it is."""
        return self.url or f"the message of {self.outlet}"

    @property
    def queue(self) -> str:
        """One after the other, so that an edit comes after what it edits."""
        return "posts"

    @property
    def at(self) -> datetime:
        """When it was published."""
        return datetime.fromisoformat(self.published)


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that Telegram keeps."""

    file_id: str
    name: str

    @property
    def label(self) -> str:
        """Its name."""
        return self.name

    @property
    def queue(self) -> str:
        """One file at a time."""
        return "files"


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file on this machine, as it was at `changed_ns`."""

    path: str
    size: int
    changed_ns: int

    @property
    def label(self) -> str:
        """Its path."""
        return self.path

    @property
    def queue(self) -> str:
        """One file at a time."""
        return "files"


Source = Link | Post | Upload | LocalFile
_KINDS: dict[str, type[Source]] = {
    "link": Link,
    "post": Post,
    "upload": Upload,
    "file": LocalFile,
}


def to_json(source: Source) -> dict[str, Any]:
    """As it is kept."""
    kind = next(name for name, one in _KINDS.items() if isinstance(source, one))
    return {"kind": kind, **asdict(source)}


def from_json(kept: dict[str, Any]) -> Source:
    """Back from `to_json`."""
    fields = dict(kept)
    return _KINDS[fields.pop("kind")](**fields)


def folded(urls: Iterable[str]) -> list[str]:
    """Addresses in order, each once: those that only tell trackers something else are the same.

    What is no address stays as it is, so that the person is told why it is refused.
    """
    seen: dict[str, str] = {}
    for url in urls:
        try:
            key = canonical_url(url)
        except SourceError:
            key = url
        seen.setdefault(key, url)
    return list(seen.values())


def links_in(text: str, marked: Iterable[str] = ()) -> list[str]:
    """The links of a message, in order, each once; `marked` are those that Telegram found.

    Telegram also takes "Kursk.The" for an address; without a scheme, only what has a path counts.
    """
    written = [word for word in text.split() if _SCHEME.search(word)]
    found = [_stripped(word[_start(word) :]) for word in written]
    for one in marked:
        if _SCHEME.match(one):
            found.append(_stripped(one))
        elif _BARE.fullmatch(one):
            found.append(f"https://{_stripped(one)}")
    return folded(found)


def only_links(text: str) -> list[str]:
    """The links of a text that is nothing but links; none if it says anything else."""
    words = text.split()
    return folded(words) if words and all(_SCHEME.match(word) for word in words) else []


def is_question(text: str) -> bool:
    """Whether a message with links asks something about them."""
    words = " ".join(word for word in text.split() if not _SCHEME.search(word))
    return words.rstrip().endswith("?")


def _start(word: str) -> int:
    found = _SCHEME.search(word)
    return found.start() if found else 0


def _stripped(url: str) -> str:
    url = url.rstrip(_AROUND)
    for opening, closing in ("()", "[]"):
        spare, end = url.count(closing) - url.count(opening), len(url)
        while spare > 0 and end and url[end - 1] in f"{closing}{_AROUND}":
            spare -= url[end - 1] == closing
            end -= 1
        if spare != url.count(closing) - url.count(opening):
            url = url[:end].rstrip(_AROUND)
    return url
