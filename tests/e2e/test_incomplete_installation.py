"""Commands when a package that workers need is missing, as after a failed installation."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.commands import environment

if TYPE_CHECKING:
    from pathlib import Path


pytestmark = pytest.mark.slow  # each starts Python and imports everything anew


@pytest.fixture
def settings(tmp_path: Path) -> dict[str, str]:
    package = tmp_path / "path" / "justext"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("import surely_not_there")
    return {
        "PYTHONPATH": os.pathsep.join((str(package.parent), *sys.path)),
        "DATA_DIR": str(tmp_path / "data"),
        "CI": "1",
    }


def run(
    folder: Path, settings: dict[str, str], *arguments: str
) -> subprocess.CompletedProcess[str]:
    """Not a fork of a warm process, which would have our path."""
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment(settings),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_adding_names_what_is_missing_and_does_not_call_the_file_broken(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.txt").write_text(f"Story {name}\n\nThe bridge at Testovo is open.")
    ran = run(tmp_path, settings, "add", "a.txt", "b.txt")
    assert ran.returncode == 1
    assert "my own installation is broken" in ran.stdout
    assert "seems to be broken" not in ran.stdout
    assert ran.stderr.count("the Python module surely_not_there is missing") == 1


def test_the_doctor_finds_it(tmp_path: Path, settings: dict[str, str]) -> None:
    ran = run(tmp_path, settings, "doctor")
    assert ran.returncode == 1
    assert "PROBLEM Workers that read files and pages don't start: the Python module" in ran.stdout


def test_the_demo_does_not_go_on_without_its_samples(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    ran = run(tmp_path, settings, "demo")
    assert ran.returncode == 1
    assert "13 of 13 sample articles could not be added" in ran.stderr
    assert "surely_not_there" in ran.stderr
