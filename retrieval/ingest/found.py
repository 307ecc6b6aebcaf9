"""What was found in a stream of bytes: one article, or one a line, or a reason why none."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import plain_netloc
from retrieval.ingest.extract.kinds import Kind, kind_of
from retrieval.ingest.extract.text import clean_line
from retrieval.ingest.parsing import Task
from retrieval.models import Draft, Rejected
from retrieval.outlets import outlet_name, outlet_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.ingest.extract.draft import Origin
    from retrieval.ingest.reading import Reading

UNFORESEEN = "Reading it failed unexpectedly; the details are in the log."
REFUSED = "The archive's database rejected it; the log says why."
_HEAD = 4_096
_NOTHING = "I found no article text in it."
_SEVERAL = "This link leads to several articles; send them as a file."


@dataclass(frozen=True, slots=True)
class Found:
    """One item of a source: `source` names it; either `draft` or `rejection` is there.

    `claimed`: its address or its outlet are what the content itself says, and nobody has proven.
    """

    source: str
    draft: Draft | None
    rejection: Rejected | None
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A stream of bytes and what was said about it; `label` names it to a person."""

    label: str
    stream: BinaryIO
    name: str = ""
    content_type: str = ""
    charset: str | None = None


def rejected(source: str, reason: str) -> Found:
    """A Found without an article."""
    return Found(source, None, Rejected(reason))


def found_in(content: Content, origin: Origin, reading: Reading) -> Iterator[Found]:
    """The articles in `content`; raises nothing but what its stream raises."""
    head = content.stream.read(_HEAD)
    try:
        kind = kind_of(head, content.name, content.content_type)
        if kind is not Kind.JSONL:
            body = _whole(head, content.stream, reading.max_bytes)
            task = Task(kind, body, origin, content.name, content.charset, reading.max_bytes)
            yield from _parsed(content.label, task, reading)
            return
    except SourceError as error:
        yield rejected(content.label, str(error))
        return
    for number, line in enumerate(_lines(head, content.stream, reading.max_bytes), start=1):
        if line.strip():
            yield from _found_in_line(content.label, number, line, origin, reading)


def article_at(content: Content, origin: Origin, reading: Reading) -> Found:
    """The one article that was fetched from `origin.url`, under the address and outlet of its host.

    What a worker says is held against that again: hostile content may have taken it over.
    """
    found = list(islice(found_in(content, origin, reading), 2))
    if len(found) != 1:
        return rejected(content.label, _SEVERAL if found else _NOTHING)
    draft = found[0].draft
    if draft is None or origin.url is None:
        return replace(found[0], source=content.label)
    url = draft.url if draft.url and _is_beside(draft.url, origin.url) else origin.url
    outlet = outlet_name(outlet_of(draft.outlet, urlsplit(url).hostname or ""))
    return Found(content.label, replace(draft, url=url, outlet=outlet), None)


def _is_beside(url: str, fetched: str) -> bool:
    """Whether an address is of the very host that was fetched, "www." and "m." aside."""
    try:
        return plain_netloc(urlsplit(url).netloc) == plain_netloc(urlsplit(fetched).netloc)
    except ValueError:
        return False


def _parsed(label: str, task: Task, reading: Reading) -> Iterator[Found]:
    """What parsing finds, under the names of where it stands."""
    for item in reading.parse(task):
        source = f"{label}, {item.name}" if item.name else label
        if item.draft is not None:
            yield Found(source, item.draft, None, _claims(item.draft, task.origin))
        elif item.reason is not None:
            yield rejected(source, item.reason)


def _found_in_line(
    label: str, number: int, line: bytes, origin: Origin, reading: Reading
) -> Iterator[Found]:
    source = f"{label}, line {number}"
    if len(line) > reading.max_bytes:
        yield rejected(source, str(_too_large(reading.max_bytes)))
        return
    for item in reading.parse(Task(Kind.JSONL, line, origin, max_bytes=reading.max_bytes)):
        claimed = item.draft is not None and _claims(item.draft, origin)
        yield Found(source, item.draft, Rejected(item.reason) if item.reason else None, claimed)


def _claims(draft: Draft, origin: Origin) -> bool:
    """Whether the content named an address or an outlet, and not only where it came from."""
    plain = outlet_name(clean_line(origin.outlet))
    return draft.url != origin.url or draft.outlet != (plain or draft.outlet)


def _whole(head: bytes, stream: BinaryIO, max_bytes: int) -> bytes:
    """All of the stream, whose beginning is `head`."""
    body = head + stream.read(max_bytes + 1 - len(head))
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _lines(head: bytes, stream: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """The lines of the stream, whose beginning is `head`; one too long comes cut, but too long."""
    head += _line(stream, max_bytes) if not head.endswith(b"\n") else b""
    yield from head.splitlines()
    while line := _line(stream, max_bytes):
        yield line


def _line(stream: BinaryIO, max_bytes: int) -> bytes:
    """The next line; of one too long, its first part, the rest being skipped."""
    line = part = stream.readline(max_bytes + 1)
    while part and not part.endswith(b"\n"):
        part = stream.readline(max_bytes + 1)
    return line


def _too_large(max_bytes: int) -> ExtractError:
    return ExtractError(f"It is larger than {max_bytes / 1_000_000:g} MB.")


def stem_of(name: str) -> str:
    """What stands for the outlet of a file that names none: the file's name."""
    return PurePath(name).stem or name
