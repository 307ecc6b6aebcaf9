"""Whatever a person may name as a source, read into drafts one after the other.

What fails is a Found with a rejection, and the run goes on. Blocking work is done in threads.
"""

from __future__ import annotations

import asyncio
import io
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from retrieval.errors import SourceError
from retrieval.ingest.canonical import article_url, canonical_url, unwrapped
from retrieval.ingest.extract.dates import published_at
from retrieval.ingest.extract.draft import Origin, draft_of
from retrieval.ingest.extract.plain import read_plain
from retrieval.ingest.fetch import fetch
from retrieval.ingest.found import Content, Found, article_at, found_in, rejected, stem_of
from retrieval.ingest.reading import Reading
from retrieval.sites import host_of
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from datetime import datetime

__all__ = ["Found", "Reading", "files_in", "read_link", "read_source", "read_text", "read_upload"]

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_STDIN = "-"


async def read_source(source: str, reading: Reading) -> AsyncIterator[Found]:
    """The articles of a file, a folder, an address, or `-` for standard input.

    A folder is read with all that is in it, sorted, without hidden files.
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


async def read_link(url: str, reading: Reading) -> AsyncIterator[Found]:
    """The one article at an address, which must be http(s) and public; it is of that host."""
    try:
        page = await fetch(unwrapped(canonical_url(url)), reading)
    except SourceError as error:
        yield rejected(url, str(error))
        return
    host, path = host_of(page.url_final), urlsplit(page.url_final).path
    origin = Origin(host, reading.clock(), url=article_url(page.url_final), fetched=True)
    content = Content(url, io.BytesIO(page.body), path, page.content_type, page.charset)
    article = (article_at(*given) for given in [(content, origin, reading)])  # when its turn comes
    async for one in _in_threads(article, reading):
        yield one


async def read_upload(name: str, body: bytes, reading: Reading) -> AsyncIterator[Found]:
    """The articles in a file as it was sent; `name` is a hint at most."""
    origin = Origin(stem_of(name), reading.clock())
    content = Content(name, io.BytesIO(body), name)
    async for one in _in_threads(found_in(content, origin, reading), reading):
        yield one


async def read_text(
    text: str, reading: Reading, *, outlet: str, url: str | None, published: datetime
) -> AsyncIterator[Found]:
    """The article that the text of a message is; `published` has a zone."""
    try:
        origin = Origin(
            outlet,
            reading.clock(),
            url=canonical_url(url) if url else None,
            published=published_at(published),
        )
        draft = await asyncio.to_thread(lambda: draft_of(read_plain(text), origin))
    except SourceError as error:
        yield rejected("the message", str(error))
        return
    yield Found("the message", draft, None)


def files_in(path: Path) -> list[Path]:
    """The files that a folder stands for, sorted, without hidden ones; `path` if it is none.

    A folder with nothing in it, or that can't be listed, stands for itself.
    """
    try:
        return list(_files(path)) or [path] if path.is_dir() else [path]
    except OSError:
        return [path]


def _found_in_path(path: Path, reading: Reading) -> Iterator[Found]:
    """The articles of a file or folder."""
    try:
        files = [path] if path.is_file() else list(_files(path)) if path.is_dir() else None
    except OSError as error:
        yield rejected(str(path), _why_unread(error))
        return
    if files is None:
        yield rejected(str(path), f"There is no file or folder named {path}.")
        return
    for file in files:
        yield from _found_in_file(file, reading)


def _files(folder: Path) -> Iterator[Path]:
    """The files in `folder` and below that are not hidden, sorted by path."""
    for where, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(where, name) for name in sorted(names) if not name.startswith("."))


def _found_in_file(path: Path, reading: Reading) -> Iterator[Found]:
    origin = Origin(stem_of(path.name), reading.clock())
    try:
        with path.open("rb") as stream:
            yield from found_in(Content(str(path), stream, path.name), origin, reading)
    except OSError as error:
        yield rejected(str(path), _why_unread(error))


def _why_unread(error: OSError) -> str:
    return f"It can't be read: {(error.strerror or 'unknown reason').lower()}."


async def _in_threads(found: Iterator[Found], reading: Reading) -> AsyncIterator[Found]:
    """`found`, each item of which is worked out in a thread, when there is a place for it.

    The place is waited for here: threads that wait could leave none to whom they wait for.
    """
    async with reading.places:
        while True:
            with span("parse"):  # around no `yield`, which would take it to whoever asks
                one = await asyncio.to_thread(next, found, None)
            if one is None:
                return
            yield one
