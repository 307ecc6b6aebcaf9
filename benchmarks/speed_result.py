"""What `search_speed` measures, as values."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Measured:
    """One way to search with one kind of filter: its milliseconds, and recall where it applies."""

    way: str
    kind: str
    ms: list[float]
    recall: float | None = None
    per_second: float | None = None


@dataclass(slots=True)
class Result:
    """All that was measured at one size."""

    passages: int
    measured: list[Measured] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
