"""People who talk with the bot, for tests, the demo and load runs."""

from __future__ import annotations

import asyncio
import mimetypes
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from bot.local_api.accounts import GONE, Chat, Status, User
from bot.local_api.detection import detected
from bot.local_api.files import media_json
from bot.local_api.formatting import in_order
from bot.local_api.messages import Message, Version
from bot.local_api.visibility import origin, visible
from bot.local_api.world import CallbackAnswer

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local_api.errors import Json
    from bot.local_api.world import World

PATIENCE = 5.0


@dataclass(eq=False)
class Person:
    """Somebody with a Telegram account. Where no chat is given, their private chat is meant."""

    world: World
    user: User
    _read: dict[int, int] = field(default_factory=dict)

    @property
    def id(self) -> int:
        """The user id, which is the id of the private chat too."""
        return self.user.id

    def private_chat(self) -> Chat:
        """The chat with the bot."""
        return self.world.private_chat(self.user)

    async def send(
        self,
        text: str,
        *,
        chat: Chat | None = None,
        reply_to: Message | None = None,
        thread: int | None = None,
        entities: tuple[Json, ...] = (),
    ) -> Message:
        """Write a message; links, commands and mentions are found as Telegram does."""
        text = text.strip()
        found = tuple(in_order([*entities, *detected(text)]))
        version = Version(text, found, date=self.world.now())
        return self._post(chat, version, reply_to=reply_to, thread=thread)

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
        return self._post(chat, version, media=media_json(stored, kind))

    async def forward(
        self, message: Message, *, chat: Chat | None = None, hidden: bool = False
    ) -> Message:
        """Pass on a message of any chat; `hidden`: of somebody whose account is not shown."""
        version = Version(message.text, message.entities, date=self.world.now())
        extra = {"forward_origin": origin(message, hidden=hidden)}
        return self._post(chat, version, media=message.media, extra=extra)

    async def edit(self, message: Message, text: str) -> Message:
        """Change an own message."""
        self.world.revise(message, Version(text, detected(text), None, self.world.now()))
        self._tell("edited_message", message)
        return message

    async def delete(self, message: Message) -> None:
        """Delete a message; the bot is not told."""
        message.deleted = True
        message.chat.changes.beat()

    async def react(self, message: Message, *emoji: str) -> None:
        """React to a message, with nothing to take a reaction back."""
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

    async def block_bot(self) -> None:
        """Stop the bot from writing to this person."""
        self.world.set_status(self.private_chat(), self.world.bot, Status.KICKED, self.user)

    async def unblock_bot(self) -> None:
        """Let it write again."""
        self.world.set_status(self.private_chat(), self.world.bot, Status.MEMBER, self.user)

    def messages(self, chat: Chat | None = None) -> list[Message]:
        """What can be seen in a chat, oldest first, each as it is now."""
        messages = (chat or self.private_chat()).messages.values()
        return [message for message in messages if not message.deleted]

    async def wait_for_reply(
        self,
        *,
        chat: Chat | None = None,
        timeout: float | None = PATIENCE,  # noqa: ASYNC109
    ) -> Message:
        """The bot's next message that this person did not get from here before."""
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
        """The newest message for which the condition holds, as soon as one does."""
        place = chat or self.private_chat()
        return await place.changes.until(
            lambda: next((m for m in reversed(self.messages(place)) if true(m)), None), timeout
        )

    def _unread(self, chat: Chat) -> Message | None:
        read = self._read.get(chat.id, 0)
        for number in range(read + 1, chat.last_id + 1):
            message = chat.messages.get(number)
            if message and not message.deleted and message.sender in {self.world.bot, None}:
                return message
        return None

    def _post(self, chat: Chat | None, version: Version, **fields: object) -> Message:
        place = chat or self.private_chat()
        if place.status(self.id) in GONE:
            raise PermissionError(f"{self.user.first_name} is not in {place.title}")
        if place.type == "private":
            if place.status(self.world.bot.id) is Status.KICKED:
                raise PermissionError(f"{self.user.first_name} has blocked the bot")
            place.started = True
        message = self.world.post(place, self.user, version, **fields)
        self._tell("message", message)
        return message

    def _tell(self, kind: str, message: Message) -> None:
        if visible(self.world, message):
            self.world.updates.add(kind, message.as_json())
