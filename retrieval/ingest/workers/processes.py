"""Workers, started when needed and used again; one that dies takes only its own task with it."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import DataclassInstance

    from retrieval.ingest.workers.wire import Wire

log = logging.getLogger(__name__)

_LAST_WORDS = 2_000
_START_S = 60.0
TaskT = TypeVar("TaskT", bound="DataclassInstance")
ItemT = TypeVar("ItemT")


class DiedError(Exception):
    """A worker ended before its answer did; `late` are the seconds that it took too long, if so."""

    def __init__(self, late: float | None) -> None:
        super().__init__(late)
        self.late = late


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


class Workers(Generic[TaskT, ItemT]):
    """Starts a worker for each task that is under way, and keeps `size` for the next.

    A worker is `python -m MODULE MEMORY SECONDS`, see `serving`; it has `memory` bytes of address
    space, and `timeout_s` for each item. May be used from several threads. Close it.
    """

    def __init__(
        self, module: str, wire: Wire[TaskT, ItemT], size: int, memory: int, timeout_s: float
    ) -> None:
        self._module, self._wire = module, wire
        self._size, self._memory, self._timeout_s = size, memory, timeout_s
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

    def ask(self, task: TaskT) -> Iterator[ItemT]:
        """The items that one worker gives.

        Raises:
            DiedError: it died before it had given them all.
        """
        with self._worker() as worker:
            with self._deadline(worker, self._timeout_s):
                self._wire.send_task(worker.tasks, task)
            while True:
                with self._deadline(worker, self._timeout_s):
                    item = self._wire.receive_item(worker.items)
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
            [sys.executable, "-m", self._module, *limits],
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
                self._wire.receive_item(worker.items)
        except DiedError:
            worker.end()
            raise
        return worker

    @contextmanager
    def _deadline(self, worker: _Worker, seconds: float) -> Iterator[None]:
        """Kill the worker if the block takes too long; raise DiedError if it is dead after it."""
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
            log.warning("a worker died (late: %s): %s", late.is_set(), worker.last_words())
            raise DiedError(seconds if late.is_set() else None) from error
        finally:
            timer.cancel()
        if late.is_set():
            raise DiedError(seconds)
