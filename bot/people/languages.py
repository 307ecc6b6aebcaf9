"""In which language a chat is spoken to, in SQL.

A private chat has the id of its person. There, what Telegram says of their app is kept too, unless
it is English: briefings come when nobody has just written. What was chosen goes before it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, select, true
from sqlalchemy.dialects import postgresql, sqlite

from bot.language import DEFAULT, LANGUAGES, Spoken
from bot.tables import spoken

if TYPE_CHECKING:
    from retrieval.archive.database import Database


class Languages:
    """The languages of all chats."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, chat_id: int) -> Spoken:
        """What is spoken in a chat; English where nothing is known.

        Raises:
            ArchiveError: the database failed.
        """
        query = select(spoken).where(spoken.c.chat_id == chat_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Spoken(row.language, row.chosen) if row and row.language in LANGUAGES else Spoken()

    async def choose(self, chat_id: int, language: str | None) -> None:
        """Speak a language there from now on; None takes the choice back."""
        await self._write(chat_id, None if language is None else Spoken(language, chosen=True))

    async def met(self, chat_id: int, told: str, *, keep: bool = True) -> Spoken:
        """What to speak with a person in private whose app is in the language `told`.

        With `keep` that is remembered, but never in the place of what somebody chose.
        """
        known = await self.of(chat_id)
        if known.chosen or known.code == told:
            return known
        if keep:
            await self._write(chat_id, Spoken(told) if told != DEFAULT else None, over_choice=False)
        return Spoken(told)

    async def _write(self, chat_id: int, new: Spoken | None, *, over_choice: bool = True) -> None:
        yields = true() if over_choice else spoken.c.chosen.is_(False)
        async with self._database.write() as connection:
            if new is None:
                mine = spoken.c.chat_id == chat_id
                await connection.execute(delete(spoken).where(mine, yields))
                return
            values = {"language": new.code, "chosen": new.chosen}
            dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
            await connection.execute(
                dialect.insert(spoken)
                .values(chat_id=chat_id, **values)
                .on_conflict_do_update(index_elements=["chat_id"], set_=values, where=yields)
            )
