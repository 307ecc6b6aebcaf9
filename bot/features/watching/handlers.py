"""/watch and /unwatch, and the buttons that start and stop watching."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from telegram import Message
from telegram.ext import CallbackQueryHandler, CommandHandler, filters

from bot.features.access.chat_admins import may_manage, where_of
from bot.features.questions.handlers import conversation
from bot.features.questions.views import WatchButton
from bot.features.subscriptions.time_zones import FoundZone, SeveralZones, find_zone, zone_label
from bot.features.topics import MOST_TOPIC_CHARS, as_one_line, read_topics, topic_of
from bot.features.watching import views as say
from bot.features.watching.store import MOST_IN_A_CHAT, Hours
from bot.language import gettext as _
from bot.language import translated
from bot.settings import read_hours
from bot.telegram.client import edit, keyboard, send
from bot.telegram.rich_text import RichText, plain
from retrieval.errors import ArchiveError, RequestError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from telegram import Bot, Update, User
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.subscriptions.store import Subscriptions
    from bot.features.watching.store import Watch, Watches
    from retrieval.archive import Archive
    from retrieval.models import Story

    # [] if there are articles on a topic, otherwise the nearest topics with articles
    Nearest = Callable[[str], Awaitable[list[str]]]

_QUIET = re.compile(r"quiet(?: hours)?\b\s*(?P<hours>\S*)\s*(?P<city>.*)", re.IGNORECASE)
_EVERYTHING = frozenset(("all", "everything", "*"))


class WatchHandlers:
    """Starts and stops watching; a reader gets at most `most` alerts a day."""

    def __init__(
        self,
        watches: Watches,
        subscriptions: Subscriptions,
        archive: Archive,
        nearest: Nearest,
        most: int,
    ) -> None:
        self._watches, self._subscriptions = watches, subscriptions
        self._archive, self._nearest, self._most = archive, nearest, most

    def register(self, app: App) -> None:
        """Add the handlers of /watch, /unwatch and their buttons."""
        fresh = filters.UpdateType.MESSAGE
        app.add_handler(CommandHandler("watch", self.on_watch, fresh))
        app.add_handler(CommandHandler("unwatch", self.on_unwatch, fresh))
        app.add_handler(CallbackQueryHandler(self.on_button, WatchButton.pattern()))

    async def on_watch(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/watch [TOPICS]`, `/watch quiet 22-7 [CITY]`."""
        message = update.effective_message
        if message is None:
            return
        if not self._most:
            await _say(context.bot, message, RichText(_(say.OFF)))
            return
        try:
            line = as_one_line((message.text or "").partition(" ")[2])
            quiet = _QUIET.fullmatch(line)
            topics = () if quiet else read_topics(line)
        except RequestError as error:
            await _say(context.bot, message, RichText(translated(error.message)))
            return
        if not line:
            await self._list(context.bot, message)
            return
        if not await self._may(context.bot, message, message.from_user):
            said = RichText(_(say.ONLY_ADMINS))
        elif quiet:
            said = RichText(await self._set_hours(message, quiet["hours"], quiet["city"]))
        else:
            said = RichText(await self._add(message, topics))
        await _say(context.bot, message, said)

    async def on_unwatch(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/unwatch [TOPICS | all]`; alone, it lists what is watched."""
        message = update.effective_message
        if message is None:
            return
        try:
            line = as_one_line((message.text or "").partition(" ")[2])
        except RequestError as error:
            await _say(context.bot, message, RichText(translated(error.message)))
            return
        if not line:
            await self._list(context.bot, message)
            return
        if not await self._may(context.bot, message, message.from_user):
            await _say(context.bot, message, RichText(_(say.ONLY_ADMINS)))
            return
        known = await self._watches.listed(where_of(message))
        names = {line.casefold(), *(one.strip().casefold() for one in line.split(","))}
        ids = [one.id for one in known if names & _EVERYTHING or one.topic.casefold() in names]
        gone = await self._watches.end(where_of(message), ids)
        text = _(say.ENDED).format(topic=_joined(gone)) if gone else _(say.NOT_WATCHED)
        await _say(context.bot, message, RichText(text))

    async def on_button(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press: under an answer it starts watching, under an alert or in the list it stops."""
        query = update.callback_query
        found = WatchButton.unpack(query.data) if query else None
        if query is None or found is None or not isinstance(query.message, Message):
            return
        message, action, number = query.message, found.action, found.number
        if not await self._may(context.bot, message, query.from_user):
            await query.answer(_(say.ONLY_ADMINS), show_alert=True)
        elif action == "on":
            await query.answer(await self._of_answer(message, query.from_user, number))
        else:
            gone = await self._watches.end(where_of(message), [number])
            text = _(say.ENDED).format(topic=_joined(gone)) if gone else _(say.NOT_WATCHED)
            await query.answer(text[:200])
            if action == "end":
                await self._show_list(context.bot, message)

    async def of_story(self, bot: Bot, message: Message, user: User, story: Story) -> str:
        """Watch a story of a briefing; returns the note that Telegram shows for a moment."""
        if not await self._may(bot, message, user):
            return _(say.ONLY_ADMINS)
        if not self._most:
            return _(say.OFF)
        where = where_of(message)
        if not await self._watches.add(where, user.id, [story.headline], story.id):
            return _(say.TOO_MANY).format(count=MOST_IN_A_CHAT)
        return _("Watching this story: I'll write at once when a figure in it changes.")

    async def _of_answer(self, message: Message, user: User, answer_id: int) -> str:
        try:
            asked = await self._archive.answers.asked(conversation(message), answer_id)
        except ArchiveError as error:
            return translated(error.message)
        topic = topic_of(asked.question)
        if topic is None:
            return _(say.NOT_WATCHED)
        if not self._most:
            return _(say.OFF)
        if not await self._watches.add(where_of(message), user.id, [topic]):
            return _(say.TOO_MANY).format(count=MOST_IN_A_CHAT)
        return _("Watching “{topic}”; /watch shows all that is watched here.").format(topic=topic)

    async def _add(self, message: Message, topics: Sequence[str]) -> str:
        who = message.from_user.id if message.from_user else 0
        if not await self._watches.add(where_of(message), who, topics):
            return _(say.TOO_MANY).format(count=MOST_IN_A_CHAT)
        text = say.watching(topics, self._most, await self._quiet(message.chat_id))
        for topic in topics:
            if near := await self._nearest(topic):
                text += "\n\n" + say.unknown_topic(topic, near)
        return text

    async def _set_hours(self, message: Message, written: str, city: str) -> str:
        """Set quiet hours and, if a city is given, the chat's time zone; returns the reply."""
        hours = read_hours(written)
        if hours is None:
            return _(say.NO_HOURS)
        if city.strip():
            found = await asyncio.to_thread(find_zone, city)
            if isinstance(found, SeveralZones):
                found = found.choices[0]  # the largest; the reply names its zone
            if not isinstance(found, FoundZone):
                return _("I don't know a city called “{name}”.").format(name=plain(city, 60).text)
            await self._subscriptions.set_zone(message.chat_id, found.zone)
        await self._watches.set_hours(message.chat_id, Hours(*hours))
        return say.limits(self._most, await self._quiet(message.chat_id))

    async def _quiet(self, chat_id: int) -> str:
        hours, zone = await self._watches.hours(chat_id)
        return say.quiet_time(hours.begins, hours.ends, zone_label(zone) if zone else None)

    async def _list(self, bot: Bot, message: Message) -> None:
        text, rows = await self._page(message)
        await send(
            bot,
            message.chat_id,
            text,
            thread_id=where_of(message).thread_id or None,
            buttons=keyboard(rows),
        )

    async def _show_list(self, bot: Bot, message: Message) -> None:
        text, rows = await self._page(message)
        await edit(bot, message, text, keyboard(rows))

    async def _page(self, message: Message) -> tuple[RichText, say.Buttons]:
        found: list[Watch] = await self._watches.listed(where_of(message))
        if not found:
            return RichText(_(say.NONE_YET)), ()
        foot = say.limits(self._most, await self._quiet(message.chat_id))
        topics = [one.topic for one in found]
        return say.listed(topics, foot), say.stop_buttons([(one.id, one.topic) for one in found])

    @staticmethod
    async def _may(bot: Bot, message: Message, user: User | None) -> bool:
        sender = message.sender_chat if user is message.from_user else None
        return await may_manage(bot, message.chat, user, sender)


def _joined(topics: Sequence[str]) -> str:
    return ", ".join(plain(one, MOST_TOPIC_CHARS).text for one in topics)


async def _say(bot: Bot, message: Message, text: RichText) -> None:
    await send(bot, message.chat_id, text, thread_id=where_of(message).thread_id or None)
