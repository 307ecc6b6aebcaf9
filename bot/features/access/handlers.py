"""/admins, /block, /unblock, and finding the person that such a command names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import MessageEntity, MessageOriginHiddenUser, MessageOriginUser
from telegram.ext import CommandHandler, filters

from bot.features.access import views as say
from bot.features.access.authorization import role_of
from bot.features.access.chat_admins import post
from bot.features.access.people import APPOINT, DISMISS, KnownPerson, may
from bot.features.commands import offer_commands
from bot.language import gettext as _
from bot.language import translated
from bot.telegram.editable_message import Page
from bot.telegram.rich_text import RichText
from retrieval.errors import RequestError
from retrieval.messages import UserMessage

if TYPE_CHECKING:
    from telegram import Message, Update, User
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import People


_ADMINS = {"add": APPOINT, "remove": DISMISS}


class AdminHandlers:
    """Shows admins, and changes roles."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._changes = {
            APPOINT: people.appoint,
            DISMISS: people.dismiss,
            "block": people.block,
            "unblock": people.unblock,
        }

    def register(self, app: App) -> None:
        """Add the handlers of /admins, /block and /unblock."""
        fresh = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("admins", self.on_admins, fresh))
        app.add_handler(CommandHandler("block", self.on_block, fresh))
        app.add_handler(CommandHandler("unblock", self.on_unblock, fresh))

    async def on_admins(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/admins [list | add WHOM | remove WHOM]`."""
        message = update.message
        if message is None or not message.text:
            return
        words = message.text.split()[1:]
        action = _ADMINS.get(words[0].lower()) if words else None
        if action is not None:
            await self._change(message, action, words[1:], context)
        elif not words or words[0].lower() == "list":
            await post(context.bot, message, Page(await self._list()))
        else:
            await post(context.bot, message, Page(RichText(_(say.HOW_ADMINS))))

    async def on_block(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/block WHOM`."""
        if update.message is not None and update.message.text:
            words = update.message.text.split()[1:]
            await self._change(update.message, "block", words, context)

    async def on_unblock(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/unblock WHOM`."""
        if update.message is not None and update.message.text:
            words = update.message.text.split()[1:]
            await self._change(update.message, "unblock", words, context)

    async def _change(
        self, message: Message, action: str, words: list[str], context: ContextTypes.DEFAULT_TYPE
    ) -> None:
        if not may(role_of(context), action):
            await post(context.bot, message, Page(RichText(_(say.ONLY_OWNERS))))
            return
        if message.from_user is None:
            return
        try:
            whom = await subject_of(message, words, self._people)
        except RequestError as error:
            await post(context.bot, message, Page(RichText(translated(error.message))))
            return
        role = await self._changes[action](message.from_user.id, whom.user_id)
        if role is not None:
            await post(context.bot, message, Page(say.refused(action, role, whom.title)))
            return
        await offer_commands(context.bot, whom.user_id, await self._people.role(whom.user_id))
        await post(context.bot, message, Page(say.done(action, whom.title)))

    async def _list(self) -> RichText:
        access = self._people.access
        owners = [(await self._people.known(one)).title for one in sorted(access.owners)]
        settled = sorted(access.admins - access.owners)
        return say.admins(
            owners,
            [(await self._people.known(one)).title for one in settled],
            [one.title for one in await self._people.admins()],
        )


# Telegram's ids have at most 52 significant bits.
MOST_ID = 2**52
_ID_CHARS = 16
_HOW = UserMessage("Reply to one of their messages, or write their id or @name after the command.")


async def subject_of(message: Message, words: list[str], people: People) -> KnownPerson:
    """The person that a command means; `words` are its arguments.

    Raises:
        RequestError: no person can be found.
    """
    mentioned = [one.user for one in message.entities if one.type == MessageEntity.TEXT_MENTION]
    if mentioned and mentioned[0] is not None:
        return _known(mentioned[0])
    if words:
        return await _named(words, people)
    replied = message.reply_to_message
    if replied is None:
        raise RequestError(_HOW)
    return _writer(replied)


def _writer(replied: Message) -> KnownPerson:
    """Who wrote a message, or wrote the message that it forwards."""
    origin = replied.forward_origin
    if isinstance(origin, MessageOriginUser):
        return _known(origin.sender_user)
    if isinstance(origin, MessageOriginHiddenUser):
        raise RequestError(
            UserMessage(
                "The author of that message hides their account when forwarded; I need their "
                "id or @name."
            )
        )
    if origin is not None or replied.sender_chat is not None or replied.from_user is None:
        raise RequestError(UserMessage("That was posted by a group or channel, not by a person."))
    return _known(replied.from_user)


async def _named(words: list[str], people: People) -> KnownPerson:
    if len(words) > 1:
        one_only = UserMessage("One person at a time, please.")
        raise RequestError(UserMessage("{problem} {how}", problem=one_only, how=_HOW))
    word = words[0]
    if word.isascii() and word.isdigit() and len(word) <= _ID_CHARS and 0 < int(word) < MOST_ID:
        return await people.known(int(word))
    if word.startswith("@"):
        found = await people.find(word)
        if found is None:
            raise RequestError(
                UserMessage(
                    "Nobody with that name has written to me. Telegram only tells me the names of "
                    "people who write to me: have them write first, or use their id."
                )
            )
        return found
    invalid = UserMessage("That isn't a valid name.")
    raise RequestError(UserMessage("{problem} {how}", problem=invalid, how=_HOW))


def _known(user: User) -> KnownPerson:
    if user.is_bot:
        raise RequestError(UserMessage("That's a bot, not a person."))
    return KnownPerson(user.id, user.full_name, user.username)
