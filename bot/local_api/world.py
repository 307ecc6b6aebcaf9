"""Telegram's state: users, chats, files, queues, and what the bot did."""

from __future__ import annotations

import asyncio
import hashlib
import itertools
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from bot.local_api.errors import bad_request
from bot.local_api.limits import Limits, Pace
from bot.local_api.messages import Chat, MemberStatus, User
from bot.local_api.updates import UpdateQueue

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local_api.errors import Json
    from bot.local_api.messages import Message, Version
    from bot.local_api.updates import Webhook


DOWNLOAD_LIMIT = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file; `path` is that of getFile."""

    id: str
    unique_id: str
    path: str
    name: str
    mime_type: str
    content: bytes

    def as_json(self) -> Json:
        """The JSON fields common to all kinds of files."""
        ids = {"file_id": self.id, "file_unique_id": self.unique_id}
        return ids | {"file_size": len(self.content)}


class Files:
    """The files of a world, by id and by path."""

    def __init__(self) -> None:
        self._files: dict[str, StoredFile] = {}

    def add(self, folder: str, name: str, content: bytes, mime_type: str) -> StoredFile:
        """Store a file in `documents` or `photos`."""
        number = len(self._files)
        unique = hashlib.sha256(content).hexdigest()[:16]
        path = f"{folder}/file_{number}{PurePath(name).suffix}"
        stored = StoredFile(f"LOCAL{number:06}{unique}", unique, path, name, mime_type, content)
        self._files[stored.id] = stored
        return stored

    def get(self, file_id: str) -> StoredFile | None:
        """A file by its id."""
        return self._files.get(file_id)

    def at(self, path: str) -> StoredFile | None:
        """A file by its path."""
        return next((file for file in self._files.values() if file.path == path), None)


def media_json(stored: StoredFile, kind: str) -> Json:
    """A message's field for a file; a photo's size is made up: nothing decodes it."""
    if kind == "photo":
        return {"photo": [stored.as_json() | {"width": 800, "height": 600}]}
    named = {"file_name": stored.name, "mime_type": stored.mime_type}
    return {"document": stored.as_json() | named}


@dataclass(frozen=True, slots=True)
class CallbackAnswer:
    """The bot's answer to the press of a button."""

    text: str = ""
    show_alert: bool = False
    url: str | None = None


@dataclass
class Query:
    """A press of a button, or an inline query, waiting for the bot's answer."""

    asked_at: float
    answer: asyncio.Future[object]


@dataclass(frozen=True, slots=True)
class StreamedDraft:
    """A draft that the bot streamed with sendMessageDraft."""

    chat: Chat
    draft_id: int
    text: str
    entities: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Action:
    """An action that the bot showed with sendChatAction."""

    chat: Chat
    action: str
    thread: int | None
    at: float


@dataclass(eq=False)
class World:
    """Telegram's state for one bot. For one event loop only.

    `query_lifetime`: seconds in which the bot must answer a press. `privacy_mode` is BotFather's:
    in groups the bot only sees commands, mentions and replies, unless it is an administrator.
    """

    bot: User
    clock: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    query_lifetime: float = 30.0
    privacy_mode: bool = True
    webhook_pause: float = 1.0
    users: dict[int, User] = field(default_factory=dict)
    chats: dict[int, Chat] = field(default_factory=dict)
    commands: dict[tuple[str, str], list[Json]] = field(default_factory=dict)
    queries: dict[str, Query] = field(default_factory=dict)
    drafts: list[StreamedDraft] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    webhook: Webhook | None = None
    files: Files = field(default_factory=Files)
    updates: UpdateQueue = field(default_factory=UpdateQueue)
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(10_000_001))

    def __post_init__(self) -> None:
        self.pace = Pace(self.clock, self.limits)
        self.users[self.bot.id] = self.bot

    def now(self) -> int:
        """The time in seconds since 1970, as in the Bot API."""
        return int(self.clock())

    def new_id(self) -> int:
        """A unique id."""
        return next(self._ids)

    def chat(self, chat_id: int | str) -> Chat:
        """A chat by id or @username."""
        if isinstance(chat_id, int):
            found = self.chats.get(chat_id)
        else:
            named = (chat for chat in self.chats.values() if chat.username)
            wanted = chat_id.casefold()
            found = next((one for one in named if f"@{one.username}".casefold() == wanted), None)
        if found is None:
            raise bad_request("chat not found")
        return found

    def private_chat(self, user: User) -> Chat:
        """A person's private chat with the bot."""
        if user.id not in self.chats:
            members = {u.id: (u, MemberStatus.MEMBER) for u in (user, self.bot)}
            self.chats[user.id] = Chat(user.id, "private", user=user, members=members)
        return self.chats[user.id]

    def post(self, message: Message) -> Message:
        """Add a new message to its chat."""
        message.id = message.chat.next_id()
        message.chat.messages[message.id] = message
        message.chat.changes.beat()
        return message

    def revise(self, message: Message, version: Version) -> Message:
        """Add a new version to a message."""
        message.versions.append(version)
        message.chat.changes.beat()
        return message

    def set_status(self, chat: Chat, user: User, status: MemberStatus, by: User) -> None:
        """Change somebody's status in a chat, and send the bot an update."""
        old, new = chat.status(user.id), status
        chat.members[user.id] = (user, status)
        change: Json = {"chat": chat.as_json(), "from": by.as_json(), "date": self.now()}
        change["old_chat_member"] = chat.member_json(user, old)
        change["new_chat_member"] = chat.member_json(user, new)
        self.updates.add("my_chat_member" if user is self.bot else "chat_member", change)

    def ask(self) -> tuple[str, Query]:
        """Make a query for the bot to answer."""
        key = str(self.new_id())
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        self.queries[key] = Query(self.clock(), future)
        return key, self.queries[key]

    def answer(self, key: str, answer: object) -> bool:
        """Answer a query once; False if it is unknown, was answered or is too old."""
        query = self.queries.pop(key, None)
        if not query or self.clock() - query.asked_at > self.query_lifetime:
            return False
        if not query.answer.done():
            query.answer.set_result(answer)
        return True
