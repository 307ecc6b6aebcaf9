"""Feeds are read in a worker: what a hostile one does there, it does to a process of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from retrieval.errors import ExtractError
from retrieval.feeds.identity import keyed
from retrieval.feeds.models import Document  # noqa: TC001  pydantic reads it
from retrieval.ingest.workers import NOT_STARTED
from retrieval.ingest.workers.processes import DiedError, NotStartedError, Workers
from retrieval.ingest.workers.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from retrieval.feeds.getting import Answer
    from retrieval.feeds.models import Keyed


@dataclass(frozen=True, slots=True)
class FeedTask:
    """What a server sent for a feed's address, and the type that it gave it."""

    body: bytes
    url: str
    content_type: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A document, or the sentence that says why there is none."""

    document: Document | None = None
    reason: str | None = None


WIRE = Wire(FeedTask, Found)


def read_here(task: FeedTask) -> Iterator[Found]:
    """What the one item for a task is; what a worker does, or this process for itself."""
    from retrieval.feeds.parsing import read_feed  # noqa: PLC0415  heavy, and mostly a worker's

    try:
        yield Found(read_feed(task.body, task.url, task.content_type))
    except ExtractError as error:
        yield Found(reason=str(error))
    except (MemoryError, RecursionError):
        yield Found(reason="It takes more memory than a feed should.")


class FeedPool:
    """Reads feeds in workers. Close it."""

    def __init__(self, memory: int = 512_000_000, timeout_s: float = 20.0) -> None:
        self._workers = Workers("retrieval.feeds.worker", WIRE, 1, memory, timeout_s)

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._workers.close()

    def problem(self) -> str | None:
        """Why no feed can be read, whatever it is; None where all is well."""
        return self._workers.problem()

    def read(self, task: FeedTask) -> Iterator[Found]:
        """As `read_here`, in a worker."""
        try:
            yield from self._workers.ask(task)
        except NotStartedError:
            yield Found(reason=NOT_STARTED)
        except DiedError as death:
            slow = f"Reading it took longer than {death.late:g} seconds."
            yield Found(reason="Reading it failed." if death.late is None else slow)


class Documents:
    """Reads documents off the event loop, one at a time: `ask` is what does it."""

    def __init__(self, ask: Callable[[FeedTask], Iterable[Found]] = read_here) -> None:
        self._ask = ask
        self._one = asyncio.Semaphore(1)

    async def read(self, answer: Answer) -> tuple[Document, list[Keyed]]:
        """The feed in an answer, and its entries with their names.

        Raises:
            ExtractError: it is none.
        """
        task = FeedTask(answer.body, answer.url, answer.headers.get("Content-Type", ""))

        def work() -> tuple[Document, list[Keyed]]:
            # A worker that a feed has taken over, or killed late, may say anything, or nothing.
            found = Found()
            for number, found in enumerate(self._ask(task)):
                if number or found.document is None:
                    raise ExtractError(found.reason or "Reading it failed.")
            if found.document is None:
                raise ExtractError("Reading it failed.")
            return found.document, keyed(found.document.entries)

        async with self._one:
            return await asyncio.to_thread(work)
