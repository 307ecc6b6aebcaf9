"""Stories, read: what a window holds of each, and all that one consists of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from retrieval.archive import tables
from retrieval.archive.reading import current_articles

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article

# An article that was published so long before a window, and added within it, is news to everybody.
_LATE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Member:
    """An article of a story, by its current revision; `copy_of` is the article that it repeats."""

    article_id: int
    revision_id: int
    at: datetime
    copy_of: int | None


async def stories_between(
    connection: AsyncConnection, start: datetime, end: datetime
) -> dict[int, list[Member]]:
    """The articles of `[start, end)` by story, oldest first, without removed ones.

    What was published shortly before and came in late belongs to the window in which it came.
    """
    placed, article = tables.story_article.c, tables.article.c
    came_late = (
        (placed.at >= start - _LATE)
        & (placed.at < start)
        & (article.added_at >= start)
        & (article.added_at < end)
    )
    rows = await connection.execute(
        select(
            placed.story_id,
            placed.article_id,
            article.current_revision_id,
            placed.at,
            placed.copy_of,
        )
        .join(tables.article, article.id == placed.article_id)
        .where(article.removed_at.is_(None))
        .where(((placed.at >= start) & (placed.at < end)) | came_late)
        .order_by(placed.at, placed.article_id)
    )
    found: defaultdict[int, list[Member]] = defaultdict(list)
    for story, number, revision, at, copy in rows:
        found[story].append(Member(number, revision, at, copy))
    return dict(found)


async def articles_of_story(
    connection: AsyncConnection, story_id: int
) -> list[tuple[datetime, Article]]:
    """Every living article of a story with its instant, oldest first."""
    placed, article = tables.story_article.c, tables.article.c
    rows = (
        await connection.execute(
            select(article.current_revision_id, placed.at)
            .join(tables.article, article.id == placed.article_id)
            .where(placed.story_id == story_id, article.removed_at.is_(None))
            .order_by(placed.at, placed.article_id)
        )
    ).all()
    articles = await current_articles(connection, [row.current_revision_id for row in rows])
    return [
        (row.at, articles[row.current_revision_id])
        for row in rows
        if row.current_revision_id in articles
    ]
