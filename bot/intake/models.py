"""Values of adding: a job, its items, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.intake.sources import Source


class State(StrEnum):
    """offered (waits for a button) -> running <-> stopped, -> done; dropped: not wanted."""

    OFFERED = "offered"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Failure:
    """An article that was not added: its number within its source, its name, and why."""

    number: int
    label: str
    reason: str


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of articles."""

    added: int = 0
    revised: int = 0
    already: int = 0
    rejected: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.added + other.added,
            self.revised + other.revised,
            self.already + other.already,
            self.rejected + other.rejected,
        )

    @property
    def total(self) -> int:
        """How many articles were dealt with."""
        return self.added + self.revised + self.already + self.rejected


@dataclass(frozen=True, slots=True)
class Item:
    """One source of a job.

    `position` articles of it are dealt with; of the rest those in `wanted` are read, or all if that
    is empty. `stored` are (result, article id) of the first few that were stored.
    """

    id: int
    label: str
    source: Source
    done: bool = False
    position: int = 0
    wanted: frozenset[int] = frozenset()
    counts: Counts = Counts()
    failures: tuple[Failure, ...] = ()
    stored: tuple[tuple[str, int], ...] = ()

    def wants(self) -> Callable[[int], bool]:
        """Which of its articles are still to be read, by number."""
        return lambda number: number >= self.position and (not self.wanted or number in self.wanted)


@dataclass(frozen=True, slots=True)
class Job:
    """Sources that are added together; `told` says that its message shows its state."""

    id: int
    name: str | None
    chat_id: int | None
    thread_id: int
    message_id: int | None
    added_by: str
    state: State
    told: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Overview:
    """How far a job is; `stored` and `failures` are those of all items, in order."""

    sources: int
    finished: int
    counts: Counts
    failures: tuple[Failure, ...]
    stored: tuple[tuple[str, int], ...]
    posts: int
    first_labels: tuple[str, ...]
