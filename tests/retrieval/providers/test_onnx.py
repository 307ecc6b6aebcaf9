"""The library under the local models keeps to itself what is done with it."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_EMBED = """
from retrieval.llm.local import MiniLM
model = MiniLM()
assert model.run(model.tokens(["Sudzha is held."], question=False)).shape == (1, 384)
"""


def test_embedding_leaves_nothing_in_the_home_directory_to_be_sent(tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    environment.pop("ORT_DISABLE_TELEMETRY", None)
    subprocess.run([sys.executable, "-c", _EMBED], env=environment, check=True)  # noqa: S603  ours
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
