"""What goes over a worker's pipes: frames of bytes, each behind its length.

JSON, never pickle: a worker that a hostile file has taken over can send wrong words, but no code.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

_LENGTH = struct.Struct(">Q")
MAX_ITEM_BYTES = 32_000_000
TaskT = TypeVar("TaskT", bound="DataclassInstance")
ItemT = TypeVar("ItemT")


class Wire(Generic[TaskT, ItemT]):
    """Tasks one way, items the other; a task is a dataclass with a `body` of bytes."""

    def __init__(self, task: type[TaskT], item: type[ItemT]) -> None:
        self._task: TypeAdapter[TaskT] = TypeAdapter(task)
        self._item: TypeAdapter[ItemT | None] = TypeAdapter(item | None)  # type: ignore[arg-type]

    def send_task(self, stream: IO[bytes], task: TaskT) -> None:
        """A task: its facts, then its body."""
        changes: dict[str, Any] = {"body": b""}
        _send(stream, self._task.dump_json(replace(task, **changes)))
        _send(stream, task.body)  # type: ignore[attr-defined]
        stream.flush()

    def receive_task(self, stream: IO[bytes]) -> TaskT | None:
        """The next task; None when there will be none."""
        facts = _receive(stream)
        body = None if facts is None else _receive(stream)
        if facts is None or body is None:
            return None
        changes: dict[str, Any] = {"body": body}
        return replace(self._task.validate_json(facts), **changes)

    def send_item(self, stream: IO[bytes], item: ItemT | None) -> None:
        """An item, or None behind the last."""
        _send(stream, self._item.dump_json(item))
        stream.flush()

    def receive_item(self, stream: IO[bytes]) -> ItemT | None:
        """The next item, or None behind the last.

        Raises:
            EOFError: the stream ended, or something else than an item came.
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
    """The next frame; None if the stream ends before it does, or it is over the limit."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (size,) = _LENGTH.unpack(head)
    if limit is not None and size > limit:
        return None
    body = stream.read(size)
    return body if len(body) == size else None
