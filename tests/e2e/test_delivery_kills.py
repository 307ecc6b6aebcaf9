"""A bot killed at any instant neither loses nor repeats a message.

A few rounds here; `python -m benchmarks.delivery_kills` runs a hundred.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks import delivery_kills

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.faults("kill -9: sending briefings")
@pytest.mark.slow
async def test_exactly_once_but_for_those_whose_fate_nobody_knows(tmp_path: Path) -> None:
    tally = await delivery_kills.run(3, tmp_path, seed=7)
    assert tally.wrong == []
    assert tally.sent + tally.unknown == 3 * delivery_kills.READERS * delivery_kills.PARTS
    assert tally.sent >= tally.unknown
    assert tally.reported == tally.unknown
