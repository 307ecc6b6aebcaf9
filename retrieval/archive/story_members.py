"""Stories, read: which articles of a window belong together, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive import tables

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

# SQLite allows 32,766 variables in a statement.
_STORIES_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article of a story, as it stands now; `copy_of` is the article that it repeats."""

    article_id: int
    revision_id: int
    at: datetime
    copy_of: int | None


async def stories_between(
    connection: AsyncConnection, start: datetime, end: datetime
) -> dict[int, tuple[StoryMember, ...]]:
    """The stories that have articles in `[start, end)`, with those, the oldest first."""
    at = tables.story_article.c.at
    return await _members(connection, (at >= start) & (at < end))


async def members_before(
    connection: AsyncConnection, story_ids: Collection[int], before: datetime
) -> dict[int, tuple[StoryMember, ...]]:
    """What these stories had before an instant, the oldest first; only those that had any."""
    found: dict[int, tuple[StoryMember, ...]] = {}
    wanted = sorted(story_ids)
    for at in range(0, len(wanted), _STORIES_AT_ONCE):
        these = tables.story_article.c.story_id.in_(wanted[at : at + _STORIES_AT_ONCE])
        found |= await _members(connection, these & (tables.story_article.c.at < before))
    return found


async def _members(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> dict[int, tuple[StoryMember, ...]]:
    placed = tables.story_article.c
    rows = await connection.execute(
        select(
            placed.story_id,
            placed.article_id,
            tables.article.c.current_revision_id,
            placed.at,
            placed.copy_of,
        )
        .join_from(tables.story_article, tables.article, placed.article_id == tables.article.c.id)
        .where(tables.article.c.removed_at.is_(None), condition)
        .order_by(placed.at, placed.article_id)
    )
    found: dict[int, list[StoryMember]] = {}
    for story_id, *member in rows:
        found.setdefault(story_id, []).append(StoryMember(*member))
    return {story_id: tuple(members) for story_id, members in found.items()}
