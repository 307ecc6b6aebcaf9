"""Watches, quiet hours, and followed or muted stories, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.features.subscriptions.schedule import ChatThread
from bot.tables import place, quiet_hours, story_choice, watch
from retrieval.briefing import BriefingOptions
from retrieval.storage.tables import revision

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from datetime import datetime

    from sqlalchemy import ColumnElement, Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.models import BriefingWindow, Length
    from retrieval.storage.database import Database


MOST_IN_A_CHAT = 30
c = watch.c


@dataclass(frozen=True, slots=True)
class Watch:
    """A topic that a chat watches, or a story, whose headline is then `topic`."""

    id: int
    where: ChatThread
    topic: str
    story_id: int | None
    after_revision: int
    active_since: datetime | None

    @property
    def reader(self) -> str:
        """The reader's name in the ledger."""
        return f"telegram:{self.where.chat_id}:{self.where.thread_id}"


@dataclass(frozen=True, slots=True)
class Hours:
    """Quiet hours, in minutes after local midnight; equal ends: none."""

    begins: int
    ends: int

    def __contains__(self, minute: int) -> bool:
        if self.begins <= self.ends:
            return self.begins <= minute < self.ends
        return minute >= self.begins or minute < self.ends

    @property
    def minutes(self) -> int:
        """Their length in minutes."""
        return (self.ends - self.begins) % (24 * 60)


class Watches:
    """Watches and quiet hours. Every method raises ArchiveError if the database fails."""

    def __init__(self, database: Database, now: Callable[[], datetime], usual: Hours) -> None:
        self._database, self._now, self.usual = database, now, usual

    async def add(
        self, where: ChatThread, by: int, topics: Sequence[str], story_id: int | None = None
    ) -> bool:
        """Watch topics, or a story under its headline; False if a chat would have too many.

        What is already watched stays as it is.
        """
        async with self._database.write() as connection:
            rows = (await connection.execute(select(watch).where(_of(where)))).all()
            known = {_name(row.topic, row.story_id) for row in rows}
            new = [one for one in topics if _name(one, story_id) not in known]
            if len(rows) + len(new) > MOST_IN_A_CHAT:
                return False
            newest = (await connection.execute(select(func.max(revision.c.id)))).scalar() or 0
            await self._revive(connection, where)
            for topic in new:
                await connection.execute(
                    insert(watch).values(
                        chat_id=where.chat_id,
                        thread_id=where.thread_id,
                        created_by=by,
                        created_at=self._now(),
                        topic=topic,
                        story_id=story_id,
                        after_revision=newest,
                        active_since=self._now(),
                    )
                )
        return True

    async def listed(self, where: ChatThread) -> list[Watch]:
        """A chat's watches, the oldest first. Asking also revives those that Telegram refused."""
        async with self._database.write() as connection:
            await self._revive(connection, where)
            rows = await connection.execute(select(watch).where(_of(where)).order_by(c.id))
            return [_watch(row) for row in rows]

    async def end(self, where: ChatThread, ids: Collection[int]) -> list[str]:
        """Stop watching these; returns their topics."""
        mine = _of(where) & c.id.in_(list(ids))
        async with self._database.write() as connection:
            gone = await connection.execute(delete(watch).where(mine).returning(c.topic))
            return list(gone.scalars())

    async def active(self) -> list[Watch]:
        """All watches of chats that can be written to."""
        async with self._database.read() as connection:
            rows = await connection.execute(
                select(watch).where(c.active_since.is_not(None)).order_by(c.id)
            )
            return [_watch(row) for row in rows]

    async def set_hours(self, chat_id: int, hours: Hours) -> None:
        """Set a chat's quiet hours."""
        values = {"begins": hours.begins, "ends": hours.ends}
        async with self._database.write() as connection:
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            await connection.execute(
                dialect.insert(quiet_hours)
                .values(chat_id=chat_id, **values)
                .on_conflict_do_update(index_elements=["chat_id"], set_=values)
            )

    async def hours(self, chat_id: int) -> tuple[Hours, str | None]:
        """A chat's quiet hours and its time zone, if known."""
        async with self._database.read() as connection:
            query = select(quiet_hours).where(quiet_hours.c.chat_id == chat_id)
            row = (await connection.execute(query)).one_or_none()
            zone = select(place.c.zone).where(place.c.chat_id == chat_id)
            name: str | None = (await connection.execute(zone)).scalar()
        return (Hours(row.begins, row.ends) if row else self.usual), name

    async def _revive(self, connection: AsyncConnection, where: ChatThread) -> None:
        """Reactivate a chat's watches: somebody writes there again."""
        stopped = _of(where) & c.active_since.is_(None)
        await connection.execute(update(watch).where(stopped).values(active_since=self._now()))


def _of(where: ChatThread) -> ColumnElement[bool]:
    return (c.chat_id == where.chat_id) & (c.thread_id == where.thread_id)


def _name(topic: str, story_id: int | None) -> tuple[str, int | None]:
    """The identity of a watch: a story's id, whatever its headline, or the folded topic."""
    return ("" if story_id is not None else topic.casefold()), story_id


def _watch(row: Row[Any]) -> Watch:
    return Watch(
        row.id,
        ChatThread(row.chat_id, row.thread_id),
        row.topic,
        row.story_id,
        row.after_revision,
        row.active_since,
    )


class Choice(StrEnum):
    """A reader's choice on a story: show it first, or never again."""

    FOLLOW = "follow"
    MUTE = "mute"


class StoryChoices:
    """Readers' choices on stories, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def choose(self, reader: str, story_id: int, choice: Choice, now: datetime) -> bool:
        """Set a choice, or undo the same one; returns whether it is now set.

        Raises:
            ArchiveError: the database failed.
        """
        mine = (story_choice.c.reader == reader) & (story_choice.c.story_id == story_id)
        async with self._database.write() as connection:
            before = (await connection.execute(select(story_choice.c.choice).where(mine))).scalar()
            await connection.execute(delete(story_choice).where(mine))
            if before == choice:
                return False
            await connection.execute(
                insert(story_choice).values(
                    reader=reader, story_id=story_id, choice=choice, chosen_at=now
                )
            )
            return True

    async def of(self, reader: str) -> dict[int, Choice]:
        """A reader's choices, by story id."""
        query = select(story_choice.c.story_id, story_choice.c.choice)
        async with self._database.read() as connection:
            rows = await connection.execute(query.where(story_choice.c.reader == reader))
            return {row.story_id: Choice(row.choice) for row in rows}


def wish(
    topics: tuple[str, ...],
    length: Length,
    window: BriefingWindow | None,
    chosen: dict[int, Choice],
) -> BriefingOptions:
    """The options of a reader's briefing, with the stories that they follow and mute."""
    return BriefingOptions(
        topics=topics,
        length=length,
        window=window,
        followed=frozenset(one for one, what in chosen.items() if what is Choice.FOLLOW),
        muted=frozenset(one for one, what in chosen.items() if what is Choice.MUTE),
    )
