"""Stored briefings, the ledger of which reader got which, and the stories of a window."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from sqlalchemy import case, func, insert, select

from retrieval.errors import ArchiveError
from retrieval.messages import UserMessage
from retrieval.models import Briefing
from retrieval.storage import tables
from retrieval.storage.leases import NamedLeases
from retrieval.storage.purge import cited_articles, removed_among, without_articles
from retrieval.storage.reading import current_articles

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager

    from sqlalchemy import ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import Article
    from retrieval.storage.database import Database


# News may be repeated to a reader after this time.
LEDGER_DAYS = 90
# The beginning of the keys of alerts, which are sent when a story happens.
AT_ONCE = "watch:"


@dataclass(frozen=True, slots=True)
class Kept:
    """A stored briefing with its id, and when the reader got it.

    `at_once`: it is an alert about a single story.
    """

    id: int
    told_at: datetime
    until: datetime
    briefing: Briefing
    at_once: bool = False


class BriefingRepository:
    """Briefings, and the ledger of which reader got which."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._leases = NamedLeases(database)

    def writing_alone(self, key: str) -> AbstractAsyncContextManager[bool]:
        """Whether this program alone writes the briefing with this key, during the block.

        Raises:
            LeaseLostError: another program has taken over by now.
        """
        return self._leases.alone(f"briefing:{key}")

    async def keep(
        self, briefing: Briefing, key: str | None = None, person_id: int | None = None
    ) -> int:
        """Store a briefing; returns its id, or that of the one already stored under `key`.

        `person_id` is the person who asked for it; its tokens count as theirs.
        """
        usage = briefing.cost.usage
        content = _adapter().dump_python(briefing, mode="json")
        async with self._database.write() as connection:
            found = await _by_key(connection, key) if key else None
            if found is not None:
                return found
            result = await connection.execute(
                insert(tables.briefing)
                .values(
                    written_at=datetime.now(UTC),
                    key=key,
                    content=content,
                    person_id=person_id,
                    input_tokens=usage.get("input_tokens", 0),
                    output_tokens=usage.get("output_tokens", 0),
                )
                .returning(tables.briefing.c.id)
            )
            return int(result.scalar_one())

    async def with_key(self, key: str) -> tuple[int, Briefing] | None:
        """The id and briefing stored under a key, if any."""
        async with self._database.read() as connection:
            query = select(tables.briefing.c.id, tables.briefing.c.content)
            row = (
                await connection.execute(query.where(tables.briefing.c.key == key))
            ).one_or_none()
            return (row.id, await _readable(connection, row.content)) if row else None

    async def get(self, reader: str, briefing_id: int) -> Briefing:
        """A briefing that this reader got.

        Raises:
            ArchiveError: they never got it, or it has been deleted.
        """
        async with self._database.read() as connection:
            content = (
                await connection.execute(
                    select(tables.briefing.c.content)
                    .join(tables.told, tables.told.c.briefing_id == tables.briefing.c.id)
                    .where(tables.briefing.c.id == briefing_id, tables.told.c.reader == reader)
                )
            ).scalar()
            if content is None:
                raise ArchiveError(
                    UserMessage("That briefing has been deleted; please ask for a new one.")
                )
            return await _readable(connection, content)

    async def tell(self, reader: str, briefing_id: int, until: datetime, told_at: datetime) -> None:
        """Record in the ledger that a reader got a briefing; idempotent.

        `until` is the end of the period that the reader is now informed about.
        """
        async with self._database.write() as connection:
            known = await connection.execute(
                select(tables.told.c.reader).where(
                    tables.told.c.reader == reader, tables.told.c.briefing_id == briefing_id
                )
            )
            if known.first() is None:
                await connection.execute(
                    insert(tables.told).values(
                        reader=reader, briefing_id=briefing_id, told_at=told_at, until=until
                    )
                )

    async def given(self, reader: str, now: datetime) -> list[Kept]:
        """The briefings that a reader got in the last `LEDGER_DAYS`, oldest first."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(
                    tables.briefing.c.id,
                    tables.told.c.told_at,
                    tables.told.c.until,
                    tables.briefing.c.content,
                    tables.briefing.c.key,
                )
                .join(tables.told, tables.told.c.briefing_id == tables.briefing.c.id)
                .where(
                    tables.told.c.reader == reader,
                    tables.told.c.told_at >= now - timedelta(days=LEDGER_DAYS),
                )
                .order_by(tables.told.c.told_at, tables.briefing.c.id)
            )
            return [
                Kept(
                    row.id,
                    row.told_at,
                    row.until,
                    _briefing_of(row.content),
                    at_once=(row.key or "").startswith(AT_ONCE),
                )
                for row in rows
            ]


async def _readable(connection: AsyncConnection, content: dict[str, Any]) -> Briefing:
    """A stored briefing without sentences of articles that were removed since."""
    removed = await removed_among(connection, cited_articles(content))
    return _briefing_of(without_articles(content, removed))


async def given_lately(connection: AsyncConnection, reader: str, now: datetime) -> frozenset[int]:
    """The ids of the briefings that a reader got in the last `LEDGER_DAYS`."""
    c = tables.told.c
    since = now - timedelta(days=LEDGER_DAYS)
    query = select(c.briefing_id).where(c.reader == reader, c.told_at >= since)
    return frozenset((await connection.execute(query)).scalars())


async def _by_key(connection: AsyncConnection, key: str) -> int | None:
    query = select(tables.briefing.c.id).where(tables.briefing.c.key == key)
    found: int | None = (await connection.execute(query)).scalar()
    return found


def _briefing_of(content: dict[str, Any]) -> Briefing:
    """Parse a stored briefing; in older ones, messages are plain texts."""
    notice = content.get("notice")
    notices = content.get("notices", [notice] if notice else [])
    stories = [
        one | {"why": [one["why"]] if isinstance(one["why"], str) else one["why"]}
        for one in content["stories"]
    ]
    return _adapter().validate_python(content | {"notices": notices, "stories": stories})


@cache
def _adapter() -> TypeAdapter[Briefing]:
    return TypeAdapter(Briefing)


# How long an article may wait to be embedded; the ledger keeps news from being repeated.
_WAITED = timedelta(hours=6)
# An article published up to this long before a window but added within it still counts as news.
_LATE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class StoryMember:
    """An article of a story, as it stands now; `copy_of` is the article that it repeats."""

    article_id: int
    revision_id: int
    at: datetime
    copy_of: int | None


class StoryReader:
    """Stories with their living articles. Each call is one transaction.

    Every method raises ArchiveError when the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def between(self, start: datetime, end: datetime) -> dict[int, tuple[StoryMember, ...]]:
        """By story, its articles in `[start, end)`, oldest first.

        An article published up to `_LATE` before the window belongs to it too if it was stored
        within the window, or up to `_WAITED` before it: it may have waited to be embedded.
        """
        at, came = tables.story_article.c.at, tables.revision.c.stored_at
        late = (at >= start - _LATE) & (at < start) & (came >= start - _WAITED) & (came < end)
        async with self._database.read() as connection:
            return await _members(connection, ((at >= start) & (at < end)) | late)

    async def of(self, article_ids: Iterable[int]) -> dict[int, tuple[StoryMember, ...]]:
        """The stories that these articles belong to, each with all of its articles."""
        placed = tables.story_article.c
        theirs = select(placed.story_id).where(placed.article_id.in_(list(article_ids)))
        async with self._database.read() as connection:
            return await _members(connection, placed.story_id.in_(theirs))

    async def articles(self, story_id: int) -> list[tuple[datetime, Article]]:
        """The articles of a story, each with its instant, oldest first."""
        async with self._database.read() as connection:
            found = await _members(connection, tables.story_article.c.story_id == story_id)
            members = found.get(story_id, ())
            articles = await current_articles(connection, [one.revision_id for one in members])
        return [
            (one.at, articles[one.revision_id]) for one in members if one.revision_id in articles
        ]


async def _members(
    connection: AsyncConnection, condition: ColumnElement[bool]
) -> dict[int, tuple[StoryMember, ...]]:
    placed = tables.story_article.c
    original = tables.article.alias("original")
    # a near copy refers to the first of its family only if that is in the same story
    first = tables.story_article.alias("first")
    rows = await connection.execute(
        select(
            placed.story_id,
            placed.article_id,
            tables.article.c.current_revision_id,
            placed.at,
            # a copy of a removed article counts as an original
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
