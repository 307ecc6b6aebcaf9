"""What is declared, and how the wheel is tried; `make wheel` does it, as `.ci/run` asks."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Of those that are declared; each is imported for its types or errors alone.
BY_OTHERS = {
    "h11": "uvicorn",
    "openai": "langchain-openai",
    "opentelemetry": "opentelemetry-sdk",
}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> set[str]:
    return {plain(re.split(r"[\[<>=!~ ;]", one)[0]) for one in PROJECT["dependencies"]}


def imported() -> set[str]:
    found = set[str]()
    for package in ("bot", "retrieval", "prompts"):
        for path in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Import):
                    found |= {name.name.partition(".")[0] for name in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    found.add((node.module or "").partition(".")[0])
    return found - sys.stdlib_module_names - {"bot", "retrieval", "prompts", "_typeshed"}


def test_whatever_is_imported_is_declared() -> None:
    of = packages_distributions()
    names = declared()
    missing = {
        module
        for module in imported()
        if BY_OTHERS.get(module) not in names
        and not names & {plain(one) for one in of.get(module, ())}
    }
    assert missing == set()


def test_what_pip_would_leave_out_of_an_extra_is_declared_by_its_name() -> None:
    assert "lxml-html-clean" in declared()


def test_ci_installs_the_wheel_by_pips_own_resolution_and_uses_it() -> None:
    assert "make wheel" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    script = ROOT / ".ci" / "wheel"
    assert os.access(script, os.X_OK)
    text = script.read_text(encoding="utf-8")
    [install] = re.findall(r"-m pip install (?:.*\\\n)*.*", text)
    assert not re.search(r"--no-deps|requirements|constraint|\.lock", install)
    for command in ("--version", "add ", "ask ", "demo", "doctor"):
        assert re.search(rf'^said ".*" {command}', text, re.MULTILINE), command
