"""Which messages, posts and presses bring articles in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import (
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    filters,
)

from bot.handlers import adding as adding_module
from bot.handlers import channels as channels_module

if TYPE_CHECKING:
    from telegram.ext import BaseHandler

    from bot.handlers.about import About
    from bot.handlers.adding import Adding
    from bot.handlers.channels import ChannelHandlers
    from bot.handlers.questions import Questions


def adding_handlers(
    adding: Adding, channels: ChannelHandlers, questions: Questions, about: About
) -> list[BaseHandler[Any, Any, Any]]:
    """PTB's handlers, to be tried before those that take any command, text or picture."""
    fresh = filters.UpdateType.MESSAGE
    private = fresh & filters.ChatType.PRIVATE & ~filters.COMMAND & ~filters.StatusUpdate.ALL
    forwarded = private & filters.FORWARDED & ~filters.Document.ALL
    worded = filters.TEXT | filters.CAPTION
    forwards = {forwarded & worded: questions.on_text, forwarded: about.on_other}
    linked = filters.Entity("url") | filters.Entity("text_link")
    captioned = filters.CaptionEntity("url") | filters.CaptionEntity("text_link")
    unfiled = private & ~filters.Document.ALL
    return [
        CommandHandler("add", adding.on_add, fresh),
        CommandHandler("channels", channels.on_channels, fresh),
        *(
            MessageHandler(which, adding.or_else(adding.on_forward, other))
            for which, other in forwards.items()
        ),
        MessageHandler(
            private & filters.TEXT & linked, adding.pasted_or(questions.on_text, about.on_link)
        ),
        MessageHandler(unfiled & captioned, adding.pasted_or(questions.on_text, about.on_link)),
        MessageHandler(
            private & filters.Document.ALL, adding.or_else(adding.on_file, questions.on_text)
        ),
        MessageHandler(filters.UpdateType.CHANNEL_POSTS, channels.on_post),
        ChatMemberHandler(channels.on_member, ChatMemberHandler.MY_CHAT_MEMBER),
        CallbackQueryHandler(adding.on_button, adding_module.PATTERN),
        CallbackQueryHandler(channels.on_switch, channels_module.PATTERN),
    ]
