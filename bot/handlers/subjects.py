"""Whom an admin means: by a mention, an id, a reply, or a reply to a forwarded message."""

from __future__ import annotations

from typing import TYPE_CHECKING

from telegram import MessageEntity, MessageOriginHiddenUser, MessageOriginUser

from bot.language import N_
from bot.language import gettext as _
from bot.people import Known

if TYPE_CHECKING:
    from telegram import Message, User

    from bot.people import People

# Telegram's ids have at most 52 significant bits.
MOST_ID = 2**52
_ID_CHARS = 16
_HOW = N_("Reply to one of their messages, or write their id or @name after the command.")


async def subject_of(message: Message, words: list[str], people: People) -> Known | str:
    """The person, or a sentence that says why nobody is meant; `words` stand behind the command."""
    mentioned = [one.user for one in message.entities if one.type == MessageEntity.TEXT_MENTION]
    if mentioned and mentioned[0] is not None:
        return _known(mentioned[0])
    if words:
        return await _named(words, people)
    replied = message.reply_to_message
    return _(_HOW) if replied is None else _writer(replied)


def _writer(replied: Message) -> Known | str:
    """Who wrote a message, or the one that was forwarded in it."""
    origin = replied.forward_origin
    if isinstance(origin, MessageOriginUser):
        return _known(origin.sender_user)
    if isinstance(origin, MessageOriginHiddenUser):
        return _(
            "The author of that message hides their account when forwarded; I need their "
            "id or @name."
        )
    if origin is not None or replied.sender_chat is not None or replied.from_user is None:
        return _("That was posted by a group or channel, not by a person.")
    return _known(replied.from_user)


async def _named(words: list[str], people: People) -> Known | str:
    if len(words) > 1:
        return _("One person at a time, please.") + " " + _(_HOW)
    word = words[0]
    if word.isascii() and word.isdigit() and len(word) <= _ID_CHARS and 0 < int(word) < MOST_ID:
        return await people.known(int(word))
    if word.startswith("@"):
        found = await people.find(word)
        return found or _(
            "Nobody with that name has written to me. Telegram only tells me the names of "
            "people who write to me: have them write first, or use their id."
        )
    return _("That isn't a valid name.") + " " + _(_HOW)


def _known(user: User) -> Known | str:
    if user.is_bot:
        return _("That's a bot, not a person.")
    return Known(user.id, user.full_name, user.username)
