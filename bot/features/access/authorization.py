"""Authorization: each update is checked before any handler, and only permitted ones pass.

What a role may not do looks as if it didn't exist: the answer is that to an unknown command or an
old button. Strangers get one answer to everything, blocked people none. A message is judged by its
text, whatever else it carries; an update that no person caused must be in `passes_by_itself`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram import MessageEntity, Update
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, CallbackContext, ExtBot, TypeHandler, filters

from bot.features.access import views as say
from bot.features.access.people import (
    COMMANDS,
    FILE,
    INLINE,
    QUESTION,
    UNKNOWN,
    KnownPerson,
    Role,
    action_of_button,
    may,
)
from bot.features.inline import INVITED, answer
from bot.features.questions.handlers import is_for
from bot.language import Spoken, of_telegram, speak
from bot.language import gettext as _
from bot.telegram.client import send
from bot.telegram.rich_text import RichText

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from telegram import Message, User
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import Languages, People

    Handler = Callable[[Update, ContextTypes.DEFAULT_TYPE], Awaitable[None]]

# The group of handlers before all others.
FIRST = -100

# Updates of chats that are no request of a person.
_OF_CHATS = ({"channel_post"}, {"edited_channel_post"}, {"my_chat_member"})
_Data = dict[Any, Any]


class Visit(CallbackContext[ExtBot[Any], _Data, _Data, _Data]):
    """PTB's context, with the role of the person."""

    role: Role = Role.STRANGER


def role_of(context: object) -> Role:
    """The role of the person whose update is handled, as `Authorization` found it."""
    if not isinstance(context, Visit):
        raise TypeError("the application was not built with context_types=Visit")
    return context.role


class Authorization:
    """Checks each update; `unknown` and `other` answer forbidden commands and files."""

    def __init__(
        self, people: People, languages: Languages, *, unknown: Handler, other: Handler
    ) -> None:
        self._people, self._languages = people, languages
        self._unknown, self._other = unknown, other

    def register(self, app: App) -> None:
        """Add the check before all other handlers."""
        app.add_handler(TypeHandler(Update, self.check), FIRST)

    async def check(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Let an update pass, or answer that it may not.

        Raises:
            ApplicationHandlerStop: it may not pass.
        """
        try:
            passes = await self._passes(update, context)
        except Exception as error:
            # PTB continues with the next group after an error; here, an error must mean no.
            await context.application.process_error(update, error)
            raise ApplicationHandlerStop from error
        if not passes:
            raise ApplicationHandlerStop

    async def _passes(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> bool:
        action = action_of(update, context.bot.bot)
        if action is None:
            speak(Spoken())
            return passes_by_itself(update)
        user = person_of(update)
        role = await self._people.role(user.id if user else None)
        # Nothing is stored about people who may not ask, neither their language nor their name.
        speak(await self._spoken(update, keep=may(role, QUESTION)))
        if action == FILE and not may(role, FILE) and update.message and update.message.caption:
            action = QUESTION  # a reader's caption is a question
        if not may(role, action):
            await self._refuse(update, context, role, action)
            return False
        if isinstance(context, Visit):
            context.role = role
        if user is not None and not user.is_bot and may(role, QUESTION):
            await self._people.seen(KnownPerson(user.id, user.full_name, user.username))
        return True

    async def _spoken(self, update: Update, *, keep: bool) -> Spoken:
        """The language to use: the chat's choice, or in private that of the person's app."""
        chat, user = update.effective_chat, update.effective_user
        if user is not None and update.inline_query is not None:
            told = of_telegram(user.language_code)
            return await self._languages.met(user.id, told, keep=False)
        if chat is None or user is None:
            return Spoken()
        if chat.type == ChatType.PRIVATE:
            return await self._languages.met(chat.id, of_telegram(user.language_code), keep=keep)
        return await self._languages.of(chat.id)

    async def _refuse(
        self, update: Update, context: ContextTypes.DEFAULT_TYPE, role: Role, action: str
    ) -> None:
        query, message = update.callback_query, update.message
        if update.inline_query is not None:
            hint = _(INVITED) if role is Role.STRANGER else None
            await answer(update.inline_query, (), hint)
        elif query is not None:
            texts = {Role.BLOCKED: None, Role.STRANGER: _(say.BY_INVITATION)}
            await query.answer(texts.get(role, _(say.OLD_BUTTON)))
        elif message is None or role is Role.BLOCKED:
            return
        elif role is Role.STRANGER:
            if addressed(message, context.bot.bot):
                thread = message.message_thread_id if message.is_topic_message else None
                text = RichText(_(say.BY_INVITATION))
                await send(context.bot, message.chat_id, text, thread_id=thread)
        elif action == FILE:
            await self._other(update, context)
        else:
            await self._unknown(update, context)


def person_of(update: Update) -> User | None:
    """The person who acts; None if somebody writes as a group or channel."""
    message = update.message or update.edited_message
    if message is not None and message.sender_chat is not None:
        return None
    return update.effective_user


def action_of(  # noqa: PLR0911  one return for each kind of update
    update: Update, me: User
) -> str | None:
    """The requested action, as in `bot.features.access.people`; None if the bot isn't concerned."""
    query, kinds = update.callback_query, kinds_of(update)
    if query is not None and kinds == {"callback_query"}:
        return action_of_button(query.data or "")
    if update.inline_query is not None and kinds == {"inline_query"}:
        return INLINE
    message = update.message or update.edited_message
    if message is None or kinds not in ({"message"}, {"edited_message"}):
        return None
    if not _says_something(update, message) or is_shared_by(message, me):
        return None
    command = command_of(message)
    if command and message is update.edited_message:
        return None  # no command is run twice
    if command:
        name, bot = [*command.split("@"), ""][:2]
        if bot and bot.casefold() != (me.username or "").casefold():
            return None
        return name.lower() if name.lower() in COMMANDS else UNKNOWN
    if message.document is not None and message.chat.type == ChatType.PRIVATE:
        return FILE
    return QUESTION if addressed(message, me) else None


def passes_by_itself(update: Update) -> bool:
    """Whether the bot handles an update that is no person's request.

    These are posts of channels, changes of the bot's membership, and a group's new id.
    """
    message = update.message
    if message is not None:
        return kinds_of(update) == {"message"} and _moves(message) and not _has_words(message)
    return kinds_of(update) in _OF_CHATS


def kinds_of(update: Update) -> set[str]:
    """The parts of an update. Telegram sends one, but PTB's handlers would accept several."""
    known = {str(name) for name in Update.ALL_TYPES if getattr(update, name, None) is not None}
    return known or set(update.api_kwargs)


def _says_something(update: Update, message: Message) -> bool:
    """Whether somebody wrote or sent the message, rather than it being a notice of the chat.

    A message with text counts as written, whatever else it says, unless it also moves a group.
    """
    if _has_words(message):
        return not _moves(message)
    return not filters.StatusUpdate.ALL.check_update(update)


def is_shared_by(message: Message, me: User) -> bool:
    """Whether the message was shared by an inline query: it has the bot's words, so no question."""
    return message.via_bot is not None and message.via_bot.id == me.id


def _has_words(message: Message) -> bool:
    return bool(message.text or message.caption or message.document)


def _moves(message: Message) -> bool:
    return bool(message.migrate_to_chat_id or message.migrate_from_chat_id)


def command_of(message: Message) -> str:
    """The command that a message begins with, without slash, as PTB reads it; or ""."""
    first = message.entities[0] if message.entities else None
    if first is None or first.type != MessageEntity.BOT_COMMAND or first.offset != 0:
        return ""
    return (message.text or "")[1 : first.length]


def addressed(message: Message, me: User) -> bool:
    """Whether a message is certainly meant for the bot."""
    if message.chat.type == ChatType.PRIVATE:
        return True
    command = command_of(message)
    if command:
        return [*command.split("@"), ""][1].casefold() == (me.username or "").casefold()
    return is_for(message, me)
