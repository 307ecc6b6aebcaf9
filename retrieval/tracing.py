"""Trace spans, and how long each stage took."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter
from typing import TYPE_CHECKING, Protocol, Self

from retrieval.models import Cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType


Value = bool | int | float | str


class TraceSpan(Protocol):
    """A piece of work that is being traced."""

    def note(self, **values: Value) -> None:
        """Add attributes: counts, a mode, an outcome."""


class Tracer(Protocol):
    """Receives the spans."""

    def span(self, name: str, values: dict[str, Value]) -> AbstractContextManager[TraceSpan]:
        """A span for the block, inside the span around it."""


class _Unseen:
    """A span without a tracer."""

    def note(self, **values: Value) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        pass


_UNSEEN = _Unseen()
_tracer: ContextVar[Tracer | None] = ContextVar("tracer", default=None)


def span(name: str, **values: Value) -> AbstractContextManager[TraceSpan]:
    """A span for the block, if a tracer is set."""
    tracer = _tracer.get()
    return _UNSEEN if tracer is None else tracer.span(name, values)


@contextmanager
def tracing(tracer: Tracer) -> Iterator[None]:
    """Trace the block, and the tasks started in it, with `tracer`."""
    _tracer.set(tracer)
    try:
        yield
    finally:
        _tracer.set(None)  # a token's `reset` asks for the very same context, which fixtures lose


class Stopwatch:
    """Measures stages, and the total time since it was made, in milliseconds."""

    def __init__(self) -> None:
        self._start = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[TraceSpan]:
        """Measure the block as the stage `name`, even if it fails."""
        began = perf_counter()
        with span(name) as one:
            try:
                yield one
            finally:
                self._stages[name] = _milliseconds(began)

    def cost(self, usage: Mapping[str, int] | None = None) -> Cost:
        """The times of the stages so far and the total, with the tokens used."""
        return Cost(dict(usage or {}), {**self._stages, "total": _milliseconds(self._start)})


def _milliseconds(since: float) -> float:
    return round(1000 * (perf_counter() - since), 1)
