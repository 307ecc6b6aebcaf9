"""The protocol on a worker's pipes: frames of bytes, each preceded by its length.

JSON, never pickle: a worker taken over by a hostile file can send wrong data, but no code.
"""

from __future__ import annotations

import math
import os
import resource
import struct
import sys
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, BinaryIO, Generic, TypeVar

from pydantic import TypeAdapter

from retrieval.ingest.parsing import Item, Task

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import DataclassInstance


_LENGTH = struct.Struct(">Q")
MAX_ITEM_BYTES = 32_000_000
TaskT = TypeVar("TaskT", bound="DataclassInstance")
ItemT = TypeVar("ItemT")


class Wire(Generic[TaskT, ItemT]):
    """Sends tasks to a worker and items back; a task is a dataclass with a `body` of bytes."""

    def __init__(self, task: type[TaskT], item: type[ItemT]) -> None:
        self._task: TypeAdapter[TaskT] = TypeAdapter(task)
        self._item: TypeAdapter[ItemT | None] = TypeAdapter(item | None)  # type: ignore[arg-type]

    def send_task(self, stream: IO[bytes], task: TaskT) -> None:
        """Send a task: a frame with its fields, then one with its body."""
        changes: dict[str, Any] = {"body": b""}
        _send(stream, self._task.dump_json(replace(task, **changes)))
        _send(stream, task.body)  # type: ignore[attr-defined]
        stream.flush()

    def receive_task(self, stream: IO[bytes]) -> TaskT | None:
        """The next task; None at the end of the stream."""
        facts = _receive(stream)
        body = None if facts is None else _receive(stream)
        if facts is None or body is None:
            return None
        changes: dict[str, Any] = {"body": body}
        return replace(self._task.validate_json(facts), **changes)

    def send_item(self, stream: IO[bytes], item: ItemT | None) -> None:
        """Send an item, or None after the last."""
        _send(stream, self._item.dump_json(item))
        stream.flush()

    def receive_item(self, stream: IO[bytes]) -> ItemT | None:
        """The next item, or None after the last.

        Raises:
            EOFError: the stream ended, or the frame isn't an item.
        """
        said = _receive(stream, MAX_ITEM_BYTES)
        if said is None:
            raise EOFError
        try:
            return self._item.validate_json(said)
        except ValueError as error:
            raise EOFError from error


def _send(stream: IO[bytes], body: bytes) -> None:
    stream.write(_LENGTH.pack(len(body)))
    stream.write(body)


def _receive(stream: IO[bytes], limit: int | None = None) -> bytes | None:
    """The next frame; None if the stream ends first, or the frame is over the limit."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    if limit is not None and size > limit:
        return None
    body = stream.read(size)
    return body if len(body) == size else None


_MAX_FILES = 16
_GRACE_S = 2
_MAX_WRITTEN = 1_000_000  # for accidental writes; pipes don't count


def serve(work: Callable[[TaskT], Iterable[ItemT]], wire: Wire[TaskT, ItemT]) -> None:
    """Signal that the worker is ready, then work until standard input ends.

    The program's arguments are the memory in bytes and the seconds per item.
    """
    memory, seconds = int(sys.argv[1]), math.ceil(float(sys.argv[2]))
    tasks, items = sys.stdin.buffer, _only_output()
    limit(memory)
    wire.send_item(items, None)
    while (task := wire.receive_task(tasks)) is not None:
        limit_time(seconds)
        for item in work(task):
            wire.send_item(items, item)
            limit_time(seconds)
        wire.send_item(items, None)


def limit(memory: int) -> None:
    """Limit address space, open files and file size; disable core dumps."""
    for what, value in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_NOFILE, _MAX_FILES),
        (resource.RLIMIT_FSIZE, _MAX_WRITTEN),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (most, most))


def limit_time(seconds: int) -> None:
    """Limit the processor time of the next item, in case the parent can't kill this process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    soft = int(usage.ru_utime + usage.ru_stime) + seconds + _GRACE_S
    resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _only_output() -> BinaryIO:
    """Standard output; from now on a stray print can't write to it."""
    items = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return items


WIRE = Wire(Task, Item)
