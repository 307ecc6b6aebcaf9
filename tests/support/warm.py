"""`python -m tests.support.warm`: runs the command `sitrep` in forks of itself, with all imported.

Reads a line of JSON a call (arguments, folder, environment, files for the three streams) and
answers with a line that holds the exit code. Each call is a process of its own, as from a shell,
that has only not to import everything anew.
"""

from __future__ import annotations

import io
import json
import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

_HEAVY = ("alembic.command", "chromadb.config", "numpy", "retrieval.library", "tokenizers")


def main() -> None:
    """Import, then serve until standard input ends."""
    calls, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # nobody else writes there by a careless print
    commandline = import_module("bot.commandline")
    for name in _HEAVY:
        import_module(name)
    for module in iter_modules(commandline.__path__, "bot.commandline."):
        import_module(module.name)
    for line in calls:
        answers.write(f"{_run(json.loads(line))}\n")
        answers.flush()


def _run(call: dict[str, Any]) -> int:
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code = 70
    try:
        code = _sitrep(call)
    finally:
        os._exit(code)
    return code


def _sitrep(call: dict[str, Any]) -> int:
    from bot.cli import main as command  # noqa: PLC0415

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
