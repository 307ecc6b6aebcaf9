"""What time it is, for everybody who asks: the demo lets it pass faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock:
    """The real time, or one that runs beside it."""

    def __init__(self, start: datetime | None = None) -> None:
        self._ahead = start - datetime.now(UTC) if start else timedelta()
        self._watchers: list[Callable[[], None]] = []

    def now(self) -> datetime:
        """The present, in UTC."""
        return datetime.now(UTC) + self._ahead

    def forward(self, to: datetime) -> None:
        """Let time pass at once; it never runs backwards."""
        self._ahead += max(to - self.now(), timedelta())
        for tell in self._watchers:
            tell()

    def watch(self, tell: Callable[[], None]) -> None:
        """Be told when time has passed at once: who sleeps until an instant has to look again."""
        self._watchers.append(tell)
