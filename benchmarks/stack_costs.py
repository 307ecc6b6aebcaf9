"""Unit costs of both databases, on real articles: disk a passage, keyword search, likeness.

`python -m benchmarks.stack_costs`; needs the real data and a Postgres from the development set.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import statistics
import sys
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import TYPE_CHECKING

from sqlalchemy import text

from bot import tables
from retrieval.models import ArticleDraft
from retrieval.search.query import make_plan
from retrieval.storage.articles import ArticleRepository
from retrieval.storage.backup import copy_archive
from retrieval.storage.database import open_database
from retrieval.storage.keywords import KeywordSearch
from retrieval.text.sentences import split
from tests.support.postgres import postgres_server
from tests.support.shared import SHARED

if TYPE_CHECKING:
    from retrieval.storage.database import Database

_QUESTIONS = 142
_DEEP = 200
_BEST = 10


async def _fill(database: Database, most: int) -> tuple[int, int]:
    """Store the articles; how many there are, and of how many passages."""
    passages = articles = 0
    with gzip.open(SHARED / "realtimeqa-2022" / "articles.jsonl.gz", "rt") as lines:
        for line in islice(lines, most):
            one = json.loads(line)
            cut = split(one["text"])
            draft = ArticleDraft(title=one["title"] or "-", text=one["text"], outlet="A")
            await ArticleRepository(database).store(draft, cut, "bench")
            passages, articles = passages + len(cut), articles + 1
    return articles, passages


async def _ask(
    database: Database, questions: list[list[str]]
) -> tuple[list[float], list[list[str]]]:
    """Milliseconds a search, and what it found."""
    keywords, times, found = KeywordSearch(database), [], []
    for terms in questions:
        start = perf_counter()
        hits = await keywords.search(terms, _DEEP)
        times.append((perf_counter() - start) * 1000)
        found.append([name for name, _ in hits][:_BEST])
    return times, found


def _row(name: str, times: list[float], size: float, passages: int) -> str:
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[-1]
    return f"| {name} | {p50:.1f} | {p95:.1f} | {size / passages / 1000:.2f} |"


async def _measure(folder: Path, url: str, most: int) -> str:
    lite = f"sqlite+aiosqlite:///{folder / 'lite.db'}"
    database = await open_database(lite)
    articles, passages = await _fill(database, most)
    with (SHARED / "realtimeqa-2022" / "questions.jsonl").open() as lines:
        asked = [json.loads(line)["question"] for line in islice(lines, _QUESTIONS)]
    now = datetime(2022, 7, 1, tzinfo=UTC)
    questions = [list(make_plan(one, now).terms) for one in asked]
    lite_times, lite_found = await _ask(database, questions)
    await database.close()
    lite_size = (folder / "lite.db").stat().st_size

    start = perf_counter()
    await copy_archive(lite, url, tables.metadata)
    copying = perf_counter() - start
    database = await open_database(url)
    async with database.write() as connection:
        await connection.execute(text("ANALYZE"))
    post_times, post_found = await _ask(database, questions)
    async with database.read() as connection:
        size = await connection.execute(text("SELECT pg_database_size(current_database())"))
        post_size = int(size.scalar_one())
    await database.close()
    shared = [
        len(set(a) & set(b)) / len(a) for a, b in zip(lite_found, post_found, strict=True) if a
    ]
    return f"""# Unit costs of both databases

Written by `python -m benchmarks.stack_costs`: real articles of 2022, keyword search of
{len(questions)} questions, {_DEEP} deep.

{datetime.now(UTC):%d %B %Y}, {articles:,} articles, {passages:,} passages
({passages / articles:.1f} an article).

|  | keyword search p50 ms | p95 | disk, kB a passage |
|---|--:|--:|--:|
{_row("SQLite", lite_times, lite_size, passages)}
{_row("Postgres", post_times, post_size, passages)}

Of SQLite's best {_BEST} Postgres has {statistics.mean(shared):.2f} among its own.
`migrate-to` Postgres: {articles / copying:,.0f} articles a second.
"""


def main() -> None:
    most = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with TemporaryDirectory() as name, postgres_server(Path(name) / "postgres") as server:
        report = asyncio.run(_measure(Path(name), server.new_database(), most))
    (Path(__file__).parent / "results" / "stack-costs.md").write_text(report)
    print(report)


if __name__ == "__main__":
    main()
