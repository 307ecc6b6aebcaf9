"""Finding the chat, thread and message that a request is about, or refusing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.accounts import Status
from bot.local_api.errors import bad_request, forbidden, migrated

if TYPE_CHECKING:
    from bot.local_api.messages import Chat, Message
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World


def known_chat(world: World, parameters: Parameters) -> Chat:
    """The chat of `chat_id`, if the bot is there."""
    chat = world.chat(parameters.values["chat_id"])
    if chat.migrated_to is not None:
        raise migrated(chat.migrated_to)
    status = chat.status(world.bot.id)
    where = "channel chat" if chat.type == "channel" else f"{chat.type} chat"
    if status is Status.KICKED and chat.type != "private":
        raise forbidden(f"bot was kicked from the {where}")
    if status is Status.LEFT and chat.type != "private":
        raise forbidden(f"bot is not a member of the {where}")
    return chat


def writable_chat(world: World, parameters: Parameters) -> Chat:
    """The chat of `chat_id`, if the bot may write there."""
    chat = known_chat(world, parameters)
    if chat.type == "private":
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        if chat.status(world.bot.id) is Status.KICKED:
            raise forbidden("bot was blocked by the user")
    if chat.type == "channel" and not chat.may_post(world.bot.id):
        raise bad_request("need administrator rights in the channel chat")
    if chat.status(world.bot.id) is Status.RESTRICTED:
        raise bad_request("not enough rights to send text messages to the chat")
    return chat


def thread(chat: Chat, parameters: Parameters) -> int | None:
    """The forum topic of `message_thread_id`."""
    number = parameters.number("message_thread_id")
    if number and number not in chat.topics:
        raise bad_request("message thread not found")
    return number or None


def replied(chat: Chat, parameters: Parameters) -> Message | None:
    """The message of `reply_parameters`."""
    reply = parameters.object("reply_parameters")
    if not reply:
        return None
    message = chat.messages.get(reply["message_id"])
    if message and not message.deleted:
        return message
    if reply.get("allow_sending_without_reply"):
        return None
    raise bad_request("message to be replied not found")


def existing_message(chat: Chat, parameters: Parameters, error: str) -> Message:
    """The message of `message_id`, or the error for that it is gone."""
    message = chat.messages.get(parameters.number("message_id"))
    if message is None or message.deleted:
        raise bad_request(error)
    return message
