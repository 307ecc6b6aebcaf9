"""The table of permissions, and people's roles, names and languages in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, select, true, update
from sqlalchemy.dialects import postgresql, sqlite

from bot.language import DEFAULT, LANGUAGES, Spoken
from bot.tables import outbox, person, spoken, standing, subscription, watch
from retrieval.storage.audit import record

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sqlalchemy import Table
    from sqlalchemy.ext.asyncio import AsyncConnection

    from retrieval.storage.database import Database


class Role(StrEnum):
    """A person's role."""

    # named in the settings: appoints admins
    OWNER = "owner"
    # manages the archive and decides who may read
    ADMIN = "admin"
    # asks, and gets briefings
    READER = "reader"
    # unknown to an invite-only bot; on an open one, everybody is a reader
    STRANGER = "stranger"
    BLOCKED = "blocked"


# Actions that aren't commands.
QUESTION = "question"
FILE = "file"
UNKNOWN = "unknown"
INLINE = "inline"
APPOINT = "admins add"
DISMISS = "admins remove"

_OWNERS = frozenset((Role.OWNER,))
_ADMINS = _OWNERS | {Role.ADMIN}
_READERS = _ADMINS | {Role.READER}
_GUESTS = _READERS | {Role.STRANGER}
# Even blocked people may see, export and delete what is stored about them.
_ALL = frozenset(Role)

# Every action and the roles that may do it. Nobody may do what is missing here.
ACTIONS: dict[str, frozenset[Role]] = {
    "start": _GUESTS,
    "privacy": _ALL,
    "export": _ALL,
    "forget": _ALL,
    "help": _READERS,
    "ask": _READERS,
    "new": _READERS,
    "briefing": _READERS,
    "subscribe": _READERS,
    "subscriptions": _READERS,
    "watch": _READERS,
    "unwatch": _READERS,
    "corrections": _READERS,
    "sources": _READERS,
    "language": _READERS,
    QUESTION: _READERS,
    INLINE: _READERS,
    UNKNOWN: _READERS,
    "add": _ADMINS,
    FILE: _ADMINS,
    "article": _ADMINS,
    "articles": _ADMINS,
    "feeds": _ADMINS,
    "channels": _ADMINS,
    "stats": _ADMINS,
    "status": _ADMINS,
    "usage": _ADMINS,
    "invite": _ADMINS,
    "block": _ADMINS,
    "unblock": _ADMINS,
    "log": _ADMINS,
    "admins": _ADMINS,
    APPOINT: _OWNERS,
    DISMISS: _OWNERS,
}

COMMANDS = frozenset(ACTIONS) - {QUESTION, FILE, INLINE, UNKNOWN, APPOINT, DISMISS}

# The roles that an action may be done to. An admin must be dismissed before being blocked.
_SUBJECTS: dict[str, frozenset[Role]] = {
    APPOINT: frozenset((Role.READER, Role.STRANGER)),
    DISMISS: frozenset((Role.ADMIN,)),
    "block": frozenset((Role.READER, Role.STRANGER)),
    "unblock": frozenset((Role.BLOCKED,)),
}

# The prefix of a button's data, and the action that the button belongs to.
BUTTONS: dict[str, str] = {
    "cited": QUESTION,
    "sources": QUESTION,
    "further": QUESTION,
    "more": QUESTION,
    "note": QUESTION,
    "vote": QUESTION,
    "brief": "briefing",
    "sub": "subscriptions",
    "watch": "watch",
    "intake": "add",
    "article": "article",
    "articles": "articles",
    "feed": "feeds",
    "channel": "channels",
    "log": "log",
    "language": "language",
    "forget": "forget",
}


def may(role: Role, action: str, subject: Role | None = None) -> bool:
    """Whether a role may do something, to a person with the role `subject`.

    Without `subject`: whether the action is available to the role at all.
    """
    if role not in ACTIONS.get(action, frozenset()):
        return False
    return subject is None or subject in _SUBJECTS.get(action, frozenset())


def action_of_button(data: str) -> str:
    """The action that a button with this data belongs to, or `UNKNOWN`."""
    return BUTTONS.get(data.partition(":")[0], UNKNOWN)


_SEEN_AGAIN_AFTER = timedelta(days=1)
_MOST_CHARS = 128


@dataclass(frozen=True, slots=True)
class Access:
    """Roles from the settings: owners, admins, and whether anybody may read."""

    owners: frozenset[int] = frozenset()
    admins: frozenset[int] = frozenset()
    is_open: bool = True

    def role(self, user_id: int | None, given: str | None) -> Role:
        """A user's role; `given` is that in SQL. None as `user_id`: somebody posts as a group."""
        if user_id in self.owners:
            return Role.OWNER
        if user_id in self.admins or given == Role.ADMIN:
            return Role.ADMIN
        if given == Role.BLOCKED:
            return Role.BLOCKED
        return Role.READER if self.is_open or given == Role.READER else Role.STRANGER


@dataclass(frozen=True, slots=True)
class KnownPerson:
    """A person's id and last known name; `username` is in lower case."""

    user_id: int
    name: str = ""
    username: str | None = None

    @property
    def title(self) -> str:
        """Name and id, as shown to admins."""
        return f"{self.name} ({self.user_id})" if self.name else str(self.user_id)


class People:
    """People in SQL; roles from the settings take precedence."""

    def __init__(
        self,
        database: Database,
        access: Access,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.access = access
        self._database, self._now = database, now

    async def role(self, user_id: int | None) -> Role:
        """A person's role.

        Raises:
            ArchiveError: the database failed.
        """
        if user_id is None:
            return self.access.role(None, None)
        async with self._database.read() as connection:
            return await self._role(connection, user_id)

    async def seen(self, who: KnownPerson) -> None:
        """Store the name of a person who wrote: once a day, or when it changed."""
        now = self._now()
        name, username = who.name[:_MOST_CHARS], who.username.lower() if who.username else None
        query = select(person).where(person.c.user_id == who.user_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        if (
            row is not None
            and (row.name, row.username) == (name, username)
            and now - row.seen_at < _SEEN_AGAIN_AFTER
        ):
            return
        values = {"name": name, "username": username, "seen_at": now}
        async with self._database.write() as connection:
            await _put(connection, person, who.user_id, values)

    async def find(self, username: str) -> KnownPerson | None:
        """The person who last wrote under a username, given with or without @; or None."""
        query = select(person).where(person.c.username == username.removeprefix("@").lower())
        query = query.order_by(person.c.seen_at.desc()).limit(1)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return KnownPerson(row.user_id, row.name, row.username) if row else None

    async def known(self, user_id: int) -> KnownPerson:
        """A person by id, with their last known name."""
        return (await self._named({user_id}))[0]

    async def admins(self) -> list[KnownPerson]:
        """People who were made admins by command; those in the settings are in `access`."""
        query = select(standing.c.user_id).where(standing.c.role == Role.ADMIN)
        async with self._database.read() as connection:
            ids = set((await connection.execute(query)).scalars())
        return await self._named(ids - self.access.owners - self.access.admins)

    async def staff(self) -> dict[int, Role]:
        """The role of everybody who has more commands than readers, by id."""
        appointed = {one.user_id: Role.ADMIN for one in await self.admins()}
        settled = dict.fromkeys(self.access.admins, Role.ADMIN)
        return appointed | settled | dict.fromkeys(self.access.owners, Role.OWNER)

    async def appoint(self, actor: int, user_id: int) -> Role | None:
        """Make somebody an admin; returns None, or their role if that isn't allowed."""
        return await self._change(actor, APPOINT, user_id, Role.ADMIN)

    async def dismiss(self, actor: int, user_id: int) -> Role | None:
        """Make an admin a reader again; returns None, or their role if that isn't allowed."""
        if user_id in self.access.admins:
            return Role.OWNER if user_id in self.access.owners else Role.ADMIN
        return await self._change(actor, DISMISS, user_id, Role.READER)

    async def block(self, actor: int, user_id: int) -> Role | None:
        """Stop answering or writing to somebody; returns None, or their role if not allowed."""
        return await self._change(actor, "block", user_id, Role.BLOCKED)

    async def unblock(self, actor: int, user_id: int) -> Role | None:
        """Let somebody read again; returns None, or their role if they aren't blocked."""
        return await self._change(actor, "unblock", user_id, Role.READER)

    async def _change(self, actor: int, action: str, user_id: int, new: Role) -> Role | None:
        """Check and write in one transaction: roles may have changed a moment ago."""
        now = self._now()
        async with self._database.write() as connection:
            before = await self._role(connection, user_id, lock=True)
            if not may(await self._role(connection, actor), action, before):
                return before
            await _put(connection, standing, user_id, {"role": new, "since": now})
            if new is Role.BLOCKED:
                await _send_nothing(connection, user_id)
            await record(
                connection,
                name_of(actor),
                action,
                name_of(user_id),
                now,
                {"from": before.value, "to": new.value},
            )
        return None

    async def _role(self, connection: AsyncConnection, user_id: int, *, lock: bool = False) -> Role:
        query = select(standing.c.role).where(standing.c.user_id == user_id)
        given = (await connection.execute(query.with_for_update() if lock else query)).scalar()
        return self.access.role(user_id, given)

    async def _named(self, ids: Collection[int]) -> list[KnownPerson]:
        query = select(person).where(person.c.user_id.in_(ids))
        async with self._database.read() as connection:
            rows = {row.user_id: row for row in await connection.execute(query)}
        found = (rows.get(one) for one in sorted(ids))
        return [
            KnownPerson(one, row.name, row.username) if row else KnownPerson(one)
            for one, row in zip(sorted(ids), found, strict=True)
        ]


def name_of(user_id: int) -> str:
    """A person's name in the audit log, and as the one who added articles."""
    return f"telegram:{user_id}"


async def _put(
    connection: AsyncConnection, table: Table, user_id: int, values: dict[str, Any]
) -> None:
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(user_id=user_id, **values)
    await connection.execute(
        statement.on_conflict_do_update(index_elements=["user_id"], set_=values)
    )


async def _send_nothing(connection: AsyncConnection, user_id: int) -> None:
    """Pause all that is sent to a person's private chat, whose id is theirs."""
    await connection.execute(
        update(subscription)
        .where(subscription.c.chat_id == user_id, subscription.c.state == "active")
        .values(state="paused", next_due_at=None)
    )
    await connection.execute(
        update(watch).where(watch.c.chat_id == user_id).values(active_since=None)
    )
    await connection.execute(
        delete(outbox).where(and_(outbox.c.chat_id == user_id, outbox.c.state == "queued"))
    )


# In private chats the language of the person's app is stored as well, unless it is English: it is
# needed for briefings. A language that was chosen takes precedence.


class Languages:
    """The languages of chats in SQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, chat_id: int) -> Spoken:
        """A chat's language; English if none is stored.

        Raises:
            ArchiveError: the database failed.
        """
        query = select(spoken).where(spoken.c.chat_id == chat_id)
        async with self._database.read() as connection:
            row = (await connection.execute(query)).one_or_none()
        return Spoken(row.language, row.chosen) if row and row.language in LANGUAGES else Spoken()

    async def choose(self, chat_id: int, language: str | None) -> None:
        """Set a chat's language; None undoes the choice."""
        await self._write(chat_id, None if language is None else Spoken(language, chosen=True))

    async def met(self, chat_id: int, told: str, *, keep: bool = True) -> Spoken:
        """The language of a private chat with a person whose app is in the language `told`.

        With `keep`, `told` is stored, but never replaces a choice.
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
