"""`sitrep add` as a job: what a command had read before it was interrupted is not read again."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import signal
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.intake import Engine, IntakeJobs, Manners, Turns
from bot.intake.reading import SourceReader
from bot.intake.sources import Link, LocalFile, folded
from retrieval.ingest import files_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bot.intake.models import Item
    from bot.intake.sources import Source
    from bot.settings import BotSettings
    from retrieval.library import Library
    from retrieval.models import Outcome

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
ADDED_BY = "cli"


@dataclass(frozen=True, slots=True)
class Ahead:
    """What a command has to do: of `sources`, `waiting` are left; `before` articles were read."""

    number: int
    sources: int
    waiting: int
    before: int


class Reading:
    """Reads what one command names."""

    def __init__(self, library: Library, settings: BotSettings) -> None:
        manners = Manners(
            settings.fetch_at_once, settings.fetch_per_host, settings.fetch_host_pause_s
        )
        self._jobs = IntakeJobs(library.database)
        reader = SourceReader(library.ingestor)
        self._engine = Engine(self._jobs, Turns(manners), reader.read)

    async def look_ahead(self, names: Sequence[str]) -> Ahead:
        """The job of this command, begun now or when it was interrupted.

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
        ended: Callable[[Item], None],
    ) -> bool:
        """Read what waits; False if it was interrupted (Ctrl-C), to be continued.

        Raises:
            ArchiveError: the database failed; what was said has been kept.
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
    """Links, files, and the files in folders, as a person named them; each once.

    A folder stands for what is in it and below, sorted, without hidden files.
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
    except OSError:  # reading it will say so
        return LocalFile(str(path), 0, 0)
    return LocalFile(str(path), status.st_size, status.st_mtime_ns)


def _name(names: Sequence[str]) -> str:
    """The same for the same command in the same folder."""
    command = json.dumps([str(Path.cwd()), *names])
    return f"cli:{hashlib.sha256(command.encode(errors='surrogatepass')).hexdigest()}"


@contextmanager
def _interruptible(stopping: asyncio.Event) -> Iterator[None]:
    """The first Ctrl-C ends the work after what is under way; the second at once."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        stopping.set()
        loop.remove_signal_handler(signal.SIGINT)

    try:
        loop.add_signal_handler(signal.SIGINT, stop)
        loop.add_signal_handler(signal.SIGTERM, stopping.set)
    except NotImplementedError:  # Windows: what was said has been kept there too
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)
        loop.remove_signal_handler(signal.SIGTERM)
