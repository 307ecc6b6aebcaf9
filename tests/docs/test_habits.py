"""The files for the hosting site and pre-commit, as far as they can be checked here."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml"))


def read(name: str | Path) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_ci_runs_its_one_command_on_every_python_that_is_supported() -> None:
    job = read(".github/workflows/ci.yml")["jobs"]["run"]
    assert job["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13", "3.14"]
    commands = [step["run"] for step in job["steps"] if "run" in step]
    assert commands == [".ci/run"]
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111
    commands = ["check", "wheel", "test-slow", "test"]
    made = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert re.findall(r"^make ([\w-]+)$", made, re.MULTILINE) == commands


def test_ci_may_write_nothing() -> None:
    assert read(".github/workflows/ci.yml")["permissions"] == {"contents": "read"}


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_has_what_the_site_asks_of_one(form: Path) -> None:
    found = read(form)
    assert {"name", "description", "body"} <= set(found)
    ids = [one["id"] for one in found["body"] if one["type"] != "markdown"]
    assert len(ids) == len(set(ids)) > 0
    assert all(one["attributes"]["label"] for one in found["body"])


def test_pre_commit_uses_the_tools_that_make_check_uses() -> None:
    [local] = read(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    checks = (ROOT / "Makefile").read_text(encoding="utf-8")
    for hook in local["hooks"]:
        tool = hook["entry"].split()[0].removeprefix(".venv/bin/")
        assert f"$(BIN)/{tool} " in checks or f"$(BIN)/{tool}\n" in checks, tool
