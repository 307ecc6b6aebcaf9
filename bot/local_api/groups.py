"""Groups, supergroups, forums and channels: made and changed from outside the bot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.local_api.accounts import GONE, Status
from bot.local_api.detection import detected
from bot.local_api.files import media_json
from bot.local_api.messages import Chat, Message, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.local_api.errors import Json
    from bot.local_api.people import Person
    from bot.local_api.world import World

SUPERGROUP_BASE = -1_000_000_000_000


def create_group(  # noqa: PLR0913 - what makes a group
    world: World,
    title: str,
    creator: Person,
    members: Iterable[Person] = (),
    *,
    administrators: Iterable[Person] = (),
    bot: Status = Status.MEMBER,
    supergroup: bool = True,
    forum: bool = False,
) -> Chat:
    """A group with the bot in it; the bot is told that it was added."""
    number = world.new_id()
    chat = Chat(
        SUPERGROUP_BASE - number if supergroup else -number,
        "supergroup" if supergroup else "group",
        title,
        is_forum=forum,
    )
    roles = [(creator, Status.CREATOR), *((person, Status.MEMBER) for person in members)]
    roles += [(person, Status.ADMINISTRATOR) for person in administrators]
    chat.members = {person.id: (person.user, status) for person, status in roles}
    world.chats[chat.id] = chat
    if bot is not Status.LEFT:
        world.set_status(chat, world.bot, bot, creator.user)
    return chat


def create_channel(  # noqa: PLR0913 - what makes a channel
    world: World,
    title: str,
    username: str | None = None,
    *,
    creator: Person | None = None,
    bot: Status = Status.LEFT,
    may_post: bool = True,
) -> Chat:
    """A channel, by default one that the bot is not in; `may_post`: whether it may, if it is."""
    chat = Chat(SUPERGROUP_BASE - world.new_id(), "channel", title, username)
    chat.members[world.bot.id] = (world.bot, bot)
    if creator is not None:
        chat.members[creator.id] = (creator.user, Status.CREATOR)
    if not may_post:
        chat.may_not_post.add(world.bot.id)
    world.chats[chat.id] = chat
    return chat


def post_in_channel(
    world: World, chat: Chat, text: str, *, photo: bytes | None = None, album: str | None = None
) -> Message:
    """A channel post, to be forwarded; the bot is told if it is there.

    Posts of the same `album`, one photo each, are shown as one.
    """
    media: Json = {}
    if photo is not None:
        media = media_json(world.files.add("photos", "photo.jpg", photo, "image/jpeg"), "photo")
    message = Message(chat, None, [Version(text, detected(text), date=world.now())], media)
    message.extra = {"sender_chat": chat.as_json()}
    if album is not None:
        message.extra["media_group_id"] = album
    world.post(message)
    _tell_post(world, "channel_post", message)
    return message


def edit_in_channel(world: World, message: Message, text: str) -> None:
    """Let a channel post say something else; the bot is told if it is there."""
    world.revise(message, Version(text, detected(text), date=world.now()))
    _tell_post(world, "edited_channel_post", message)


def _tell_post(world: World, kind: str, message: Message) -> None:
    if message.chat.status(world.bot.id) not in GONE:
        world.updates.add(kind, message.as_json())


def create_topic(chat: Chat, name: str) -> int:
    """A topic of a forum; returns its message_thread_id."""
    chat.is_forum = True
    number = chat.next_id()
    chat.topics[number] = name
    return number


def migrate(world: World, chat: Chat) -> Chat:
    """Turn a group into a supergroup; the bot is told by both service messages."""
    new = Chat(SUPERGROUP_BASE - world.new_id(), "supergroup", chat.title)
    new.members = dict(chat.members)
    world.chats[new.id] = new
    chat.migrated_to = new.id
    nothing = Version("", date=world.now())
    moves = ((chat, {"migrate_to_chat_id": new.id}), (new, {"migrate_from_chat_id": chat.id}))
    for place, extra in moves:
        message = world.post(Message(place, world.bot, [nothing], extra=extra))
        data = message.as_json()
        del data["text"]
        world.updates.add("message", data)
    return new
