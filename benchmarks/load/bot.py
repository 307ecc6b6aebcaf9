"""Starts the bot of `program` and reads what it says of itself."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import BotSettings

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Mapping


class RunningProgram:
    """The bot as a process; `stall_ms` is the longest since `fresh`."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self.pid = process.pid
        self.stall_ms, self.gc_ms, self.where, self.cpu_s = 0.0, 0.0, "", 0.0

    def fresh(self) -> None:
        """Forget the stalls so far."""
        self.stall_ms, self.gc_ms, self.where = 0.0, 0.0, ""

    def memory_mb(self, kind: str = "VmRSS") -> float:
        """Resident memory (Linux); `RssAnon`: without pages of files."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            return 0.0
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields[kind].split()[0]) / 1024

    async def read(self) -> None:
        """Take in the program's lines until it ends."""
        if self._process.stdout is None:
            raise AssertionError
        async for line in self._process.stdout:
            said = json.loads(line)
            self.cpu_s = said["cpu_s"]
            self.gc_ms = max(self.gc_ms, said["gc_ms"])
            if said["stall_ms"] > self.stall_ms:
                self.stall_ms, self.where = said["stall_ms"], said["where"]


@asynccontextmanager
async def running_program(settings: Mapping[str, str]) -> AsyncIterator[RunningProgram]:
    """The bot with these settings and no others; stopped at the end as by a service manager."""
    known = {name.upper() for name in BotSettings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load.program"),
        env={**kept, "LOG_LEVEL": "ERROR", **settings},
        stdout=asyncio.subprocess.PIPE,
    )
    program = RunningProgram(process)
    reading = asyncio.create_task(program.read())
    if (owner := asyncio.current_task()) is None:
        raise AssertionError

    def reading_ended(_: object) -> None:
        owner.cancel("the bot ended")

    # A bot that fails answers nobody, who would wait for long.
    reading.add_done_callback(reading_ended)
    try:
        yield program
    finally:
        reading.remove_done_callback(reading_ended)
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), 60)
        except TimeoutError:
            process.kill()
            await process.wait()
        await reading
