"""Stores the story of each article. Which articles belong together is decided elsewhere.

A version in `state` counts the writes of placements. A writer passes the version that its decision
is based on, and is refused if another one wrote meanwhile. So two processes never both begin the
same story.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from retrieval.storage import tables
from retrieval.storage.reading import current_articles
from retrieval.storage.tables import LIVING, RevisionState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    import numpy.typing as npt
    from sqlalchemy import ColumnElement, Select
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.index.chroma import VectorIndex
    from retrieval.models import Article
    from retrieval.storage.database import Database

    Vector = npt.NDArray[np.float32]

_KEY = "stories"
# How many characters of a text, and the vectors of how many passages, are read to place it.
LEAD = 2_000
PASSAGES = 12
# SQLite allows 32,766 variables in a statement.
_ROWS_AT_ONCE = 2_000
_IDS_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class Placement:
    """An article's story: its id, or a negative number for a new story."""

    article_id: int
    revision_id: int
    at: datetime
    story_id: int
    copy_of: int | None


@dataclass(frozen=True, slots=True)
class StoryLead:
    """The data for placing an article: the beginning of its text, and its first passages' vectors.

    `at` is when it was published or, if that is unknown, stored. `story_id` and `copy_of` are its
    placement, if any.
    """

    article: Article
    text: str
    at: datetime
    vectors: tuple[Vector, ...]
    story_id: int | None
    copy_of: int | None


class StoryRepository:
    """Reads and writes placements. Every method raises ArchiveError when SQL or Chroma fails."""

    def __init__(self, database: Database, vectors: VectorIndex) -> None:
        self._database = database
        self._vectors = vectors

    async def version(self) -> int:
        """The number of writes of placements so far."""
        async with self._database.read() as connection:
            return await _version(connection)

    async def waiting(
        self, before: datetime, most: int, *, pending: bool = False, revised: bool = False
    ) -> list[StoryLead]:
        """At most `most` articles from before an instant that are in no story, in order of time.

        Those not embedded yet are left out unless `pending`. With `revised`, articles that were
        placed by an older revision are returned instead.
        """
        placed = tables.story_article.c
        if revised:
            condition = tables.revision.c.id != placed.revision_id
        else:
            condition = placed.article_id.is_(None)
        states = LIVING if pending else tables.revision.c.state == RevisionState.INDEXED
        query = _leads().where(condition, states, before > _AT).order_by(_AT, _ID).limit(most)
        async with self._database.read() as connection:
            return await self._read(connection, query)

    async def newest(self) -> datetime | None:
        """The instant of the newest article in any story."""
        query = (
            select(func.max(tables.story_article.c.at)).join(tables.article, _PLACED).where(_ALIVE)
        )
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(query)).scalar()
        return found

    async def placed(self, start: datetime, end: datetime, most: int) -> list[StoryLead]:
        """Articles of stories in `[start, end]`, newest first, at most `most` (the newest)."""
        at = tables.story_article.c.at
        found: list[StoryLead] = []
        within: ColumnElement[bool] = at.between(start, end)
        async with self._database.read() as connection:
            while len(found) < most:
                query = _leads(placed_only=True).where(within).order_by(at.desc(), _ID.desc())
                page = min(_ROWS_AT_ONCE, most - len(found))
                leads = await self._read(connection, query.limit(page))
                found += leads
                if len(leads) < page:
                    break
                last = leads[-1]
                older = tuple_(at, _ID) < tuple_(last.at, last.article.id)
                within = at.between(start, end) & older
        return found

    async def removed(self, start: datetime) -> list[int]:
        """The ids of articles in stories since an instant that were removed from the archive."""
        query = (
            select(tables.article.c.id)
            .join(tables.story_article, _PLACED)
            .where(tables.story_article.c.at >= start, tables.article.c.removed_at.is_not(None))
        )
        async with self._database.read() as connection:
            return list((await connection.execute(query)).scalars())

    async def write(self, placements: Sequence[Placement], version: int) -> dict[int, int] | None:
        """Write placements that are based on `version`, and increase the version by one.

        Returns the ids of new stories, `{-1: 57, ...}`, or None if another process wrote since then
        and nothing was written: decide again.
        """
        try:
            async with self._database.write() as connection:
                if await _version(connection, lock=True) != version:
                    return None
                await _count_up(connection, version)
                numbers = await _begin_stories(connection, placements)
                await _place(connection, placements, numbers)
                return numbers
        except IntegrityError:
            # Postgres: two wrote the first version, or an article is gone.
            return None

    async def _read(self, connection: AsyncConnection, query: Select[Any]) -> list[StoryLead]:
        rows = (await connection.execute(query)).all()
        articles = await current_articles(connection, [row.revision_id for row in rows])
        names = [
            f"{row.revision_id}:{ordinal}"
            for row in rows
            for ordinal in range(min(row.passages, PASSAGES))
        ]
        vectors: dict[str, Vector] = {}
        for at in range(0, len(names), _IDS_AT_ONCE):
            vectors |= await self._vectors.get(names[at : at + _IDS_AT_ONCE])
        return [
            StoryLead(
                articles[row.revision_id],
                row.lead,
                row.at,
                _first(vectors, row.revision_id, row.passages),
                row.story_id,
                row.copy_of,
            )
            for row in rows
            if row.revision_id in articles
        ]


_ALIVE = tables.article.c.removed_at.is_(None)
_CURRENT = tables.article.c.current_revision_id == tables.revision.c.id
_ID = tables.article.c.id
_PLACED = tables.story_article.c.article_id == _ID
_AT = func.coalesce(tables.revision.c.published_at, tables.revision.c.stored_at)


def _leads(*, placed_only: bool = False) -> Select[Any]:
    """Rows for `StoryLead`; for placed articles `at` is the one used for the placement."""
    placed = tables.story_article.c
    return (
        select(
            tables.revision.c.id.label("revision_id"),
            tables.revision.c.passages,
            func.substr(tables.revision.c.text, 1, LEAD).label("lead"),
            (placed.at if placed_only else _AT).label("at"),
            placed.story_id,
            placed.copy_of,
        )
        .select_from(tables.article)
        .join(tables.revision, _CURRENT)
        .join(
            tables.story_article,
            placed.article_id == tables.article.c.id,
            isouter=not placed_only,
        )
        .where(_ALIVE)
    )


def _first(vectors: Mapping[str, Vector], revision_id: int, passages: int) -> tuple[Vector, ...]:
    names = (f"{revision_id}:{ordinal}" for ordinal in range(min(passages, PASSAGES)))
    return tuple(vectors[name] for name in names if name in vectors)


async def _version(connection: AsyncConnection, *, lock: bool = False) -> int:
    """The version; with `lock`, other transactions wait here until this one ends.

    SQLite already took its write lock at the start of the transaction.
    """
    query = select(tables.state.c.value).where(tables.state.c.key == _KEY)
    if lock:
        query = query.with_for_update()
    return int((await connection.execute(query)).scalar() or 0)


async def _count_up(connection: AsyncConnection, version: int) -> None:
    value = str(version + 1)
    if version == 0:
        await connection.execute(insert(tables.state).values(key=_KEY, value=value))
    else:
        await connection.execute(
            update(tables.state).where(tables.state.c.key == _KEY).values(value=value)
        )


async def _begin_stories(
    connection: AsyncConnection, placements: Sequence[Placement]
) -> dict[int, int]:
    """The ids of new stories, by their negative numbers; the first begun gets the lowest id."""
    new = sorted({one.story_id for one in placements if one.story_id < 0}, reverse=True)
    if not new:
        return {}
    now = datetime.now(UTC)
    given = await connection.execute(
        insert(tables.story).returning(tables.story.c.id, sort_by_parameter_order=True),
        [{"created_at": now} for _ in new],
    )
    return dict(zip(new, given.scalars(), strict=True))


async def _place(
    connection: AsyncConnection, placements: Sequence[Placement], numbers: Mapping[int, int]
) -> None:
    """Insert the placements of new articles; a revised article stays in its story."""
    placed = tables.story_article.c
    known: set[int] = set()
    for at in range(0, len(placements), _ROWS_AT_ONCE):
        ids = [one.article_id for one in placements[at : at + _ROWS_AT_ONCE]]
        query = select(placed.article_id).where(placed.article_id.in_(ids))
        known.update((await connection.execute(query)).scalars())
    rows = [
        {
            "article_id": one.article_id,
            "story_id": numbers.get(one.story_id, one.story_id),
            "revision_id": one.revision_id,
            "at": one.at,
            "copy_of": one.copy_of,
        }
        for one in placements
    ]
    if fresh := [row for row in rows if row["article_id"] not in known]:
        await connection.execute(insert(tables.story_article), fresh)
    for row in rows:
        if row["article_id"] in known:
            same = placed.article_id == row["article_id"]
            values = {key: row[key] for key in ("revision_id", "at", "copy_of")}
            await connection.execute(update(tables.story_article).where(same).values(values))
