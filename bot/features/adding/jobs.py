"""A job that adds articles, its items, and their results."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.features.adding.sources import Link, Post, folded, from_json, to_json
from bot.tables import intake_item
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.features.adding.sources import Source


class JobState(StrEnum):
    """offered (waits for a button) -> running <-> stopped, -> done; dropped: declined."""

    OFFERED = "offered"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Failure:
    """An article that was not added: its number within its source, its name, and the reason."""

    number: int
    label: str
    reason: UserMessage


@dataclass(frozen=True, slots=True)
class Counts:
    """How many articles had which result."""

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
        """How many articles are done."""
        return self.added + self.revised + self.already + self.rejected


@dataclass(frozen=True, slots=True)
class JobItem:
    """One source of a job.

    `position` of its articles are done; of the rest, those in `wanted` are read, or all if it is
    empty. `stored` has (result, article id) for the first few that were stored.
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
        """The numbers of its articles still to be read."""
        return lambda number: number >= self.position and (not self.wanted or number in self.wanted)


@dataclass(frozen=True, slots=True)
class Job:
    """Sources that are added together; `told`: its message shows its state."""

    id: int
    name: str | None
    chat_id: int | None
    thread_id: int
    message_id: int | None
    added_by: str
    state: JobState
    told: bool
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class JobOverview:
    """A job's progress; `stored` and `failures` are those of all its items, in order."""

    sources: int
    finished: int
    counts: Counts
    failures: tuple[Failure, ...]
    stored: tuple[tuple[str, int], ...]
    posts: int
    first_labels: tuple[str, ...]


item = intake_item.c


async def insert_items(connection: AsyncConnection, number: int, sources: Iterable[Source]) -> None:
    """Add sources to a job."""
    rows: list[dict[str, Any]] = [
        {
            "job_id": number,
            "label": source.label,
            "source": to_json(source),
            "done": False,
            "position": 0,
            "wanted": [],
            **dict.fromkeys(("added", "revised", "already", "rejected"), 0),
            "failures": [],
            "last": [],
        }
        for source in sources
    ]
    if rows:
        await connection.execute(insert(intake_item), rows)


async def unknown_links(
    connection: AsyncConnection, number: int, sources: Sequence[Source]
) -> list[Source]:
    """The sources without links that the job already has, even with other tracking parameters."""
    if not any(isinstance(one, Link) for one in sources):
        return list(sources)
    rows = await connection.execute(select(item.source).where(item.job_id == number))
    known = [one for (kept,) in rows.all() if isinstance(one := from_json(kept), Link)]
    pasted = [one.url for one in (*known, *sources) if isinstance(one, Link)]
    new = set(folded(pasted)) - {one.url for one in known}
    return [one for one in sources if not isinstance(one, Link) or one.url in new]


async def joins_album(connection: AsyncConnection, number: int, source: Source) -> bool:
    """Whether a post belongs to an album of the job; if so, its text is added there."""
    if not isinstance(source, Post) or source.album is None:
        return False
    rows = await connection.execute(
        select(item.id, item.source).where(item.job_id == number, item.done.is_(False))
    )
    for row in rows.all():
        known = from_json(row.source)
        if isinstance(known, Post) and known.album == source.album:
            if source.text and source.text not in known.text.split("\n\n"):
                whole = _album_post(known, source)
                await connection.execute(
                    update(intake_item)
                    .where(item.id == row.id)
                    .values(label=whole.label, source=to_json(whole))
                )
            return True
    return False


def _album_post(known: Post, source: Post) -> Post:
    """Two parts of an album as one post, with the address of the first that has text.

    They may be read in any order: the first is the one with the lower number.
    """
    if not known.text:
        return source
    first, second = sorted((known, source), key=_number_of)
    return replace(first, text=f"{first.text}\n\n{second.text}")


def _number_of(post: Post) -> int:
    """A post's number in its channel, from the end of its address; 0 if it has none."""
    number = (post.url or "").rpartition("/")[2]
    return int(number) if number.isascii() and number.isdigit() else 0


def job_of(row: Row[Any]) -> Job:
    """A job from its row."""
    return Job(
        id=row.id,
        name=row.name,
        chat_id=row.chat_id,
        thread_id=row.thread_id,
        message_id=row.message_id,
        added_by=row.added_by,
        state=JobState(row.state),
        told=row.told,
        changed_at=row.changed_at,
    )


def item_of(row: Row[Any]) -> JobItem:
    """An item from its row."""
    return JobItem(
        id=row.id,
        label=row.label,
        source=from_json(row.source),
        done=row.done,
        position=row.position,
        wanted=frozenset(row.wanted),
        counts=Counts(row.added, row.revised, row.already, row.rejected),
        failures=tuple(
            Failure(n, label, UserMessage.from_json(reason)) for n, label, reason in row.failures
        ),
        stored=tuple((result, number) for result, number in row.last),
    )
