"""Reads all kinds of sources into drafts, one by one.

A failure is a FoundSource with a rejection, and the run goes on. Blocking work is done in threads.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import urlsplit

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import article_url, canonical_url, plain_netloc, unwrapped
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import NO_ARTICLE_TEXT, Origin, clean_line, draft_of, read_plain
from retrieval.ingest.extract.kinds import SourceKind, kind_of
from retrieval.ingest.http import FetchConfig, fetch
from retrieval.ingest.parsing import Task
from retrieval.messages import UserMessage
from retrieval.models import ArticleDraft, Rejected
from retrieval.text.outlets import host_of, outlet_name, outlet_of
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_STDIN = "-"


async def read_source(source: str, reading: FetchConfig) -> AsyncIterator[FoundSource]:
    """The articles of a file, a folder, an address, or `-` for standard input.

    A folder is read recursively, sorted, without hidden files.
    """
    if _ADDRESS.match(source):
        found = read_link(source, reading)
    elif source == _STDIN:
        origin = Origin("standard input", reading.clock())
        content = Content("standard input", sys.stdin.buffer)
        found = _in_threads(found_in(content, origin, reading), reading)
    else:
        found = _in_threads(_found_in_path(Path(source), reading), reading)
    async for one in found:
        yield one


async def read_link(url: str, reading: FetchConfig) -> AsyncIterator[FoundSource]:
    """The article at an address, which must be http(s) and public; its outlet is of that host."""
    try:
        page = await fetch(unwrapped(canonical_url(url)), reading)
    except SourceError as error:
        yield rejected(url, error.message)
        return
    host, path = host_of(page.url_final), urlsplit(page.url_final).path
    origin = Origin(host, reading.clock(), url=article_url(page.url_final), fetched=True)
    content = Content(url, io.BytesIO(page.body), path, page.content_type, page.charset)
    article = (article_at(*given) for given in [(content, origin, reading)])  # lazily
    async for one in _in_threads(article, reading):
        yield one


async def read_upload(name: str, body: bytes, reading: FetchConfig) -> AsyncIterator[FoundSource]:
    """The articles in an uploaded file; `name` is only a hint at its kind."""
    origin = Origin(stem_of(name), reading.clock())
    content = Content(name, io.BytesIO(body), name)
    async for one in _in_threads(found_in(content, origin, reading), reading):
        yield one


async def read_text(
    text: str, reading: FetchConfig, *, outlet: str, url: str | None, published: datetime
) -> AsyncIterator[FoundSource]:
    """The text of a message as an article; `published` has a zone."""
    try:
        origin = Origin(
            outlet,
            reading.clock(),
            url=canonical_url(url) if url else None,
            published=published_at(published),
        )
        draft = await asyncio.to_thread(lambda: draft_of(read_plain(text), origin))
    except SourceError as error:
        yield rejected("the message", error.message)
        return
    yield FoundSource("the message", draft, None)


def files_in(path: Path) -> list[Path]:
    """The files in a folder, sorted, without hidden ones; `[path]` for a file.

    A folder that is empty or can't be listed is returned itself.
    """
    try:
        return list(_files(path)) or [path] if path.is_dir() else [path]
    except OSError:
        return [path]


def _found_in_path(path: Path, reading: FetchConfig) -> Iterator[FoundSource]:
    """The articles of a file or folder."""
    try:
        files = [path] if path.is_file() else list(_files(path)) if path.is_dir() else None
    except OSError as error:
        yield rejected(str(path), _why_unread(error))
        return
    if files is None:
        yield rejected(
            str(path), UserMessage("There is no file or folder named {path}.", path=str(path))
        )
        return
    for file in files:
        yield from _found_in_file(file, reading)


def _files(folder: Path) -> Iterator[Path]:
    """The files in `folder` and below that are not hidden, sorted by path."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where, name) for name in sorted(names) if not name.startswith("."))


def _found_in_file(path: Path, reading: FetchConfig) -> Iterator[FoundSource]:
    origin = Origin(stem_of(path.name), reading.clock())
    try:
        with path.open("rb") as stream:
            yield from found_in(Content(str(path), stream, path.name), origin, reading)
    except OSError as error:
        yield rejected(str(path), _why_unread(error))


def _why_unread(error: OSError) -> UserMessage:
    reason = (error.strerror or "unknown reason").lower()
    return UserMessage("I couldn't read it: {reason}.", reason=reason)


async def _in_threads(
    found: Iterator[FoundSource], reading: FetchConfig
) -> AsyncIterator[FoundSource]:
    """The items of `found`, each computed in a thread when there is a free place.

    The wait is here and not in the threads, since waiting threads could use up the thread pool.
    """
    async with reading.places:
        while True:
            with span("parse"):  # not around a `yield`: the caller would run in the span
                one = await asyncio.to_thread(next, found, None)
            if one is None:
                return
            yield one


UNFORESEEN = UserMessage("Reading it failed unexpectedly; the details are in the log.")
REFUSED = UserMessage("The archive's database rejected it; the details are in the log.")
_HEAD = 4_096
_SEVERAL = UserMessage("This link leads to several articles; send them as a file.")


@dataclass(frozen=True, slots=True)
class FoundSource:
    """One item of a source, named by `source`, with either a `draft` or a `rejection`.

    `claimed`: its address or outlet comes from the content itself and is unverified.
    """

    source: str
    draft: ArticleDraft | None
    rejection: Rejected | None
    claimed: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """A stream of bytes with its metadata; `label` is its name for people."""

    label: str
    stream: BinaryIO
    name: str = ""
    content_type: str = ""
    charset: str | None = None


def rejected(source: str, reason: UserMessage) -> FoundSource:
    """A FoundSource without an article."""
    return FoundSource(source, None, Rejected(reason))


def found_in(content: Content, origin: Origin, reading: FetchConfig) -> Iterator[FoundSource]:
    """The articles in `content`; raises only the errors of its stream."""
    head = content.stream.read(_HEAD)
    try:
        kind = kind_of(head, content.name, content.content_type)
        if kind is not SourceKind.JSONL:
            body = _whole(head, content.stream, reading.max_bytes)
            task = Task(kind, body, origin, content.name, content.charset, reading.max_bytes)
            yield from _parsed(content.label, task, reading)
            return
    except SourceError as error:
        yield rejected(content.label, error.message)
        return
    for number, line in enumerate(_lines(head, content.stream, reading.max_bytes), start=1):
        if line.strip():
            yield from _found_in_line(content.label, number, line, origin, reading)


def article_at(content: Content, origin: Origin, reading: FetchConfig) -> FoundSource:
    """The article fetched from `origin.url`; its address and outlet must belong to that host.

    The worker's result is checked again here, since hostile content may have taken it over.
    """
    found = list(islice(found_in(content, origin, reading), 2))
    if len(found) != 1:
        return rejected(content.label, _SEVERAL if found else NO_ARTICLE_TEXT)
    draft = found[0].draft
    if draft is None or origin.url is None:
        return replace(found[0], source=content.label)
    url = draft.url if draft.url and _is_beside(draft.url, origin.url) else origin.url
    outlet = outlet_name(outlet_of(draft.outlet, urlsplit(url).hostname or ""))
    return FoundSource(content.label, replace(draft, url=url, outlet=outlet), None)


def _is_beside(url: str, fetched: str) -> bool:
    """Whether an address is on the host that was fetched, ignoring "www." and "m."."""
    try:
        return plain_netloc(urlsplit(url).netloc) == plain_netloc(urlsplit(fetched).netloc)
    except ValueError:
        return False


def _parsed(label: str, task: Task, reading: FetchConfig) -> Iterator[FoundSource]:
    """The items that parsing finds, labelled with their positions."""
    for item in reading.parse(task):
        source = f"{label}, {item.name}" if item.name else label
        if item.draft is not None:
            yield FoundSource(source, item.draft, None, _claims(item.draft, task.origin))
        elif item.reason is not None:
            yield rejected(source, item.reason)


def _found_in_line(
    label: str, number: int, line: bytes, origin: Origin, reading: FetchConfig
) -> Iterator[FoundSource]:
    source = f"{label}, line {number}"
    if len(line) > reading.max_bytes:
        yield rejected(source, _too_large(reading.max_bytes).message)
        return
    for item in reading.parse(Task(SourceKind.JSONL, line, origin, max_bytes=reading.max_bytes)):
        claimed = item.draft is not None and _claims(item.draft, origin)
        yield FoundSource(
            source, item.draft, Rejected(item.reason) if item.reason else None, claimed
        )


def _claims(draft: ArticleDraft, origin: Origin) -> bool:
    """Whether the content claims an address or outlet other than its origin's."""
    plain = outlet_name(clean_line(origin.outlet))
    return draft.url != origin.url or draft.outlet != (plain or draft.outlet)


def _whole(head: bytes, stream: BinaryIO, max_bytes: int) -> bytes:
    """The whole stream; `head` is its beginning, already read."""
    body = head + stream.read(max_bytes + 1 - len(head))
    if len(body) > max_bytes:
        raise _too_large(max_bytes)
    return body


def _lines(head: bytes, stream: BinaryIO, max_bytes: int) -> Iterator[bytes]:
    """The lines of a stream that begins with `head`; an overlong one is cut, yet still too long."""
    head += _line(stream, max_bytes) if not head.endswith(b"\n") else b""
    yield from head.splitlines()
    while line := _line(stream, max_bytes):
        yield line


def _line(stream: BinaryIO, max_bytes: int) -> bytes:
    """The next line; an overlong one is cut and its rest skipped."""
    line = part = stream.readline(max_bytes + 1)
    while part and not part.endswith(b"\n"):
        part = stream.readline(max_bytes + 1)
    return line


def _too_large(max_bytes: int) -> ExtractError:
    return ExtractError(UserMessage("It's larger than {number} MB.", number=max_bytes / 1_000_000))


def stem_of(name: str) -> str:
    """The outlet of a file that names none: the file's name without its ending."""
    return PurePath(name).stem or name
