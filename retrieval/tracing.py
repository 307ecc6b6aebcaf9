"""Spans of what is under way, for whoever traces it: nobody, unless `tracing` names a tracer.

A span has a name of ours, and numbers, modes and outcomes. What people ask, what articles say, who
they are and where they come from never goes into one; `bot.ops.tracing` drops what does not look
so.

The tracer is a context variable: tasks and `asyncio.to_thread` take it along, and two bots in one
process do not share it.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Protocol, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

Value = bool | int | float | str


class Span(Protocol):
    """Something under way."""

    def note(self, **values: Value) -> None:
        """Say something of it: counts, a mode, an outcome."""


class Tracer(Protocol):
    """Whoever listens."""

    def span(self, name: str, values: dict[str, Value]) -> AbstractContextManager[Span]:
        """What is under way in the block, within what is under way around it."""


class _Unseen:
    """A span that nobody listens to."""

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


def span(name: str, **values: Value) -> AbstractContextManager[Span]:
    """What is done in the block, as something that may be traced."""
    tracer = _tracer.get()
    return _UNSEEN if tracer is None else tracer.span(name, values)


@contextmanager
def tracing(tracer: Tracer) -> Iterator[None]:
    """Let `tracer` hear of what is done in the block, and of what is started in it."""
    _tracer.set(tracer)
    try:
        yield
    finally:
        _tracer.set(None)  # a token's `reset` asks for the very same context, which fixtures lose
