"""How sources are read: what a person may set, and the clock."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from retrieval.ingest.gate import Gate
from retrieval.ingest.parsing import Item, Task, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Reading:
    """Settings of reading.

    `timeout_s` is for one address with all its redirects. `max_bytes` is for one page, file,
    upload or JSONL line, after decompression. `allow_private` lets addresses lead into private
    networks: for tests and local use only. Whoever shares a Reading shares its `gate`.
    `parse` reads content: in this process, unless it is a pool's (`workers`); as much at once as
    there are `places`.
    """

    timeout_s: float = 30.0
    max_bytes: int = 20_000_000
    user_agent: str = "Sitrep"
    allow_private: bool = False
    clock: Callable[[], datetime] = utc_now
    gate: Gate = field(default_factory=Gate, compare=False)
    places: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2), compare=False)
    parse: Callable[[Task], Iterator[Item]] = parse
