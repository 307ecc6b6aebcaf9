"""LangChain's stock hybrid recipe, timed in a Python of its own that has what it needs.

It is no dependency of ours: SITREP_BENCH_STOCK names that Python, or the recipe is skipped with a
reason. Of LlamaIndex's and txtai's there is no row, because they need 650 MB installed and more.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.places import ROOT
from benchmarks.speed_archive import metadata
from benchmarks.speed_result import Measured
from benchmarks.synthetic import Texts

if TYPE_CHECKING:
    from benchmarks.speed_questions import Asked
    from benchmarks.speed_result import Result
    from benchmarks.synthetic import Corpus
    from retrieval.index.chroma import Filter

LIMIT_S = 480
MOST_PASSAGES = 100_000
QUESTIONS = 12
NAME = "LangChain stock recipe"


def measure_stock(result: Result, corpus: Corpus, kinds: dict[str, list[Asked]]) -> None:
    """Time the recipe, or say in `result` why not."""
    python = os.environ.get("SITREP_BENCH_STOCK", "")
    if not python:
        result.skipped.append(
            f"{NAME}: set SITREP_BENCH_STOCK to a Python that has "
            "langchain-chroma, langchain-classic, langchain-community and rank-bm25."
        )
        return
    if result.passages > MOST_PASSAGES:
        result.skipped.append(f"{NAME}: too slow above {MOST_PASSAGES:,} passages.")
        return
    with tempfile.TemporaryDirectory(prefix="sitrep-stock-") as temporary:
        folder = Path(temporary)
        _write(folder, corpus, kinds)
        command = [python, str(ROOT / "benchmarks" / "stock_recipe.py"), str(folder)]
        try:
            ran = subprocess.run(  # noqa: S603
                command, capture_output=True, text=True, check=True, timeout=LIMIT_S
            )
        except subprocess.TimeoutExpired:
            result.skipped.append(f"{NAME}: not done in {LIMIT_S} s.")
            return
        except (subprocess.CalledProcessError, OSError) as error:
            reason = (getattr(error, "stderr", "") or str(error)).strip().splitlines()[-1]
            result.skipped.append(f"{NAME}: {reason}")
            return
    found = json.loads(ran.stdout.splitlines()[-1])
    result.facts["stock recipe: Chroma written, s"] = found["chroma_s"]
    built_s = found["built_s"] - found["chroma_s"]
    result.facts["stock recipe: BM25 built at each start, s"] = built_s
    for kind, ms in found["ms"].items():
        result.measured.append(Measured(NAME, kind, ms))


def _write(folder: Path, corpus: Corpus, kinds: dict[str, list[Asked]]) -> None:
    texts = Texts()
    count = len(corpus.vectors)
    given = {
        "texts": [texts.sentence(place) for place in range(count)],
        "metadatas": [metadata(corpus, place) for place in range(count)],
        "questions": [one.text for one in kinds["unfiltered"]],
        "filters": {
            kind: [_where(one.within) for one in questions[:QUESTIONS]]
            for kind, questions in kinds.items()
        },
    }
    (folder / "texts.json").write_text(json.dumps(given))
    np.savez(folder / "vectors.npz", vectors=corpus.vectors, questions=corpus.questions)


def _where(within: Filter) -> dict[str, Any] | None:
    """A filter as Chroma writes them."""
    conditions: list[dict[str, Any]] = []
    if within.start and within.end:
        conditions += [
            {"published": {"$gte": int(within.start.timestamp())}},
            {"published": {"$lt": int(within.end.timestamp())}},
        ]
    if within.outlets:
        conditions.append({"outlet": within.outlets[0]})
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else {"$and": conditions}
