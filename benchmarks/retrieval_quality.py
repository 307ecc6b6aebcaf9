"""`make eval`: does the search find the article that answers? On real questions of real weeks.

The archive is built once into benchmarks/.cache (about 50,000 passages; a quarter of an hour on two
cores) and used again while the splitter and the embedding model stay the same.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import track
from rich.table import Table

from benchmarks.fusion import reciprocal_rank_fusion
from benchmarks.places import CACHE, SHARED
from retrieval.library import Library, open_library
from retrieval.search import Searcher
from retrieval.search.ranking import FusionWeights, SearchConfig
from retrieval.settings import LibrarySettings
from retrieval.storage.near_duplicates import compare_waiting
from retrieval.text.sentences import SPLITTER_VERSION
from retrieval.text.words import telling_words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SET = SHARED / "realtimeqa-2022"
# Deep enough to hold ten different articles after copies and repetitions are counted once.
PASSAGES = 60
RESAMPLES = 2_000
DEPTH = 200


@dataclass(frozen=True, slots=True)
class Question:
    """A quiz question: its id, text, the instant of asking, the articles that answer it."""

    id: str
    text: str
    asked: datetime
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Result:
    """The place, from 1, of the first article that answers, among ten; None if none does."""

    question: Question
    place: int | None

    def measures(self) -> tuple[float, float, float]:
        """Hits@4, Hits@10, reciprocal rank at 10."""
        if self.place is None:
            return 0.0, 0.0, 0.0
        return float(self.place <= 4), 1.0, 1 / self.place


async def main() -> None:
    """Print the table, the weeks, the ablations and the failures."""
    console = Console()
    if not SET.is_dir():
        console.print(f"No questions at {SET}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    async with open_library(archive_settings()) as library:
        names = await names_of_articles(library, console)
        questions = load_questions()
        results = await _run(library, names, questions, SearchConfig())
        _print_results(console, results)
        await _print_baselines(console, library, names, questions)
        await _print_ablations(console, library, names, questions)
        _print_failures(console, results)


def archive_settings() -> LibrarySettings:
    """Where the archive of these articles is kept."""
    return LibrarySettings.read(_env_file=None, data_dir=CACHE / f"realtimeqa-{SPLITTER_VERSION}")


async def names_of_articles(library: Library, console: Console) -> Mapping[int, frozenset[str]]:
    """The archive, complete; for each article the names under which the set knows it."""
    path = library.settings.data_dir / "names.json"
    if not path.exists():
        console.print("Building the archive …")
        await asyncio.to_thread(path.write_text, json.dumps(await _add_all(library)))
    with library.index_lock():
        await library.indexer.work()
    raw = json.loads(await asyncio.to_thread(path.read_text))
    names = {int(article): frozenset(names) for article, names in raw.items()}
    while await compare_waiting(library.database):
        pass
    # near copies are found as one, so each answers where any of them does
    families = await library.archive.articles.families(names)
    return {
        article: frozenset().union(
            *(names.get(one, mine) for one in families[article].members)
            if article in families
            else (mine,)
        )
        for article, mine in names.items()
    }


async def _add_all(library: Library) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    lines = gzip.decompress((SET / "articles.jsonl.gz").read_bytes()).splitlines()
    for line in track(lines, "storing"):
        async for _, outcome in library.ingestor.add_upload("a.jsonl", line, added_by="eval"):
            if hasattr(outcome, "article"):
                names.setdefault(outcome.article.id, []).append(json.loads(line)["id"])
    return names


def load_questions() -> list[Question]:
    """Those with a known answer; a quiz is asked at the end of its day."""
    rows = map(json.loads, (SET / "questions.jsonl").read_text(encoding="utf-8").splitlines())
    return [
        Question(
            row["id"],
            row["question"],
            datetime.fromisoformat(row["date"]).replace(tzinfo=UTC) + timedelta(days=1),
            frozenset(row["gold"]),
        )
        for row in rows
        if row["gold"]
    ]


async def _run(
    library: Library,
    names: Mapping[int, frozenset[str]],
    questions: Sequence[Question],
    tuning: SearchConfig,
) -> list[Result]:
    searcher = Searcher(library.archive, library.searcher.embeddings, tuning)
    return [Result(one, await _place(searcher, names, one)) for one in questions]


async def _place(
    searcher: Searcher, names: Mapping[int, frozenset[str]], question: Question
) -> int | None:
    hits = await searcher.search(question.text, PASSAGES, question.asked)
    return _first(list(dict.fromkeys(hit.passage.article.id for hit in hits))[:10], names, question)


def _first(
    articles: Sequence[int], names: Mapping[int, frozenset[str]], question: Question
) -> int | None:
    """The place, from 1, of the first of these articles that answers."""
    found = (n for n, one in enumerate(articles, 1) if names.get(one, frozenset()) & question.gold)
    return next(found, None)


def mean(results: Sequence[Result]) -> tuple[float, float, float]:
    """The measures, averaged."""
    columns = zip(*(one.measures() for one in results), strict=True)
    hits4, hits10, mrr = (sum(column) / len(results) for column in columns)
    return hits4, hits10, mrr


def interval(results: Sequence[Result], measure: int) -> tuple[float, float]:
    """95 % bootstrap interval of a mean (Efron 1979), with a fixed seed."""
    chance = random.Random(7)  # noqa: S311  statistics, not secrets
    values = [one.measures()[measure] for one in results]
    means = sorted(
        sum(chance.choices(values, k=len(values))) / len(values) for _ in range(RESAMPLES)
    )
    return means[int(0.025 * RESAMPLES)], means[int(0.975 * RESAMPLES)]


def _print_results(console: Console, results: Sequence[Result]) -> None:
    table = Table("", "questions", "Hits@4", "Hits@10", "MRR@10", title="Search, realtimeqa-2022")
    low_high = [interval(results, measure) for measure in range(3)]
    shown = [
        f"{m:.3f} ({a:.3f}-{b:.3f})" for m, (a, b) in zip(mean(results), low_high, strict=True)
    ]
    table.add_row("all", str(len(results)), *shown)
    for week in sorted({one.question.asked for one in results}):
        mine = [one for one in results if one.question.asked == week]
        table.add_row(f"{week:%Y-%m-%d}", str(len(mine)), *(f"{m:.3f}" for m in mean(mine)))
    console.print(table)


async def _print_baselines(
    console: Console,
    library: Library,
    names: Mapping[int, frozenset[str]],
    questions: Sequence[Question],
) -> None:
    """The two rankings alone, and fused by reciprocal ranks: no dates, no titles."""
    found: dict[str, list[Result]] = {"words": [], "meaning": [], "reciprocal ranks": []}
    for one in questions:
        vector = await library.searcher.embeddings.aembed_query(one.text)
        by_meaning = [name for name, _ in await library.archive.vectors.search(vector, DEPTH)]
        by_words = [
            name
            for name, _ in await library.archive.keywords.search(telling_words(one.text), DEPTH)
        ]
        fused = reciprocal_rank_fusion([by_meaning, by_words])
        rankings = (by_words, by_meaning, sorted(fused, key=lambda name: -fused[name]))
        for mine, ranking in zip(found.values(), rankings, strict=True):
            passages = await library.archive.articles.passages(ranking)
            articles = dict.fromkeys(
                passages[name].article.id for name in ranking if name in passages
            )
            mine.append(Result(one, _first(list(articles)[:10], names, one)))
    table = Table("baseline", "Hits@4", "Hits@10", "MRR@10", title="Without the other signals")
    for name, results in found.items():
        table.add_row(name, *(f"{m:.3f}" for m in mean(results)))
    console.print(table)


async def _print_ablations(
    console: Console,
    library: Library,
    names: Mapping[int, frozenset[str]],
    questions: Sequence[Question],
) -> None:
    table = Table("without", "Hits@4", "Hits@10", "MRR@10", title="Each signal taken out")
    for one in fields(FusionWeights):
        tuning = replace(SearchConfig(), weights=replace(FusionWeights(), **{one.name: 0.0}))
        results = await _run(library, names, questions, tuning)
        table.add_row(one.name, *(f"{m:.3f}" for m in mean(results)))
    console.print(table)


def _print_failures(console: Console, results: Sequence[Result]) -> None:
    console.print("Not among the first four:")
    for one in results:
        if one.place is None or one.place > 4:
            console.print(f"  {one.place or '-'}  {one.question.id}  {one.question.text}")


if __name__ == "__main__":
    asyncio.run(main())
