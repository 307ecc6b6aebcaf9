"""Runs the command `sitrep` for tests."""

from __future__ import annotations

import asyncio
import atexit
import json
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from bot.settings import BotSettings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

_ROOT = Path(__file__).parents[2]
_NOWHERE = Path(os.devnull)


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without our settings, plus these."""
    known = {name.upper() for name in BotSettings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    return {**kept, "COLUMNS": "100", **settings}


def run_sitrep(
    folder: Path, arguments: tuple[str, ...], settings: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run `sitrep ARGUMENTS` in a folder, in a separate process."""
    with TemporaryDirectory() as name:
        streams = [Path(name) / one for one in ("in", "out", "error")]
        streams[0].write_text(stdin)
        program = Program(folder, arguments, settings, *streams)
        code = program.wait()
        out, error = (one.read_text() for one in streams[1:])
    return subprocess.CompletedProcess(list(arguments), code, out, error)


class Program:
    """`sitrep ARGUMENTS` in a folder, in a separate process that starts at once.

    The streams are files or named pipes, created if they don't exist. `spans` overrides constants
    of the program, `module:NAME`, with shorter times in seconds.
    """

    def __init__(
        self,
        folder: Path,
        arguments: Sequence[str],
        settings: Mapping[str, str],
        stdin: Path = _NOWHERE,
        stdout: Path = _NOWHERE,
        stderr: Path = _NOWHERE,
        *,
        spans: Mapping[str, float] | None = None,
    ) -> None:
        for one in (stdout, stderr):
            if not one.exists():
                one.touch()
        call = {
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": environment(settings),
            "streams": [str(one) for one in (stdin, stdout, stderr)],
            "spans": dict(spans or {}),
        }
        self.pid: int = _asked({"start": call})
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def poll(self) -> int | None:
        """The exit code; None while it runs."""
        if self.returncode is None:
            self.returncode = _asked({"poll": self.pid})
        return self.returncode

    def wait(self) -> int:
        """Wait for its end; returns its exit code."""
        if self.returncode is None:
            self.returncode = _asked({"wait": self.pid})
        assert self.returncode is not None
        return self.returncode

    async def ended(self) -> int:
        """The same without blocking the event loop."""
        while (code := self.poll()) is None:  # noqa: ASYNC110  its parent is another process
            await asyncio.sleep(0.02)
        return code


@asynccontextmanager
async def at_work(program: Program) -> AsyncIterator[Program]:
    """The program for the block; killed at the end if it is still running."""
    try:
        yield program
    finally:
        program.kill()
        await program.ended()


def _asked(call: Mapping[str, Any]) -> Any:
    process = _warm()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(call) + "\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


@cache
def _warm() -> subprocess.Popen[str]:
    """The process that forks the others; it ends with its standard input, and so with us."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.warm"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # closes its input, and waits for it
    return process
