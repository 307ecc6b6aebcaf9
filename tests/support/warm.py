"""`python -m tests.support.warm`: runs the command `sitrep` in forks that have imported everything.

Each call is a line of JSON, answered with a line. `{"start": ...}` (arguments, folder, environment,
files for the three streams) returns the number of the process; `{"wait": number}` returns its exit
code, `{"poll": number}` likewise, or `null` while it runs. Each is a separate process, as from a
shell, except that it needn't import everything again.
"""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import ssl
import sys
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TextIO

import certifi
import pytest

from retrieval.index.chroma import connected
from retrieval.storage.database import open_database
from tests.support.certificates import reading_certificates_once
from tests.support.model import local_model, sharing_model
from tests.support.schema import quicken

if TYPE_CHECKING:
    from collections.abc import Callable

_HEAVY = ("alembic.command", "chromadb.config", "numpy", "retrieval.library", "tokenizers")


def main() -> None:
    """Import, then serve until standard input ends."""
    calls, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # so that a stray print can't write there
    commandline = import_module("bot.cli")
    for name in _HEAVY:
        import_module(name)
    for module in iter_modules(commandline.__path__, "bot.cli."):
        import_module(module.name)
    with TemporaryDirectory() as made, pytest.MonkeyPatch.context() as patched:
        quicken(patched, Path(made))
        reading_certificates_once(patched)
        ssl.create_default_context(cafile=certifi.where())
        sharing_model(patched)
        local_model()
        # In a fork, too: forks would lack Chroma's threads if their parent started them.
        _in_fork(lambda: asyncio.run(_make(Path(made))))
        _serve(calls, answers)


async def _make(folder: Path) -> None:
    """Make the templates that the forks copy, before the first needs them."""
    await (await open_database(f"sqlite+aiosqlite:///{folder / 'first.db'}")).close()
    with connected("", folder / "first"):
        pass


def _serve(calls: TextIO, answers: TextIO) -> None:
    running = set[int]()
    for line in calls:
        answers.write(f"{json.dumps(_answer(json.loads(line), running))}\n")
        answers.flush()
    for child in running:
        os.kill(child, signal.SIGKILL)


def _answer(call: dict[str, Any], running: set[int]) -> int | None:
    if "start" in call:
        child = _started(call["start"])
        running.add(child)
        return child
    [(kind, number)] = call.items()
    ended, status = os.waitpid(number, os.WNOHANG if kind == "poll" else 0)
    if not ended:
        return None
    running.discard(number)
    return os.waitstatus_to_exitcode(status)


def _started(call: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return child
    code = 70
    try:
        code = _sitrep(call)
    finally:
        os._exit(code)


def _in_fork(work: Callable[[], None]) -> None:
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert status == 0
        return
    code = 70
    try:
        work()
        code = 0
    finally:
        os._exit(code)


def _sitrep(call: dict[str, Any]) -> int:
    from bot.cli.commands import main as command  # noqa: PLC0415

    for where, seconds in call["spans"].items():
        module, _, name = where.partition(":")
        setattr(import_module(module), name, timedelta(seconds=seconds))
    os.chdir(call["folder"])
    os.environ.clear()
    os.environ.update(call["environment"])
    modes = (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)
    for number, (path, mode) in enumerate(zip(call["streams"], modes, strict=True)):
        os.dup2(os.open(path, mode), number)
    letters = os.environ.get("PYTHONIOENCODING", "utf-8")
    sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(1, "w", closefd=False)), encoding=letters
    )
    sys.stderr = io.TextIOWrapper(
        io.BufferedWriter(io.FileIO(2, "w", closefd=False)), encoding=letters, line_buffering=True
    )
    sys.argv = ["sitrep", *call["arguments"]]
    try:
        command()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    main()
