"""The matrix of faults: which test covers which failure.

A test says `@pytest.mark.faults("Model server: 429")`; `pytest -m faults` prints the matrix.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pytest

PROPERTY = "fault"


def note(item: pytest.Item) -> None:
    """Add a test's faults to its report, which xdist sends to the process that prints."""
    for marker in item.iter_markers("faults"):
        item.user_properties += [(PROPERTY, name) for name in marker.args]


def matrix(stats: Mapping[str, Sequence[object]]) -> list[str]:
    """Lines for each fault and test, from the terminal reporter's `stats`."""
    rows = {
        (str(name), report.nodeid): outcome
        for outcome in ("passed", "failed", "error", "skipped")
        for report in stats.get(outcome, ())
        if hasattr(report, "user_properties") and hasattr(report, "nodeid")
        for name in _faults(report.user_properties)
    }
    if not rows:
        return []
    width = max(len(fault) for fault, _ in rows)
    return [f"{fault:{width}}  {rows[fault, test]:7}  {test}" for fault, test in sorted(rows)]


def _faults(properties: Iterable[tuple[str, object]]) -> list[object]:
    return [value for name, value in properties if name == PROPERTY]
