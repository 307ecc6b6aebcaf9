"""Clustering of real articles with labelled stories; without embeddings, which take too long."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

from retrieval.briefing.clustering import OnlineClusterer
from retrieval.briefing.reports import Report
from retrieval.models import Article
from tests.support.shared import SHARED, needs_shared


def report(number: int, row: dict[str, Any]) -> Report:
    title = row["title"] or " ".join(row["text"].split()[:12])
    at = datetime.fromisoformat(row["published_at"]).replace(tzinfo=UTC)
    article = Article(number, number, 1, title, row["source"], None, None, None, "en")
    return Report(article, row["text"][:2000], at)


@needs_shared
def test_real_articles_find_their_stories_by_words_alone() -> None:
    labels = json.loads((SHARED / "stories-2022" / "stories.json").read_text(encoding="utf-8"))
    lines = gzip.decompress((SHARED / "realtimeqa-2022" / "articles.jsonl.gz").read_bytes())
    rows = [row for row in map(json.loads, lines.splitlines()) if row["id"] in labels]
    rows.sort(key=lambda row: (row["published_at"], row["id"]))
    book = OnlineClusterer()
    found = [book.place(report(number, row)).story_id for number, row in enumerate(rows)]
    wanted = [labels[row["id"]] for row in rows]
    both = Counter(zip(found, wanted, strict=True))
    clusters, classes = Counter(found), Counter(wanted)
    pairs = list(zip(found, wanted, strict=True))
    precision = sum(both[pair] / clusters[pair[0]] for pair in pairs) / len(pairs)
    recall = sum(both[pair] / classes[pair[1]] for pair in pairs) / len(pairs)
    # .88 and .89; every article alone would have a recall of .62
    assert precision > 0.85
    assert recall > 0.82
