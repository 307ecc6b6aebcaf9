"""What was found in a stream of bytes: one article, or one a line, or a reason why none."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

from retrieval.errors import ExtractError, SourceError
from retrieval.ingest.extract.kinds import Kind, kind_of
from retrieval.ingest.extract.readers import read_draft
from retrieval.ingest.extract.records import read_record
from retrieval.models import Draft, Rejected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.ingest.extract.draft import Origin

_HEAD = 4_096


@dataclass(frozen=True, slots=True)
class Found:
    """One item of a source: `source` names it; either `draft` or `rejection` is there."""

    source: str
    draft: Draft | None
    rejection: Rejected | None


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


def found_in(content: Content, origin: Origin, max_bytes: int) -> Iterator[Found]:
    """The articles in `content`; raises nothing but what its stream raises."""
    head = content.stream.read(_HEAD)
    try:
        kind = kind_of(head, content.name, content.content_type)
        if kind is not Kind.JSONL:
            body = _whole(head, content.stream, max_bytes)
            draft = read_draft(kind, body, origin, content.charset)
            yield Found(content.label, draft, None)
            return
    except SourceError as error:
        yield rejected(content.label, str(error))
        return
    for number, line in enumerate(_lines(head, content.stream, max_bytes), start=1):
        if line.strip():
            yield _found_in_line(content.label, number, line, origin, max_bytes)


def _found_in_line(label: str, number: int, line: bytes, origin: Origin, max_bytes: int) -> Found:
    source = f"{label}, line {number}"
    try:
        if len(line) > max_bytes:
            raise _too_large(max_bytes)
        return Found(source, read_record(line, origin), None)
    except SourceError as error:
        return rejected(source, str(error))


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


def outlet_of(name: str) -> str:
    """What stands for the outlet of a file that names none: the file's name."""
    return PurePath(name).stem or name
