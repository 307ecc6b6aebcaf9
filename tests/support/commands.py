"""The command `sitrep` for tests: what it is given, what it says."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.settings import BotSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

_ROOT = Path(__file__).parents[2]


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """This process's, without what would be a setting of ours, and with these."""
    known = {name.upper() for name in BotSettings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    return {**kept, "COLUMNS": "100", **settings}


def run_sitrep(
    folder: Path, arguments: tuple[str, ...], settings: Mapping[str, str], stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """`sitrep ARGUMENTS` in a folder, in a process of its own."""
    with TemporaryDirectory() as name:
        streams = [Path(name) / one for one in ("in", "out", "error")]
        streams[0].write_text(stdin)
        for one in streams[1:]:
            one.touch()
        call = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": environment(settings),
            "streams": [str(one) for one in streams],
        }
        process = _warm()
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(call) + "\n")
        process.stdin.flush()
        code = int(process.stdout.readline())
        out, error = (one.read_text() for one in streams[1:])
    return subprocess.CompletedProcess(list(arguments), code, out, error)


@cache
def _warm() -> subprocess.Popen[str]:
    """The process of which the others are forks; it ends with its standard input, so with us."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.warm"],
        cwd=_ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(process.communicate)  # closes its input, and waits for it
    return process
