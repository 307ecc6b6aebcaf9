"""Parses content into items, one by one, in a worker or in this process."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.canonical import canonical_url
from retrieval.ingest.extract.containers import ContainerMember, is_docx, members_of
from retrieval.ingest.extract.dates import published_of
from retrieval.ingest.extract.draft import (
    EMPTY_TITLE,
    Findings,
    Origin,
    draft_of,
    read_plain,
)
from retrieval.ingest.extract.kinds import SourceKind, decode, json_value, kind_of
from retrieval.messages import UserMessage
from retrieval.models import ArticleDraft  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Task:
    """Content to be read: `body` is of `kind`; `name` is its file name.

    `charset` is from HTTP. The first `skip` members of a zip file are skipped. `max_bytes` limits
    each member, unpacked.
    """

    kind: SourceKind
    body: bytes
    origin: Origin
    name: str = ""
    charset: str | None = None
    max_bytes: int = 20_000_000
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """An article, or a sentence that says why there is none.

    With neither, it announces that member `number` (from 1) of a zip file is being read. `name` is
    the position in the content, empty for the whole.
    """

    number: int
    name: str = ""
    draft: ArticleDraft | None = None
    reason: UserMessage | None = None


def parse(task: Task) -> Iterator[Item]:
    """The items in a task's content; failures are items, too."""
    if task.kind is SourceKind.JSONL:
        yield from _lines(task)
    elif task.kind is SourceKind.ZIP and not is_docx(task.body):
        yield from _members(task)
    else:
        kind = SourceKind.DOCX if task.kind is SourceKind.ZIP else task.kind
        yield _item(replace(task, kind=kind))


def _item(task: Task) -> Item:
    try:
        return Item(1, draft=read_draft(task.kind, task.body, task.origin, task.charset))
    except (SourceError, MemoryError, RecursionError) as error:
        return Item(1, reason=why(error))


def _lines(task: Task) -> Iterator[Item]:
    for number, line in enumerate(io.BytesIO(task.body), start=1):
        if not line.strip():
            continue
        name = f"line {number}"
        try:
            yield Item(number, name, draft=read_record(line, task.origin))
        except (SourceError, MemoryError, RecursionError) as error:
            yield Item(number, name, reason=why(error))


def _members(task: Task) -> Iterator[Item]:
    """The items of every member of a zip file, each announced before it is read."""
    try:
        for number, member in enumerate(members_of(task.body, task.max_bytes), start=1):
            if number > task.skip:
                yield Item(number, member.name)
                yield from _member(task, number, member)
    except (SourceError, MemoryError) as error:
        yield Item(0, reason=why(error))


def _member(task: Task, number: int, member: ContainerMember) -> Iterator[Item]:
    try:
        body = member.read()
        kind = kind_of(body, member.name)
        if kind is SourceKind.ZIP and not is_docx(body):
            raise ExtractError(
                UserMessage("I can't read a zip file inside a zip file; send it by itself.")
            )
    except (SourceError, MemoryError) as error:
        yield Item(number, member.name, reason=why(error))
        return
    for item in parse(replace(task, kind=kind, body=body, name=member.name, skip=0)):
        name = ", ".join(part for part in (member.name, item.name) if part)
        yield replace(item, number=number, name=name)


def why(error: SourceError | MemoryError | RecursionError) -> UserMessage:
    """The message about an error."""
    if isinstance(error, MemoryError):
        return UserMessage("It takes too much memory to read; send its text or only a part of it.")
    if isinstance(error, RecursionError):
        return UserMessage("It's nested too deeply for me to read; send its text instead.")
    return error.message


def read_draft(
    kind: SourceKind, body: bytes, origin: Origin, charset: str | None = None
) -> ArticleDraft:
    """The article in `body`, which is of `kind`, but neither JSONL nor a zip file.

    `charset` is from HTTP. May take seconds of processor time.

    Raises:
        SourceError: there is no readable article in it.
    """
    return draft_of(_findings(kind, body, origin, charset), origin)


def _findings(kind: SourceKind, body: bytes, origin: Origin, charset: str | None) -> Findings:
    if kind is SourceKind.HTML:
        from retrieval.ingest.extract.page import read_page  # noqa: PLC0415  heavy

        return read_page(body, charset, origin.url, origin.now)
    if kind is SourceKind.PDF:
        from retrieval.ingest.extract.pdf import read_pdf  # noqa: PLC0415  heavy

        return read_pdf(body, origin.now)
    if kind is SourceKind.DOCX:
        from retrieval.ingest.extract.docx import read_docx  # noqa: PLC0415  heavy

        return read_docx(body, origin.now)
    text = decode(body, charset)
    if kind is SourceKind.MARKDOWN:
        from retrieval.ingest.extract.markdown import read_markdown  # noqa: PLC0415  heavy

        return read_markdown(text, origin.now, believed=not origin.fetched)
    return read_plain(text)


def load_readers() -> None:
    """Import all readers; a worker does this before its memory is limited."""
    for name in ("docx", "markdown", "page", "pdf"):
        import_module(f"retrieval.ingest.extract.{name}")


class _Record(BaseModel):
    """A JSONL line; `published_at` is ISO 8601. Other fields are ignored."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    title: str | None = None
    text: str | None = None
    html: str | None = None
    url: str | None = None
    source: str | None = None
    author: str | None = None
    published_at: str | None = None
    language: str | None = None


def read_record(line: bytes, origin: Origin) -> ArticleDraft:
    """The draft in one JSONL line; a fetched one can't set its own address or outlet.

    Raises:
        SourceError: it isn't a JSON object, has no text, or has an invalid field.
    """
    record = _record(line)
    if origin.fetched:
        record = record.model_copy(update={"url": None, "source": None})
    found = _record_findings(record, origin)
    return draft_of(found, origin)


def _record(line: bytes) -> _Record:
    try:
        value = json_value(decode(line))
    except (ValueError, RecursionError) as error:
        raise ExtractError(UserMessage("It isn't valid JSON.")) from error
    if not isinstance(value, dict):
        raise ExtractError(UserMessage("It isn't a JSON object."))
    try:
        return _Record.model_validate(value)
    except ValidationError as error:
        fields = ", ".join(str(problem["loc"][0]) for problem in error.errors())
        raise ExtractError(
            UserMessage("These fields should be text but aren't: {fields}.", fields=fields)
        ) from error


def _record_findings(record: _Record, origin: Origin) -> Findings:
    """The record's fields; if it has no text, the rest comes from its HTML."""
    url = canonical_url(record.url) if record.url else None
    page = Findings(text=record.text or "")
    if not page.text.strip():
        if not record.html:
            raise ExtractError(UserMessage("It has neither “text” nor “html”."))
        from retrieval.ingest.extract.page import read_markup  # noqa: PLC0415  heavy

        page = read_markup(record.html, url or origin.url, origin.now)
    if record.title is not None and not record.title.strip():
        raise ExtractError(EMPTY_TITLE)
    date = record.published_at
    return Findings(
        text=page.text,
        title=record.title or page.title,
        outlet=record.source or page.outlet or _host(url),
        url=url or page.url,
        author=record.author or page.author,
        published=published_of(date, origin.now) if date else page.published,
        language=record.language or page.language,
        partial=page.partial,
    )


def _host(url: str | None) -> str | None:
    return (urlsplit(url).hostname or "").removeprefix("www.") if url else None
