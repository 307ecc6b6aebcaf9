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
from retrieval.models import Draft, Precision, Published
from retrieval.near_copies import TextPrint, jaccard, text_print

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

    drafts: Mapping[str, Draft]
    prints: Mapping[str, TextPrint]
    alike: Sequence[Alike]
    read: int


def load_set() -> CopySet:
    """Read the sets and compare all with all; half a minute."""
    drafts = dict(_drafts())
    prints = {name: text_print(one.title, one.text) for name, one in drafts.items()}
    labels = json.loads(LABELS.read_text(encoding="utf-8"))
    copies = {frozenset(pair) for pair in labels["copies"]}
    alike = [
        Alike(pair, score, pair in copies)
        for pair, score in _pairs(prints)
        if len({(drafts[name].title, drafts[name].text) for name in pair}) > 1 or pair in copies
    ]
    return CopySet(drafts, prints, alike, len(copies) + len(labels["others"]))


def _drafts() -> Iterator[tuple[str, Draft]]:
    for folder in SETS:
        for line in gzip.decompress((SHARED / folder / "articles.jsonl.gz").read_bytes()).split(
            b"\n"
        ):
            if line.strip():
                row: dict[str, Any] = json.loads(line)
                yield row["id"], _draft(row)


def _draft(row: dict[str, Any]) -> Draft:
    published = None
    if row.get("published_at"):
        at = datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC)
        published = Published(at, Precision.DAY)
    return Draft(
        title=row["title"] or " ".join(row["text"].split()[:_FIRST_WORDS]),
        text=row["text"],
        outlet=row.get("source") or row["topic"],
        # its own would hide that some addresses lead to one page
        url=f"https://bench.example/{row['id']}",
        published=published,
        language="en",
    )


def _pairs(prints: Mapping[str, TextPrint]) -> Iterator[tuple[Pair, float]]:
    holders: defaultdict[int, list[str]] = defaultdict(list)
    for name, one in prints.items():
        for run in one.runs:
            holders[run].append(name)
    for name, one in prints.items():
        shared = Counter(
            other
            for run in one.runs
            if len(holders[run]) < _COMMON
            for other in holders[run]
            if other < name
        )
        for other, count in shared.items():
            if count >= _FEWEST_SHARED and (score := jaccard(one, prints[other])) >= LOWEST:
                yield frozenset((name, other)), score
