"""The bot's side: `sitrep run` in a process of its own that watches its own event loop.

    python -m benchmarks.load.program     # settings come from the environment

Prints one JSON line a second: the longest stall of the event loop since the line before (ms), the
longest pause of the garbage collector (ms), the processor time used so far (s), and what the loop
was doing in the middle of that stall.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import threading
import time
import traceback

from bot.app import run_bot

BEAT_S = 0.005
# What is shorter is no stall worth a look at its stack.
WORTH_A_LOOK_S = 0.04
FRAMES = 6


class Watch:
    """Beats on the event loop; a thread looks at the loop's stack when a beat is overdue."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._longest = 0.0
        self._where = ""
        self._seen: tuple[float, str] = (0.0, "")
        self._loop_thread = threading.get_ident()
        self._collecting, self._pause = 0.0, 0.0

    async def beat(self) -> None:
        """Note how late each beat comes, for ever."""
        while True:
            self._last = time.perf_counter()
            await asyncio.sleep(BEAT_S)
            late = time.perf_counter() - self._last - BEAT_S
            if late > self._longest:
                self._longest = late
                self._where = self._seen[1] if self._seen[0] == self._last else ""

    async def report(self) -> None:
        """A line a second, for ever."""
        while True:
            await asyncio.sleep(1)
            used = resource.getrusage(resource.RUSAGE_SELF)
            line = {
                "stall_ms": self._longest * 1000,
                "cpu_s": used.ru_utime + used.ru_stime,
                "where": self._where,
                "gc_ms": self._pause * 1000,
            }
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
            self._longest, self._where, self._pause = 0.0, "", 0.0

    def collected(self, phase: str, _info: object) -> None:
        """For `gc.callbacks`: how long a collection holds everything up."""
        if phase == "start":
            self._collecting = time.perf_counter()
        else:
            self._pause = max(self._pause, time.perf_counter() - self._collecting)

    def look(self) -> None:
        """In a thread of its own, for ever: what an overdue beat waits for."""
        while True:
            time.sleep(BEAT_S)  # not on the loop, which is what it watches
            last = self._last
            if time.perf_counter() - last > WORTH_A_LOOK_S and self._seen[0] != last:
                frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001
                # without the lines of source, which `traceback` would keep in memory
                codes = [one.f_code for one, _ in traceback.walk_stack(frame)][:FRAMES]
                names = (f"{one.co_filename.rpartition('/')[2]}:{one.co_name}" for one in codes)
                self._seen = (last, " < ".join(names))


async def main() -> int:
    watch = Watch()
    gc.callbacks.append(watch.collected)
    threading.Thread(target=watch.look, daemon=True).start()
    async with asyncio.TaskGroup() as group:
        beside = [group.create_task(watch.beat()), group.create_task(watch.report())]
        try:
            return await run_bot()
        finally:
            for one in beside:
                one.cancel()


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
