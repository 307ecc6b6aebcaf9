"""What the bot may know about chats and their members."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.accounts import ADMINISTRATORS
from bot.local_api.errors import bad_request
from bot.local_api.methods.addressing import known_chat

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

_GIFTS = [
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
]


def get_chat(world: World, parameters: Parameters) -> Json:
    """The chat, with the fields that a ChatFullInfo must have."""
    full: Json = {"accent_color_id": 0, "max_reaction_count": 11}
    full["accepted_gift_types"] = dict.fromkeys(_GIFTS, False)
    return known_chat(world, parameters).as_json() | full


def get_chat_member(world: World, parameters: Parameters) -> Json:
    """What a user is in a chat."""
    chat = known_chat(world, parameters)
    user = world.users.get(parameters.number("user_id"))
    if user is None or (chat.type == "private" and user.id not in chat.members):
        raise bad_request("member not found")
    return chat.member_json(user, chat.status(user.id))


def get_chat_administrators(world: World, parameters: Parameters) -> list[Json]:
    """The administrators of a chat, other bots left out as there are none."""
    chat = known_chat(world, parameters)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    members = [member for member in chat.members.values() if member[1] in ADMINISTRATORS]
    bots_too = parameters.flag("return_bots")
    return [
        chat.member_json(user, status) for user, status in members if bots_too or not user.is_bot
    ]
