"""kill -9 at random points of adding, revising, removing, reindexing and briefing.

    python -m benchmarks.kills                  # 200 rounds, about twenty minutes
    python -m benchmarks.kills --rounds 20

A round: a program does one kind of work on the archive that the round before left, and is killed at
a random instant. Then the archive is opened and compared with what was acknowledged. A hundred
rounds or more are written to benchmarks/results/kills.md.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from benchmarks.kills_program import made_up, settings_of, url_of
from benchmarks.places import RESULTS
from retrieval.diagnostics import examine_index, examine_sql
from retrieval.library import open_library
from retrieval.settings import LibrarySettings
from retrieval.storage import tables

if TYPE_CHECKING:
    from asyncio.subprocess import Process

    from retrieval.library import Library

KINDS = ("add", "revise", "remove", "reindex", "brief")
ARTICLES_A_ROUND = 8
REMOVED_A_ROUND = 3
BRIEFINGS_A_ROUND = 3
# Longer than any work takes here, so that some programs come to their end.
LONGEST_S = {"add": 0.8, "revise": 0.8, "remove": 0.12, "reindex": 6.0, "brief": 3.0}
WORTH_KEEPING = 100


@dataclass(slots=True)
class Acknowledged:
    """What programs said is done, by number of article; and what only may be."""

    ids: dict[int, int] = field(default_factory=dict)
    tried: set[int] = field(default_factory=set)
    editions: dict[int, set[int]] = field(default_factory=dict)
    removed: set[int] = field(default_factory=set)
    may_be_removed: set[int] = field(default_factory=set)
    told: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """What came of all rounds."""

    rounds: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    acknowledged: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)


async def run(rounds: int, folder: Path, seed: int = 1, every: int = 1) -> Tally:
    """Each kind in turn, on one archive, which is compared after every so many rounds."""
    chance, tally, known = random.Random(seed), Tally(), Acknowledged()  # noqa: S311
    for number in range(rounds):
        kind = KINDS[number % len(KINDS)]
        first, count = _work(kind, known, number)
        said = await _killed(folder, kind, first, count, chance.uniform(0, LONGEST_S[kind]))
        tally.rounds[kind] += 1
        tally.ended[kind] += ["done"] in said
        tally.acknowledged.update(str(one[0]) for one in said)
        told = _learn(known, kind, range(first, first + count), said)
        wrong = [f"told twice: {text}" for text in told if known.told[text] > 1]
        if number % every == every - 1:
            wrong += await compare(folder, known)
        tally.wrong += [f"round {number}, {kind}: {one}" for one in wrong]
    return tally


def _work(kind: str, known: Acknowledged, number: int) -> tuple[int, int]:
    """What a round does: the first number (of an article, or its id) and how many."""
    if kind == "revise":
        return (number // len(KINDS)) * ARTICLES_A_ROUND, ARTICLES_A_ROUND
    if kind == "remove":
        live = [one for one in known.ids.values() if one not in known.may_be_removed]
        return max(live, default=1) - REMOVED_A_ROUND + 1, REMOVED_A_ROUND
    if kind == "brief":
        return 0, BRIEFINGS_A_ROUND
    return (number // len(KINDS)) * ARTICLES_A_ROUND, ARTICLES_A_ROUND


async def _killed(folder: Path, kind: str, first: int, count: int, after_s: float) -> list[Any]:
    """Run the program until it is killed, or done; what it acknowledged."""
    names = {name.upper() for name in LibrarySettings.model_fields}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.kills_program"),
        *(str(folder), kind, str(first), str(count)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name not in names},
    )
    ready = await _line(process)
    if ready != ["ready"] or process.stdin is None:
        raise AssertionError(f"the program for {kind} did not start")
    process.stdin.write(b"go\n")
    try:
        await asyncio.wait_for(process.wait(), after_s)
    except TimeoutError:
        process.kill()
    said = []
    while one := await _line(process):
        said.append(one)
    await process.wait()
    return said


async def _line(process: Process) -> Any:  # noqa: ANN401  JSON
    if process.stdout is None:
        raise AssertionError
    line = await process.stdout.readline()
    return json.loads(line) if line.endswith(b"\n") else None


def _learn(known: Acknowledged, kind: str, numbers: range, said: list[Any]) -> list[str]:
    """Take in what was acknowledged; returns the statements that a reader was told."""
    told: list[str] = []
    if kind == "remove":
        known.may_be_removed |= set(numbers)
    if kind in {"add", "revise"}:
        for number in numbers:
            known.tried.add(number)
            known.editions.setdefault(number, set()).add(2 if kind == "revise" else 1)
    for what, *rest in said:
        if what == "added":
            number, article = rest
            known.ids[number] = article
            known.editions[number] = {2 if kind == "revise" else 1}
        elif what == "revised":
            known.editions[rest[0]] = {2}
        elif what == "removed":
            known.removed.add(rest[0])
        elif what == "told":
            told += rest[0]
            known.told.update(set(rest[0]))
    return told


async def compare(folder: Path, known: Acknowledged) -> list[str]:
    """Open the archive, let it finish what is pending, and compare it with what is known."""
    settings = settings_of(folder)
    async with open_library(settings) as library:
        with library.index_lock():
            await library.indexer.work()
        wrong = await _articles(library, known)
    state = await examine_sql(settings.sql_url)
    index = await examine_index(settings.sql_url, "", folder / "chroma")
    if state is None or state.waiting or state.damage or state.worded != state.passages:
        wrong.append(f"SQL is not whole: {state}")
    if index.lacking or index.orphans:
        wrong.append(f"index and SQL differ: {index}")
    return wrong


async def _articles(library: Library, known: Acknowledged) -> list[str]:
    article, revision = tables.article, tables.revision
    query = (
        select(article.c.id, article.c.url, revision.c.text)
        .join(revision, revision.c.id == article.c.current_revision_id)
        .where(article.c.removed_at.is_(None))
    )
    async with library.database.read() as connection:
        rows = (await connection.execute(query)).all()
    by_url: dict[str, list[Any]] = {}
    for row in rows:
        by_url.setdefault(row.url, []).append(row)
    wrong = [f"{url} is there {len(found)} times" for url, found in by_url.items() if found[1:]]
    ids = {row.id for row in rows}
    wrong += [f"article {one} was removed and is there" for one in known.removed & ids]
    for number in sorted(known.tried):
        found = by_url.get(url_of(number))
        gone = known.ids.get(number) in known.may_be_removed or number not in known.ids
        if found is None:
            if not gone:
                wrong.append(f"article {number} was acknowledged and is lost")
            continue
        texts = [made_up(number, edition).text for edition in known.editions[number]]
        if found[0].text not in texts:
            wrong.append(f"article {number} has the wrong text: {found[0].text}")
    return wrong


def report(tally: Tally, seconds: float) -> str:
    """The results in Markdown."""
    rounds = sum(tally.rounds.values())
    rows = "".join(
        f"| {kind} | {tally.rounds[kind]} | {tally.rounds[kind] - tally.ended[kind]} |\n"
        for kind in KINDS
    )
    counts = ", ".join(
        f"{tally.acknowledged[what]:,} {what}" for what in ("added", "revised", "removed", "told")
    )
    return (
        "# kill -9 at random points\n\n"
        f"Written by `python -m benchmarks.kills --rounds {rounds}`: each round a program works on"
        " the archive\nthat the one before left, and is killed; then articles, words, vectors and"
        " ledger are compared\nwith what it had acknowledged.\n\n"
        f"{datetime.now(UTC):%d %B %Y}, {os.cpu_count()} cores, {seconds / 60:.0f} minutes.\n\n"
        "| work | rounds | killed before its end |\n|---|--:|--:|\n"
        f"{rows}\nAcknowledged: {counts}. Lost, doubled or inconsistent: {len(tally.wrong)}.\n"
    )


def main() -> None:
    """Run and print; fails if anything was lost or doubled."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = datetime.now(UTC)
    with tempfile.TemporaryDirectory(prefix="sitrep-kills-") as folder:
        tally = asyncio.run(run(options.rounds, Path(folder), options.seed))
    text = report(tally, (datetime.now(UTC) - began).total_seconds())
    print(text)
    for line in tally.wrong:
        print(" ", line)
    if options.rounds >= WORTH_KEEPING:
        (RESULTS / "kills.md").write_text(text)
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
