"""`make bench`: what a search costs as the archive grows, beside other ways to do it, in one run.

    python -m benchmarks.search_speed                    # 10,000 and 100,000 passages, ~10 minutes
    python -m benchmarks.search_speed --size 300000      # one size, or several
    SITREP_BENCH_STOCK=/venv/bin/python python -m ...    # with LangChain's stock recipe

The question's embedding is not counted. Results go to benchmarks/results/search-speed.md and .png.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks import speed_report
from benchmarks.places import ROOT
from benchmarks.speed_archive import Known, Opened, build, opened, passage_id
from benchmarks.speed_questions import Asked, make_questions, passing
from benchmarks.speed_result import Measured, Result
from benchmarks.speed_stock import measure_stock
from benchmarks.synthetic import DAYS, FIRST_DAY, Corpus, make_corpus

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

# How deep the hybrid search reads the vector ranking, and how deep most programs would.
DEPTH = 200
TEN = 10
QUESTIONS = 100
# Asked first, of an archive that was just opened: what it and the system remember from then on, it
# does not know yet. They have a row of their own.
FIRST = 30
SLOW_QUESTIONS = 12
NOW = FIRST_DAY + timedelta(days=DAYS)
SIZES = (10_000, 100_000)


def main() -> None:
    """Measure and report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, action="append", help="passages; may be repeated")
    parser.add_argument("--huge", action="store_true", help="300,000 passages as well: +8 minutes")
    parser.add_argument("--archive", type=Path, help="keep the archives here and use them again")
    arguments = parser.parse_args()
    sizes = arguments.size or [*SIZES, *([300_000] if arguments.huge else [])]
    results = []
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="sitrep-bench-") as temporary:
            parent = arguments.archive or Path(temporary)
            results.append(asyncio.run(_measure(parent / f"a{size}", size)))
            speed_report.show(results[-1])
    speed_report.write(results)


async def _measure(folder: Path, size: int) -> Result:
    corpus = make_corpus(size, questions=QUESTIONS + FIRST)
    result = Result(len(corpus.vectors))
    if not await asyncio.to_thread((folder / "sitrep.db").exists):
        spent = await build(folder, corpus)
        result.facts |= {f"written: {part}, s": seconds for part, seconds in spent.items()}
        result.facts["written to Chroma, passages/s"] = len(corpus.vectors) / spent["Chroma"]
    asked = make_questions(corpus)
    kinds = {kind: questions[:QUESTIONS] for kind, questions in asked.items()}
    async with opened(folder) as parts:
        await parts.archive.vectors.prepare()
        await _vector_part(result, parts, corpus, kinds)
        await _whole_search(result, parts, kinds, asked["unfiltered"][QUESTIONS:])
    result.facts |= _disk(folder) | _opening(folder)
    same = replace(corpus, questions=corpus.questions[:QUESTIONS])
    await asyncio.to_thread(measure_stock, result, same, kinds)
    return result


async def _vector_part(
    result: Result, parts: Opened, corpus: Corpus, kinds: dict[str, list[Asked]]
) -> None:
    """The vector part alone: ours, Chroma's filter, NumPy over everything."""
    for kind, questions in kinds.items():
        masks = [passing(corpus, one.within) for one in questions]

        async def ours(number: int, questions: list[Asked] = questions) -> list[tuple[str, float]]:
            one = questions[number]
            return await parts.archive.vectors.search(one.vector.tolist(), DEPTH, one.within)

        async def chroma(
            number: int, questions: list[Asked] = questions
        ) -> list[tuple[str, float]]:
            one = questions[number]
            return await parts.vectors.search(one.vector.tolist(), DEPTH, one.within)

        async def ten(number: int, questions: list[Asked] = questions) -> list[tuple[str, float]]:
            return await parts.vectors.search(questions[number].vector.tolist(), TEN)

        async def numpy(number: int, questions: list[Asked] = questions) -> list[tuple[str, float]]:
            scores = corpus.vectors @ questions[number].vector
            scores[~masks[number]] = -2  # noqa: B023  used before the next round
            best = np.argpartition(-scores, DEPTH)[:DEPTH]
            best = best[np.argsort(-scores[best])]
            return [(passage_id(place), float(scores[place])) for place in best.tolist()]

        exact = [await numpy(number) for number in range(len(questions))]
        ways: list[tuple[str, Callable[[int], Awaitable[list[tuple[str, float]]]], int]] = [
            ("Sitrep, vector part", ours, len(questions)),
            ("NumPy, all rows", numpy, 30),
        ]
        if kind == "unfiltered":
            ways += [
                ("Chroma", chroma, len(questions)),
                ("Chroma, 10 nearest", ten, len(questions)),
            ]
        else:
            ways.append(("Chroma, where", chroma, SLOW_QUESTIONS))
        for way, search, count in ways:
            await search(0)
            ms, found = await _each(search, count)
            depth = TEN if search is ten else DEPTH
            recall = np.mean([_recall(a, b[:depth]) for a, b in zip(found, exact, strict=False)])
            result.measured.append(Measured(way, kind, ms, float(recall)))


async def _whole_search(
    result: Result, parts: Opened, kinds: dict[str, list[Asked]], first: list[Asked]
) -> None:
    """From the question's words and vector to passages with their text; one, 8 and 32 at once."""
    opening = parts.searcher(Known({one.text: one.vector for one in first}))
    ms, _ = await _each(lambda number: opening.search(first[number].text, 8, NOW), len(first))
    result.measured.append(Measured("Sitrep, whole search, the first", "unfiltered", ms))
    for kind, questions in kinds.items():
        searcher = parts.searcher(Known({one.text: one.vector for one in questions}))

        async def search(number: int, questions: list[Asked] = questions) -> object:
            return await searcher.search(questions[number].text, 8, NOW)  # noqa: B023

        await search(0)
        ms, _ = await _each(search, len(questions))
        result.measured.append(Measured("Sitrep, whole search", kind, ms))
        if kind not in {"unfiltered", "month"}:
            continue
        for at_once in (8, 32):
            start = perf_counter()
            ms = await _crowd(search, len(questions), at_once)
            rate = len(questions) / (perf_counter() - start)
            way = f"Sitrep, whole search, {at_once} at once"
            result.measured.append(Measured(way, kind, ms, per_second=rate))


async def _each(
    search: Callable[[int], Awaitable[Any]], count: int
) -> tuple[list[float], list[Any]]:
    """Milliseconds and results of searches one after the other."""
    ms, found = [], []
    for number in range(count):
        start = perf_counter()
        found.append(await search(number))
        ms.append((perf_counter() - start) * 1_000)
    return ms, found


async def _crowd(search: Callable[[int], Awaitable[Any]], count: int, at_once: int) -> list[float]:
    """Milliseconds of each of `count` searches, `at_once` under way all the time."""
    waiting = list(range(count))
    ms: list[float] = []

    async def ask() -> None:
        while waiting:
            number = waiting.pop()
            spent, _ = await _each(lambda _: search(number), 1)  # noqa: B023  awaited here
            ms.extend(spent)

    await asyncio.gather(*(ask() for _ in range(at_once)))
    return ms


def _recall(found: Sequence[tuple[str, float]], exact: Sequence[tuple[str, float]]) -> float:
    """The share of the exact result that was found; passages that do not pass score -2."""
    true = {name for name, score in exact if score > -2}
    return len(true & {name for name, _ in found}) / len(true) if true else 1.0


def _disk(folder: Path) -> dict[str, float]:
    found = {}
    for part in ("sitrep.db*", "chroma/**/*", "vectors/*"):
        files = [path for path in folder.glob(part) if path.is_file()]
        name = part.split("/", maxsplit=1)[0].rstrip("*")
        found[f"disk: {name}, MB"] = sum(path.stat().st_size for path in files) / 1e6
    return found


def _opening(folder: Path) -> dict[str, float]:
    """Start-up and memory, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.opening", str(folder)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603
    found: dict[str, float] = json.loads(ran.stdout)
    return {
        "start: process to open archive, s": found["open_s"],
        "start: process to first search, s": found["first_search_s"],
        "start: first filtered search, s": found["first_filtered_s"],
        "memory: opened, MB": found["opened_mb"],
        "memory: after plain searches, MB": found["searched_mb"],
        "memory: after a month's searches, MB": found["month_mb"],
        "memory: of that, not file pages, MB": found["month_own_mb"],
        "memory: after every outlet, MB": found["outlets_mb"],
    }


if __name__ == "__main__":
    main()
