"""The local embedding models side by side: what they find by meaning alone, and how fast they are.

On the first passages of the articles that answer the questions of realtimeqa-2022, among others of
the same weeks; and on invented reports asked for in Ukrainian and Russian. Models whose package is
not installed are left out. Writes benchmarks/results/embedders.md; a few minutes.
"""

from __future__ import annotations

import gzip
import json
import os
import random
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np
from rich.console import Console

from benchmarks.crosslingual import REPORTS
from benchmarks.places import RESULTS, SHARED
from retrieval.errors import ModelSettingsError
from retrieval.llm.embeddings import local_encoder
from retrieval.llm.local import encode
from retrieval.text.sentences import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from retrieval.llm.local import Encoder, Matrix

SETTINGS = ("local", "local-static", "local-multilingual")
PASSAGES = 1_200
_SET = SHARED / "realtimeqa-2022"
# Encoded by all models in turns, so that what else the machine does slows all of them.
_STEP = 100


@dataclass(frozen=True, slots=True)
class Questions:
    """`texts[i]` is answered by the passages at the places `gold[i]`."""

    texts: list[str]
    gold: list[set[int]]


@dataclass(slots=True)
class Measured:
    """An encoder at work: its vectors of the passages so far, the seconds for them."""

    setting: str
    encoder: Encoder
    rows: list[Matrix]
    seconds: float = 0.0

    def read(self, texts: Sequence[str]) -> None:
        """Embed passages."""
        start = perf_counter()
        self.rows.append(encode(self.encoder, texts))
        self.seconds += perf_counter() - start

    def ask(self, texts: Sequence[str]) -> tuple[Matrix, float]:
        """Vectors of questions asked one by one, and the median of their milliseconds."""
        vectors, took = [], []
        for text in texts:
            start = perf_counter()
            vectors.append(encode(self.encoder, [text], question=True)[0])
            took.append(1000 * (perf_counter() - start))
        return np.array(vectors), median(took)


def main() -> None:
    console = Console()
    if "--memory" in sys.argv:
        for setting in SETTINGS:
            console.print(f"{setting}: {_memory_mb(setting)} MB")
        return
    if not _SET.is_dir():
        console.print(f"No questions at {_SET}; see SITREP_SHARED_DATA.")
        raise SystemExit(1)
    passages, asked = _real()
    ours = len(passages)
    passages += [report.text for report in REPORTS]
    gold = [{ours + place} for place in range(len(REPORTS))]
    ukrainian = Questions([report.ukrainian for report in REPORTS], gold)
    russian = Questions([report.russian for report in REPORTS], gold)
    models = [model for setting in SETTINGS if (model := _opened(setting, console))]
    for at in range(0, len(passages), _STEP):
        for model in models:
            model.read(passages[at : at + _STEP])
    lines = [
        f"| {' | '.join(_COLUMNS)} |",
        f"|---{'|--:' * (len(_COLUMNS) - 1)}|",
        *(
            f"{_row(model, asked, ukrainian, russian)} {_memory_mb(model.setting)} |"
            for model in models
        ),
    ]
    table = "\n".join(lines)
    console.print(table, soft_wrap=True)
    text = _INTRODUCTION.format(
        questions=len(asked.texts),
        passages=ours,
        reports=len(REPORTS),
        now=datetime.now(UTC),
        cores=os.cpu_count(),
        load=", ".join(f"{load:.1f}" for load in os.getloadavg()),
    )
    (RESULTS / "embedders.md").write_text(f"{text}\n{table}\n", encoding="utf-8")


_COLUMNS = (
    "EMBEDDING_MODEL",
    "Hits@4",
    "Hits@10",
    "MRR@10",
    "Ukrainian Hits@4",
    "Russian Hits@4",
    "passages/s",
    "ms/question",
    "likeness: answer",
    "all",
    "MB",
)
_MEMORY = """
import sys, numpy, onnxruntime, tokenizers
from retrieval.llm.embeddings import local_encoder
from retrieval.llm.local import encode
def resident():
    status = open("/proc/self/status", encoding="ascii").read()
    return int(status.split("VmRSS:")[1].split()[0]) // 1024
before = resident()
_, encoder = local_encoder(sys.argv[1])
encode(encoder, ["The bridge was opened on Friday by the mayor of the town. " * 12] * 8)
print(resident() - before)
"""
_INTRODUCTION = """# Embedding models of this machine

Written by `python -m benchmarks.embedders`. Search by meaning alone, without words and dates:
{questions} questions of realtimeqa-2022 against the first passages of {passages} articles;
{reports} invented English reports among them, asked for in Ukrainian and in Russian.
Speeds are of two cores, all models in turns. Likeness is the median cosine of a question to its
answer, and to all passages.

{now:%d %B %Y}, {cores} cores, load {load}.
"""


def _memory_mb(setting: str) -> int:
    """How much memory of a process of its own a model takes, with a batch of passages."""
    done = subprocess.run(  # noqa: S603  our own interpreter
        [sys.executable, "-c", _MEMORY, setting], capture_output=True, text=True, check=True
    )
    return int(done.stdout)


def _opened(setting: str, console: Console) -> Measured | None:
    try:
        _, encoder = local_encoder(setting)
    except ModelSettingsError as error:
        console.print(str(error))
        return None
    encode(encoder, ["warm"] * 8)
    return Measured(setting, encoder, [])


def _real() -> tuple[list[str], Questions]:
    """First passages of all articles that answer a question, and of some others by chance."""
    lines = (_SET / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = [row for row in map(json.loads, lines) if row["gold"]]
    wanted = {name for row in questions for name in row["gold"]}
    articles = [
        json.loads(line)
        for line in gzip.decompress((_SET / "articles.jsonl.gz").read_bytes()).splitlines()
    ]
    chance = random.Random(7)  # noqa: S311  not for secrets
    chance.shuffle(articles)
    articles.sort(key=lambda article: article["id"] not in wanted)
    chosen = [
        (article, drafts[0].span)
        for article in articles[:PASSAGES]
        if (drafts := split(article["text"]))
    ]
    place = {article["id"]: number for number, (article, _) in enumerate(chosen)}
    texts = [
        f"{article['title']} ({article['source']})\n{span.of(article['text'])}"
        for article, span in chosen
    ]
    gold = [{place[name] for name in row["gold"] if name in place} for row in questions]
    return texts, Questions([row["question"] for row in questions], gold)


def _row(model: Measured, asked: Questions, *foreign: Questions) -> str:
    passages = np.concatenate(model.rows)
    vectors, milliseconds = model.ask(asked.texts)
    likeness = vectors @ passages.T
    answers = [
        max(row[place] for place in gold)
        for row, gold in zip(likeness, asked.gold, strict=True)
        if gold
    ]
    hits4, hits10, mrr = _quality(likeness, asked)
    abroad = [_quality(model.ask(one.texts)[0] @ passages.T, one)[0] for one in foreign]
    numbers = [hits4, hits10, mrr, *abroad]
    shown = [
        model.setting,
        *(f"{number:.3f}" for number in numbers),
        f"{len(passages) / model.seconds:.0f}",
        f"{milliseconds:.1f}",
        f"{median(answers):.2f}",
        f"{np.median(likeness):.2f}",
    ]
    return f"| {' | '.join(shown)} |"


def _quality(likeness: Matrix, asked: Questions) -> tuple[float, float, float]:
    """Hits@4, Hits@10, reciprocal rank at 10, averaged over the questions."""
    places = []
    for row, gold in zip(likeness, asked.gold, strict=True):
        best = np.argsort(-row)[:10].tolist()
        places.append(next((n for n, place in enumerate(best, 1) if place in gold), None))
    found = [place for place in places if place]
    count = len(places)
    return (
        sum(place <= 4 for place in found) / count,
        len(found) / count,
        sum(1 / place for place in found) / count,
    )


if __name__ == "__main__":
    main()
