"""What an answer took, stage by stage; each stage is a span, too."""

from __future__ import annotations

from contextlib import contextmanager
from time import perf_counter
from typing import TYPE_CHECKING

from retrieval.models import Cost
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from retrieval.tracing import Span


class Stopwatch:
    """Stages in milliseconds, and the whole from its making on."""

    def __init__(self) -> None:
        self._start = perf_counter()
        self._stages: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[Span]:
        """The block is the stage `name`, also where it fails."""
        began = perf_counter()
        with span(name) as one:
            try:
                yield one
            finally:
                self._stages[name] = _milliseconds(began)

    def cost(self, usage: Mapping[str, int] | None = None) -> Cost:
        """The stages so far and the whole time, with the tokens used."""
        return Cost(dict(usage or {}), {**self._stages, "total": _milliseconds(self._start)})


def _milliseconds(since: float) -> float:
    return round(1000 * (perf_counter() - since), 1)
