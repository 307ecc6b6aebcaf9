"""The implemented methods of the Bot API.

Each is a function of the world and the checked parameters. `METHODS` has them by name in lower
case: Telegram ignores case, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.methods.receiving import (
    answer_callback_query,
    answer_inline_query,
    close,
    delete_my_commands,
    delete_webhook,
    get_chat,
    get_chat_administrators,
    get_chat_member,
    get_file,
    get_me,
    get_my_commands,
    get_updates,
    get_webhook_info,
    log_out,
    set_my_commands,
    set_webhook,
)
from bot.local_api.methods.sending import (
    delete_message,
    edit_message_reply_markup,
    edit_message_text,
    send_chat_action,
    send_document,
    send_message,
    send_message_draft,
    send_photo,
    set_message_reaction,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

    Method = Callable[[World, Parameters], object | Awaitable[object]]

NAMED: dict[str, Method] = {
    "answerCallbackQuery": answer_callback_query,
    "answerInlineQuery": answer_inline_query,
    "close": close,
    "deleteMessage": delete_message,
    "deleteMyCommands": delete_my_commands,
    "deleteWebhook": delete_webhook,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "editMessageText": edit_message_text,
    "getChat": get_chat,
    "getChatAdministrators": get_chat_administrators,
    "getChatMember": get_chat_member,
    "getFile": get_file,
    "getMe": get_me,
    "getMyCommands": get_my_commands,
    "getUpdates": get_updates,
    "getWebhookInfo": get_webhook_info,
    "logOut": log_out,
    "sendChatAction": send_chat_action,
    "sendDocument": send_document,
    "sendMessage": send_message,
    "sendMessageDraft": send_message_draft,
    "sendPhoto": send_photo,
    "setMessageReaction": set_message_reaction,
    "setMyCommands": set_my_commands,
    "setWebhook": set_webhook,
}
METHODS = {name.lower(): (name, method) for name, method in NAMED.items()}
