"""What a stretch of work costs: time, processor, memory, the longest stall of the event loop."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

_SAMPLE_S = 0.002


@dataclass
class Measured:
    """One phase: seconds by the wall and of the processor, stalls in seconds, memory in MB."""

    what: str
    wall_s: float = 0.0
    cpu_s: float = 0.0
    stall_s: float = 0.0
    stalls: int = 0
    before_mb: float = 0.0
    peak_mb: float = 0.0
    note: str = ""

    def row(self) -> str:
        """As a line of the table."""
        return (
            f"| {self.what} | {self.wall_s:.1f} | {self.cpu_s:.1f} | {self.stall_s * 1000:.0f} | "
            f"{self.stalls} | {self.before_mb:.0f} | {self.peak_mb:.0f} | {self.note} |"
        )


def _memory(name: str) -> float:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1000
    return 0.0


def _forget_peak() -> None:
    """Let the peak begin here (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


@asynccontextmanager
async def measured(what: str) -> AsyncIterator[Measured]:
    """Time, memory, and the longest that a task waited beyond what it had asked for."""
    one = Measured(what, before_mb=_memory("VmRSS"))
    _forget_peak()

    async def watch() -> None:
        while True:
            before = perf_counter()
            await asyncio.sleep(_SAMPLE_S)
            late = perf_counter() - before - _SAMPLE_S
            one.stall_s = max(one.stall_s, late)
            one.stalls += late > 0.1  # what a person may notice

    watching = asyncio.create_task(watch())
    wall, cpu = perf_counter(), process_time()
    try:
        yield one
    finally:
        one.wall_s, one.cpu_s = perf_counter() - wall, process_time() - cpu
        one.peak_mb = _memory("VmHWM")
        watching.cancel()
        print(one.row(), flush=True)
