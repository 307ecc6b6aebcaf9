"""Worker processes, started on demand and reused; if one dies, only its own task fails."""

from __future__ import annotations

import logging
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Generic, TypeVar

from retrieval.ingest.extract.kinds import SourceKind
from retrieval.ingest.parsing import Item
from retrieval.ingest.sandbox.wire import WIRE
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed import DataclassInstance

    from retrieval.ingest.parsing import Task
    from retrieval.ingest.sandbox.wire import Wire


log = logging.getLogger(__name__)

_LAST_WORDS = 2_000
_START_S = 60.0
# A worker that failed to start isn't tried again for each of thousands of lines.
_NOT_AGAIN_S = 10.0
_IMPORT_FAILED = re.compile(r"^(?:ModuleNotFoundError|ImportError): (.+)", re.MULTILINE | re.DOTALL)
_NO_MODULE = re.compile(r"No module named '([^']+)'")
TaskT = TypeVar("TaskT", bound="DataclassInstance")
ItemT = TypeVar("ItemT")


class DiedError(Exception):
    """A worker died before it had answered; `late` is the time limit in seconds if that was why.

    `words` is the end of its standard error.
    """

    def __init__(self, late: float | None, words: str = "") -> None:
        super().__init__(late)
        self.late, self.words = late, words


class NotStartedError(DiedError):
    """No worker can start, whatever the task; `cause` says what is missing or broken."""

    def __init__(self, cause: str) -> None:
        super().__init__(None)
        self.cause = cause


@dataclass(frozen=True, slots=True)
class _Worker:
    """A process with its pipes; `errors` receives its standard error."""

    process: subprocess.Popen[bytes]
    tasks: IO[bytes]
    items: IO[bytes]
    errors: IO[bytes]

    def end(self) -> None:
        """Kill it and close its pipes."""
        self.process.kill()
        self.process.wait()
        for stream in (self.tasks, self.items, self.errors):
            try:
                stream.close()
            except BrokenPipeError:  # it had not read everything
                continue

    def last_words(self) -> str:
        """The end of its standard error."""
        size = self.errors.seek(0, os.SEEK_END)
        self.errors.seek(max(0, size - _LAST_WORDS))
        return self.errors.read().decode(errors="replace").strip()


class Workers(Generic[TaskT, ItemT]):
    """Runs each task in a worker, and keeps up to `size` workers for the next tasks.

    A worker is `python -m MODULE MEMORY SECONDS`, see `wire`; it has `memory` bytes of address
    space, and `timeout_s` for each item. Thread-safe. Close it after use.
    """

    def __init__(
        self, module: str, wire: Wire[TaskT, ItemT], size: int, memory: int, timeout_s: float
    ) -> None:
        self._module, self._wire = module, wire
        self._size, self._memory, self._timeout_s = size, memory, timeout_s
        self._idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._busy: set[subprocess.Popen[bytes]] = set()
        self._last_failure: tuple[float, str] | None = None

    def close(self) -> None:
        """End all workers, whatever they do."""
        with self._lock:
            for process in self._busy:
                process.kill()
        while (worker := self._next_idle()) is not None:
            worker.end()

    def problem(self) -> str | None:
        """Why no worker can be started; None if one can."""
        try:
            self._started().end()
        except NotStartedError as error:
            return error.cause
        return None

    def ask(self, task: TaskT) -> Iterator[ItemT]:
        """The items that a worker returns for a task.

        Raises:
            NotStartedError: no worker can start, whatever the task is.
            DiedError: the worker died before it had returned them all.
        """
        try:
            yield from self._asked(task)
        except NotStartedError:
            raise  # already logged
        except DiedError as death:
            if cause := _missing(death.words):  # a module that is imported on demand
                log.error("a worker can't read anything: %s", cause)  # noqa: TRY400  no trace of ours
                raise NotStartedError(cause) from death
            log.warning("a worker died (late: %s): %s", death.late is not None, death.words)
            raise

    def _asked(self, task: TaskT) -> Iterator[ItemT]:
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
        """A worker for the block; it is reused if the block ends without an error."""
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
        """Start a worker and wait until it is ready.

        Raises:
            NotStartedError: it failed to start, or another one did just before.
        """
        failed = self._last_failure
        if failed is not None and time.monotonic() < failed[0] + _NOT_AGAIN_S:
            raise NotStartedError(failed[1])
        try:
            worker = self._ready()
        except (DiedError, OSError) as error:
            cause = _cause(error)
            self._last_failure = time.monotonic(), cause
            log.error("files and pages can't be read, a worker does not start: %s", cause)  # noqa: TRY400
            raise NotStartedError(cause) from error
        self._last_failure = None
        return worker

    def _ready(self) -> _Worker:
        """A process that is ready; it gets none of our environment's settings."""
        limits = [str(self._memory), str(self._timeout_s)]
        # Opened here because workers must not open files; closed with the worker.
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
        """Kill the worker if the block takes too long; raise DiedError if the worker has died."""
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
            words = worker.last_words()
            raise DiedError(seconds if late.is_set() else None, words) from error
        finally:
            timer.cancel()
        if late.is_set():
            raise DiedError(seconds)


def _cause(error: DiedError | OSError) -> str:
    """Why a worker did not start, in a sentence for operators."""
    if isinstance(error, OSError):
        return f"the operating system refuses it ({error.strerror or error})"
    if error.late is not None:
        return f"it takes longer than {error.late:g} seconds"
    last = error.words.splitlines()[-1:] or ["it ended without a word"]
    return _missing(error.words) or last[0]


def _missing(words: str) -> str | None:
    """The import error at the end of a traceback, as a sentence; None if there is none."""
    found = _IMPORT_FAILED.search(words)
    if found is None:
        return None
    module = _NO_MODULE.match(found[1])
    return f"the Python module {module[1]} is missing" if module else " ".join(found[1].split())


# The rest of a zip file is skipped after this many members that killed their workers.
_MAX_DEATHS = 3
_BROKEN = UserMessage(
    "I couldn't read it; it seems to be damaged. Save it again, or send its text."
)
NOT_STARTED = UserMessage(
    "I couldn't read it because my own installation is broken. Ask the bot's operator "
    "to run sitrep doctor, then try again."
)
_GIVEN_UP = UserMessage(
    "I couldn't read {number} files in the zip file, so I skipped the rest.",
    number=_MAX_DEATHS,
)


class Pool:
    """Parses content in workers; `FetchConfig.places` limits how many. Close it after use."""

    def __init__(self, size: int = 2, memory: int = 512_000_000, timeout_s: float = 20.0) -> None:
        self._workers = Workers("retrieval.ingest.sandbox", WIRE, size, memory, timeout_s)

    def close(self) -> None:
        """End all workers, whatever they do."""
        self._workers.close()

    def problem(self) -> str | None:
        """Why nothing at all can be read; None if all is well."""
        return self._workers.problem()

    def parse(self, task: Task) -> Iterator[Item]:
        """The items in the task's content, like `parsing.parse`."""
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
                if task.kind is not SourceKind.ZIP or not begun.number:
                    return
                task = replace(task, skip=begun.number)
            else:
                return
        yield Item(0, reason=_GIVEN_UP)


def _why(death: DiedError) -> UserMessage:
    if isinstance(death, NotStartedError):
        return NOT_STARTED
    if death.late is None:
        return _BROKEN
    return UserMessage(
        "Reading it took longer than {number} seconds; send its text instead.", number=death.late
    )
