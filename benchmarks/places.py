"""Where benchmarks find real data, and where they keep what is slow to make."""

from __future__ import annotations

import os
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SITREP_SHARED_DATA", str(ROOT.parent / "shared" / "data")))
CACHE = ROOT / "benchmarks" / ".cache"
RESULTS = ROOT / "benchmarks" / "results"
