"""`make eval`, multihop: questions that name several outlets, dates or things.

Asks the questions of shared data's `multihop` of an archive of its articles, with no chat model:
whether all articles that are needed stand among the first ten, how many questions are declined, and
of how many of the articles needed a sentence is quoted. Writes benchmarks/results/multihop.md.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from benchmarks.places import RESULTS, SHARED
from retrieval.library import open_library
from retrieval.models import Answer
from retrieval.search.query import wishes_of
from retrieval.settings import LibrarySettings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.library import Library

SET = SHARED / "multihop"
_PASSAGES, _ARTICLES = 60, 10
# Of the version before each outlet and date was a wish of its own, on the same questions.
BEFORE = ".704", ".683", ".631", "23 of 23"


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a question; shares of the articles that it needs."""

    has_all: bool
    is_wished: bool
    is_declined: bool
    quoted: float


async def main() -> None:
    """Ask, print, write."""
    console = Console()
    if not SET.is_dir():
        console.print(f"No questions at {SET}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    with tempfile.TemporaryDirectory() as folder:
        settings = LibrarySettings.read(_env_file=None, data_dir=Path(folder), chat_model="")
        async with open_library(settings) as library:
            names = await _add_articles(library)
            asked = [await _ask(library, names, row) for row in _rows("questions-dev.jsonl")]
            nothing = [await _ask(library, names, row) for row in _rows("null-dev.jsonl")]
    text = "\n".join(_table(asked, nothing))
    console.print(text, soft_wrap=True)
    (RESULTS / "multihop.md").write_text(text + "\n", encoding="utf-8")


def _rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (SET / name).read_text(encoding="utf-8").splitlines()]


async def _add_articles(library: Library) -> dict[int, str]:
    """The name under which the set knows each article."""
    names: dict[int, str] = {}
    for line in gzip.decompress((SET / "articles.jsonl.gz").read_bytes()).splitlines():
        row = json.loads(line)
        name = row.pop("id")
        body = json.dumps(row).encode()
        async for _, outcome in library.ingestor.add_upload("a.jsonl", body, added_by="eval"):
            if hasattr(outcome, "article"):
                names[outcome.article.id] = name
    with library.index_lock():
        await library.indexer.work()
    return names


async def _ask(library: Library, names: dict[int, str], row: dict[str, Any]) -> Result:
    """Asked at the end of the set's day, as no question says its own."""
    now = datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) + timedelta(days=1)
    plan = await library.searcher.plan(row["question"], now)
    hits = await library.searcher.follow(plan, _PASSAGES, independent=True)
    first = list(dict.fromkeys(names.get(hit.passage.article.id) for hit in hits))[:_ARTICLES]
    answer = await library.answerer.answer(row["question"], now)
    gold = frozenset(row["gold"])
    cited = {names.get(one.article.id) for one in getattr(answer, "citations", ())}
    return Result(
        gold <= set(first),
        bool(wishes_of(plan)),
        not isinstance(answer, Answer),
        len(gold & cited) / len(gold) if gold else 0.0,
    )


def _table(asked: Sequence[Result], nothing: Sequence[Result]) -> list[str]:
    answered = [one for one in asked if not one.is_declined]
    quoted = sum(one.quoted for one in answered) / (len(answered) or 1)
    declined = sum(one.is_declined for one in nothing)
    head = (
        "| | all articles needed among the first ten | declined | share of the articles needed that"
        " is quoted, where answered | without an answer: declined |"
    )
    written = (
        f"Written by `python -m benchmarks.multihop` on {datetime.now(UTC):%d %B %Y};"
        f" {len(asked)} questions, {sum(one.is_wished for one in asked)} of them taken apart."
    )
    figures = (
        _share([one.has_all for one in asked]),
        _share([one.is_declined for one in asked]),
        f"{quoted:.3f}".lstrip("0"),
        f"{declined} of {len(nothing)}",
    )
    return [
        "# Questions that name several outlets, dates or things",
        "",
        written,
        "",
        head,
        "|---|--:|--:|--:|--:|",
        "| before | " + " | ".join(BEFORE) + " |",
        "| now | " + " | ".join(figures) + " |",
    ]


def _share(flags: Sequence[bool]) -> str:
    return f"{sum(flags) / len(flags):.3f}".lstrip("0")


if __name__ == "__main__":
    asyncio.run(main())
