"""`sitrep --help` and every command's own start: nothing heavy before it is needed."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from benchmarks.load.importing import HEAVY

READERS = {"docx", "pypdfium2", "trafilatura"}


def imported_by(module: str) -> set[str]:
    code = f"import {module}, json, sys; print(json.dumps(sorted(sys.modules)))"
    ran = subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return set(json.loads(ran.stdout))


@pytest.mark.parametrize(
    ("module", "not_yet"),
    [
        ("bot.cli.commands", set(HEAVY)),
        # the bot reads files in workers, talks to models when there is one, and to one database
        (
            "bot.app",
            {
                *READERS,
                "alembic",
                "chromadb",
                "grpc",
                "matplotlib",
                "onnxruntime",
                "openai",
                "opentelemetry",
            },
        ),
    ],
)
def test_nothing_heavy_is_imported_before_it_is_needed(module: str, not_yet: set[str]) -> None:
    assert imported_by(module) & not_yet == set()
