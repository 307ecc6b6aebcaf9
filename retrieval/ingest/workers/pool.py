"""Workers, started when needed and used again; one that dies takes only its own file with it."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING

from retrieval.ingest.extract.kinds import Kind
from retrieval.ingest.parsing import Item
from retrieval.ingest.workers.wire import receive_item, send_task

if TYPE_CHECKING:
    from collections.abc import Iterator

    from retrieval.ingest.parsing import Task

log = logging.getLogger(__name__)

# After so many members that ended their worker, the rest of a zip file is not tried.
_MAX_DEATHS = 3
_BROKEN = "Reading it failed, so it seems to be broken; save it anew, or send its text."
_GIVEN_UP = f"After {_MAX_DEATHS} files that could not be read, the rest of the zip file was left."
_LAST_WORDS = 2_000
_START_S = 60.0


class _DiedError(Exception):
    """A worker ended before its answer did; `str()` is the sentence for the person."""


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process with its pipes; `errors` is where it writes what went wrong."""

    process: subprocess.Popen[bytes]
    tasks: IO[bytes]
    items: IO[bytes]
    errors: IO[bytes]

    def end(self) -> None:
        """Kill it, and leave nothing behind."""
        self.process.kill()
        self.process.wait()
        for stream in (self.tasks, self.items, self.errors):
            try:
                stream.close()
            except BrokenPipeError:  # what it had not read yet
                continue

    def last_words(self) -> str:
        """The end of what it wrote to standard error."""
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - _LAST_WORDS))
        return self.errors.read().decode(errors="replace").strip()


class Pool:
    """Starts a worker for each content that is being read, and keeps `size` for the next.

    A worker has `memory` bytes of address space, and `timeout_s` for each item. May be used from
    several threads; how many read at once is `Reading.places`. Close it.
    """

    def __init__(self, size: int = 2, memory: int = 512_000_000, timeout_s: float = 20.0) -> None:
        self._size = size
        self._memory = memory
        self._timeout_s = timeout_s
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._busy: set[subprocess.Popen[bytes]] = set()

    def close(self) -> None:
        """End all workers, whatever they do."""
        with self._lock:
            for process in self._busy:
                process.kill()
        while (worker := self._next_idle()) is not None:
            worker.end()

    def parse(self, task: Task) -> Iterator[Item]:
        """The items in the task's content, as `parsing.parse` gives them."""
        for _ in range(_MAX_DEATHS):
            begun = Item(0)
            try:
                for item in self._parsed(task):
                    begun = item
                    yield item
            except _DiedError as death:
                yield Item(begun.number, begun.name, reason=str(death))
                if task.kind is not Kind.ZIP or not begun.number:
                    return
                task = replace(task, skip=begun.number)
            else:
                return
        yield Item(0, reason=_GIVEN_UP)

    def _parsed(self, task: Task) -> Iterator[Item]:
        """The items that one worker gives; raises _DiedError."""
        with self._worker() as worker:
            with self._deadline(worker, self._timeout_s):
                send_task(worker.tasks, task)
            while True:
                with self._deadline(worker, self._timeout_s):
                    item = receive_item(worker.items)
                if item is None:
                    return
                yield item

    @contextmanager
    def _worker(self) -> Iterator[_Worker]:
        """A worker for the block; it is kept if the block ends well."""
        worker = self._living_idle() or self._started()
        with self._lock:
            self._busy.add(worker.process)
        well = False
        try:
            yield worker
            well = True
        finally:
            with self._lock:
                self._busy.discard(worker.process)
            if well and self._idle.qsize() < self._size:
                self._idle.put(worker)
            else:
                worker.end()

    def _living_idle(self) -> _Worker | None:
        while (worker := self._next_idle()) is not None:
            if worker.process.poll() is None:
                return worker
            worker.end()
        return None

    def _next_idle(self) -> _Worker | None:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return None

    def _started(self) -> _Worker:
        """A new one that is ready; it sees no setting of ours."""
        limits = [str(self._memory), str(self._timeout_s)]
        # Opened here and closed with the worker, since a worker may not open files.
        errors = tempfile.TemporaryFile()  # noqa: SIM115
        process = subprocess.Popen(  # noqa: S603  our own module
            [sys.executable, "-m", "retrieval.ingest.workers", *limits],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={"PYTHONPATH": os.pathsep.join(sys.path), "OPENBLAS_NUM_THREADS": "1"},
        )
        if process.stdin is None or process.stdout is None:
            raise AssertionError("both were asked for")
        worker = _Worker(process, process.stdin, process.stdout, errors)
        try:
            with self._deadline(worker, _START_S):
                receive_item(worker.items)
        except _DiedError:
            worker.end()
            raise
        return worker

    @contextmanager
    def _deadline(self, worker: _Worker, seconds: float) -> Iterator[None]:
        """Kill the worker if the block takes too long; raise _DiedError if it is dead after it."""
        late = threading.Event()

        def kill() -> None:
            late.set()
            worker.process.kill()

        timer = threading.Timer(seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (EOFError, OSError) as error:
            sentence = _slow(seconds) if late.is_set() else _BROKEN
            log.warning("a worker died: %s %s", sentence, worker.last_words())
            raise _DiedError(sentence) from error
        finally:
            timer.cancel()
        if late.is_set():
            raise _DiedError(_slow(seconds))


def _slow(seconds: float) -> str:
    return f"Reading it took longer than {seconds:g} seconds; send its text instead."
