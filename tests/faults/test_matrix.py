"""The matrix in docs/operations.md agrees with the tests."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (.+?) \| `(tests/\S+?)::(test_\w+)` \|", re.MULTILINE)
KINDS = ("add", "revise", "remove", "reindex", "brief")


def faults_of(decorator: ast.expr) -> set[str]:
    """The names in `@pytest.mark.faults(...)`."""
    if not isinstance(decorator, ast.Call) or not ast.unparse(decorator.func).endswith(".faults"):
        return set()
    plain = {str(one.value) for one in decorator.args if isinstance(one, ast.Constant)}
    starred = any(isinstance(one, ast.Starred) for one in decorator.args)
    return plain | ({f"kill -9: {kind}" for kind in KINDS} if starred else set())


def marked() -> set[tuple[str, str, str]]:
    found = set()
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        name = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    found |= {(fault, name, node.name) for fault in faults_of(decorator)}
    return found


def test_each_fault_stands_in_the_document_with_its_test_and_no_other() -> None:
    rows = set(ROW.findall((ROOT / "docs" / "operations.md").read_text()))
    assert rows == marked()
    assert len(rows) > 30
