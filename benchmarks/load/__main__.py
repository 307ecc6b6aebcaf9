"""The real bot under load: rate, latency, stalls, memory, start-up, imports.

    python -m benchmarks.load                       # about twelve minutes
    python -m benchmarks.load --hour                # memory over an hour instead of five minutes
    python -m benchmarks.load --large               # start-up at 100,000 passages as well
    python -m benchmarks.load --only loads --seconds 10

Results go to benchmarks/results/load.md when everything was run.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx

from benchmarks.load import figures
from benchmarks.load.bot import RunningProgram, running_program
from benchmarks.load.crowd import crowd, people
from benchmarks.load.importing import importing
from benchmarks.places import RESULTS
from benchmarks.speed_archive import build
from benchmarks.synthetic import make_corpus
from bot.local_api import Limits, LocalBotApi, local_bot_api
from retrieval.index.chroma import Stamp
from retrieval.text.sentences import SPLITTER_VERSION
from tests.support.openai_server import OpenAIServer, Reply, openai_server, prompt_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.local_api import Person

PASSAGES = 10_000
LARGE = 100_000
READERS = (1, 10, 100, 500)
AT_ONCE = 32
# Enough pieces for the bot to show drafts on the way.
PIECES = 8
PACE_S = 0.04
STAMP = Stamp("all-MiniLM-L6-v2-int8", SPLITTER_VERSION)  # what EMBEDDING_MODEL=local means


def reply(request: dict[str, object]) -> Reply:
    """The first words of the first sentence that was shown, cited, at a fixed pace."""
    lines = prompt_of(request).splitlines()
    mark, _, sentence = next(one for one in lines if one.startswith("[1.1]")).partition(" ")
    words = sentence.split()[: PIECES * 2 - 1]
    pieces = [" ".join(words[at : at + 2]) + " " for at in range(0, len(words), 2)]
    return Reply("", (*pieces, mark), pace=PACE_S)


class Bench:
    """The two servers, and archives by size."""

    def __init__(self, api: LocalBotApi, model: OpenAIServer, folder: Path) -> None:
        self.api, self.model, self._folder = api, model, folder
        self._next = 10_000

    async def archive(self, passages: int) -> Path:
        """A data directory with so many passages."""
        folder = self._folder / str(passages)
        if not folder.exists():
            await asyncio.to_thread(folder.mkdir)
            if passages:
                await build(folder, make_corpus(passages, questions=1), STAMP)
        return folder

    @asynccontextmanager
    async def bot(self, folder: Path, at_once: int = AT_ONCE) -> AsyncIterator[RunningProgram]:
        """The bot on an archive."""
        settings = {
            "DATA_DIR": str(folder),
            "TELEGRAM_BOT_TOKEN": self.api.token,
            "TELEGRAM_API_URL": self.api.address,
            "CHAT_MODEL": "openai:fake-model",
            "OPENAI_BASE_URL": self.model.base_url,
            "OPENAI_API_KEY": self.model.api_key,
            "QUESTIONS_AT_ONCE": str(at_once),
            "MESSAGES_PER_SECOND": "1000",
            "MODEL_THRESHOLD": "0",  # made-up words look like no answer to anything
        }
        async with running_program(settings) as program:
            yield program

    def readers(self, count: int) -> list[Person]:
        """So many who never wrote before."""
        self._next += count
        return people(self.api, count, self._next - count)

    async def model_time(self) -> float:
        """Seconds that the model takes for an answer when nothing else happens."""
        body = {
            "model": "fake-model",
            "stream": True,
            "stream_options": {"include_usage": True},
            "messages": [{"role": "user", "content": "[1.1] " + "word " * 100}],
        }
        headers = {"Authorization": f"Bearer {self.model.api_key}"}
        address = f"{self.model.base_url}/chat/completions"
        async with httpx.AsyncClient() as client:
            start = time.perf_counter()
            (await client.post(address, json=body, headers=headers)).raise_for_status()
            return time.perf_counter() - start


async def measure_loads(bench: Bench, seconds: float) -> list[figures.Load]:
    """Each number of readers; the largest again with as many questions at once."""
    rows = []
    folder = await bench.archive(PASSAGES)
    runs = [(count, AT_ONCE) for count in READERS] + [(READERS[-1], READERS[-1])]
    for at_once in dict.fromkeys(at for _, at in runs):
        async with bench.bot(folder, at_once) as program:
            await crowd(bench.api, bench.readers(1), 3, PASSAGES)  # what is lazy is loaded now
            for count in (count for count, at in runs if at == at_once):
                await asyncio.sleep(1.5)  # the line of the second before is read
                program.fresh()
                before = program.cpu_s
                heard = await crowd(bench.api, bench.readers(count), seconds, PASSAGES)
                bench.model.requests.clear()
                await asyncio.sleep(1.5)
                share = (program.cpu_s - before) / heard.took_s
                stall = program.stall_ms, program.gc_ms, program.where
                memory = program.memory_mb()
                rows.append(figures.Load(count, at_once, heard, *stall, share, memory))
                print(rows[-1].readers, at_once, f"{heard.a_second:.1f} answers/s", stall)
    return rows


async def measure_memory(bench: Bench, minutes: float, readers: int = 30) -> str:
    """Resident memory, a sample a second."""
    samples: list[float] = []

    async def sample(program: RunningProgram) -> None:
        while True:
            samples.append(program.memory_mb("RssAnon"))
            bench.model.requests.clear()
            await asyncio.sleep(1)

    async with bench.bot(await bench.archive(PASSAGES)) as program:
        await crowd(bench.api, bench.readers(1), 3, PASSAGES)
        sampling = asyncio.create_task(sample(program))
        heard = await crowd(bench.api, bench.readers(readers), minutes * 60, PASSAGES)
        sampling.cancel()
    return figures.memory(samples, minutes, readers, heard)


async def measure_starts(bench: Bench, sizes: list[int]) -> list[figures.Start]:
    """A start and a first answer at each size."""
    rows = []
    for size in sizes:
        folder = await bench.archive(size)
        # The second start counts: the first may have something to prepare.
        for _ in range(2):
            bench.api.gateway.log.clear()
            start = time.perf_counter()
            async with bench.bot(folder) as program:
                reader = bench.readers(1)[0]
                while not bench.api.calls("getUpdates"):  # noqa: ASYNC110  the log has no event
                    await asyncio.sleep(0.01)
                ready = time.perf_counter() - start
                await reader.send("Which report says this?")
                await reader.wait_for_reply(timeout=60)
                answered = time.perf_counter() - start
                memory = program.memory_mb(), program.memory_mb("RssAnon")
        rows.append(figures.Start(size, ready, answered, *memory))
        print(rows[-1])
    return rows


async def measure(options: argparse.Namespace) -> str:
    """All that was asked for, as Markdown."""
    only = options.only
    with tempfile.TemporaryDirectory(prefix="sitrep-load-") as folder:
        async with local_bot_api(limits=Limits.off()) as api, openai_server() as model:
            model.reply_with(reply)
            bench = Bench(api, model, Path(folder))
            model_s = await bench.model_time()
            text = figures.head(PASSAGES, model_s)
            if only in {None, "loads"}:
                text += figures.loads(await measure_loads(bench, options.seconds), model_s)
            if only in {None, "memory"}:
                text += await measure_memory(bench, 60 if options.hour else options.minutes)
            if only in {None, "starts"}:
                sizes = [0, PASSAGES, *([LARGE] if options.large else [])]
                text += figures.starts(await measure_starts(bench, sizes))
    if only in {None, "imports"}:
        text += figures.imports(*await asyncio.to_thread(importing))
    return text


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--only", choices=["loads", "memory", "starts", "imports"])
    parser.add_argument("--seconds", type=float, default=30, help="of load by number of readers")
    parser.add_argument("--minutes", type=float, default=5, help="of the memory run")
    parser.add_argument("--hour", action="store_true", help="the memory run takes an hour")
    parser.add_argument("--large", action="store_true", help=f"start with {LARGE:,} passages too")
    options = parser.parse_args()
    text = asyncio.run(measure(options))
    print(text)
    if options.only is None:
        (RESULTS / "load.md").write_text(text)


if __name__ == "__main__":
    main()
