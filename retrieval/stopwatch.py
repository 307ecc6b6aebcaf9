"""What an answer took, stage by stage."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from retrieval.models import Cost

if TYPE_CHECKING:
    from collections.abc import Mapping


class Stopwatch:
    """Laps in milliseconds, from its making on."""

    def __init__(self) -> None:
        self._start = self._lap = perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, stage: str) -> None:
        """The time since the last lap was `stage`."""
        now = perf_counter()
        self._laps[stage] = round(1000 * (now - self._lap), 1)
        self._lap = now

    def cost(self, usage: Mapping[str, int] | None = None) -> Cost:
        """The laps so far and their total, with the tokens used."""
        total = round(1000 * (perf_counter() - self._start), 1)
        return Cost(dict(usage or {}), {**self._laps, "total": total})
