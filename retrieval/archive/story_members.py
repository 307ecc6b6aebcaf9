"""Stories, read: which articles of a window belong together, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive import tables
from retrieval.archive.reading import current_articles

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article

# What was published so long before a window, and added within it, is news to everybody.
_LATE = timedelta(days=3)


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
    """The stories that have articles in `[start, end)`, with those, the oldest first.

    What was published shortly before and came in late belongs to the window in which it came.
    """
    at, came = tables.story_article.c.at, tables.article.c.added_at
    late = (at >= start - _LATE) & (at < start) & (came >= start) & (came < end)
    return await _members(connection, ((at >= start) & (at < end)) | late)


async def articles_of_story(
    connection: AsyncConnection, story_id: int
) -> list[tuple[datetime, Article]]:
    """Every living article of a story with its instant, the oldest first."""
    members = (await _members(connection, tables.story_article.c.story_id == story_id)).get(
        story_id, ()
    )
    articles = await current_articles(connection, [one.revision_id for one in members])
    return [(one.at, articles[one.revision_id]) for one in members if one.revision_id in articles]


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
