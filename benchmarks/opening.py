"""A process that opens an archive and searches it: seconds and memory as one JSON line.

Run by `benchmarks.search_speed`, since memory can only be measured in a process of its own.
"""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import timedelta
from pathlib import Path
from time import perf_counter

_START = perf_counter()

import numpy as np  # noqa: E402  importing is part of what is measured

from benchmarks.speed_archive import opened  # noqa: E402
from benchmarks.synthetic import DIMENSION, FIRST_DAY, OUTLETS  # noqa: E402
from retrieval.index.chroma import Filter  # noqa: E402


async def main(folder: Path) -> None:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((50, DIMENSION)).astype(np.float32)
    month = Filter(FIRST_DAY + timedelta(days=100), FIRST_DAY + timedelta(days=130))
    measured = {"imports_s": perf_counter() - _START}
    async with opened(folder) as parts:
        measured["open_s"] = perf_counter() - _START
        measured["opened_mb"] = _resident_mb()
        await parts.archive.vectors.search(vectors[0].tolist(), 200)
        measured["first_search_s"] = perf_counter() - _START
        for vector in vectors:
            await parts.archive.vectors.search(vector.tolist(), 200)
        measured["searched_mb"] = _resident_mb()
        start = perf_counter()
        await parts.archive.vectors.search(vectors[0].tolist(), 200, month)
        measured["first_filtered_s"] = perf_counter() - start
        for vector in vectors:
            await parts.archive.vectors.search(vector.tolist(), 200, month)
        measured["month_mb"] = _resident_mb()
        measured["month_own_mb"] = _resident_mb("RssAnon")
        for outlet in OUTLETS:
            await parts.archive.vectors.search(vectors[0].tolist(), 200, Filter(outlets=(outlet,)))
        measured["outlets_mb"] = _resident_mb()
    print(json.dumps(measured))


def _resident_mb(kind: str = "VmRSS") -> float:
    """Linux only; 0 elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0.0
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    return int(fields[kind].split()[0]) / 1024


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
