"""The channels that the bot is in, in SQL, and whether their posts are added."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from bot.tables import channel

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrieval.archive.database import Database

c = channel.c


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; `taken` says that its posts are added, as far as the bot is a member."""

    chat_id: int
    title: str
    username: str | None
    member: bool
    taken: bool


class Channels:
    """Every method raises ArchiveError when the database fails."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database, self._now = database, now

    async def seen(self, chat_id: int, title: str, username: str | None, *, member: bool) -> None:
        """The bot is in a channel, or no longer is. One that it left begins switched off again."""
        values: dict[str, Any] = {"title": title, "username": username, "member": member}
        if not member:
            values |= {"taken": False}
        for _ in range(2):
            try:
                await self._seen(chat_id, values)
            except IntegrityError:  # two messages of a new channel at the same time
                continue
            return

    async def joined(self) -> list[Channel]:
        """Those that the bot is in, by title."""
        async with self._database.read() as connection:
            query = select(channel).where(c.member.is_(True)).order_by(c.title, c.chat_id)
            rows = (await connection.execute(query)).all()
        return [Channel(r.chat_id, r.title, r.username, r.member, r.taken) for r in rows]

    async def is_channel(self, chat_id: int) -> bool:
        """Whether a chat is a channel that the bot is or was in."""
        query = select(c.chat_id).where(c.chat_id == chat_id)
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def switch(self, chat_id: int, *, taken: bool, by: str) -> bool:
        """Switch a channel on or off; False if the bot is not in it."""
        change = (
            update(channel)
            .where(c.chat_id == chat_id, c.member.is_(True))
            .values(taken=taken, switched_by=by, changed_at=self._now())
        )
        async with self._database.write() as connection:
            return (await connection.execute(change)).rowcount > 0

    async def switched_by(self, chat_id: int) -> str | None:
        """Who switched the channel on; None if it is not on."""
        on = (c.chat_id == chat_id) & c.member.is_(True) & c.taken.is_(True)
        async with self._database.read() as connection:
            found: str | None = (await connection.execute(select(c.switched_by).where(on))).scalar()
        return found

    async def _seen(self, chat_id: int, values: dict[str, Any]) -> None:
        async with self._database.write() as connection:
            known = await connection.execute(
                update(channel).where(c.chat_id == chat_id).values(**values, changed_at=self._now())
            )
            if not known.rowcount:
                fresh = {"taken": False, **values, "chat_id": chat_id, "changed_at": self._now()}
                await connection.execute(insert(channel).values(fresh))
