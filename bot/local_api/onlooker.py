"""What a person sees of their chats with the bot, and waiting for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.local_api.accounts import User
    from bot.local_api.messages import Chat, Message
    from bot.local_api.world import World

PATIENCE = 5.0


@dataclass(eq=False)
class Onlooker:
    """Somebody who reads. Where no chat is given, their private chat is meant."""

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

    async def watch(self, chat: Chat | None = None) -> AsyncIterator[Message]:
        """Each message of the bot from now on, and again each time it has changed; without end."""
        place = chat or self.private_chat()
        seen = {message.id: len(message.versions) for message in self.messages(place)}
        while True:
            yield await place.changes.until(lambda: self._fresh(place, seen), None)

    def download(self, message: Message) -> bytes:
        """The content of the file in a message."""
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
        """A message of the bot that is new or changed since `seen`, which is brought up to date."""
        for message in self.messages(chat):
            if seen.get(message.id) != len(message.versions) and self._by_bot(message):
                seen[message.id] = len(message.versions)
                return message
        return None

    def _by_bot(self, message: Message) -> bool:
        return message.sender in {self.world.bot, None}
