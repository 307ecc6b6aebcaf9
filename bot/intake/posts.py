"""Whose words a message holds, where they stand, and since when. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import (
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from bot.intake.sources import Link, Post, links_in, only_links

if TYPE_CHECKING:
    from datetime import datetime

    from telegram import Chat, Message, MessageEntity

    from bot.intake.sources import Source

# Telegram's ids of channels and supergroups begin with this; the rest stands in their links.
_CHANNELS = -1_000_000_000_000


def post_link(chat: Chat, number: int) -> str:
    """The address of a channel's post; of a private channel, one that its members can open."""
    if chat.username:
        return f"https://t.me/{chat.username}/{number}"
    return f"https://t.me/c/{_CHANNELS - chat.id}/{number}"


def forwarded(message: Message) -> list[Source]:
    """What a forwarded message holds: its links if it is nothing but links, otherwise the post."""
    text = said(message)
    if links := only_links(text):
        return [Link(url) for url in links]
    outlet, url = origin_of(message)
    return [Post(text, outlet, url, _date(message).isoformat(), message.media_group_id)]


def channel_post(message: Message) -> Source:
    """A post of a channel that the bot is in."""
    chat = message.chat
    return Post(
        said(message),
        chat.title or chat.username or "Telegram channel",
        post_link(chat, message.message_id),
        message.date.isoformat(),
        message.media_group_id,
    )


def said(message: Message) -> str:
    """The text or caption."""
    return (message.text or message.caption or "").strip()


def message_links(message: Message) -> list[str]:
    """The links that a message shows, or has behind its words."""
    text = said(message)
    return links_in(text, [_address(message, one) for one in _entities(message)])


def origin_of(message: Message) -> tuple[str, str | None]:
    """Whose words these are, and their address if they have one."""
    match message.forward_origin:
        case MessageOriginChannel() as origin:
            name = origin.chat.title or origin.chat.username or "Telegram channel"
            return name, post_link(origin.chat, origin.message_id)
        case MessageOriginUser() as origin:
            return origin.sender_user.full_name, None
        case MessageOriginChat() as origin:
            return origin.sender_chat.title or "Telegram group", None
        case MessageOriginHiddenUser() as origin:
            return origin.sender_user_name, None
    return (message.from_user.full_name if message.from_user else "Telegram"), None


def _entities(message: Message) -> list[MessageEntity]:
    every = (*message.entities, *message.caption_entities)
    return [one for one in every if one.type in {"url", "text_link"}]


def _address(message: Message, entity: MessageEntity) -> str:
    if entity.url:
        return entity.url
    return message.parse_entity(entity) if message.text else message.parse_caption_entity(entity)


def _date(message: Message) -> datetime:
    return message.forward_origin.date if message.forward_origin else message.date
