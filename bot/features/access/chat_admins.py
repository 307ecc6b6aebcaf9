"""Who may manage a chat's briefings, and replies in the chat where they write."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import ChatMemberAdministrator, ChatMemberOwner
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, Forbidden

from bot.features.subscriptions import views as say
from bot.features.subscriptions.schedule import ChatThread
from bot.language import gettext as _
from bot.telegram.client import Fate, entities, send, surely, verdict
from retrieval.errors import RequestError

if TYPE_CHECKING:
    from telegram import Bot, Chat, ChatFullInfo, ChatMember, ForceReply, Message, User

    from bot.features.subscriptions.schedule import Subscription
    from bot.features.subscriptions.store import Subscriptions
    from bot.telegram.editable_message import Page
    from bot.telegram.rich_text import RichText


log = logging.getLogger(__name__)

_ADMINS = frozenset((ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR))


def where_of(message: Message) -> ChatThread:
    """A message's chat, and its topic in a forum."""
    thread = message.message_thread_id if message.is_topic_message else None
    return ChatThread(message.chat_id, thread or 0)


async def may_manage(bot: Bot, chat: Chat, user: User | None, sender_chat: Chat | None) -> bool:
    """Whether a person may manage a chat: in private anybody, in a group its (anonymous) admins."""
    if chat.type == ChatType.PRIVATE:
        return True
    if sender_chat is not None:
        return sender_chat.id == chat.id
    if user is None:
        return False
    return await is_admin(bot, chat.id, user.id)


async def channel_of(bot: Bot, name: str | int, user: User) -> ChatFullInfo:
    """The channel with this @name or id, which `user` manages and where the bot may post.

    The error of a person who isn't an admin there says nothing about the channel.

    Raises:
        RequestError: there is no such channel, or one of the two lacks the rights.
    """
    try:
        chat = await bot.get_chat(name)
        me = await bot.get_chat_member(chat.id, bot.id)
    except (BadRequest, Forbidden) as error:
        log.info("no channel %s: %s", name, error)
        unknown = isinstance(error, BadRequest) and "not found" in str(error).lower()
        problem = say.NO_CHANNEL if unknown else say.NOT_IN_CHANNEL
        raise RequestError(problem.given(channel=str(name))) from error
    if chat.type != ChatType.CHANNEL:
        problem = say.NOT_A_CHANNEL
    elif me.status in {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED}:
        problem = say.NOT_IN_CHANNEL
    elif not await is_admin(bot, chat.id, user.id):
        problem = say.NOT_YOUR_CHANNEL
    elif not may_post(me):
        problem = say.MAY_NOT_POST
    else:
        return chat
    raise RequestError(problem.given(channel=str(name)))


def may_post(member: ChatMember) -> bool:
    """Whether a member of a channel may write there."""
    return isinstance(member, ChatMemberOwner) or (
        isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    )


async def is_admin(bot: Bot, chat_id: int, user_id: int) -> bool:
    """Whether somebody is an administrator of a group or channel."""
    try:
        member = await bot.get_chat_member(chat_id, user_id)
    except (BadRequest, Forbidden) as error:  # no such member, or the bot left
        log.info("not a member of %s: %s", chat_id, error)
        return False
    return member.status in _ADMINS


async def managed(
    bot: Bot, store: Subscriptions, number: int, chat: Chat, user: User | None
) -> Subscription | None:
    """A subscription of this chat or, in private, of a channel that the person manages; or None."""
    one = await store.get(number, chat.id)
    if one is not None or user is None or chat.type != ChatType.PRIVATE:
        return one
    one = await store.of_channel(number)
    if one is None or not await is_admin(bot, one.where.chat_id, user.id):
        return None
    return one


async def post(bot: Bot, message: Message, page: Page, asked: ForceReply | None = None) -> bool:
    """Answer a message with a page, in its topic; False if the bot may not write there.

    In that case the person is told in private, if they have ever written to the bot.
    """
    try:
        await surely(
            lambda: bot.send_message(
                message.chat_id,
                page.text.text,
                entities=entities(page.text),
                message_thread_id=where_of(message).thread_id or None,
                reply_markup=asked or page.buttons,
            )
        )
    except (BadRequest, Forbidden) as error:
        fate = verdict(error, 1).fate
        if message.chat.type == ChatType.PRIVATE or fate not in {Fate.NO_CHAT, Fate.NO_TOPIC}:
            raise
        log.info("may not write in %s: %s", message.chat_id, error)
        title = message.chat.title or _("that group")
        await _tell(bot, message, say.may_not_write(title, topic=fate is Fate.NO_TOPIC))
        return False
    return True


async def _tell(bot: Bot, message: Message, text: RichText) -> None:
    # somebody who writes in a group's name has no private chat
    if message.from_user is None or message.from_user.is_bot:
        return
    try:
        await send(bot, message.from_user.id, text)
    except (BadRequest, Forbidden) as error:
        log.info("could not be told in private: %s", error)
