"""People who talk with the bot, for tests, the demo and load runs."""

from __future__ import annotations

import asyncio
import mimetypes
from typing import TYPE_CHECKING, cast

from bot.local_api.accounts import GONE, GROUP_ANONYMOUS, Status
from bot.local_api.detection import detected
from bot.local_api.files import media_json
from bot.local_api.formatting import formatted, in_order
from bot.local_api.messages import Chat, Message, Version
from bot.local_api.onlooker import PATIENCE, Onlooker
from bot.local_api.utf16 import utf16_length
from bot.local_api.visibility import origin, visible
from bot.local_api.world import CallbackAnswer

if TYPE_CHECKING:
    from bot.local_api.errors import Json

MAX_TEXT = 4096


class Person(Onlooker):
    """Somebody with a Telegram account. Where no chat is given, their private chat is meant."""

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
        """Write a message; links, commands and mentions are found as Telegram does.

        `anonymous`: in the group's name, as its administrators may. Where the bot's last message
        asks for a reply, this is one, as Telegram's clients do it.
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
        """Send a place on the map."""
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
        """Pass on a message of any chat; `hidden`: of somebody whose account is not shown."""
        version = Version(message.text, message.entities, date=self.world.now())
        extra: Json = {"forward_origin": origin(message, hidden=hidden)}
        if album := message.extra.get("media_group_id"):
            extra["media_group_id"] = f"{album}-forwarded"
        place = chat or self.private_chat()
        return self._post(Message(place, self.user, [version], message.media, extra=extra))

    async def edit(self, message: Message, text: str) -> Message:
        """Change an own message."""
        if message.sender is not self.user:
            raise PermissionError(f"{self.user.first_name} did not write this")
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

    async def share(self, result: Json, *, chat: Chat | None = None) -> Message:
        """Send an inline result to a chat; the bot is told where it reads along."""
        content = result["input_message_content"]
        text = formatted(content["message_text"], content.get("entities") or [])
        version = Version(text.text, tuple(text.entities), date=self.world.now())
        extra: Json = {"via_bot": self.world.bot.as_json()}
        place = chat or self.private_chat()
        return self._post(Message(place, self.user, [version], {}, extra=extra))

    async def block_bot(self) -> None:
        """Stop the bot from writing to this person."""
        self.world.set_status(self.private_chat(), self.world.bot, Status.KICKED, self.user)

    async def unblock_bot(self) -> None:
        """Let it write again."""
        self.world.set_status(self.private_chat(), self.world.bot, Status.MEMBER, self.user)

    def _forced_reply(self, chat: Chat, thread: int | None) -> Message | None:
        """The bot's last message here if it asks for a reply."""
        here = [one for one in self.messages(chat) if one.thread == thread]
        last = here[-1] if here else None
        if last is None or last.sender is not self.world.bot:
            return None
        return last if (last.versions[-1].markup or {}).get("force_reply") else None

    def _post(self, message: Message) -> Message:
        chat, name = message.chat, self.user.first_name
        if chat.status(self.id) in GONE:
            raise PermissionError(f"{name} is not in {chat.title}")
        if chat.type == "private" and chat.status(self.world.bot.id) is Status.KICKED:
            raise PermissionError(f"{name} has blocked the bot")
        chat.started = True
        self._tell("message", self.world.post(message))
        return message

    def _tell(self, kind: str, message: Message) -> None:
        if visible(self.world, message):
            self.world.updates.add(kind, message.as_json())
