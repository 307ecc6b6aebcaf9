"""Channels whose posts are added to the archive; `/channels` switches them on and off."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError
from telegram import InlineKeyboardMarkup, Message
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError
from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.features.access.chat_admins import may_post
from bot.features.adding.sources import channel_post, post_text
from bot.features.subscriptions import views as said
from bot.language import N_, speaking
from bot.language import gettext as _
from bot.tables import channel
from bot.telegram.callback_data import CallbackData
from bot.telegram.client import change_buttons, keyboard, send
from bot.telegram.rich_text import RichText, clean

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.features import App
    from bot.features.access.people import Languages
    from bot.features.adding.runner import IntakeRunner
    from bot.features.adding.store import IntakeJobs
    from bot.features.audit_log import Record
    from bot.features.subscriptions.store import Subscriptions
    from retrieval.storage.database import Database


log = logging.getLogger(__name__)

LIST = N_("The channels I'm in. A button switches whether their posts are added, including edits.")
NONE = N_(
    "I'm not in any channel yet. Make me an administrator of one, without any "
    "rights; then /channels lists it, and a button here switches its posts on."
)
NOT_IN_IT = N_("I'm no longer in that channel.")
_LABEL = 48
_MOST = 90
_IN = frozenset((ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER, ChatMemberStatus.OWNER))


@dataclass(frozen=True)
class ChannelButton(CallbackData):
    """A button that switches a channel on or off."""

    PREFIX: ClassVar[str] = "channel"
    chat_id: Annotated[int, "-?[0-9]{1,16}"]
    switch: Literal["on", "off"]


class ChannelHandlers:
    """Handles posts and membership changes of channels, and the list of channels."""

    def __init__(  # noqa: PLR0913, PLR0917  its collaborators
        self,
        channels: Channels,
        jobs: IntakeJobs,
        runner: IntakeRunner,
        record: Record,
        subscriptions: Subscriptions,
        languages: Languages,
    ) -> None:
        self._channels, self._jobs = channels, jobs
        self._subscriptions, self._languages = subscriptions, languages
        self._runner, self._record = runner, record
        # An edit must not overtake the post that it edits.
        self._in_order = asyncio.Lock()

    def register(self, app: App) -> None:
        """Add the handlers of /channels, its buttons, posts, and the bot's membership."""
        app.add_handler(CommandHandler("channels", self.on_channels, filters.UpdateType.MESSAGE))
        app.add_handler(MessageHandler(filters.UpdateType.CHANNEL_POSTS, self.on_post))
        app.add_handler(ChatMemberHandler(self.on_member, ChatMemberHandler.MY_CHAT_MEMBER))
        app.add_handler(CallbackQueryHandler(self.on_switch, ChannelButton.pattern()))

    async def on_member(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The bot joined or left a channel, or its rights there changed.

        A channel's briefings end when the bot leaves, and pause while it may not post; whoever set
        them up is told.
        """
        change = update.my_chat_member
        if change is None or change.chat.type != ChatType.CHANNEL:
            return
        chat, member = change.chat, change.new_chat_member.status in _IN
        await self._channels.seen(chat.id, chat.title or "", chat.username, member=member)
        log.info("%s channel %s", "in" if member else "no longer in", chat.id)
        if may_post(change.new_chat_member):
            return
        name = f"@{chat.username}" if chat.username else chat.title or str(chat.id)
        for person_id in await self._subscriptions.stop(chat.id, for_good=not member):
            with speaking(await self._languages.of(person_id)):
                text = _(said.STOPPED if member else said.ENDED).format(channel=said.named(name))
            try:
                await send(context.bot, person_id, RichText(text))
            except TelegramError as error:
                log.info("could not be told in private: %s", error)

    async def on_post(self, update: Update, _context: ContextTypes.DEFAULT_TYPE) -> None:
        """A new or edited post of a channel; it is added if the channel is switched on.

        Of an album, only the part with a caption counts as a post.
        """
        message = update.effective_message
        if message is None:
            return
        chat = message.chat
        async with self._in_order:
            await self._channels.seen(chat.id, chat.title or "", chat.username, member=True)
            added_by = await self._channels.switched_by(chat.id)
            if added_by is None or not post_text(message):
                return
            await self._jobs.append(f"channel:{chat.id}", channel_post(message), added_by=added_by)
        self._runner.wake()

    async def on_channels(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """`/channels`."""
        message = update.effective_message
        if message is None:
            return
        joined = await self._channels.joined()
        text = RichText(_(LIST if joined else NONE))
        await send(context.bot, message.chat_id, text, buttons=_keyboard(joined))

    async def on_switch(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """A press of a channel's button."""
        query = update.callback_query
        found = ChannelButton.unpack(query.data) if query else None
        if query is None or found is None:
            return
        by = f"telegram:{query.from_user.id}"
        done = await self._channels.switch(found.chat_id, taken=found.switch == "on", by=by)
        if done:
            await self._record(by, f"switch {found.switch}", f"channel:{found.chat_id}")
        await query.answer("" if done else _(NOT_IN_IT))
        shown = query.message
        if not isinstance(shown, Message):  # older than Telegram shows to bots
            return
        await change_buttons(context.bot, shown, _keyboard(await self._channels.joined()))


def _keyboard(joined: Sequence[Channel]) -> InlineKeyboardMarkup | None:
    """One button per channel, which switches it on or off."""
    labels = (
        (_("✓ {title}: on") if one.taken else _("– {title}: off")).format(
            title=clean(one.title)[:_LABEL]
        )
        for one in joined[:_MOST]
    )
    return keyboard(
        [(label, ChannelButton(one.chat_id, "off" if one.taken else "on").pack())]
        for label, one in zip(labels, joined, strict=False)
    )


c = channel.c


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; `taken`: its posts are added while the bot is a member."""

    chat_id: int
    title: str
    username: str | None
    member: bool
    taken: bool


class Channels:
    """The channels in SQL. Every method raises ArchiveError if the database fails."""

    def __init__(
        self, database: Database, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database, self._now = database, now

    async def seen(self, chat_id: int, title: str, username: str | None, *, member: bool) -> None:
        """Note whether the bot is in a channel. Leaving a channel switches it off."""
        values: dict[str, Any] = {"title": title, "username": username, "member": member}
        if not member:
            values |= {"taken": False}
        for _attempt in range(2):
            try:
                await self._seen(chat_id, values)
            except IntegrityError:  # two updates of a new channel at the same time
                continue
            return

    async def joined(self) -> list[Channel]:
        """The channels that the bot is in, ordered by title."""
        async with self._database.read() as connection:
            query = select(channel).where(c.member.is_(True)).order_by(c.title, c.chat_id)
            rows = (await connection.execute(query)).all()
        return [Channel(r.chat_id, r.title, r.username, r.member, r.taken) for r in rows]

    async def is_channel(self, chat_id: int) -> bool:
        """Whether a chat is a channel that the bot is or was in."""
        query = select(c.chat_id).where(c.chat_id == chat_id)
        async with self._database.read() as connection:
            return (await connection.execute(query)).first() is not None

    async def switch(self, chat_id: int, *, taken: bool, by: str) -> bool:
        """Switch a channel on or off; False if the bot is not in it."""
        change = (
            update(channel)
            .where(c.chat_id == chat_id, c.member.is_(True))
            .values(taken=taken, switched_by=by, changed_at=self._now())
        )
        async with self._database.write() as connection:
            return (await connection.execute(change)).rowcount > 0

    async def switched_by(self, chat_id: int) -> str | None:
        """Who switched the channel on; None if it is off."""
        on = (c.chat_id == chat_id) & c.member.is_(True) & c.taken.is_(True)
        async with self._database.read() as connection:
            found: str | None = (await connection.execute(select(c.switched_by).where(on))).scalar()
        return found

    async def _seen(self, chat_id: int, values: dict[str, Any]) -> None:
        async with self._database.write() as connection:
            known = await connection.execute(
                update(channel).where(c.chat_id == chat_id).values(**values, changed_at=self._now())
            )
            if not known.rowcount:
                fresh = {"taken": False, **values, "chat_id": chat_id, "changed_at": self._now()}
                await connection.execute(insert(channel).values(fresh))
