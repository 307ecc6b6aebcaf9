"""Of labelled articles: are the sentences that quote mode tells worth telling?

The sentences of 170 articles (shared data; the labels are ours, benchmarks/questions/told.jsonl)
were judged alone under their titles, by readers that had not seen the code: 3 the news itself, 2 a
telling detail, 1 background, 0 what no editor would send (scenes, general truths, captions,
adverts); with a `d` where it cannot be understood without those before it. Each article is told as
a story of its own, in three sentences, and beside it by its first three. Prints a table.
"""

from __future__ import annotations

import asyncio
import gzip
import json
from typing import TYPE_CHECKING

from rich.console import Console

from benchmarks.briefings import MOST, as_material
from benchmarks.places import ROOT, SHARED
from retrieval.briefing.ledger import Told
from retrieval.briefing.quoting import quote_story
from retrieval.llm.embeddings import open_embedding_model
from retrieval.settings import LibrarySettings
from retrieval.text.sentences import split_sentences

if TYPE_CHECKING:
    from collections.abc import Sequence

    from langchain_core.embeddings import Embeddings

LABELS = ROOT / "benchmarks" / "questions" / "told.jsonl"
COLUMNS = ("the news (3)", "a detail (2)", "background (1)", "filler (0)", "dangling")


async def main() -> None:
    """Tell, count, print."""
    console = Console()
    if not (SHARED / "t17").is_dir():
        console.print(f"No articles at {SHARED}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    model = open_embedding_model(LibrarySettings.read(_env_file=None, chat_model=""), None)
    labelled = _labelled()
    told = [await _told(model.port, text, title, day) for text, title, day, _ in labelled]
    model.close()
    ours = [_labels(ends, known) for ends, (_, _, _, known) in zip(told, labelled, strict=True)]
    # the labels stand in the order of the sentences
    lead = [_labels(list(known)[:MOST], known) for _, _, _, known in labelled]
    lines = [
        f"| of {len(labelled)} articles | told | sentences | {' | '.join(COLUMNS)} |",
        "|---|--:|--:|" + "--:|" * len(COLUMNS),
        _row("quote mode", ours),
        _row("the first three", lead),
    ]
    console.print("\n".join(lines), soft_wrap=True)


def _labelled() -> list[tuple[str, str, str, dict[int, str]]]:
    """Each article's text, title and day, and its labels by where their sentences end."""
    rows: dict[str, dict[str, str]] = {}
    for folder in ("realtimeqa-2022", "t17"):
        text = gzip.decompress((SHARED / folder / "articles.jsonl.gz").read_bytes()).decode()
        rows |= {row["id"]: row for row in map(json.loads, text.splitlines())}
    found = []
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        known = json.loads(line)
        row = rows[known["article"]]
        labels = known["labels"].split()
        spans = split_sentences(row["text"])[: len(labels)]
        by_end = {span.end: label for span, label in zip(spans, labels, strict=True)}
        found.append((row["text"], row["title"], row["published_at"], by_end))
    return found


async def _told(embeddings: Embeddings, text: str, title: str, day: str) -> list[int]:
    """Where the sentences end that quote mode tells of an article, in its order."""
    material = as_material([{"text": text, "title": title, "published_at": day}])
    draft = await quote_story(embeddings, material, Told(), MOST, more=False)
    return [claim.cited[0].end for claim in draft.claims] if draft else []


def _labels(ends: Sequence[int], known: dict[int, str]) -> list[str]:
    """The labels of told sentences; what leans on the one told before it does not dangle."""
    order = {end: place for place, end in enumerate(known)}
    found = []
    for at, end in enumerate(ends):
        label = known.get(end)
        if label is None:
            continue  # behind the sentences that were judged
        follows = at > 0 and order.get(ends[at - 1]) == order[end] - 1
        found.append(label.removesuffix("d") if follows else label)
    return found


def _row(name: str, told: Sequence[Sequence[str]]) -> str:
    every = [label for labels in told for label in labels]
    counts = [sum(label.startswith(kind) for label in every) for kind in "3210"]
    counts.append(sum(label.endswith("d") for label in every))
    shares = " | ".join(f"{count / len(every):.3f}" for count in counts)
    return f"| {name} | {sum(map(bool, told))} | {len(every)} | {shares} |"


if __name__ == "__main__":
    asyncio.run(main())
