"""A question about one story: the bot asks for it, and knows the reply again."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from telegram import ForceReply
from telegram.ext import filters

from bot.language import LANGUAGES, speaking
from bot.language import gettext as _
from bot.render.rich_text import plain

if TYPE_CHECKING:
    from telegram import Bot, Message

    from bot.render.story_menu import Pressed
    from retrieval.models import Story


@cache
def _about() -> re.Pattern[str]:
    """The place at the end of the question, in whichever language it was asked."""
    forms = list[str]()
    for language in LANGUAGES:
        with speaking(language):
            form = re.escape(_place("BRIEFING", "STORY"))
        forms.append(form.replace("BRIEFING", r"(\d{1,15})").replace("STORY", r"(\d{1,3})"))
    return re.compile(f"(?:{'|'.join(forms)})$")


def _place(briefing: object, story: object) -> str:
    return _("(briefing {briefing}, story {story})").format(briefing=briefing, story=story)


class AsksAboutStory(filters.MessageFilter):
    """A reply to the bot's "Ask about this"; the message it replies to says of which story."""

    def filter(self, message: Message) -> bool:
        """Whether the message is such a reply."""
        return story_of(message) is not None


async def ask_about(
    bot: Bot, message: Message, pressed: Pressed, story: Story, thread_id: int | None
) -> None:
    """Ask what the person wants to know of a story; its place is in the text, for the reply."""
    asked = _("What do you want to know about “{headline}”? Reply to this message.").format(
        headline=plain(story.headline).text
    )
    text = f"{asked} {_place(pressed.briefing_id, pressed.number)}"
    await bot.send_message(
        message.chat_id,
        text,
        message_thread_id=thread_id,
        reply_markup=ForceReply(input_field_placeholder=_("Your question")),
    )


def story_of(message: Message) -> tuple[int, int] | None:
    """Briefing and story that a reply is about, as the bot's own question names them."""
    asked = message.reply_to_message
    if asked is None or asked.from_user is None or asked.text is None:
        return None
    if asked.from_user.id != message.get_bot().id:
        return None
    found = _about().search(asked.text)
    if found is None:
        return None
    briefing, number = (int(one) for one in found.groups() if one is not None)
    return briefing, number
