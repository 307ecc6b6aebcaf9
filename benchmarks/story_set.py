"""The labelled articles of stories-2022 as reports, embedded once and kept."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.places import CACHE, SHARED
from retrieval.briefing.reports import Report, summarise_vectors
from retrieval.index.indexer import embedding_text
from retrieval.index.stories import LEAD, PASSAGES
from retrieval.llm.embeddings import local_encoder
from retrieval.llm.local import encode
from retrieval.models import Article, Passage, Precision, Published
from retrieval.text.sentences import SPLITTER_VERSION, split

if TYPE_CHECKING:
    from collections.abc import Sequence

LABELS = SHARED / "stories-2022"
ARTICLES = SHARED / "realtimeqa-2022" / "articles.jsonl.gz"
# The labelled weeks, and a month before them, so that the book need not begin empty.
FIRST, LAST = "2022-05-15", "2022-07-10"
_FIRST_WORDS = 12
# Another EMBEDDING_MODEL of this machine: SITREP_BENCH_MODEL.
MODEL = os.environ.get("SITREP_BENCH_MODEL", "local")


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """Reports in order of time; of those with labels, their places among them and the labels."""

    reports: tuple[Report, ...]
    labelled: tuple[int, ...]
    first_reader: tuple[str, ...]
    second_reader: tuple[str, ...]

    def alone(self) -> tuple[Report, ...]:
        """Only the reports that have labels."""
        return tuple(self.reports[at] for at in self.labelled)


def load_set() -> LabelledSet:
    """Read the set; embeds about 4,000 passages the first time, some minutes on two cores."""
    rows = [row for row in read_articles() if FIRST <= (row["published_at"] or "") <= LAST]
    rows.sort(key=lambda row: (row["published_at"], row["id"]))
    passages = [_passages(number, row) for number, row in enumerate(rows, start=1)]
    vectors = iter(_embedded([one for some in passages for one in some]))
    reports = [
        _report(number, row, [next(vectors) for _ in some])
        for number, (row, some) in enumerate(zip(rows, passages, strict=True), start=1)
    ]
    first, second = (
        json.loads((LABELS / name).read_text(encoding="utf-8"))
        for name in ("stories.json", "stories-second-reader.json")
    )
    labelled = tuple(at for at, row in enumerate(rows) if row["id"] in first)
    return LabelledSet(
        tuple(reports),
        labelled,
        tuple(first[rows[at]["id"]] for at in labelled),
        tuple(second[rows[at]["id"]] for at in labelled),
    )


def model_name() -> str:
    """The name of the embedding model whose vectors these are."""
    return local_encoder(MODEL)[0]


def read_articles() -> list[dict[str, Any]]:
    """The articles as they stand in the set."""
    lines = gzip.decompress(ARTICLES.read_bytes()).splitlines()
    return [json.loads(line) for line in lines]


def _article(number: int, row: dict[str, Any]) -> Article:
    title = row["title"] or " ".join(row["text"].split()[:_FIRST_WORDS])
    published = Published(_instant(row), Precision.DAY)
    return Article(number, number, 1, title, row["source"], row["url"], None, published, "en")


def _instant(row: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC)


def _passages(number: int, row: dict[str, Any]) -> list[str]:
    article = _article(number, row)
    cut = split(row["text"])[:PASSAGES]
    return [
        embedding_text(Passage("", article, n, one.span, one.span.of(row["text"]), one.sentences))
        for n, one in enumerate(cut)
    ]


def _report(number: int, row: dict[str, Any], vectors: list[Any]) -> Report:
    vector, unity = summarise_vectors(vectors)
    return Report(_article(number, row), row["text"][:LEAD], _instant(row), vector, unity)


def _embedded(texts: Sequence[str]) -> list[Any]:
    name, encoder = local_encoder(MODEL)
    path = CACHE / f"stories-2022-{SPLITTER_VERSION}-{name.replace('/', '-')}-{len(texts)}.npy"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        np.save(path, encode(encoder, texts).astype(np.float16))
    return list(np.load(path).astype(np.float32))
