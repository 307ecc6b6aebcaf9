"""/subscribe and /subscriptions: scheduled briefings, set up by buttons or in one line.

The dialogue is one message that is edited. What its buttons need is in their data and in SQL
(`subscription_pages`), what follows what is in `subscription_steps`. A typed answer counts only as
a reply to a question of ours, which names its subscription; in private also a location, or a city
right after the time zone was asked for. Any other text stays a question to the archive.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from telegram import ForceReply, Message
from telegram.constants import ChatType
from telegram.ext import ApplicationHandlerStop, filters

from bot.delivery.settling import move_chat
from bot.handlers import subscription_pages as pages
from bot.handlers.subscription_access import (
    channel_of,
    managed,
    may_manage,
    post,
    remove,
    where_of,
)
from bot.handlers.subscription_pages import Page
from bot.handlers.subscription_steps import Steps, gone
from bot.handlers.subscription_words import read_channel, read_request
from bot.intake.channels import Channels
from bot.language import code
from bot.language import gettext as _
from bot.people.languages import Languages
from bot.render import subscriptions as say
from bot.render.rich_text import RichText
from bot.subscriptions import Found, Several, Terms, Where, find_zone, zone_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from telegram import Bot, ChatFullInfo, Update
    from telegram.ext import ContextTypes

    from bot.handlers.subscription_steps import Nearest
    from bot.subscriptions import Subscription, Subscriptions
    from retrieval.archive.database import Database

log = logging.getLogger(__name__)

# A city typed so soon after the time zone was asked for needs not be a reply.
JUST_ASKED = timedelta(minutes=10)
_PLACEHOLDERS = {"time": "7:30", "topics": "Kursk, energy", "city": "Kyiv"}


class AnswersQuestion(filters.MessageFilter):
    """Replies to a question of the dialogue."""

    def filter(self, message: Message) -> bool:
        """Whether the message is one."""
        replied = message.reply_to_message
        if replied is None or replied.from_user is None or not replied.text:
            return False
        return replied.from_user.id == message.get_bot().id and bool(say.asked(replied.text))


class SubscriptionCommands:
    """What is typed; buttons are in `subscription_buttons`."""

    def __init__(
        self,
        database: Database,
        store: Subscriptions,
        nearest: Nearest,
        now: Callable[[], datetime],
    ) -> None:
        self._database = database
        self._store = store
        self._channels = Channels(database, now)
        self._languages = Languages(database)
        self._steps = Steps(store, nearest)
        self._now = now

    async def on_subscribe(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/subscribe`, alone or with all that is wanted behind it."""
        message = update.effective_message
        if message is None or not await self._may(message, context.bot):
            return
        channel, line = await self._channel(message, context.bot)
        if isinstance(channel, str):
            await post(context.bot, message, Page(RichText(channel)))
            return
        request = await asyncio.to_thread(read_request, line)  # it may look for a city
        if request.problem:
            await post(context.bot, message, Page(RichText(request.problem)))
            return
        where = where_of(message) if channel is None else Where(channel.id)
        zone = await self._zone(where, message, request.terms.get("zone"))
        who = message.from_user.id if message.from_user else 0
        # A channel's readers need not be told that there is nothing.
        usual = Terms(silent=channel is not None)
        one = await self._store.begin(where, who, replace(usual, **request.terms | {"zone": zone}))
        page = await (self._steps.at_once if request.is_whole else self._steps.onward)(one)
        if not await post(context.bot, message, page):
            # nothing may be sent there, so nothing shall be tried
            await self._store.delete(one.id, where.chat_id)

    async def on_list(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/subscriptions`; in private with those set up for channels, or those of `@channel`."""
        message = update.effective_message
        if message is None or not await self._may(message, context.bot):
            return
        channel, _rest = await self._channel(message, context.bot)
        if isinstance(channel, str):
            await post(context.bot, message, Page(RichText(channel)))
            return
        where = where_of(message) if channel is None else Where(channel.id)
        found = await self._store.listed(where)
        if channel is None and message.chat.type == ChatType.PRIVATE and message.from_user:
            found += await self._store.in_channels(message.from_user.id)
        page = pages.card(found[0]) if len(found) == 1 else pages.listed(found)
        await post(context.bot, message, page)

    async def on_answer(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A reply to a question of the dialogue: text, or a location (`AnswersQuestion`)."""
        message = update.effective_message
        question = message.reply_to_message if message else None
        asked = say.asked(question.text or "") if question else None
        if message is None or question is None or asked is None:
            return
        if not await self._may(message, context.bot):
            return
        number, kind = asked
        one = await managed(context.bot, self._store, number, message.chat, message.from_user)
        result = gone() if one is None else await self._answered(one, kind, message)
        if one is not None and isinstance(result, str):
            await ask(context.bot, message, one, kind, result)
        elif isinstance(result, Page):
            await post(context.bot, message, result)
        await remove(context.bot, question)

    async def on_location(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A location in private that is no reply: right after the zone was asked for, or later."""
        message = update.effective_message
        if message is None or message.location is None:
            return
        one = await self._waits_for_zone(message)
        if one is None:
            found = await self._store.listed(where_of(message))
            found += await self._store.in_channels(message.chat_id)
            if not found:
                text = _("A location sets the time zone of your briefings; /subscribe sets one up.")
                await post(context.bot, message, Page(RichText(text)))
                return
            one = found[0]
        await post(context.bot, message, await self._located(one, message))

    async def on_city(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """Text in private right after the zone was asked for: if it is a city, it is the answer.

        Raises:
            ApplicationHandlerStop: it was; no other handler shall take it.
        """
        message = update.effective_message
        if message is None or not message.text or len(message.text.split()) > 4:  # noqa: PLR2004
            return  # as no city is called
        one = await self._waits_for_zone(message)
        if one is None:
            return
        found = await asyncio.to_thread(find_zone, message.text)
        if isinstance(found, Found):
            page = await self._steps.set_zone(one, found.zone)
        elif isinstance(found, Several):
            page = pages.namesakes(one, message.text, found.choices)
        else:
            return
        await post(context.bot, message, page)
        raise ApplicationHandlerStop

    async def on_moved(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A group became a supergroup: its subscriptions go along."""
        message = update.effective_message
        if message is None:
            return
        old = message.migrate_from_chat_id or message.chat_id
        new = message.migrate_to_chat_id or message.chat_id
        async with self._database.write() as connection:
            await move_chat(connection, old, new)
        log.info("group %s is now %s", old, new)

    async def _channel(self, message: Message, bot: Bot) -> tuple[ChatFullInfo | str | None, str]:
        """The channel that a command names, and the rest of its line; None: it names none.

        A text is what stands in the way. From now on the channel is known, and spoken to in the
        language of who asked, unless it was asked for before.
        """
        line = (message.text or "").partition(" ")[2]
        name, rest = read_channel(line)
        if name is None:
            return None, line
        if message.chat.type != ChatType.PRIVATE or message.from_user is None:
            return _(say.IN_PRIVATE), rest
        channel = await channel_of(bot, name, message.from_user)
        if isinstance(channel, str):
            return channel, rest
        await self._channels.seen(channel.id, channel.title or "", channel.username, member=True)
        if not await self._store.listed(Where(channel.id)):
            await self._languages.choose(channel.id, code())
        return channel, rest

    async def _zone(self, where: Where, message: Message, written: str | None) -> str:
        """The time zone of a chat, or empty until it is known; at first a channel has its admin's.

        One that was `written` is the chat's from now on.
        """
        known = await self._store.zone_of(where.chat_id)
        if written is None and known is None and where.chat_id != message.chat_id:
            written = await self._store.zone_of(message.chat_id)
        if written is not None:
            await self._store.set_zone(where.chat_id, written)
        return written or known or ""

    async def _answered(self, one: Subscription, kind: str, message: Message) -> Page | str:
        if message.location is not None:
            return await self._located(one, message)
        return await self._steps.typed(one, kind, message.text or "")

    async def _located(self, one: Subscription, message: Message) -> Page:
        place = message.location
        if place is None:
            raise AssertionError
        found = await asyncio.to_thread(zone_at, place.latitude, place.longitude)
        return await self._steps.set_zone(one, found.zone)

    async def _waits_for_zone(self, message: Message) -> Subscription | None:
        return await self._store.asked_for_zone(message.chat_id, self._now() - JUST_ASKED)

    async def _may(self, message: Message, bot: Bot) -> bool:
        if await may_manage(bot, message.chat, message.from_user, message.sender_chat):
            return True
        await post(bot, message, Page(RichText(_(say.ONLY_ADMINS))))
        return False


async def ask(bot: Bot, message: Message, one: Subscription, kind: str, problem: str = "") -> None:
    """Ask for a typed answer; in a group, where all would be made to reply, by words only."""
    is_private = message.chat.type == ChatType.PRIVATE
    text = say.question(one.id, kind, problem, in_group=not is_private)
    reply = ForceReply(input_field_placeholder=_PLACEHOLDERS[kind]) if is_private else None
    await post(bot, message, Page(text), reply)
