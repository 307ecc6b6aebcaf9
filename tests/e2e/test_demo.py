"""`sitrep demo` as a newcomer runs it: in a pipe, and in a terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from bot.settings import BotSettings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    known = {name.upper() for name in BotSettings.model_fields} | {"CI"}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    data = tmp_path_factory.mktemp("demo")
    return {**kept, "DATA_DIR": str(data), "COLUMNS": "100", "TERM": "xterm"}


def test_without_a_terminal_it_prints_a_cited_exchange_and_a_refusal(
    environment: dict[str, str],
) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "bot", "demo"],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "I found no answer to that." in ran.stdout
    assert "Checked: both answers cite stored sentences; the third question was" in ran.stdout
    assert ran.stderr == ""


_STYLE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A person at a terminal."""

    def __init__(self, master: int) -> None:
        self._master = master
        self.seen = ""

    def type(self, line: str) -> None:
        self.seen = ""
        os.write(self._master, f"{line}\n".encode())

    def wait_for(self, text: str, seconds: float = 60) -> None:
        until = time.monotonic() + seconds
        while text not in re.sub(r"\s+", " ", _STYLE.sub("", self.seen)):
            left = until - time.monotonic()
            ready, _, _ = select.select([self._master], [], [], max(left, 0))
            assert ready, f"no {text!r} in {self.seen[-2000:]!r}"
            self.seen += os.read(self._master, 65536).decode(errors="replace")


@pytest.fixture
def terminal(environment: dict[str, str]) -> Iterator[Terminal]:
    master, slave = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "bot", "demo"],
        env=environment,
        stdin=slave,
        stdout=slave,
        stderr=slave,
    ) as process:
        os.close(slave)
        try:
            yield Terminal(master)
            assert process.wait(20) == 0
        finally:
            process.kill()
            os.close(master)


def test_in_a_terminal_it_is_a_conversation(terminal: Terminal, tmp_path: Path) -> None:
    terminal.wait_for("this is Sitrep.")
    terminal.wait_for("You: ")
    terminal.type("Who holds Sudzha?")
    terminal.wait_for("Sudzha is still in Ukrainian hands.")
    terminal.wait_for("[1] Sources")
    terminal.type("1")
    terminal.wait_for("‹ Close")
    terminal.wait_for("You: ")
    terminal.type("1")
    terminal.wait_for("The source said that Kyiv would hold the ground")
    terminal.wait_for("You: ")
    terminal.type("99")
    terminal.wait_for("There is no such button.")
    story = tmp_path / "story.txt"
    story.write_text(
        "Ferry resumes\n\nThe ferry at Testovo sails again since Friday, its owner said."
    )
    terminal.type(f"/file {story}")
    terminal.wait_for("Added: story")
    terminal.wait_for("You: ")
    terminal.type("/file")
    terminal.wait_for("Which file?")
    terminal.type("Does the ferry at Testovo sail?")
    terminal.wait_for("sails again since Friday")
    terminal.wait_for("You: ")
    terminal.type("/quit")
