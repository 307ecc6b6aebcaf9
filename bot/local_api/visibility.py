"""Which messages of people reach the bot, and where a forwarded one came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.accounts import ADMINISTRATORS, GONE
from bot.local_api.utf16 import utf16_slice

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.messages import Message
    from bot.local_api.world import World


def visible(world: World, message: Message) -> bool:
    """Whether the bot gets a person's message; in groups this depends on privacy mode."""
    status = message.chat.status(world.bot.id)
    if status in GONE:
        return False
    if not message.chat.is_group or not world.privacy_mode or status in ADMINISTRATORS:
        return True
    if message.extra.get("via_bot"):
        return True
    if message.reply_to and message.reply_to.sender is world.bot:
        return True
    return any(_addresses(world, message.text, entity) for entity in message.entities)


def _addresses(world: World, text: str, entity: Json) -> bool:
    covered = utf16_slice(text, entity["offset"], entity["length"]).lower()
    name = f"@{world.bot.username}".lower()
    if entity["type"] == "bot_command":
        return "@" not in covered or covered.endswith(name)
    return bool(entity["type"] == "mention" and covered == name)


def origin(message: Message, *, hidden: bool) -> Json:
    """The Bot API's MessageOrigin; of what was forwarded before, the first origin."""
    if earlier := message.extra.get("forward_origin"):
        return dict(earlier)
    when = {"date": message.date}
    if message.sender is None:
        place = {"chat": message.chat.as_json(), "message_id": message.id}
        return {"type": "channel"} | when | place
    if hidden:
        return {"type": "hidden_user", "sender_user_name": message.sender.first_name} | when
    return {"type": "user", "sender_user": message.sender.as_json()} | when
