"""Imports have no circles, and the diagrams only name existing modules."""

from __future__ import annotations

import re
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]

PACKAGES = ("bot", "retrieval", "prompts")


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def test_imports_go_round_in_no_circle(graph: grimp.ImportGraph) -> None:
    """Modules without importers go first, again and again; what can't go is in a circle."""
    imports = {
        name: set(graph.find_modules_directly_imported_by(name))
        for name in graph.modules
        if not name.endswith("__init__")
    }
    while gone := {name for name, others in imports.items() if not others}:
        imports = {name: others - gone for name, others in imports.items() if name not in gone}
    circles = {
        name: sorted(others)
        for name, others in imports.items()
        if name in _reachable(imports, name)
    }
    assert not circles


def _reachable(imports: dict[str, set[str]], start: str) -> set[str]:
    found, waiting = set[str](), list(imports[start])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(imports.get(name, ()))
    return found


def test_the_diagrams_one_for_each_walk_name_files_and_folders_that_exist() -> None:
    page = (ROOT / "docs" / "architecture" / "README.md").read_text(encoding="utf-8")
    diagrams = re.findall(r"```mermaid\n(.*?)```", page, re.DOTALL)
    assert len(diagrams) == 3
    for diagram in diagrams:
        named = re.findall(r"\b[a-z_]+(?:/[a-z_]+)+\b", diagram)
        assert len(named) > 3
        for name in named:
            places = [ROOT / name, ROOT / "bot" / name, ROOT / "retrieval" / name]
            there = [one for one in places if one.is_dir() or one.with_suffix(".py").is_file()]
            assert there, f"{name} is gone; what is there now?"
