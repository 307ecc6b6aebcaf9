"""Real data beside the checkout, for tests that are skipped without it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DEFAULT = Path(__file__).parents[2].parent / "shared" / "data"
SHARED = Path(os.environ.get("SITREP_SHARED_DATA", str(_DEFAULT)))
CASES = SHARED.parent / "cases"
needs_cases = pytest.mark.skipif(not CASES.is_dir(), reason=f"no small inputs at {CASES}")
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason=f"no real data at {SHARED} (see SITREP_SHARED_DATA)"
)
