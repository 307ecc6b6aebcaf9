"""The methods of the Bot API that this server implements.

Each is a function of the world and the checked parameters; `METHODS` finds it by its name in
lower case, since Telegram does not mind the case either.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.methods import chats, commands, editing, queries, receiving, sending

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

    Method = Callable[[World, Parameters], object | Awaitable[object]]

NAMED: dict[str, Method] = {
    "answerCallbackQuery": queries.answer_callback_query,
    "answerInlineQuery": queries.answer_inline_query,
    "close": receiving.close,
    "deleteMessage": editing.delete_message,
    "deleteMyCommands": commands.delete_my_commands,
    "deleteWebhook": receiving.delete_webhook,
    "editMessageReplyMarkup": editing.edit_message_reply_markup,
    "editMessageText": editing.edit_message_text,
    "getChat": chats.get_chat,
    "getChatAdministrators": chats.get_chat_administrators,
    "getChatMember": chats.get_chat_member,
    "getFile": receiving.get_file,
    "getMe": receiving.get_me,
    "getMyCommands": commands.get_my_commands,
    "getUpdates": receiving.get_updates,
    "getWebhookInfo": receiving.get_webhook_info,
    "logOut": receiving.log_out,
    "sendChatAction": sending.send_chat_action,
    "sendDocument": sending.send_document,
    "sendMessage": sending.send_message,
    "sendMessageDraft": sending.send_message_draft,
    "sendPhoto": sending.send_photo,
    "setMessageReaction": editing.set_message_reaction,
    "setMyCommands": commands.set_my_commands,
    "setWebhook": receiving.set_webhook,
}
METHODS = {name.lower(): (name, method) for name, method in NAMED.items()}
