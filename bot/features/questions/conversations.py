"""Conversations in SQL: what a person asked before in a chat and thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update

from bot.tables import turn

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement, Row

    from retrieval.storage.database import Database

MOST_TURNS = 4


@dataclass(frozen=True, slots=True)
class Speaker:
    """A person in a chat and thread; the thread is 0 outside topics."""

    user_id: int
    chat_id: int
    thread_id: int


@dataclass(frozen=True, slots=True)
class ConversationTurn:
    """A question in its stand-alone form, and the articles it was limited to (none: all)."""

    id: int
    question: str
    articles: tuple[int, ...]


class Conversations:
    """The turns of conversations; one ends after `lasts` without a question."""

    def __init__(self, database: Database, lasts: timedelta, now: Callable[[], datetime]) -> None:
        self._database = database
        self._lasts = lasts
        self._now = now

    async def before(
        self, speaker: Speaker, replied_to: int | None = None
    ) -> list[ConversationTurn]:
        """Earlier questions, oldest first; for a reply to an answer, those up to that answer."""
        async with self._database.read() as connection:
            mine = select(turn).where(*_of(speaker))
            row: Row[Any] | None = None
            if replied_to is not None:
                answer = (turn.c.first_message_id <= replied_to) & (
                    turn.c.last_message_id >= replied_to
                )
                row = (await connection.execute(mine.where(answer))).first()
            if row is None:
                newest = mine.order_by(turn.c.id.desc()).limit(1)
                row = (await connection.execute(newest)).first()
                if row is None or row.ended or row.asked_at < self._now() - self._lasts:
                    return []
            found = list[ConversationTurn]()
            while row is not None and len(found) < MOST_TURNS:
                found.append(ConversationTurn(row.id, row.question, tuple(row.articles)))
                row = (await connection.execute(mine.where(turn.c.id == row.before_id))).first()
        return found[::-1]

    async def keep(
        self,
        speaker: Speaker,
        question: str,
        articles: Collection[int],
        messages: tuple[int, int],
        before_id: int | None,
    ) -> None:
        """Store a question with the ids of its answer's first and last message."""
        async with self._database.write() as connection:
            await connection.execute(
                insert(turn).values(
                    user_id=speaker.user_id,
                    chat_id=speaker.chat_id,
                    thread_id=speaker.thread_id,
                    before_id=before_id,
                    asked_at=self._now(),
                    question=question,
                    articles=list(articles),
                    first_message_id=messages[0],
                    last_message_id=messages[1],
                    ended=False,
                )
            )

    async def end(self, speaker: Speaker) -> None:
        """End the conversation; its answers can still be replied to."""
        async with self._database.write() as connection:
            await connection.execute(update(turn).where(*_of(speaker)).values(ended=True))


def _of(speaker: Speaker) -> tuple[ColumnElement[bool], ...]:
    return (
        turn.c.user_id == speaker.user_id,
        turn.c.chat_id == speaker.chat_id,
        turn.c.thread_id == speaker.thread_id,
    )
