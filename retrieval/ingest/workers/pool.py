"""Workers that read content: files, pages, the members of a zip file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from retrieval.ingest.extract.kinds import Kind
from retrieval.ingest.parsing import Item
from retrieval.ingest.workers.contents import WIRE
from retrieval.ingest.workers.processes import DiedError, NotStartedError, Workers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.ingest.parsing import Task

# After so many members that ended their worker, the rest of a zip file is not tried.
_MAX_DEATHS = 3
_BROKEN = "Reading it failed, so it seems to be broken; save it anew, or send its text."
NOT_STARTED = (
    "It wasn't read because part of this bot's installation is broken, which isn't its fault: ask "
    "whoever runs the bot to run sitrep doctor, then try again."
)
_GIVEN_UP = f"After {_MAX_DEATHS} files that could not be read, the rest of the zip file was left."


class Pool:
    """Reads contents in workers; how many at once is `Reading.places`. Close it."""

    def __init__(self, size: int = 2, memory: int = 512_000_000, timeout_s: float = 20.0) -> None:
        self._workers = Workers("retrieval.ingest.workers", WIRE, size, memory, timeout_s)

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._workers.close()

    def problem(self) -> str | None:
        """Why nothing can be read, whatever it is; None where all is well."""
        return self._workers.problem()

    def parse(self, task: Task) -> Iterator[Item]:
        """The items in the task's content, as `parsing.parse` gives them."""
        for _ in range(_MAX_DEATHS):
            begun = Item(0)
            try:
                for item in self._workers.ask(task):
                    begun = item
                    yield item
            except DiedError as death:
                yield Item(begun.number, begun.name, reason=_why(death))
                if isinstance(death, NotStartedError):
                    return
                if task.kind is not Kind.ZIP or not begun.number:
                    return
                task = replace(task, skip=begun.number)
            else:
                return
        yield Item(0, reason=_GIVEN_UP)


def _why(death: DiedError) -> str:
    if isinstance(death, NotStartedError):
        return NOT_STARTED
    if death.late is None:
        return _BROKEN
    return f"Reading it took longer than {death.late:g} seconds; send its text instead."
