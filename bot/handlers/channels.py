"""Channels that the bot is in: `/channels` switches them on and off, their posts are added."""

from __future__ import annotations

import asyncio
import logging
import re
from typing import TYPE_CHECKING

from telegram import InlineKeyboardMarkup, Message
from telegram.constants import ChatMemberStatus, ChatType
from telegram.error import TelegramError

from bot.delivery import send
from bot.delivery.sender import change_buttons, keyboard
from bot.handlers.subscription_access import may_post
from bot.intake.posts import channel_post, post_text
from bot.language import N_, speaking
from bot.language import gettext as _
from bot.render import subscriptions as said
from bot.render.rich_text import RichText, clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telegram import Update
    from telegram.ext import ContextTypes

    from bot.intake import IntakeJobs, IntakeRunner
    from bot.intake.channels import Channel, Channels
    from bot.people.languages import Languages
    from bot.recording import Record
    from bot.subscriptions import Subscriptions

log = logging.getLogger(__name__)

PATTERN = r"^channel:-?\d{1,16}:(?:on|off)$"
LIST = N_("The channels I'm in. A button switches whether their posts are added, including edits.")
NONE = N_(
    "I'm not in any channel yet. Make me an administrator of one, without any "
    "rights; then /channels lists it, and a button here switches its posts on."
)
NOT_IN_IT = N_("I'm no longer in that channel.")
_DATA = re.compile(r"channel:(-?\d+):(on|off)")
_LABEL = 48
_MOST = 90
_IN = frozenset((ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.MEMBER, ChatMemberStatus.OWNER))


class ChannelHandlers:
    """What comes from channels, and the list of them."""

    def __init__(  # noqa: PLR0913, PLR0917  what a channel has to do with
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
        # An edit must not pass the post that it edits.
        self._in_order = asyncio.Lock()

    async def on_member(self, update: Update, context: ContextTypes.DEFAULT_TYPE) -> None:
        """The bot was put into a channel, or out of it, or got other rights there.

        Briefings end with its membership, and stop while it may not post; who set them up is told.
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
        """A post, new or edited, of a channel that is switched on.

        Of an album only the part that has a caption is a post.
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
        """A channel's button."""
        query = update.callback_query
        found = _DATA.fullmatch(query.data or "") if query else None
        if query is None or found is None:
            return
        by = f"telegram:{query.from_user.id}"
        done = await self._channels.switch(int(found[1]), taken=found[2] == "on", by=by)
        if done:
            await self._record(by, f"switch {found[2]}", f"channel:{found[1]}")
        await query.answer("" if done else _(NOT_IN_IT))
        shown = query.message
        if not isinstance(shown, Message):  # older than Telegram shows to bots
            return
        await change_buttons(context.bot, shown, _keyboard(await self._channels.joined()))


def _keyboard(joined: Sequence[Channel]) -> InlineKeyboardMarkup | None:
    """A button a channel, which switches it over."""
    labels = (
        (_("✓ {title}: on") if one.taken else _("– {title}: off")).format(
            title=clean(one.title)[:_LABEL]
        )
        for one in joined[:_MOST]
    )
    return keyboard(
        [(label, f"channel:{one.chat_id}:{'off' if one.taken else 'on'}")]
        for label, one in zip(labels, joined, strict=False)
    )
