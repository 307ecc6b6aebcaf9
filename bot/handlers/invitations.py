"""/invite, and /start with an invitation behind it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telegram.constants import ChatType

from bot.commands import offer_commands
from bot.handlers.gate import Visit, role_of
from bot.handlers.inline import START as INLINE_START
from bot.handlers.subscription_access import post
from bot.handlers.subscription_pages import Page
from bot.language import gettext as _
from bot.people import Known, Role
from bot.people.invitations import MOST_DAYS, MOST_USES, Entry
from bot.render import people as say
from bot.render.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Message, Update
    from telegram.ext import ContextTypes

    from bot.people import People
    from bot.people.invitations import Invitations

_USES, _DAYS = 1, 7
_NUMBER = re.compile(r"[0-9]{1,4}")
_ID = re.compile(r"[0-9]{1,9}")
_SPAN = re.compile(r"([0-9]{1,4})d")


class Inviting:
    """Makes invitations and takes them; `start` greets who is in."""

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
            text = RichText(_(say.IN_PRIVATE))  # a link shown to a group would let all of it in
        elif self._people.access.is_open:
            text = RichText(_(say.OPEN_TO_ALL))
        else:
            words = message.text.lower().split()[1:]
            text = await self._said(words, message.from_user.id, context.bot.username)
        await post(context.bot, message, Page(text))

    async def on_start(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/start`, by itself or with the code of an invitation."""
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
        if user is None or await self._invitations.redeem(user.id, code) is Entry.INVALID:
            await post(context.bot, message, Page(RichText(_(say.INVALID_INVITATION))))
            return
        # Already: two presses of one link at the same time, or blocked by an admin just now.
        role = await self._people.role(user.id)
        if role in {Role.STRANGER, Role.BLOCKED}:
            return
        await self._people.seen(Known(user.id, user.full_name, user.username))
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
    """People and days out of `20 30d`, in any order, each at most once; None if it is neither."""
    uses = [int(word) for word in words if _NUMBER.fullmatch(word)]
    days = [int(found[1]) for word in words if (found := _SPAN.fullmatch(word))]
    if len(uses) + len(days) != len(words) or len(uses) > 1 or len(days) > 1:
        return None
    wanted = (*uses, _USES)[0], (*days, _DAYS)[0]
    return wanted if 1 <= wanted[0] <= MOST_USES and 1 <= wanted[1] <= MOST_DAYS else None
