"""What goes over a worker's pipes: frames of bytes, each behind its length.

JSON, never pickle: a worker that a hostile file has taken over can send wrong words, but no code.
"""

from __future__ import annotations

import struct
from dataclasses import replace
from typing import IO

from pydantic import TypeAdapter

from retrieval.ingest.parsing import Item, Task

_LENGTH = struct.Struct(">Q")
MAX_ITEM_BYTES = 32_000_000
_TASK = TypeAdapter(Task)
_ITEM = TypeAdapter(Item | None)


def send_task(stream: IO[bytes], task: Task) -> None:
    """A task: its facts, then its body."""
    _send(stream, _TASK.dump_json(replace(task, body=b"")))
    _send(stream, task.body)
    stream.flush()


def receive_task(stream: IO[bytes]) -> Task | None:
    """The next task; None when there will be none."""
    facts = _receive(stream)
    body = None if facts is None else _receive(stream)
    if facts is None or body is None:
        return None
    return replace(_TASK.validate_json(facts), body=body)


def send_item(stream: IO[bytes], item: Item | None) -> None:
    """An item, or None behind the last."""
    _send(stream, _ITEM.dump_json(item))
    stream.flush()


def receive_item(stream: IO[bytes]) -> Item | None:
    """The next item, or None behind the last.

    Raises:
        EOFError: the stream ended, or something else than an item came.
    """
    said = _receive(stream, MAX_ITEM_BYTES)
    if said is None:
        raise EOFError
    try:
        return _ITEM.validate_json(said)
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
