"""What a filtered search asks of SQL: which revisions stand in the index, whose and of when.

A revision never changes these; it is only superseded or removed, which takes its state `indexed`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime  # noqa: TC003  pydantic reads the retriever's filter
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from retrieval.archive import tables
from retrieval.archive.tables import State

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

# SQLite allows 32,766 variables in a statement.
_IDS_AT_ONCE = 5_000
_INDEXED = tables.revision.c.state == State.INDEXED


@dataclass(frozen=True, slots=True)
class Filter:
    """Published in `[start, end)`, either end open, by one of `outlets` if any are named.

    An article without a date is in no window.
    """

    start: datetime | None = None
    end: datetime | None = None
    outlets: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return self.start is not None or self.end is not None or bool(self.outlets)


@dataclass(frozen=True, slots=True)
class IndexedRevision:
    """A revision whose vectors stand in the index: its passages are `id:0` to `id:passages-1`."""

    id: int
    passages: int
    outlet: str
    published: datetime | None


async def index_version(connection: AsyncConnection) -> tuple[int, ...]:
    """Another value whenever other revisions are indexed; cheap enough to ask often."""
    number = tables.revision.c.id
    query = select(func.count(number), func.max(number), func.sum(number)).where(_INDEXED)
    return tuple(int(value or 0) for value in (await connection.execute(query)).one())


async def indexed_ids(connection: AsyncConnection) -> list[int]:
    """The revisions that stand in the index and are current."""
    query = select(tables.revision.c.id).where(_INDEXED)
    return list((await connection.execute(query)).scalars())


async def indexed_revisions(
    connection: AsyncConnection, ids: Sequence[int]
) -> list[IndexedRevision]:
    """These revisions, without those that are no longer indexed."""
    query = select(
        tables.revision.c.id,
        tables.revision.c.passages,
        tables.article.c.outlet,
        tables.revision.c.published_at,
    ).join_from(
        tables.revision, tables.article, tables.article.c.id == tables.revision.c.article_id
    )
    found: list[IndexedRevision] = []
    for at in range(0, len(ids), _IDS_AT_ONCE):
        part = tables.revision.c.id.in_(ids[at : at + _IDS_AT_ONCE])
        rows = await connection.execute(query.where(_INDEXED, part))
        found.extend(IndexedRevision(*row) for row in rows)
    return found
