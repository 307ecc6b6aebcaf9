"""The package's metadata, and the test of the wheel, which `make wheel` and `.ci/run` do."""

from __future__ import annotations

import ast
import os
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# Of those that are declared; each is imported for its types or errors alone.
BY_OTHERS = {
    "h11": "uvicorn",
    "openai": "langchain-openai",
    "opentelemetry": "opentelemetry-sdk",
    "pydantic_core": "pydantic",  # how a class of ours tells pydantic what it is
}


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
EXCLUDED = re.findall(
    r"^[a-z].*$", (ROOT / "requirements.excluded").read_text(encoding="utf-8"), re.MULTILINE
)
LOCKS = sorted(ROOT.glob("requirements*.lock"))


def declared() -> set[str]:
    asked = [*PROJECT["dependencies"], *(one for extra in EXTRAS.values() for one in extra)]
    return {plain(re.split(r"[\[<>=!~ ;]", one)[0]) for one in asked}


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


def test_an_extra_that_a_message_or_a_page_names_exists_and_all_has_every_one() -> None:
    paths = [
        *(path for package in ("bot", "retrieval") for path in (ROOT / package).rglob("*.py")),
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        ROOT / ".env.example",
    ]
    text = "\n".join(path.read_text(encoding="utf-8") for path in paths)
    named = {one for names in re.findall(r"sitrep\[([a-z,]+)\]", text) for one in names.split(",")}
    assert named <= set(EXTRAS)
    assert EXTRAS["all"] == [f"sitrep[{','.join(sorted(set(EXTRAS) - {'all'}))}]"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_has_a_hash_for_all_and_nothing_that_is_never_imported(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    hashes = r"(?:    --hash=\S+(?: \\)?\n)+"
    entries = re.findall(rf"^([a-z0-9][\w.-]*)==[^\n]+\\\n({hashes})", text, re.MULTILINE)
    assert len(entries) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE)) > 100
    assert not {name for name, _ in entries} & set(EXCLUDED)
    assert "://" not in text


def test_what_the_locks_leave_out_is_imported_by_nobody_here_and_installed_without() -> None:
    assert EXCLUDED == ["kubernetes", "huggingface-hub", "zstandard", "uvloop"]
    assert not imported() & {one.replace("-", "_") for one in EXCLUDED}
    for name in ("Makefile", "Dockerfile"):
        text = (ROOT / name).read_text(encoding="utf-8")
        for line in text.splitlines():
            if "--require-hashes" in line:
                assert "--no-deps" in line or "$(INSTALL)" in line
    assert re.search(
        r"^INSTALL := .*--no-deps", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE
    )


def test_the_packages_say_that_they_are_typed() -> None:
    for package in ("bot", "retrieval", "prompts"):
        assert (ROOT / package / "py.typed").exists()
