"""Changing, deleting and reacting to messages that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.accounts import ADMINISTRATORS
from bot.local_api.errors import NOT_MODIFIED, bad_request, not_implemented
from bot.local_api.keyboards import checked_markup
from bot.local_api.messages import Version
from bot.local_api.methods.addressing import existing_message, known_chat, writable_chat
from bot.local_api.methods.sending import message_text, shown_options

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.messages import Message
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

DELETABLE_FOR = 48 * 3600


def edit_message_text(world: World, parameters: Parameters) -> Json:
    """A new text; without `reply_markup` the buttons go."""
    if not parameters.text("text"):
        if "rich_message" in parameters.values:
            raise not_implemented("rich messages")
        raise bad_request("message text is empty")
    message = _editable(world, parameters)
    if message.media:
        raise bad_request("there is no text in the message to edit")
    text = message_text(parameters)
    markup = checked_markup(parameters.object("reply_markup"))
    version = Version(text.text, text.entities, markup, world.now())
    return _revised(world, message, version, shown_options(parameters))


def edit_message_reply_markup(world: World, parameters: Parameters) -> Json:
    """Other buttons; without `reply_markup` none."""
    message = _editable(world, parameters)
    markup = checked_markup(parameters.object("reply_markup"))
    version = Version(message.text, message.entities, markup, world.now())
    return _revised(world, message, version, message.extra)


def _editable(world: World, parameters: Parameters) -> Message:
    if "inline_message_id" in parameters.values:
        raise not_implemented("inline messages to edit")
    for name, error in (("chat_id", "chat_id is empty"), ("message_id", _NO_ID)):
        if name not in parameters.values:
            raise bad_request(error)
    chat = writable_chat(world, parameters)
    message = existing_message(chat, parameters, "message to edit not found")
    own = message.sender is world.bot or (chat.type == "channel" and message.sender is None)
    if not own:
        raise bad_request("message can't be edited")
    return message


_NO_ID = "message identifier is not specified"


def _revised(world: World, message: Message, version: Version, extra: Json) -> Json:
    now = message.versions[-1]
    same = (now.text, now.entities, now.markup) == (version.text, version.entities, version.markup)
    if same and message.extra == extra:
        raise bad_request(NOT_MODIFIED)
    world.pace.spend(message.chat.id, group=message.chat.is_group)
    message.extra = extra
    return world.revise(message, version).as_json()


def delete_message(world: World, parameters: Parameters) -> bool:
    """Remove a message for everybody."""
    chat = known_chat(world, parameters)
    message = existing_message(chat, parameters, "message to delete not found")
    rights = chat.status(world.bot.id) in ADMINISTRATORS
    if chat.type != "private" and message.sender is not world.bot and not rights:
        raise bad_request("message can't be deleted")
    if world.clock() - message.date > DELETABLE_FOR and not (rights and chat.type != "private"):
        raise bad_request("message can't be deleted for everyone")
    message.deleted = True
    chat.changes.beat()
    return True


def set_message_reaction(world: World, parameters: Parameters) -> bool:
    """The bot's reaction to a message; none removes it."""
    chat = known_chat(world, parameters)
    message = existing_message(chat, parameters, "message to react not found")
    reactions = parameters.list("reaction")
    if len(reactions) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    if any(reaction["type"] == "paid" for reaction in reactions):
        raise bad_request("REACTION_INVALID")
    message.reactions[world.bot.id] = reactions
    chat.changes.beat()
    return True
