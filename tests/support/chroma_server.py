"""Chroma's own server, `chroma run`, on loopback."""

from __future__ import annotations

import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

_STARTS_WITHIN_S = 60.0


@contextmanager
def chroma_server(folder: Path, port: int | None = None) -> Iterator[str]:
    """The address of a server on the data in `folder`; skips the test if the program is missing."""
    program = shutil.which("chroma", path=str(Path(sys.executable).parent))
    if program is None:
        pytest.skip("no Chroma server can be started here: the command `chroma` is missing")
    number = port or free_port()
    log = folder.with_suffix(".log").open("wb")
    process = subprocess.Popen(  # noqa: S603  a program of our own environment
        [program, "run", "--path", str(folder), "--host", "127.0.0.1", "--port", str(number)],
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd=folder.parent,
    )
    url = f"http://127.0.0.1:{number}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    end = monotonic() + _STARTS_WITHIN_S
    while process.poll() is None and monotonic() < end:
        try:
            if httpx.get(f"{url}/api/v2/heartbeat").is_success:
                return
        except httpx.TransportError:
            sleep(0.05)
    pytest.fail(f"chroma run did not begin to serve (exit code {process.poll()})")
