"""Stories, read: which articles of a window belong together, and what came before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, func, select

from retrieval.archive import tables
from retrieval.archive.reading import current_articles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article

# So long an article may wait to be embedded; what the reader knows of it is left out anyhow.
_WAITED = timedelta(hours=6)
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

    What was published shortly before and came in late, or was revised, belongs to the window too;
    also what came shortly before the window, as it may have waited to be embedded.
    """
    at, came = tables.story_article.c.at, tables.revision.c.stored_at
    late = (at >= start - _LATE) & (at < start) & (came >= start - _WAITED) & (came < end)
    return await _members(connection, ((at >= start) & (at < end)) | late)


async def stories_with(
    connection: AsyncConnection, article_ids: Iterable[int]
) -> dict[int, tuple[StoryMember, ...]]:
    """The stories that some articles belong to, with all of their articles, the oldest first."""
    placed = tables.story_article.c
    theirs = select(placed.story_id).where(placed.article_id.in_(list(article_ids)))
    return await _members(connection, placed.story_id.in_(theirs))


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
    original = tables.article.alias("original")
    # of near copies found when they were stored, the first counts if it is in the same story
    first = tables.story_article.alias("first")
    rows = await connection.execute(
        select(
            placed.story_id,
            placed.article_id,
            tables.article.c.current_revision_id,
            placed.at,
            # a copy of what was removed stands for itself
            func.coalesce(
                case((original.c.removed_at.is_(None), placed.copy_of)),
                case((first.c.story_id == placed.story_id, tables.article.c.copy_of)),
            ).label("copy_of"),
        )
        .join_from(tables.story_article, tables.article, placed.article_id == tables.article.c.id)
        .join(tables.revision, tables.revision.c.id == tables.article.c.current_revision_id)
        .outerjoin(original, original.c.id == placed.copy_of)
        .outerjoin(first, first.c.article_id == tables.article.c.copy_of)
        .where(tables.article.c.removed_at.is_(None), condition)
        .order_by(placed.at, placed.article_id)
    )
    found: dict[int, list[StoryMember]] = {}
    for story_id, *member in rows:
        found.setdefault(story_id, []).append(StoryMember(*member))
    return {story_id: tuple(members) for story_id, members in found.items()}
