"""How large a passage should be: search by meaning alone, with passages cut at several sizes.

    python -m benchmarks.passage_sizes      # about ten minutes on two cores

The articles that answer a question of realtimeqa-2022 and as many others, each size embedded anew.
"""

from __future__ import annotations

import gzip
import json
import random
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.places import ROOT, SHARED
from retrieval.llm.local import MiniLM, encode
from retrieval.text.sentences import split_passages, split_sentences

if TYPE_CHECKING:
    from typing import Any

SET = SHARED / "realtimeqa-2022"
RESULTS = ROOT / "benchmarks" / "results" / "passage-sizes.md"
# The most and, where a paragraph ends, the least code points of a passage.
SIZES = ((300, 150), (550, 300), (850, 450), (1200, 650))
OTHERS = 250


def main() -> None:
    """Print and write the table."""
    articles, questions = _read()
    lines = ["| at most | passages | Hits@4 | Hits@10 | MRR@10 | s |", "|--:|--:|--:|--:|--:|--:|"]
    table = Table("at most", "passages", "Hits@4", "Hits@10", "MRR@10", "s")
    for most, least in SIZES:
        row = [str(most), *_measure(articles, questions, most, least)]
        table.add_row(*row)
        lines.append(f"| {' | '.join(row)} |")
    Console().print(table)
    about = f"{len(questions)} questions, {len(articles)} articles, meaning alone, MiniLM."
    RESULTS.write_text(f"# Sizes of passages\n\n{about}\n\n" + "\n".join(lines) + "\n")


def _read() -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    lines = (SET / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [one for one in map(json.loads, lines) if one.get("gold")]
    gold = {name for one in questions for name in one["gold"]}
    with gzip.open(SET / "articles.jsonl.gz", "rt", encoding="utf-8") as file:
        articles = [json.loads(line) for line in file]
    wanted = [one for one in articles if one["id"] in gold]
    others = [one for one in articles if one["id"] not in gold]
    random.Random(5).shuffle(others)  # noqa: S311  not for secrets
    return [*wanted, *others[:OTHERS]], questions


def _measure(
    articles: list[dict[str, Any]], questions: list[dict[str, Any]], most: int, least: int
) -> list[str]:
    texts, owners = [], []
    for article in articles:
        sentences = split_sentences(article["text"])
        cut = split_passages(article["text"], sentences, max_chars=most, min_chars=least)
        head = f"{article.get('title') or ''} ({article.get('source') or ''})"
        texts += [f"{head}\n{one.span.of(article['text'])}" for one in cut]
        owners += [article["id"]] * len(cut)
    model = MiniLM()
    start = perf_counter()
    matrix = encode(model, texts)
    seconds = perf_counter() - start
    asked = [encode(model, [one["question"]], question=True)[0] for one in questions]
    places = [
        _place(matrix @ vector, owners, set(one["gold"]))
        for vector, one in zip(asked, questions, strict=True)
    ]
    hits = [np.mean([place <= k for place in places]) for k in (4, 10)]
    reciprocal = np.mean([1 / place if place <= 10 else 0 for place in places])
    return [str(len(texts)), *(f"{one:.3f}" for one in (*hits, reciprocal)), f"{seconds:.0f}"]


def _place(scores: np.ndarray[Any, Any], owners: list[str], gold: set[str]) -> int:
    """The place, from 1, of the first article that answers, each by its best passage."""
    ranked = dict.fromkeys(owners[n] for n in np.argsort(-scores))
    return next((place for place, name in enumerate(ranked, 1) if name in gold), 10_000)


if __name__ == "__main__":
    main()
