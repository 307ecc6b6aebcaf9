"""People who talk with the bot, for tests, the demo and load tests."""

from __future__ import annotations

import asyncio
import mimetypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bot.local_api.formatting import detected, formatted, in_order, utf16_length, utf16_slice
from bot.local_api.messages import (
    ADMINISTRATORS,
    GONE,
    GROUP_ANONYMOUS,
    Chat,
    MemberStatus,
    Message,
    Version,
)
from bot.local_api.world import CallbackAnswer, media_json

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.local_api.errors import Json
    from bot.local_api.messages import User
    from bot.local_api.world import World


PATIENCE = 5.0


@dataclass(eq=False)
class Onlooker:
    """Somebody who reads. Without a given chat, their private chat is meant."""

    world: World
    user: User
    _read: dict[int, int] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The user id, which is also the id of the private chat."""
        return self.user.id

    def private_chat(self) -> Chat:
        """The chat with the bot."""
        return self.world.private_chat(self.user)

    def messages(self, chat: Chat | None = None) -> list[Message]:
        """The visible messages of a chat, oldest first, in their present version."""
        messages = (chat or self.private_chat()).messages.values()
        return [message for message in messages if not message.deleted]

    async def wait_for_reply(
        self,
        *,
        chat: Chat | None = None,
        timeout: float | None = PATIENCE,  # noqa: ASYNC109
    ) -> Message:
        """Wait for the bot's next message that this function has not returned before."""
        place = chat or self.private_chat()
        unread = await place.changes.until(lambda: self._unread(place), timeout)
        self._read[place.id] = unread.id
        return unread

    async def wait_for(
        self,
        true: Callable[[Message], bool],
        *,
        chat: Chat | None = None,
        timeout: float | None = PATIENCE,  # noqa: ASYNC109
    ) -> Message:
        """Wait for a message for which the condition holds; returns the newest."""
        place = chat or self.private_chat()
        return await place.changes.until(
            lambda: next((m for m in reversed(self.messages(place)) if true(m)), None), timeout
        )

    async def watch(self, chat: Chat | None = None) -> AsyncIterator[Message]:
        """Yield each new message of the bot, and again after each change; never ends."""
        place = chat or self.private_chat()
        seen = {message.id: len(message.versions) for message in self.messages(place)}
        while True:
            yield await place.changes.until(lambda: self._fresh(place, seen), None)

    def download(self, message: Message) -> bytes:
        """The content of a message's file."""
        kinds = message.media.get("photo") or [message.media["document"]]
        stored = self.world.files.get(kinds[0]["file_id"])
        if stored is None:
            raise LookupError("the file is not there")
        return stored.content

    def _unread(self, chat: Chat) -> Message | None:
        read = self._read.get(chat.id, 0)
        for number in range(read + 1, chat.last_id + 1):
            message = chat.messages.get(number)
            if message and not message.deleted and self._by_bot(message):
                return message
        return None

    def _fresh(self, chat: Chat, seen: dict[int, int]) -> Message | None:
        """A message of the bot that is new or changed since `seen`, which is updated."""
        for message in self.messages(chat):
            if seen.get(message.id) != len(message.versions) and self._by_bot(message):
                seen[message.id] = len(message.versions)
                return message
        return None

    def _by_bot(self, message: Message) -> bool:
        return message.sender in {self.world.bot, None}


MAX_TEXT = 4096


class Person(Onlooker):
    """Somebody with a Telegram account. Without a given chat, their private chat is meant."""

    async def send(  # noqa: PLR0913 - each has a default
        self,
        text: str,
        *,
        chat: Chat | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
        entities: tuple[Json, ...] = (),
        anonymous: bool = False,
    ) -> Message:
        """Write a message; links, commands and mentions are detected as in Telegram.

        `anonymous`: in the group's name, as its administrators may. If the bot's last message
        forces a reply, this is one, as in Telegram's apps.
        """
        text = text.strip()
        if not 0 < utf16_length(text) <= MAX_TEXT:
            raise ValueError("nobody can send an empty message, or one beyond 4096 units")
        found = tuple(in_order([*entities, *detected(text)]))
        version = Version(text, found, date=self.world.now())
        place = chat or self.private_chat()
        reply_to = reply_to or self._forced_reply(place, thread)
        if not anonymous:
            return self._post(Message(place, self.user, [version], {}, reply_to, thread))
        extra = {"sender_chat": place.as_json()}
        return self._post(Message(place, GROUP_ANONYMOUS, [version], {}, reply_to, thread, extra))

    async def send_location(
        self,
        latitude: float,
        longitude: float,
        *,
        chat: Chat | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
    ) -> Message:
        """Send a location."""
        place = chat or self.private_chat()
        reply_to = reply_to or self._forced_reply(place, thread)
        media = {"location": {"latitude": latitude, "longitude": longitude}}
        version = Version("", date=self.world.now())
        return self._post(Message(place, self.user, [version], media, reply_to, thread))

    async def upload(  # noqa: PLR0913 - each has a default
        self,
        filename: str,
        content: bytes,
        *,
        caption: str = "",
        chat: Chat | None = None,
        photo: bool = False,
        mime_type: str | None = None,
    ) -> Message:
        """Send a file, or a photo."""
        kind = "photo" if photo else "document"
        mime_type = mime_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        stored = self.world.files.add(f"{kind}s", filename, content, mime_type)
        version = Version(caption, detected(caption), date=self.world.now())
        place = chat or self.private_chat()
        return self._post(Message(place, self.user, [version], media_json(stored, kind)))

    async def forward(
        self, message: Message, *, chat: Chat | None = None, hidden: bool = False
    ) -> Message:
        """Forward a message of any chat; `hidden`: its author's account is not shown."""
        version = Version(message.text, message.entities, date=self.world.now())
        extra: Json = {"forward_origin": origin(message, hidden=hidden)}
        if album := message.extra.get("media_group_id"):
            extra["media_group_id"] = f"{album}-forwarded"
        place = chat or self.private_chat()
        return self._post(Message(place, self.user, [version], message.media, extra=extra))

    async def edit(self, message: Message, text: str) -> Message:
        """Edit one's own message."""
        if message.sender is not self.user:
            raise PermissionError(f"{self.user.first_name} did not write this")
        self.world.revise(message, Version(text, detected(text), None, self.world.now()))
        self._tell("edited_message", message)
        return message

    async def delete(self, message: Message) -> None:
        """Delete a message; the bot gets no update."""
        message.deleted = True
        message.chat.changes.beat()

    async def react(self, message: Message, *emoji: str) -> None:
        """React to a message; without an emoji, undo the reaction."""
        old = message.reactions.get(self.id, [])
        new = [{"type": "emoji", "emoji": one} for one in emoji]
        message.reactions[self.id] = new
        update: Json = {"chat": message.chat.as_json(), "message_id": message.id}
        update |= {"user": self.user.as_json(), "date": self.world.now()}
        self.world.updates.add(
            "message_reaction", update | {"old_reaction": old, "new_reaction": new}
        )

    async def press(
        self,
        message: Message,
        button: str | int,
        *,
        timeout: float | None = PATIENCE,  # noqa: ASYNC109
    ) -> CallbackAnswer:
        """Press a button, by its text or number from 1, and wait for the bot's answer."""
        chosen = message.button(button)
        if chosen.url:
            return CallbackAnswer(url=chosen.url)
        if message.deleted or chosen.callback_data is None:
            raise LookupError(f"{chosen.text!r} cannot be pressed")
        key, query = self.world.ask()
        update: Json = {"id": key, "from": self.user.as_json(), "message": message.as_json()}
        update |= {"chat_instance": str(message.chat.id), "data": chosen.callback_data}
        self.world.updates.add("callback_query", update)
        async with asyncio.timeout(timeout):
            return cast("CallbackAnswer", await query.answer)

    async def ask_inline(
        self,
        text: str,
        *,
        timeout: float | None = PATIENCE,  # noqa: ASYNC109
    ) -> list[Json]:
        """Type an inline query and wait for the results."""
        key, query = self.world.ask()
        update: Json = {"id": key, "from": self.user.as_json(), "query": text, "offset": ""}
        self.world.updates.add("inline_query", update)
        async with asyncio.timeout(timeout):
            return cast("list[Json]", await query.answer)

    async def share(self, result: Json, *, chat: Chat | None = None) -> Message:
        """Send an inline result to a chat; the bot gets an update if it is there."""
        content = result["input_message_content"]
        text = formatted(content["message_text"], content.get("entities") or [])
        version = Version(text.text, tuple(text.entities), date=self.world.now())
        extra: Json = {"via_bot": self.world.bot.as_json()}
        place = chat or self.private_chat()
        return self._post(Message(place, self.user, [version], {}, extra=extra))

    async def block_bot(self) -> None:
        """Stop the bot from writing to this person."""
        self.world.set_status(self.private_chat(), self.world.bot, MemberStatus.KICKED, self.user)

    async def unblock_bot(self) -> None:
        """Let the bot write again."""
        self.world.set_status(self.private_chat(), self.world.bot, MemberStatus.MEMBER, self.user)

    def _forced_reply(self, chat: Chat, thread: int | None) -> Message | None:
        """The bot's last message here if it forces a reply."""
        here = [one for one in self.messages(chat) if one.thread == thread]
        last = here[-1] if here else None
        if last is None or last.sender is not self.world.bot:
            return None
        return last if (last.versions[-1].markup or {}).get("force_reply") else None

    def _post(self, message: Message) -> Message:
        chat, name = message.chat, self.user.first_name
        if chat.status(self.id) in GONE:
            raise PermissionError(f"{name} is not in {chat.title}")
        if chat.type == "private" and chat.status(self.world.bot.id) is MemberStatus.KICKED:
            raise PermissionError(f"{name} has blocked the bot")
        chat.started = True
        self._tell("message", self.world.post(message))
        return message

    def _tell(self, kind: str, message: Message) -> None:
        if visible(self.world, message):
            self.world.updates.add(kind, message.as_json())


def visible(world: World, message: Message) -> bool:
    """Whether the bot gets a person's message, which in groups depends on privacy mode."""
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
    """The Bot API's MessageOrigin; for a forwarded message, its original one."""
    if earlier := message.extra.get("forward_origin"):
        return dict(earlier)
    when = {"date": message.date}
    if message.sender is None:
        place = {"chat": message.chat.as_json(), "message_id": message.id}
        return {"type": "channel"} | when | place
    if hidden:
        return {"type": "hidden_user", "sender_user_name": message.sender.first_name} | when
    return {"type": "user", "sender_user": message.sender.as_json()} | when
