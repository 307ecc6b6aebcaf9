"""What placing an article costs, for days of 1,000, 10,000 and 50,000 articles: a few minutes.

Articles are made of real ones: those of a story are some sentences each of the same real article,
with its names changed to the story's own, and vectors around the story's own. Seeded. Prints a
table and writes it to benchmarks/results/stories-speed.md.
"""

from __future__ import annotations

import platform
import random
import re
import resource
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import process_time
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.places import RESULTS
from benchmarks.story_set import read_articles
from retrieval.briefing.clustering import OnlineClusterer
from retrieval.briefing.reports import Report
from retrieval.index.stories import LEAD
from retrieval.models import Article

if TYPE_CHECKING:
    from collections.abc import Iterator

SIZES = (1_000, 10_000, 50_000)
DIMENSION = 384
_MIDNIGHT = datetime(2024, 11, 1, tzinfo=UTC)
_SENTENCES = 12
_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{3,}")


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds an article, over the first and the last tenth of a day; seconds in all."""

    articles: int
    stories: int
    first_ms: float
    last_ms: float
    slowest_ms: float
    total_s: float
    memory_mb: float


def measure(articles: int) -> Cost:
    """Place a day of so many articles."""
    book, took, stories = OnlineClusterer(), [], set[int]()
    before = _memory_mb()
    for report in made_up_day(articles):
        began = process_time()
        stories.add(book.place(report).story_id)
        took.append(process_time() - began)
    tenth = max(articles // 10, 1)
    return Cost(
        articles,
        len(stories),
        1000 * sum(took[:tenth]) / tenth,
        1000 * sum(took[-tenth:]) / tenth,
        1000 * float(np.percentile(took, 99)),
        sum(took),
        _memory_mb() - before,
    )


def made_up_day(articles: int, seed: int = 7) -> Iterator[Report]:
    """A day's reports in order of time: few large stories and many small ones."""
    rng, chance = np.random.default_rng(seed), random.Random(seed)  # noqa: S311
    texts = [re.split(r"(?<=[.!?])\s+", row["text"][:4000])[:_SENTENCES] for row in read_articles()]
    stories = max(articles // 4, 1)
    size = 1 / np.arange(1, stories + 1) ** 0.8
    for number, story in enumerate(rng.choice(stories, articles, p=size / size.sum()).tolist()):
        own = np.random.default_rng([seed, story])
        sentences = texts[int(own.integers(len(texts)))]
        some = sorted(chance.sample(range(len(sentences)), max(len(sentences) * 4 // 5, 1)))
        text = _NAME.sub(rf"\g<0>{_mark(story)}", " ".join(sentences[at] for at in some))
        vector = own.standard_normal(DIMENSION) + 0.6 * rng.standard_normal(DIMENSION)
        yield Report(
            Article(number, number, 1, text[:60], "Outlet", None, None, None, "en"),
            text[:LEAD],
            _MIDNIGHT + timedelta(days=1) * number / articles,
            np.asarray(vector / np.linalg.norm(vector), dtype=np.float32),
        )


def _mark(story: int) -> str:
    """What a story's names end in; there are enough of these not to collide often."""
    return f"{'abcdefghij'[story % 10]}{story % 997}"


def _memory_mb() -> float:
    """The most that this process had so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure, print, write."""
    text = _speed() + "\n"
    print(text)
    (RESULTS / "stories-speed.md").write_text(text, encoding="utf-8")


def _speed() -> str:
    costs = [measure(size) for size in SIZES]
    lines = [
        f"| {one.articles:,} | {one.stories:,} | {one.first_ms:.1f} | {one.last_ms:.1f} "
        f"| {one.slowest_ms:.1f} | {one.total_s:.0f} | {one.memory_mb:.0f} |"
        for one in costs
    ]
    return (
        "# What stories cost\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}. A made-up day, placed one by one "
        "from an empty book; processor time, no database, no embedding.\n\n"
        "| articles a day | stories | ms an article, first tenth | last tenth | 99th percentile "
        "| whole day, s | more memory, MB |\n|---|---|---|---|---|---|---|\n" + "\n".join(lines)
    )


if __name__ == "__main__":
    main()
