"""Content becomes items, one after the other: what a worker does, or this process for itself."""

from __future__ import annotations

import io

# Imported for real, because pydantic reads the types of what goes to a worker from here.
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.extract.containers import Member, is_docx, members_of
from retrieval.ingest.extract.draft import Origin  # noqa: TC001
from retrieval.ingest.extract.kinds import Kind, kind_of
from retrieval.ingest.extract.readers import read_draft
from retrieval.ingest.extract.records import read_record
from retrieval.models import Draft  # noqa: TC001

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Task:
    """Content to be read: `body` is of `kind`, and was called `name`.

    `charset` is what HTTP said. Of a zip file, the first `skip` members are passed over. No member
    may have more than `max_bytes`, unpacked.
    """

    kind: Kind
    body: bytes
    origin: Origin
    name: str = ""
    charset: str | None = None
    max_bytes: int = 20_000_000
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Item:
    """What was found: an article, or the sentence that says why there is none.

    With neither, it only tells that a zip file's member `number` (from 1) is now being read.
    `name` is where it stands in the content, empty for the whole.
    """

    number: int
    name: str = ""
    draft: Draft | None = None
    reason: str | None = None


def parse(task: Task) -> Iterator[Item]:
    """The items in a task's content; raises nothing on purpose."""
    if task.kind is Kind.JSONL:
        yield from _lines(task)
    elif task.kind is Kind.ZIP and not is_docx(task.body):
        yield from _members(task)
    else:
        kind = Kind.DOCX if task.kind is Kind.ZIP else task.kind
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


def _member(task: Task, number: int, member: Member) -> Iterator[Item]:
    try:
        body = member.read()
        kind = kind_of(body, member.name)
        if kind is Kind.ZIP and not is_docx(body):
            raise ExtractError("I can't read a zip file inside a zip file; send it by itself.")
    except (SourceError, MemoryError) as error:
        yield Item(number, member.name, reason=why(error))
        return
    for item in parse(replace(task, kind=kind, body=body, name=member.name, skip=0)):
        name = ", ".join(part for part in (member.name, item.name) if part)
        yield replace(item, number=number, name=name)


def why(error: SourceError | MemoryError | RecursionError) -> str:
    """The sentence for a person."""
    if isinstance(error, MemoryError):
        return "Reading it needs more memory than one file may have; send its text, or a part."
    if isinstance(error, RecursionError):
        return "It is nested too deeply to be read; send its text instead."
    return str(error)
