"""Articles as a list: newest added first, searched by words, filtered by outlet and date."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select

from retrieval.archive import tables
from retrieval.archive.keywords import revisions_with
from retrieval.archive.reading import current_articles

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement

    from retrieval.archive.database import Database
    from retrieval.models import Article


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which articles: with all of these words, of one of these outlets, of `[start, end)`.

    Nothing given means all. An article without a date counts as of when it was added.
    """

    words: tuple[str, ...] = ()
    outlets: tuple[str, ...] = ()
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list, and how long all of it is."""

    articles: tuple[Article, ...]
    total: int


async def list_articles(database: Database, wanted: Wanted, offset: int, limit: int) -> Listing:
    """`limit` of the living articles that are wanted, from the `offset`th, newest added first.

    Raises:
        ArchiveError: the database failed.
    """
    article, revision = tables.article.c, tables.revision.c
    current = tables.article.join(tables.revision, article.current_revision_id == revision.id)
    where = [article.removed_at.is_(None), *_conditions(wanted, database.dialect)]
    count = select(func.count()).select_from(current).where(*where)
    page = select(revision.id).select_from(current).where(*where)
    page = page.order_by(article.id.desc()).offset(offset).limit(limit)
    async with database.read() as connection:
        total = int((await connection.execute(count)).scalar_one())
        ids = (await connection.execute(page)).scalars().all()
        found = await current_articles(connection, ids)
    return Listing(tuple(found[one] for one in ids if one in found), total)


def _conditions(wanted: Wanted, dialect: str) -> list[ColumnElement[bool]]:
    article, revision = tables.article.c, tables.revision.c
    at: ColumnElement[Any] = func.coalesce(
        revision.published_at, article.added_at, type_=article.added_at.type
    )
    found: list[ColumnElement[bool]] = [
        revision.id.in_(revisions_with(word, f"word{number}", dialect))
        for number, word in enumerate(wanted.words)
    ]
    if wanted.outlets:
        found.append(article.outlet.in_(wanted.outlets))
    if wanted.start is not None:
        found.append(at >= wanted.start)
    if wanted.end is not None:
        found.append(at < wanted.end)
    return found
