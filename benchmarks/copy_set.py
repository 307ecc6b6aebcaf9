"""Real articles, the pairs of them that are alike, and what a reader says of those."""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.places import SHARED
from retrieval.models import ArticleDraft, Precision, Published
from retrieval.text.near_duplicates import TextPrint, text_print, word_runs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SETS = ("realtimeqa-2022", "t17")
LABELS = Path(__file__).with_name("copy_labels.json")
# Pairs below this were not looked at.
LOWEST = 0.3
# Runs of words that so many articles have are boilerplate, and no reason to compare them.
_COMMON = 200
_FEWEST_SHARED = 10
_FIRST_WORDS = 12
Pair = frozenset[str]


@dataclass(frozen=True, slots=True)
class Alike:
    """Two articles (ids) that share many word runs; `is_copy` is what the reader says."""

    names: Pair
    score: float
    is_copy: bool


@dataclass(frozen=True, slots=True)
class CopySet:
    """`alike` has all pairs from `LOWEST` on, without those of equal title and text."""

    drafts: Mapping[str, ArticleDraft]
    prints: Mapping[str, TextPrint]
    alike: Sequence[Alike]
    read: int


def load_set() -> CopySet:
    """Read the sets and compare all with all; a minute."""
    drafts = dict(_drafts())
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    copies = {frozenset(pair) for pair in labels["copies"]}
    alike = [
        Alike(pair, score, pair in copies)
        for pair, score in _pairs({name: word_runs(one.text) for name, one in drafts.items()})
        if len({(drafts[name].title, drafts[name].text) for name in pair}) > 1 or pair in copies
    ]
    compared = {name for one in alike for name in one.names}
    prints = {name: text_print(drafts[name].title, drafts[name].text) for name in compared}
    return CopySet(drafts, prints, alike, len(copies) + len(labels["others"]))


def _drafts() -> Iterator[tuple[str, ArticleDraft]]:
    for folder in SETS:
        for line in gzip.decompress((SHARED / folder / "articles.jsonl.gz").read_bytes()).split(
            b"\n"
        ):
            if line.strip():
                row: dict[str, Any] = json.loads(line)
                yield row["id"], _draft(row)


def _draft(row: dict[str, Any]) -> ArticleDraft:
    published = None
    if row.get("published_at"):
        at = datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC)
        published = Published(at, Precision.DAY)
    return ArticleDraft(
        title=row["title"] or " ".join(row["text"].split()[:_FIRST_WORDS]),
        text=row["text"],
        outlet=row.get("source") or row["topic"],
        # its own would hide that some addresses lead to one page
        url=f"https://bench.example/{row['id']}",
        published=published,
        language="en",
    )


def _pairs(runs: Mapping[str, set[int]]) -> Iterator[tuple[Pair, float]]:
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for name, mine in runs.items():
        shared = Counter(
            other for run in mine if len(holders[run]) < _COMMON for other in holders[run]
        )
        for run in mine:
            holders[run].append(name)
        for other, count in shared.items():
            # what is common is at most what the shorter one has
            if count < _FEWEST_SHARED or min(len(mine), len(runs[other])) < LOWEST * max(
                len(mine), len(runs[other])
            ):
                continue
            common = len(mine & runs[other])
            if (score := common / (len(mine) + len(runs[other]) - common)) >= LOWEST:
                yield frozenset((name, other)), score
