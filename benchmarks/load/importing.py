"""What importing the program costs, in fresh processes."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys

HEAVY = (
    "alembic",
    "chromadb",
    "docx",
    "feedparser",
    "langchain",
    "langchain_openai",
    "lxml",
    "matplotlib",
    "numpy",
    "onnxruntime",
    "openai",
    "pypdfium2",
    "sqlalchemy",
    "starlette",
    "telegram",
    "tokenizers",
    "trafilatura",
    "uvicorn",
)
MODULES = ("bot.cli.commands", "bot.app")
TIMES = 5
_CODE = (
    "import json, sys, time; start = time.perf_counter(); import {0};"
    " print(json.dumps([time.perf_counter() - start, sorted(sys.modules)]))"
)


def importing() -> tuple[dict[str, float], dict[str, list[str]]]:
    """Median seconds and the heavy packages, by module."""
    seconds, heavy = {}, {}
    for name in MODULES:
        ran = [_once(name) for _ in range(TIMES)]
        seconds[name] = statistics.median(spent for spent, _ in ran)
        heavy[name] = [one for one in HEAVY if one in ran[0][1]]
    return seconds, heavy


def _once(name: str) -> tuple[float, list[str]]:
    command = [sys.executable, "-c", _CODE.format(name)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    spent, modules = json.loads(ran.stdout)
    return spent, modules
