"""kill -9 during each kind of work, once; `python -m benchmarks.kills` does two hundred rounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.kills import KINDS, run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
@pytest.mark.faults(*(f"kill -9: {kind}" for kind in KINDS))
async def test_nothing_acknowledged_is_lost_or_doubled_and_index_and_sql_agree(
    tmp_path: Path,
) -> None:
    tally = await run(len(KINDS), tmp_path, seed=3, every=len(KINDS))
    assert tally.wrong == []
    assert tally.acknowledged["added"] > 0
    assert sum(tally.ended.values()) < len(KINDS)
