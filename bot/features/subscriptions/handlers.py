"""/subscribe and /subscriptions: scheduled briefings, set up by buttons or in one line.

The dialogue is one message that is edited (`dialogue` has its pages). A typed answer must be a
reply to the bot's question, which names the subscription; in private, a location counts as well,
and so does a city right after the question for the time zone. Other text is a question to the
archive.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from telegram import ForceReply, Message
from telegram.constants import ChatType
from telegram.ext import (
    ApplicationHandlerStop,
    CallbackQueryHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.features.access.chat_admins import channel_of, managed, may_manage, post, where_of
from bot.features.access.people import Languages
from bot.features.channels import Channels
from bot.features.subscriptions import dialogue as pages
from bot.features.subscriptions import views as say
from bot.features.subscriptions.dialogue import (
    SubscriptionButton,
    SubscriptionDialogue,
    fingerprint,
    gone,
)
from bot.features.subscriptions.request import read_channel, read_request
from bot.features.subscriptions.schedule import (
    EVERY_DAY,
    MINUTES,
    MONDAY,
    ChatThread,
    Terms,
    is_one_day,
)
from bot.features.subscriptions.time_zones import (
    FoundZone,
    SeveralZones,
    find_zone,
    is_zone,
    zone_at,
)
from bot.language import code, translated
from bot.language import gettext as _
from bot.telegram.delivery_outcomes import move_chat
from bot.telegram.editable_message import Page, Screens, remove
from bot.telegram.rich_text import RichText
from retrieval.errors import RequestError
from retrieval.models import Length

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from telegram import Bot, CallbackQuery, ChatFullInfo, Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.subscriptions.dialogue import Nearest
    from bot.features.subscriptions.schedule import Subscription
    from bot.features.subscriptions.store import Subscriptions
    from retrieval.storage.database import Database

    Action = Callable[[Subscription, str], Awaitable[Page]]


log = logging.getLogger(__name__)

# A city typed so soon after the question for the time zone need not be a reply.
JUST_ASKED = timedelta(minutes=10)
# A group before the others, which get the text if it is no city.
EARLY = -1
_PLACEHOLDERS = {"time": "7:30", "topics": "Kursk, energy", "city": "Kyiv"}


class AnswersQuestion(filters.MessageFilter):
    """Replies to a question of the dialogue."""

    def filter(self, message: Message) -> bool:
        """Whether the message is such a reply."""
        replied = message.reply_to_message
        if replied is None or replied.from_user is None or not replied.text:
            return False
        return replied.from_user.id == message.get_bot().id and bool(say.asked(replied.text))


class SubscriptionCommands:
    """Handles commands and typed answers."""

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
        self._steps = SubscriptionDialogue(store, nearest)
        self._now = now

    def register(self, app: App) -> None:
        """Add the handlers of /subscribe, /subscriptions and of answers to the dialogue.

        They must be tried before the handlers of any text: a reply to the dialogue is no question.
        """
        fresh, answers = filters.UpdateType.MESSAGE, AnswersQuestion()
        private, text = fresh & filters.ChatType.PRIVATE, filters.TEXT & ~filters.COMMAND
        replies = fresh & (text | filters.LOCATION) & answers
        app.add_handler(MessageHandler(private & text & ~answers, self.on_city), EARLY)
        app.add_handler(CommandHandler("subscribe", self.on_subscribe, fresh))
        app.add_handler(CommandHandler("subscriptions", self.on_list, fresh))
        app.add_handler(MessageHandler(replies, self.on_answer))
        app.add_handler(MessageHandler(private & filters.LOCATION, self.on_location))
        app.add_handler(MessageHandler(fresh & filters.StatusUpdate.MIGRATE, self.on_moved))

    async def on_subscribe(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/subscribe [TIME] [DAYS] [LENGTH] [TOPICS]`."""
        message = update.effective_message
        if message is None or not await self._may(message, context.bot):
            return
        try:
            channel, line = await self._channel(message, context.bot)
            request = await asyncio.to_thread(read_request, line)  # it may look for a city
        except RequestError as error:
            await post(context.bot, message, Page(RichText(translated(error.message))))
            return
        where = where_of(message) if channel is None else ChatThread(channel.id)
        zone = await self._zone(where, message, request.terms.get("zone"))
        who = message.from_user.id if message.from_user else 0
        # A channel needs no message that there is nothing new.
        usual = Terms(silent=channel is not None)
        one = await self._store.begin(where, who, replace(usual, **request.terms | {"zone": zone}))
        page = await (self._steps.at_once if request.is_whole else self._steps.onward)(one)
        if not await post(context.bot, message, page):
            # the bot may not write there
            await self._store.delete(one.id, where.chat_id)

    async def on_list(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/subscriptions [@CHANNEL]`; in private, with those the person set up for channels."""
        message = update.effective_message
        if message is None or not await self._may(message, context.bot):
            return
        try:
            channel, _rest = await self._channel(message, context.bot)
        except RequestError as error:
            await post(context.bot, message, Page(RichText(translated(error.message))))
            return
        where = where_of(message) if channel is None else ChatThread(channel.id)
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
        if one is None:
            await post(context.bot, message, gone())
        else:
            try:
                await post(context.bot, message, await self._answered(one, kind, message))
            except RequestError as error:
                await ask(context.bot, message, one, kind, translated(error.message))
        await remove(context.bot, question)

    async def on_location(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A location in private that is no reply: it sets the time zone."""
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
        """Text in private right after the question for the time zone: a city is the answer.

        Raises:
            ApplicationHandlerStop: it was a city, so no other handler must take it.
        """
        message = update.effective_message
        if message is None or not message.text or len(message.text.split()) > 4:  # noqa: PLR2004
            return  # no city has so many words
        one = await self._waits_for_zone(message)
        if one is None:
            return
        found = await asyncio.to_thread(find_zone, message.text)
        if isinstance(found, FoundZone):
            page = await self._steps.set_zone(one, found.zone)
        elif isinstance(found, SeveralZones):
            page = pages.namesakes(one, message.text, found.choices)
        else:
            return
        await post(context.bot, message, page)
        raise ApplicationHandlerStop

    async def on_moved(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A group became a supergroup: move what belongs to it."""
        message = update.effective_message
        if message is None:
            return
        old = message.migrate_from_chat_id or message.chat_id
        new = message.migrate_to_chat_id or message.chat_id
        async with self._database.write() as connection:
            await move_chat(connection, old, new)
        log.info("group %s is now %s", old, new)

    async def _channel(self, message: Message, bot: Bot) -> tuple[ChatFullInfo | None, str]:
        """The channel that a command names, or None, and the rest of its line.

        The channel is stored and, if it has no subscriptions yet, gets the person's language.

        Raises:
            RequestError: it can't be used here, or by this person.
        """
        line = (message.text or "").partition(" ")[2]
        name, rest = read_channel(line)
        if name is None:
            return None, line
        if message.chat.type != ChatType.PRIVATE or message.from_user is None:
            raise RequestError(say.IN_PRIVATE)
        channel = await channel_of(bot, name, message.from_user)
        await self._channels.seen(channel.id, channel.title or "", channel.username, member=True)
        if not await self._store.listed(ChatThread(channel.id)):
            await self._languages.choose(channel.id, code())
        return channel, rest

    async def _zone(self, where: ChatThread, message: Message, written: str | None) -> str:
        """A chat's time zone, or "" if unknown; a channel starts with its admin's.

        One that was `written` becomes the chat's.
        """
        known = await self._store.zone_of(where.chat_id)
        if written is None and known is None and where.chat_id != message.chat_id:
            written = await self._store.zone_of(message.chat_id)
        if written is not None:
            await self._store.set_zone(where.chat_id, written)
        return written or known or ""

    async def _answered(self, one: Subscription, kind: str, message: Message) -> Page:
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
    """Ask for a typed answer. In a group without `ForceReply`, which would prompt everybody."""
    is_private = message.chat.type == ChatType.PRIVATE
    text = say.question(one.id, kind, problem, in_group=not is_private)
    reply = ForceReply(input_field_placeholder=_PLACEHOLDERS[kind]) if is_private else None
    await post(bot, message, Page(text), reply)


ASKED_KINDS = frozenset(("time", "topics", "city"))


class SubscriptionButtons:
    """Handles presses of the dialogue's buttons."""

    def __init__(self, store: Subscriptions, nearest: Nearest) -> None:
        self._store = store
        self._steps = SubscriptionDialogue(store, nearest)
        self._screens = Screens()
        self._changes: dict[str, Action] = {
            "time": self._time,
            "day": self._day,
            "length": self._length,
            "silent": self._silent,
            "week": self._week,
            "zone": self._zone,
            "all": self._all,
            "keep": self._keep,
            "drop": self._drop,
            "confirm": self._confirm,
            "cancel": self._cancel,
            "erase": self._erase,
            "pause": self._pause,
            "resume": self._resume,
        }

    def register(self, app: App) -> None:
        """Add the handler of the dialogue's buttons."""
        app.add_handler(CallbackQueryHandler(self.on_button, SubscriptionButton.pattern()))

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of any button of the dialogue."""
        query = update.callback_query
        press = SubscriptionButton.unpack(query.data) if query else None
        if query is None or press is None:
            return
        message = query.message
        if not isinstance(message, Message):  # older than Telegram shows to bots
            await query.answer(translated(say.TOO_OLD), show_alert=True)
            return
        if not await may_manage(context.bot, message.chat, query.from_user, None):
            await query.answer(_(say.ONLY_ADMINS), show_alert=True)
            return
        one = await managed(context.bot, self._store, press.number, message.chat, query.from_user)
        if one is None:
            await query.answer(_(say.GONE), show_alert=True)
        elif press.action == "ask":
            await self._ask(one, press, query, message)
        else:
            await self._turn(one, press, query, message)

    async def _ask(
        self, one: Subscription, press: SubscriptionButton, query: CallbackQuery, message: Message
    ) -> None:
        """Replace the dialogue by a question; the answer brings it back."""
        await query.answer()
        if press.argument in ASKED_KINDS:
            await ask(query.get_bot(), message, one, press.argument)
            await remove(query.get_bot(), message)

    async def _turn(
        self, one: Subscription, press: SubscriptionButton, query: CallbackQuery, message: Message
    ) -> None:
        try:
            page = await self._act(one, press, message)
        except RequestError as error:
            await query.answer(translated(error.message), show_alert=True)
            return
        await query.answer()
        await self._screens.show(query.get_bot(), message, page)

    async def _act(self, one: Subscription, press: SubscriptionButton, message: Message) -> Page:
        """Do what a button says; returns the next page.

        Raises:
            RequestError: it can't be done, or the button is out of date.
        """
        if not one.terms.zone and press.action not in {"zone", "cancel"}:
            return pages.zones(one)
        if press.action in _VIEWS:
            return _VIEWS[press.action](one)
        if press.action == "use":
            return await self._use(one, press.argument, _label(message, press))
        action = self._changes.get(press.action)
        if action is None:
            raise RequestError(say.TOO_OLD)
        return await action(one, press.argument)

    async def _time(self, one: Subscription, argument: str) -> Page:
        if not argument.isdigit() or int(argument) >= MINUTES:
            raise RequestError(say.TOO_OLD)
        return await self._steps.change(one, minute=int(argument))

    async def _day(self, one: Subscription, argument: str) -> Page:
        if not argument.isdigit() or int(argument) > EVERY_DAY:
            raise RequestError(say.TOO_OLD)
        if argument == "0":
            raise RequestError(say.NO_DAY)
        if one.terms.weekly and not is_one_day(int(argument)):
            raise RequestError(say.TOO_OLD)
        changed = await self._store.change(one.id, one.where.chat_id, weekdays=int(argument))
        return pages.days(changed) if changed else gone()

    async def _length(self, one: Subscription, argument: str) -> Page:
        if argument not in set(Length):
            raise RequestError(say.TOO_OLD)
        return await self._steps.change(one, length=Length(argument))

    async def _silent(self, one: Subscription, argument: str) -> Page:
        return await self._steps.change(one, silent=argument == "1")

    async def _week(self, one: Subscription, argument: str) -> Page:
        """Switch to a summary of the week, on the chosen day if it is just one, else on Monday."""
        if argument != "1":
            return await self._steps.change(one, weekly=False)
        day = one.terms.weekdays if is_one_day(one.terms.weekdays) else MONDAY
        return await self._steps.change(one, weekly=True, weekdays=day)

    async def _zone(self, one: Subscription, argument: str) -> Page:
        if not is_zone(argument):
            raise RequestError(say.TOO_OLD)
        return await self._steps.set_zone(one, argument)

    async def _all(self, one: Subscription, _argument: str) -> Page:
        return await self._steps.change(one, topics=())

    async def _use(self, one: Subscription, argument: str, label: str | None) -> Page:
        if label is None:
            raise RequestError(say.TOO_OLD)
        return await self._steps.settle_topic(one, _topic(one, argument), label)

    async def _keep(self, one: Subscription, argument: str) -> Page:
        return await self._steps.onward(one, _topic(one, argument) + 1)

    async def _drop(self, one: Subscription, argument: str) -> Page:
        return await self._steps.settle_topic(one, _topic(one, argument), None)

    async def _confirm(self, one: Subscription, _argument: str) -> Page:
        return await self._steps.confirm(one) if one.terms.zone else pages.zones(one)

    async def _cancel(self, one: Subscription, _argument: str) -> Page:
        discarded = await self._store.discard(one.id, one.where.chat_id)
        return Page(RichText(_(say.DISCARDED))) if discarded else pages.card(one)

    async def _erase(self, one: Subscription, _argument: str) -> Page:
        await self._store.delete(one.id, one.where.chat_id)
        return Page(RichText(_(say.DELETED)))

    async def _pause(self, one: Subscription, _argument: str) -> Page:
        changed = await self._store.pause(one.id, one.where.chat_id)
        return pages.card(changed) if changed else gone()

    async def _resume(self, one: Subscription, _argument: str) -> Page:
        changed = await self._store.resume(one.id, one.where.chat_id)
        return pages.card(changed) if changed else gone()


_VIEWS: dict[str, Callable[[Subscription], Page]] = {
    "card": pages.card,
    "panel": pages.panel,
    "times": pages.times,
    "days": pages.days,
    "lengths": pages.lengths,
    "topics": pages.topics_page,
    "zones": pages.zones,
    "delete": pages.sure_to_delete,
}


def _label(message: Message, press: SubscriptionButton) -> str | None:
    """The label of the pressed button, from its message."""
    data = f"sub:{press.number}:{press.action}:{press.argument}"
    rows = message.reply_markup.inline_keyboard if message.reply_markup else ()
    return next((key.text for row in rows for key in row if key.callback_data == data), None)


def _topic(one: Subscription, argument: str) -> int:
    """The index of the topic that a button is about.

    Raises:
        RequestError: the topics have changed since.
    """
    number, _, mark = argument.partition(".")
    at = int(number) if number.isdigit() else len(one.terms.topics)
    topic = one.terms.topics[at : at + 1]
    if not topic or fingerprint(topic[0]) != mark.partition(".")[0]:
        raise RequestError(say.TOO_OLD)
    return at
