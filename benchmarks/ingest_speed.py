"""What indexing costs beyond the embedding itself, and what a question waits for during a load.

The same texts are embedded bare and indexed into a fresh archive, in turns, in one run: a machine
that is busy with something else slows both. Real articles where ../shared/data is there, else
invented ones. `python -m benchmarks.ingest_speed [SETTING]`, SETTING as for EMBEDDING_MODEL; for
`local` it also writes benchmarks/results/ingest-speed.md.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import sys
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import TYPE_CHECKING

from benchmarks.places import RESULTS, SHARED
from benchmarks.synthetic import OUTLETS, Texts
from retrieval.archive import Archive
from retrieval.index.chroma import Stamp, VectorIndex, connected
from retrieval.index.indexer import Indexer, embedding_text
from retrieval.ingest import FetchConfig, Ingestor
from retrieval.llm.embeddings import local_encoder
from retrieval.llm.local import LocalEmbeddings, encode
from retrieval.search import Searcher
from retrieval.storage.database import Database, open_database
from retrieval.storage.reading import passages_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

    from retrieval.llm.local import Encoder, Matrix, Tokens

ROUNDS = 6
ARTICLES = 45
QUESTIONS = 40
_ARTICLES = SHARED / "realtimeqa-2022" / "articles.jsonl.gz"
_READING = FetchConfig(timeout_s=1, max_bytes=50_000_000, user_agent="bench", allow_private=False)


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds by the clock and of the processor, all threads together."""

    seconds: float = 0.0
    processor: float = 0.0

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.seconds + other.seconds, self.processor + other.processor)


@dataclass(frozen=True, slots=True)
class Parts:
    """A fresh archive and what works on it."""

    database: Database
    ingestor: Ingestor
    indexer: Indexer
    searcher: Searcher
    embeddings: LocalEmbeddings

    async def store(self, lines: Sequence[bytes]) -> None:
        """Store articles given as JSON lines."""
        async for _ in self.ingestor.add_upload("a.jsonl", b"\n".join(lines), added_by="bench"):
            pass

    async def texts(self) -> list[str]:
        """What the indexer will embed."""
        async with self.database.read() as connection:
            return [embedding_text(one) for one in await passages_of(connection, range(10_000))]


@asynccontextmanager
async def fresh(encoder: Encoder) -> AsyncIterator[Parts]:
    """An empty archive in a folder of its own."""

    async def dimension() -> int:
        return encoder.dimension

    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        database = await open_database(f"sqlite+aiosqlite:///{folder / 'sitrep.db'}")
        client = stack.enter_context(connected("", folder / "chroma"))
        vectors = await VectorIndex.open(client, "passages-1", Stamp("bench", "1"), dimension)
        archive = Archive(database, vectors, folder / "vectors")
        embeddings = LocalEmbeddings(encoder)
        yield Parts(
            database,
            Ingestor(archive, _READING),
            Indexer(database, vectors, embeddings),
            Searcher(archive, embeddings),
            embeddings,
        )
        embeddings.close()
        await database.close()


class Watched:
    """An encoder that counts the seconds for which it works."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.dimension, self.batch = encoder.dimension, encoder.batch
        self.seconds = 0.0

    def tokens(self, texts: Sequence[str], *, question: bool) -> list[Tokens]:
        """The encoder's."""
        start = perf_counter()
        made = self._encoder.tokens(texts, question=question)
        self.seconds += perf_counter() - start
        return made

    def run(self, tokens: Sequence[Tokens]) -> Matrix:
        """The encoder's."""
        start = perf_counter()
        made = self._encoder.run(tokens)
        self.seconds += perf_counter() - start
        return made


async def main(setting: str) -> None:
    name, encoder = local_encoder(setting)
    lines = articles(ARTICLES * (ROUNDS + 4))
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    now, cores = datetime.now(UTC), os.cpu_count()
    head = _HEAD.format(setting=setting, name=name, now=now, cores=cores, load=load)
    text = "\n".join([head, *await _speed(encoder, lines), "", *await _waiting(encoder, lines)])
    print(text)
    if setting == "local":
        await asyncio.to_thread((RESULTS / "ingest-speed.md").write_text, text + "\n", "utf-8")


_HEAD = """# Indexing beside the bare embedder

Written by `python -m benchmarks.ingest_speed {setting}` ({name}). In each round
the same passages are embedded bare and indexed from SQL into a fresh archive (Chroma, SQLite), in
changing order. Busy is the share of indexing for which the embedder was at work.

{now:%d %B %Y}, {cores} cores, load {load}.
"""


def articles(count: int) -> list[bytes]:
    """Articles as JSON lines."""
    if _ARTICLES.exists():
        lines = gzip.decompress(_ARTICLES.read_bytes()).splitlines()
        return lines[:: max(len(lines) // count, 1)][:count]
    texts = Texts()
    return [
        json.dumps(
            {
                "title": texts.sentence(-number, words=8),
                "source": OUTLETS[number % len(OUTLETS)],
                "text": "\n\n".join(texts.sentence(number * 10 + at) for at in range(10)),
            }
        ).encode()
        for number in range(count)
    ]


async def _speed(encoder: Encoder, lines: Sequence[bytes]) -> list[str]:
    """A table; processor time is there because others slow down what the clock says."""
    rows = [
        "|  | passages | bare /s | indexed /s | ratio | of processor time | busy |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    total = {"bare": Spent(), "indexed": Spent()}
    passages, storing, busy = 0, Spent(), 0.0
    encode(encoder, ["warm"] * 8)
    for number in range(ROUNDS):
        watched = Watched(encoder)
        async with fresh(watched) as parts:
            mine = lines[number * ARTICLES : (number + 1) * ARTICLES]
            storing += await spent(lambda parts=parts, mine=mine: parts.store(mine))  # type: ignore[misc]
            texts = await parts.texts()

            async def bare(texts: Sequence[str] = texts) -> None:
                await asyncio.to_thread(encode, encoder, texts)

            both: list[tuple[str, Callable[[], Awaitable[object]]]] = [
                ("bare", bare),
                ("indexed", parts.indexer.work),
            ]
            took = {name: await spent(run) for name, run in both[:: 1 if number % 2 else -1]}
        rows.append(_row(f"round {number + 1}", len(texts), took, watched.seconds))
        total = {name: total[name] + took[name] for name in total}
        passages += len(texts)
        busy += watched.seconds
    each = 1000 * storing.seconds / (ROUNDS * ARTICLES)
    stored = f"Storing the articles in SQL, before that: {each:.1f} ms an article."
    return [*rows, _row("all", passages, total, busy), "", stored]


def _row(name: str, passages: int, took: Mapping[str, Spent], busy: float) -> str:
    bare, indexed = took["bare"], took["indexed"]
    return (
        f"| {name} | {passages} | {passages / bare.seconds:.1f} | {passages / indexed.seconds:.1f} "
        f"| {bare.seconds / indexed.seconds:.3f} | {bare.processor / indexed.processor:.3f} "
        f"| {busy / indexed.seconds:.3f} |"
    )


async def _waiting(encoder: Encoder, lines: Sequence[bytes]) -> list[str]:
    """Latencies of questions on an archive at rest, and while it is given more."""
    async with fresh(encoder) as parts:
        await parts.store(lines[-ARTICLES:])
        await parts.indexer.work()
        asked = [f"What was said about {json.loads(line)['title']}?" for line in lines]
        idle = await _ask(parts, asked[:QUESTIONS])
        await parts.store(lines[: 8 * ARTICLES])
        load = asyncio.create_task(parts.indexer.work())
        await asyncio.sleep(0.5)
        loaded = await _ask(parts, asked[QUESTIONS : 2 * QUESTIONS])
        finished = load.done()
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
    rows = ["| milliseconds | idle p50 | p95 | during a load p50 | p95 |", "|---|--:|--:|--:|--:|"]
    for name in idle:
        shown = [
            f"{1000 * quantile(values[name], q):.0f}" for values in (idle, loaded) for q in (50, 95)
        ]
        rows.append(f"| {name} | {' | '.join(shown)} |")
    if finished:
        rows += ["", "The load ended before the questions did: the last columns mean little."]
    return rows


async def _ask(parts: Parts, questions: Sequence[str]) -> dict[str, list[float]]:
    """Seconds of each question, half of them only embedded, half searched for."""
    taken: dict[str, list[float]] = {"embedding a question": [], "a whole search": []}
    for number, question in enumerate(questions):
        run: Callable[[], Awaitable[object]]
        if number % 2:
            name, run = "a whole search", lambda one=question: parts.searcher.search(one)  # type: ignore[misc]
        else:
            name = "embedding a question"
            run = lambda one=question: parts.embeddings.aembed_query(one)  # type: ignore[misc]  # noqa: E731
        taken[name].append((await spent(run)).seconds)
        await asyncio.sleep(0.03 + 0.01 * (number % 7))
    return taken


async def spent(run: Callable[[], Awaitable[object]]) -> Spent:
    """What a call costs."""
    start, worked = perf_counter(), process_time()
    await run()
    return Spent(perf_counter() - start, process_time() - worked)


def quantile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` % of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)]


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "local"))
