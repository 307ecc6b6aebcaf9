"""Invitations: links that let a number of people in, until they expire."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from secrets import token_urlsafe
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from telegram.constants import ChatType
from telegram.ext import CommandHandler, filters

from bot.features.access import views as say
from bot.features.access.authorization import Visit, role_of
from bot.features.access.chat_admins import post
from bot.features.access.people import KnownPerson, Role, name_of
from bot.features.commands import offer_commands
from bot.features.inline import START as INLINE_START
from bot.language import gettext as _
from bot.tables import invitation, standing
from bot.telegram.editable_message import Page
from bot.telegram.rich_text import RichText
from retrieval.storage.audit import record

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sqlalchemy.ext.asyncio import AsyncConnection
    from telegram import Message, Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import People
    from retrieval.storage.database import Database


MOST_USES = 1000
MOST_DAYS = 90
# 128 bits, which are 22 characters in a link
_BYTES = 16
_CODE = re.compile(r"[A-Za-z0-9_-]{22}")


class Redemption(Enum):
    """The result of using a code."""

    JOINED = "joined"
    # the person had a role already: no use was counted
    ALREADY = "already"
    # wrong, expired, used up or withdrawn
    INVALID = "invalid"


@dataclass(frozen=True, slots=True)
class Invitation:
    """An invitation that can still be used."""

    id: int
    created_by: int
    expires_at: datetime
    uses: int
    uses_left: int


class _AlreadyError(Exception):
    """Rolls back the use of an invitation."""


class Invitations:
    """Invitations in SQL; only hashes of their codes are stored."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database, self._now = database, now

    async def create(self, actor: int, uses: int, days: int) -> tuple[Invitation, str]:
        """Make an invitation for `uses` people; returns it with its code, which isn't stored.

        Raises:
            ValueError: `uses` or `days` is out of bounds.
        """
        if not (1 <= uses <= MOST_USES and 1 <= days <= MOST_DAYS):
            raise ValueError("uses or days out of bounds")
        now, code = self._now(), token_urlsafe(_BYTES)
        expires = now + timedelta(days=days)
        values = {
            "code_hash": _hash(code),
            "created_by": actor,
            "created_at": now,
            "expires_at": expires,
            "uses": uses,
            "uses_left": uses,
        }
        async with self._database.write() as connection:
            result = await connection.execute(
                insert(invitation).values(values).returning(invitation.c.id)
            )
            number = int(result.scalar_one())
            detail = {"people": uses, "days": days}
            await record(connection, name_of(actor), "invite", _name(number), now, detail)
        return Invitation(number, actor, expires, uses, uses), code

    async def redeem(self, user_id: int, code: str) -> Redemption:
        """Let a person in by a code: in one transaction, count the use and give the role."""
        if not _CODE.fullmatch(code):
            return Redemption.INVALID
        try:
            async with self._database.write() as connection:
                return await self._redeem(connection, user_id, code)
        except _AlreadyError:
            return Redemption.ALREADY

    async def listed(self) -> list[Invitation]:
        """The invitations that can still be used, the next to expire first."""
        c = invitation.c
        query = select(invitation).where(c.expires_at > self._now(), c.uses_left > 0)
        async with self._database.read() as connection:
            rows = await connection.execute(query.order_by(c.expires_at, c.id))
            return [
                Invitation(row.id, row.created_by, row.expires_at, row.uses, row.uses_left)
                for row in rows
            ]

    async def withdraw(self, actor: int, number: int) -> bool:
        """Withdraw an invitation; False if there is no usable one with this number."""
        c, now = invitation.c, self._now()
        async with self._database.write() as connection:
            done = await connection.execute(
                update(invitation)
                .where(c.id == number, c.expires_at > now, c.uses_left > 0)
                .values(uses_left=0)
            )
            if done.rowcount == 1:
                await record(connection, name_of(actor), "withdraw", _name(number), now)
        return done.rowcount == 1

    async def _redeem(self, connection: AsyncConnection, user_id: int, code: str) -> Redemption:
        c, now = invitation.c, self._now()
        used = await connection.execute(
            update(invitation)
            .where(c.code_hash == _hash(code), c.expires_at > now, c.uses_left > 0)
            .values(uses_left=c.uses_left - 1)
            .returning(c.id)
        )
        number = used.scalar()
        if number is None:
            return Redemption.INVALID
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        row = {"user_id": user_id, "role": Role.READER, "since": now}
        joined = await connection.execute(
            dialect.insert(standing).values(row).on_conflict_do_nothing()
        )
        if joined.rowcount != 1:
            raise _AlreadyError
        await record(connection, name_of(user_id), "join", _name(number), now)
        return Redemption.JOINED


async def prune(connection: AsyncConnection, before: datetime) -> int:
    """Delete invitations that expired before an instant; returns how many."""
    done = await connection.execute(delete(invitation).where(invitation.c.expires_at < before))
    return done.rowcount


def _name(number: int) -> str:
    return f"invitation:{number}"


def _hash(code: str) -> str:
    """A code's hash. It needs no slow one: 128 random bits can't be guessed."""
    return sha256(code.encode()).hexdigest()


_USES, _DAYS = 1, 7
_NUMBER = re.compile(r"[0-9]{1,4}")
_ID = re.compile(r"[0-9]{1,9}")
_SPAN = re.compile(r"([0-9]{1,4})d")


class InvitationHandlers:
    """Creates and redeems invitations; `start` greets people who may read."""

    def __init__(
        self,
        invitations: Invitations,
        people: People,
        start: Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[None]],
    ) -> None:
        self._invitations, self._people, self._start = invitations, people, start

    async def on_invite(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/invite [PEOPLE] [DAYSd]`, `/invite list`, `/invite withdraw N`."""
        message = update.message
        if message is None or message.from_user is None or not message.text:
            return
        if message.chat.type != ChatType.PRIVATE:
            text = RichText(_(say.IN_PRIVATE))  # in a group, the link would let everybody in
        elif self._people.access.is_open:
            text = RichText(_(say.OPEN_TO_ALL))
        else:
            words = message.text.lower().split()[1:]
            text = await self._said(words, message.from_user.id, context.bot.username)
        await post(context.bot, message, Page(text))

    def register(self, app: App) -> None:
        """Add the handlers of /start and /invite."""
        fresh = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("start", self.on_start, fresh))
        app.add_handler(CommandHandler("invite", self.on_invite, fresh))

    async def on_start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start`, alone or with an invitation's code."""
        message = update.message
        if role_of(context) is not Role.STRANGER or message is None:
            await self._start(update, context)
            return
        words = [one for one in (message.text or "").split()[1:] if one != INLINE_START]
        if message.chat.type != ChatType.PRIVATE or not words or message.from_user is None:
            await post(context.bot, message, Page(RichText(_(say.BY_INVITATION))))
            return
        await self._enter(message, words[0], update, context)

    async def _enter(
        self, message: Message, code: str, update: Update, context: ContextTypes.DEFAULT_TYPE
    ) -> None:
        user = message.from_user
        if user is None or await self._invitations.redeem(user.id, code) is Redemption.INVALID:
            await post(context.bot, message, Page(RichText(_(say.INVALID_INVITATION))))
            return
        # Already: two presses of the same link at once, or just blocked by an admin.
        role = await self._people.role(user.id)
        if role in {Role.STRANGER, Role.BLOCKED}:
            return
        await self._people.seen(KnownPerson(user.id, user.full_name, user.username))
        if isinstance(context, Visit):
            context.role = role
        await offer_commands(context.bot, user.id, role)
        await self._start(update, context)

    async def _said(self, words: list[str], actor: int, me: str) -> RichText:
        match words:
            case ["list"]:
                return say.invitations(await self._invitations.listed())
            case ["withdraw", number] if _ID.fullmatch(number):
                gone = await self._invitations.withdraw(actor, int(number))
                text = _("Invitation {number} isn't active.")
                if gone:
                    text = _("Invitation {number} has been withdrawn.")
                return RichText(text.format(number=number))
        wanted = read_invitation(words)
        if wanted is None:
            return RichText(_(say.HOW_INVITE))
        one, code = await self._invitations.create(actor, *wanted)
        return say.invited(f"https://t.me/{me}?start={code}", one)


def read_invitation(words: list[str]) -> tuple[int, int] | None:
    """People and days from words such as `20 30d`, in any order; None if it is anything else."""
    uses = [int(word) for word in words if _NUMBER.fullmatch(word)]
    days = [int(found[1]) for word in words if (found := _SPAN.fullmatch(word))]
    if len(uses) + len(days) != len(words) or len(uses) > 1 or len(days) > 1:
        return None
    wanted = (*uses, _USES)[0], (*days, _DAYS)[0]
    return wanted if 1 <= wanted[0] <= MOST_USES and 1 <= wanted[1] <= MOST_DAYS else None
