"""Stories that readers follow or mute."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from bot.tables import story_choice
from retrieval.briefing import Wish

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.archive.database import Database
    from retrieval.models import Length, Window


class Choice(StrEnum):
    """What a reader wants of a story: first of all, or never again."""

    FOLLOW = "follow"
    MUTE = "mute"


class StoryChoices:
    """The choices of all readers, in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def choose(self, reader: str, story_id: int, choice: Choice, now: datetime) -> bool:
        """Set a choice, or take back the same one; whether it is set now.

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
        """What a reader chose, by story."""
        query = select(story_choice.c.story_id, story_choice.c.choice)
        async with self._database.read() as connection:
            rows = await connection.execute(query.where(story_choice.c.reader == reader))
            return {row.story_id: Choice(row.choice) for row in rows}


def wish(
    topics: tuple[str, ...], length: Length, window: Window | None, chosen: dict[int, Choice]
) -> Wish:
    """What a reader wants told, with the stories that they follow and mute."""
    return Wish(
        topics=topics,
        length=length,
        window=window,
        followed=frozenset(one for one, what in chosen.items() if what is Choice.FOLLOW),
        muted=frozenset(one for one, what in chosen.items() if what is Choice.MUTE),
    )
