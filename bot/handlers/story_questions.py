"""A question about one story: the bot asks for it, and knows the reply again."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from telegram import ForceReply
from telegram.ext import filters

from bot.render.rich_text import plain

if TYPE_CHECKING:
    from telegram import Bot, Message

    from bot.render.story_menu import Pressed
    from retrieval.models import Story

_ABOUT = re.compile(r"\(briefing (\d{1,15}), story (\d{1,3})\)$")


class AsksAboutStory(filters.MessageFilter):
    """A reply to the bot's "Ask about this"; the message it replies to says of which story."""

    def filter(self, message: Message) -> bool:
        """Whether the message is such a reply."""
        return story_of(message) is not None


async def ask_about(
    bot: Bot, message: Message, pressed: Pressed, story: Story, thread_id: int | None
) -> None:
    """Ask what the person wants to know of a story; its place is in the text, for the reply."""
    text = (
        f"What do you want to know about “{plain(story.headline).text}”? Reply to this "
        f"message. (briefing {pressed.briefing_id}, story {pressed.number})"
    )
    await bot.send_message(
        message.chat_id,
        text,
        message_thread_id=thread_id,
        reply_markup=ForceReply(input_field_placeholder="Your question"),
    )


def story_of(message: Message) -> tuple[int, int] | None:
    """Briefing and story that a reply is about, as the bot's own question names them."""
    asked = message.reply_to_message
    if asked is None or asked.from_user is None or asked.text is None:
        return None
    if asked.from_user.id != message.get_bot().id:
        return None
    found = _ABOUT.search(asked.text)
    return (int(found[1]), int(found[2])) if found else None
