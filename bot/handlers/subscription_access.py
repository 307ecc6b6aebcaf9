"""Who may manage the briefings of a chat, and where one speaks with them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from telegram import ChatMemberAdministrator, ChatMemberOwner
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.delivery import send
from bot.delivery.sender import change, entities, surely
from bot.delivery.verdicts import Fate, verdict
from bot.language import gettext as _
from bot.render import subscriptions as say
from bot.subscriptions import Where

if TYPE_CHECKING:
    from telegram import Bot, Chat, ChatFullInfo, ChatMember, ForceReply, Message, User

    from bot.handlers.subscription_pages import Page
    from bot.render.rich_text import RichText
    from bot.subscriptions import Subscription, Subscriptions

log = logging.getLogger(__name__)

_ADMINS = frozenset((ChatMemberStatus.OWNER, ChatMemberStatus.ADMINISTRATOR))


def where_of(message: Message) -> Where:
    """The chat of a message, and in a forum its topic."""
    thread = message.message_thread_id if message.is_topic_message else None
    return Where(message.chat_id, thread or 0)


async def may_manage(bot: Bot, chat: Chat, user: User | None, sender_chat: Chat | None) -> bool:
    """Anybody in private; in a group its admins, also those who write in the group's name."""
    if chat.type == ChatType.PRIVATE:
        return True
    if sender_chat is not None:
        return sender_chat.id == chat.id
    if user is None:
        return False
    return await is_admin(bot, chat.id, user.id)


async def channel_of(bot: Bot, name: str | int, user: User) -> ChatFullInfo | str:
    """The channel that somebody manages and the bot may post in; or what stands in the way.

    `name` is its @name, or its number. Nothing is said of a channel to who is not its admin.
    """
    try:
        chat = await bot.get_chat(name)
        me = await bot.get_chat_member(chat.id, bot.id)
    except (BadRequest, Forbidden) as error:
        log.info("no channel %s: %s", name, error)
        unknown = isinstance(error, BadRequest) and "not found" in str(error).lower()
        return _(say.NO_CHANNEL if unknown else say.NOT_IN_CHANNEL).format(channel=name)
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
    return _(problem).format(channel=name)


def may_post(member: ChatMember) -> bool:
    """Whether a member of a channel may write there."""
    return isinstance(member, ChatMemberOwner) or (
        isinstance(member, ChatMemberAdministrator) and bool(member.can_post_messages)
    )


async def is_admin(bot: Bot, chat_id: int, user_id: int) -> bool:
    """Whether somebody is an administrator of a group or channel."""
    try:
        member = await bot.get_chat_member(chat_id, user_id)
    except (BadRequest, Forbidden) as error:  # Telegram does not find the member, or the bot left
        log.info("not a member of %s: %s", chat_id, error)
        return False
    return member.status in _ADMINS


async def managed(
    bot: Bot, store: Subscriptions, number: int, chat: Chat, user: User | None
) -> Subscription | None:
    """A subscription of a chat; in private also one of a channel, for its admins."""
    one = await store.get(number, chat.id)
    if one is not None or user is None or chat.type != ChatType.PRIVATE:
        return one
    one = await store.of_channel(number)
    if one is None or not await is_admin(bot, one.where.chat_id, user.id):
        return None
    return one


async def post(bot: Bot, message: Message, page: Page, asked: ForceReply | None = None) -> bool:
    """Answer a message with a page, in its topic; False if the bot may not write there.

    In that case who asked is told in private, if they ever wrote to the bot.
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


class Screens:
    """Messages of the bot's that become other pages, the last asked for last.

    People press faster than Telegram lets a message change. While one change waits, those asked
    for since take its place.
    """

    def __init__(self) -> None:
        self._wanted: dict[tuple[int, int], Page] = {}

    async def show(self, bot: Bot, message: Message, page: Page) -> None:
        """Let a message be another page, unless a newer one is wanted by then."""
        where = (message.chat_id, message.message_id)
        self._wanted[where] = page

        async def replace() -> None:
            if self._wanted.get(where) is page:
                await change(bot, message.chat_id, message.message_id, page.text, page.buttons)

        try:
            await surely(replace)
        finally:
            if self._wanted.get(where) is page:
                del self._wanted[where]


async def remove(bot: Bot, message: Message) -> None:
    """Take a message of the bot's away; one that stays does no harm."""
    try:
        await bot.delete_message(message.chat_id, message.message_id)
    except TelegramError as error:
        log.info("a message could not be deleted: %s", error)


async def _tell(bot: Bot, message: Message, text: RichText) -> None:
    # who writes in a group's name has no chat with the bot
    if message.from_user is None or message.from_user.is_bot:
        return
    try:
        await send(bot, message.from_user.id, text)
    except (BadRequest, Forbidden) as error:
        log.info("could not be told in private: %s", error)
