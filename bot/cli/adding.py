"""`sitrep add` and `sitrep reindex`."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import signal
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bot.cli.json_output import outcome_json
from bot.features.adding.reading import Engine, FetchLimits, PoliteQueues, SourceReader
from bot.features.adding.sources import Link, LocalFile, folded
from bot.features.adding.store import IntakeJobs
from bot.features.adding.views import outcome_line, tally
from bot.ops.logs import set_up_logging
from bot.settings import BotSettings
from bot.telegram.rich_text import printed
from retrieval.errors import IndexBusyError
from retrieval.ingest import files_in
from retrieval.library import Library, open_library, reindex
from retrieval.models import Rejected

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.features.adding.jobs import JobItem
    from bot.features.adding.sources import Source
    from retrieval.models import Outcome


_STDIN = "-"
_SETS_MODEL = re.compile(r"\s*(?:export\s+)?EMBEDDING_MODEL\s*=", re.IGNORECASE)
# How often to try while another program has the vector index: for half a minute, the most that a
# bot's worker needs.
_LOOKS, _LOOK_EVERY_S = 20, 1.5


async def run_add(sources: Sequence[str], *, as_json: bool) -> int:
    """Add sources; returns the exit code: 1 if any was rejected, 130 if interrupted.

    Repeating an interrupted command continues it, except that standard input is read again.
    """
    settings = BotSettings.read()
    set_up_logging(settings, "WARNING")
    results: list[Outcome] = []
    indexed, done, before = True, True, 0

    def said(label: str, outcome: Outcome) -> None:
        results.append(outcome)
        progress.update(bar, articles=f"{len(results):,} articles")
        _say(label, outcome, as_json=as_json)

    async with open_library(settings) as library:
        with progress_bar() as progress:
            bar = progress.add_task("reading", total=None, articles="")
            if _STDIN in sources:
                async for label, outcome in library.ingestor.add(_STDIN, added_by=ADDED_BY):
                    said(label, outcome)
            if named := [source for source in sources if source != _STDIN]:
                reading = ResumableRun(library, settings)
                ahead = await reading.look_ahead(named)
                before = ahead.before
                if before:
                    sys.stderr.write(f"Continuing: {before:,} were read before.\n")
                progress.update(bar, total=ahead.sources, completed=ahead.sources - ahead.waiting)
                done = await reading.run(ahead, said, lambda _item: progress.advance(bar))
            progress.remove_task(bar)
            indexed = await index(library, progress) if done else True
    if not as_json and len(results) != 1:
        again = f"; {before:,} were read before" if before else ""
        sys.stdout.write(f"{tally(results)}{again}\n")
    if not done:
        sys.stderr.write("Interrupted; the same command again goes on from here.\n")
        return 130
    if not indexed:
        sys.stderr.write(
            "Stored, and found by its words. Another Sitrep has the vector index: a running bot "
            "will embed it, or the next `sitrep add`.\n"
        )
    nothing = not results and not before
    return 1 if nothing or any(isinstance(one, Rejected) for one in results) else 0


async def run_reindex(model: str = "") -> int:
    """Rebuild the vector index; `model` becomes EMBEDDING_MODEL."""
    settings = BotSettings.read(**({"embedding_model": model} if model else {}))
    set_up_logging(settings, "WARNING")
    with progress_bar() as progress:
        task = progress.add_task("embedding", total=None, articles="")
        done = await reindex(
            settings, lambda done, total: progress.update(task, completed=done, total=total)
        )
    sys.stdout.write(f"{done:,} articles indexed anew\n")
    if model:
        sys.stdout.write(f"{_remember_model(model)}\n")
    return 0


def _remember_model(model: str) -> str:
    """Write the model into `.env`, unless the environment sets another; returns what was done."""
    line = f"EMBEDDING_MODEL={model}"
    if os.environ.get("EMBEDDING_MODEL"):
        return f"Now set {line} in your environment; it overrides .env. Then restart the bot."
    path = Path(".env")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    kept = [one for one in lines if not _SETS_MODEL.match(one)]
    place = next((n for n, one in enumerate(lines) if _SETS_MODEL.match(one)), len(kept))
    kept.insert(place, line)
    path.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return f"{line} is set in .env. Restart the bot."


async def index(library: Library, progress: Progress) -> bool:
    """Embed pending revisions; False if another program keeps the index.

    Another `sitrep add` may release it just before it would have seen ours, so it tries again.
    """
    embedding = progress.add_task("embedding", total=None, articles="")
    for _ in range(_LOOKS):
        waiting = await library.indexer.waiting()
        if not waiting:
            return True
        progress.update(embedding, total=waiting)
        try:
            with library.index_lock():
                await library.indexer.work(lambda done: progress.advance(embedding, done))
        except IndexBusyError:
            await asyncio.sleep(_LOOK_EVERY_S)
    return not await library.indexer.waiting()


def progress_bar() -> Progress:
    """A progress bar on standard error, if that is a terminal."""
    console = Console(stderr=True)
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[articles]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )


def _say(label: str, outcome: Outcome, *, as_json: bool) -> None:
    """Print a result. It is called once the result is stored, so printed results are final."""
    if as_json:
        line = json.dumps(outcome_json(label, outcome), ensure_ascii=False)
    else:
        line = printed(outcome_line(label, outcome))
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
ADDED_BY = "cli"


@dataclass(frozen=True, slots=True)
class Ahead:
    """A command's work: of `sources`, `waiting` are left; `before` articles are done already."""

    number: int
    sources: int
    waiting: int
    before: int


class ResumableRun:
    """Reads the sources of a command, and continues if it was interrupted."""

    def __init__(self, library: Library, settings: BotSettings) -> None:
        manners = FetchLimits(
            settings.fetch_at_once, settings.fetch_per_host, settings.fetch_host_pause_s
        )
        self._jobs = IntakeJobs(library.database)
        reader = SourceReader(library.ingestor)
        self._engine = Engine(self._jobs, PoliteQueues(manners), reader.read)

    async def look_ahead(self, names: Sequence[str]) -> Ahead:
        """Begin this command's job, or find the interrupted one.

        Raises:
            ArchiveError: the database failed.
        """
        sources = await asyncio.to_thread(sources_of, names)
        name = _name(names)
        job = await self._jobs.named(name)
        if job is None:
            number = await self._jobs.begin(sources, added_by=ADDED_BY, name=name)
            return Ahead(number, len(sources), len(sources), 0)
        await self._jobs.bring_up_to_date(job.id, sources)
        view = await self._jobs.overview(job.id)
        waiting = view.sources - view.finished
        return Ahead(job.id, view.sources, waiting, view.counts.total)

    async def run(
        self,
        ahead: Ahead,
        said: Callable[[str, Outcome], None],
        ended: Callable[[JobItem], None],
    ) -> bool:
        """Read the waiting sources; False if interrupted (Ctrl-C), to be continued.

        Raises:
            ArchiveError: the database failed; results that were printed are stored.
        """
        stopping = asyncio.Event()
        with _interruptible(stopping):
            await self._engine.run(
                ahead.number, added_by=ADDED_BY, said=said, ended=ended, stopping=stopping
            )
        done = await self._jobs.finish(ahead.number)
        if done:
            await self._jobs.forget(ahead.number)
        return done


def sources_of(names: Sequence[str]) -> list[Source]:
    """Links, files, and the files in folders, without repetitions.

    A folder stands for all files in it and below, sorted, without hidden ones.
    """
    links = set(folded(name for name in names if _ADDRESS.match(name)))
    found: dict[str, Source] = {}
    for name in names:
        if not _ADDRESS.match(name):
            for path in files_in(Path(name)):
                found.setdefault(str(path), _file(path))
        elif name in links:
            found.setdefault(name, Link(name))
    return list(found.values())


def _file(path: Path) -> LocalFile:
    try:
        status = path.stat()
    except OSError:  # reading it will report that
        return LocalFile(str(path), 0, 0)
    return LocalFile(str(path), status.st_size, status.st_mtime_ns)


def _name(names: Sequence[str]) -> str:
    """The job's name: the same for the same command in the same folder."""
    command = json.dumps([str(Path.cwd()), *names])
    return f"cli:{hashlib.sha256(command.encode(errors='surrogatepass')).hexdigest()}"


@contextmanager
def _interruptible(stopping: asyncio.Event) -> Iterator[None]:
    """Let the first Ctrl-C end the work after the present sources, the second at once."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        loop.remove_signal_handler(signal.SIGINT)

    try:
        loop.add_signal_handler(signal.SIGINT, stop)
        loop.add_signal_handler(signal.SIGTERM, stopping.set)
    except NotImplementedError:  # Windows: Ctrl-C ends at once; printed results are stored, too
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        loop.remove_signal_handler(signal.SIGTERM)
