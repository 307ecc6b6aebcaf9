"""No module imports another that imports it, by whatever way round."""

from __future__ import annotations

import grimp
import pytest

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
