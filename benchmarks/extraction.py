"""Our reading of web pages against trafilatura alone, on the same pages in one run.

`python -m benchmarks.extraction` writes benchmarks/results/extraction.md. The pages and the rule
(shingles of four words, each page counting once) are those of Zyte's article extraction benchmark.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from time import process_time
from typing import TYPE_CHECKING

import trafilatura

from benchmarks.places import RESULTS, SHARED
from retrieval.errors import SourceError
from retrieval.ingest.extract.draft import Origin
from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import read_draft

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

_WORDS = 4
_WORD = re.compile(r"\w+")
_SAMPLES = 2_000
# By hand, on 30 November 2026.
_READ = (
    "All pages on which ours is worse were read: on three, tables whose rows carry their heads "
    "(the truth has the cells in a row), on one the marks of notes, on one pull quotes that repeat "
    "the text. Nothing of an article was lost."
)
_NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Page:
    """A saved page, its address, and the text that is its article."""

    body: bytes
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Counts:
    """Shares of one page's shingles: found rightly, found wrongly, missed; they add up to 1."""

    right: float
    wrong: float
    missed: float


def pages_in(folder: Path) -> list[Page]:
    """The benchmark's pages, in the order of its ground truth."""
    truth = json.loads((folder / "ground-truth.json").read_text())
    return [
        Page(
            gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes()),
            entry["url"],
            entry["articleBody"],
        )
        for name, entry in truth.items()
    ]


def ours(page: Page) -> str:
    """The text as the archive would store it; nothing where we refuse the page."""
    try:
        return read_draft(SourceKind.HTML, page.body, Origin("page", _NOW, url=page.url)).text
    except SourceError:
        return ""


def alone(page: Page) -> str:
    """What trafilatura gives when nothing stands around it."""
    return trafilatura.extract(page.body, url=page.url, include_comments=False) or ""


def counts(truth: str, found: str) -> Counts:
    """How the shingles of `found` agree with those of `truth`."""
    wanted, had = _shingles(truth), _shingles(found)
    right = (wanted & had).total()
    wrong, missed = (had - wanted).total(), (wanted - had).total()
    total = (right + wrong + missed) or 1
    return Counts(right / total, wrong / total, missed / total)


def scores(pages: Sequence[Counts]) -> tuple[float, float, float]:
    """Precision, recall, F1."""
    right = sum(page.right for page in pages)
    precision = right / (right + sum(page.wrong for page in pages))
    recall = right / (right + sum(page.missed for page in pages))
    return precision, recall, 2 * precision * recall / (precision + recall)


def interval(first: Sequence[Counts], second: Sequence[Counts]) -> tuple[float, float]:
    """95 % of the difference in F1, by drawing pages again (bootstrap, both on the same pages)."""
    draw = random.Random(1)  # noqa: S311  no secret
    differences = []
    for _ in range(_SAMPLES):
        chosen = draw.choices(range(len(first)), k=len(first))
        one, other = ([side[n] for n in chosen] for side in (first, second))
        differences.append(scores(one)[2] - scores(other)[2])
    differences.sort()
    return differences[_SAMPLES // 40], differences[-_SAMPLES // 40]


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = _WORD.findall(text)
    return Counter(zip(*(words[n:] for n in range(_WORDS)), strict=False))


def _measured(read: Callable[[Page], str], pages: Sequence[Page]) -> tuple[list[Counts], float]:
    began = process_time()
    found = [counts(page.text, read(page)) for page in pages]
    return found, process_time() - began


def main() -> None:
    """Measure, print, write."""
    pages = pages_in(SHARED / "extraction")
    rows, kept, took = [], [], []
    for name, read in (("trafilatura alone", alone), ("ours", ours)):
        found, seconds = _measured(read, pages)
        precision, recall, f1 = scores(found)
        took.append(seconds)
        times = seconds / took[0]
        rows.append(f"| {name} | {precision:.3f} | {recall:.3f} | {f1:.4f} | {times:.1f} |")
        kept.append(found)
    low, high = interval(kept[1], kept[0])
    better = sum(mine.right > theirs.right + 0.01 for theirs, mine in zip(*kept, strict=True))
    worse = sum(theirs.right > mine.right + 0.01 for theirs, mine in zip(*kept, strict=True))
    head = (
        f"`python -m benchmarks.extraction`: {len(pages)} pages of Zyte's article extraction"
        f" benchmark, trafilatura {version('trafilatura')}, one run."
    )
    tail = (
        f"Difference in F1 (ours less trafilatura's), 95 % of {_SAMPLES:,} redrawn samples:"
        f" {low:+.4f} to {high:+.4f}. By more than a hundredth of a page better on {better} pages,"
        f" worse on {worse}.\n\n{_READ}"
    )
    table = "\n".join(
        ("| | precision | recall | F1 | times as long |", "|---|--:|--:|--:|--:|", *rows)
    )
    report = f"# Extraction of articles\n\n{head}\n\n{table}\n\n{tail}\n"
    (RESULTS / "extraction.md").write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
