"""Whose words a message holds, where they stand, and since when. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from telegram import (
    MessageEntity,
    MessageOriginChannel,
    MessageOriginChat,
    MessageOriginHiddenUser,
    MessageOriginUser,
)

from bot.intake.sources import Link, Post, links_in, only_links

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from telegram import Chat, Checklist, Message, Poll

    from bot.intake.sources import Source

# Telegram's ids of channels and supergroups begin with this; the rest stands in their links.
_CHANNELS = -1_000_000_000_000
_MARKS = {
    MessageEntity.SPOILER: "||",
    MessageEntity.BLOCKQUOTE: "\n\n",
    MessageEntity.EXPANDABLE_BLOCKQUOTE: "\n\n",
}
_CLINGING = re.compile(r"[,.;:!?…)\]»”]")
_EMPTY_SPOILER = re.compile(r"\|\|\s*\|\|")
_SPACES = re.compile(r"[^\S\n]{2,}")
_BLANK_LINES = re.compile(r"\n{3,}")


def post_link(chat: Chat, number: int) -> str:
    """The address of a channel's post; of a private channel, one that its members can open."""
    if chat.username:
        return f"https://t.me/{chat.username}/{number}"
    return f"https://t.me/c/{_CHANNELS - chat.id}/{number}"


def forwarded(message: Message) -> list[Source]:
    """What a forwarded message holds: its links if it is nothing but links, otherwise the post."""
    text = post_text(message)
    if links := only_links(text):
        return [Link(url) for url in links]
    outlet, url = origin_of(message)
    return [Post(text, outlet, url, _date(message).isoformat(), message.media_group_id)]


def channel_post(message: Message) -> Source:
    """A post of a channel that the bot is in."""
    chat = message.chat
    return Post(
        post_text(message),
        chat.title or chat.username or "Telegram channel",
        post_link(chat, message.message_id),
        message.date.isoformat(),
        message.media_group_id,
    )


def said(message: Message) -> str:
    """The text or caption."""
    return (message.text or message.caption or "").strip()


def post_text(message: Message) -> str:
    """What a post says to its readers: its text, the caption of any medium, its poll or list.

    What is struck out is not said. A spoiler is marked as one writes it in Telegram, a quotation
    is a paragraph of its own.
    """
    text = message.text or message.caption or ""
    entities = message.entities if message.text else message.caption_entities
    parts = (_shown(text, entities), _poll(message.poll), _checklist(message.checklist))
    return "\n\n".join(filter(None, parts))


def _shown(text: str, entities: Sequence[MessageEntity]) -> str:
    """A text as it is shown; Telegram counts its offsets in halves of UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    put_in: dict[int, list[str]] = {}
    struck = bytearray(len(units) // 2)
    for one in entities:
        start, end = one.offset, min(one.offset + one.length, len(struck))
        if start < 0 or start >= end:
            continue
        if one.type == MessageEntity.STRIKETHROUGH:
            struck[start:end] = b"\1" * (end - start)
        elif mark := _MARKS.get(one.type):
            put_in.setdefault(start, []).append(mark)
            put_in.setdefault(end, []).append(mark)
    parts: list[str] = []
    at = 0
    edges = sorted({0, len(struck), *put_in, *_edges(struck)})
    for at, until in pairwise(edges):
        parts += put_in.get(at, ())
        if not struck[at]:
            parts.append(units[2 * at : 2 * until].decode("utf-16-le", "replace"))
        elif parts and _CLINGING.match(_at(units, until)):
            parts[-1] = parts[-1].rstrip()
    parts += put_in.get(len(struck), ())
    shown = _EMPTY_SPOILER.sub("", "".join(parts))
    lines = (_SPACES.sub(" ", line).rstrip() for line in shown.split("\n"))
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def _edges(struck: bytearray) -> Iterator[int]:
    """Where what is struck out begins and ends."""
    return (at for at in range(1, len(struck)) if struck[at] != struck[at - 1])


def _at(units: bytes, at: int) -> str:
    return units[2 * at : 2 * at + 2].decode("utf-16-le", "replace")


def _poll(poll: Poll | None) -> str:
    """A poll's question and answers, with their votes once it is closed."""
    if poll is None:
        return ""
    options = (
        f"- {one.text}: {one.voter_count}" if poll.is_closed else f"- {one.text}"
        for one in poll.options
    )
    lines = "\n".join((poll.question, *options))
    return "\n\n".join(filter(None, (poll.description, lines, poll.explanation)))


def _checklist(checklist: Checklist | None) -> str:
    if checklist is None:
        return ""
    return "\n".join((checklist.title, *(f"- {one.text}" for one in checklist.tasks)))


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
