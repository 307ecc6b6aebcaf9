"""Chats and messages: stored, as Bot API JSON, and as a person sees them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.local_api.errors import Json


T = TypeVar("T")


class Pulse:
    """Wakes waiters after each change. For one event loop only."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def beat(self) -> None:
        """Note a change."""
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, look: Callable[[], T | None], seconds: float | None) -> T:
        """Wait until `look` returns something else than None, or raise `TimeoutError`."""
        async with asyncio.timeout(seconds):
            while (found := look()) is None:
                await self._event.wait()
        return found


@dataclass(frozen=True, slots=True)
class Button:
    """A button under a message; `action` has the Bot API's fields of what it does."""

    text: str
    action: Json = field(default_factory=dict)

    @property
    def callback_data(self) -> str | None:
        """The data that the bot gets at a press."""
        return self.action.get("callback_data")

    @property
    def url(self) -> str | None:
        """The link that the button opens."""
        return self.action.get("url")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a message since `date`: its text (or caption), entities and keyboard."""

    text: str
    entities: tuple[Json, ...] = ()
    markup: Json | None = None
    date: int = 0


@dataclass(eq=False)
class Chat:
    """A chat with its members (by user id, including the bot), topics and messages (by id).

    In a private chat `user` is the person; `started`: they have written to the bot before.
    `may_not_post` are the administrators of a channel who may not post there.
    """

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    user: User | None = None
    is_forum: bool = False
    started: bool = False
    migrated_to: int | None = None
    members: dict[int, tuple[User, MemberStatus]] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    changes: Pulse = field(default_factory=Pulse)
    last_id: int = 0
    may_not_post: set[int] = field(default_factory=set)

    @property
    def is_group(self) -> bool:
        """Whether it is a group or a supergroup."""
        return self.type in {"group", "supergroup"}

    def status(self, user_id: int) -> MemberStatus:
        """A user's status here; "left" if they never were a member."""
        return self.members[user_id][1] if user_id in self.members else MemberStatus.LEFT

    def may_post(self, user_id: int) -> bool:
        """Whether somebody may write in this channel."""
        return self.status(user_id) in ADMINISTRATORS and user_id not in self.may_not_post

    def member_json(self, user: User, status: MemberStatus) -> Json:
        """The Bot API's ChatMember for a user with this status here."""
        may_post = user.id not in self.may_not_post if self.type == "channel" else None
        return member_json(user, status, may_post=may_post)

    def next_id(self) -> int:
        """The id of the next message."""
        self.last_id += 1
        return self.last_id

    def as_json(self) -> Json:
        """The Bot API's Chat."""
        person = self.user.as_json() if self.user else {}
        optional = {name: person.get(name) for name in ("first_name", "last_name")}
        optional |= {"title": self.title, "username": self.username or person.get("username")}
        optional |= {"is_forum": True if self.is_forum else None}
        given = {name: value for name, value in optional.items() if value is not None}
        return {"id": self.id, "type": self.type} | given


@dataclass(eq=False)
class Message:
    """A message with all its `versions`, the present one last.

    `media` has the Bot API's field for a file ("document", "photo"), `extra` other fields, shown
    as they are, and `reactions` those of each user or bot.
    """

    chat: Chat
    sender: User | None
    versions: list[Version]
    media: Json = field(default_factory=dict)
    reply_to: Message | None = None
    thread: int | None = None
    extra: Json = field(default_factory=dict)
    reactions: dict[int, list[Json]] = field(default_factory=dict)
    deleted: bool = False
    id: int = 0  # given when it is posted

    def __post_init__(self) -> None:
        self.date = self.versions[0].date

    @property
    def text(self) -> str:
        """The present text or caption."""
        return self.versions[-1].text

    @property
    def entities(self) -> tuple[Json, ...]:
        """The entities of the present text."""
        return self.versions[-1].entities

    @property
    def buttons(self) -> tuple[tuple[Button, ...], ...]:
        """The present rows of inline buttons."""
        rows = (self.versions[-1].markup or {}).get("inline_keyboard", [])
        return tuple(tuple(map(_button, row)) for row in rows)

    @property
    def edited(self) -> bool:
        """Whether the text or caption was changed after sending."""
        return any(version.text != self.text for version in self.versions)

    def button(self, which: str | int) -> Button:
        """The button with this text, or with this number, counted from 1 in reading order."""
        buttons = [button for row in self.buttons for button in row]
        if isinstance(which, int):
            if 1 <= which <= len(buttons):
                return buttons[which - 1]
        elif found := [button for button in buttons if button.text == which]:
            return found[0]
        raise LookupError(f"no button {which!r} among {[button.text for button in buttons]}")

    async def wait_until(
        self,
        true: Callable[[Message], bool],
        timeout: float | None = 5,  # noqa: ASYNC109
    ) -> Message:
        """Wait until the condition holds for this message, or raise `TimeoutError`."""
        return await self.chat.changes.until(lambda: self if true(self) else None, timeout)

    def as_json(self, *, with_reply: bool = True) -> Json:
        """The Bot API's Message."""
        data: Json = {"message_id": self.id, "date": self.date, "chat": self.chat.as_json()}
        if self.sender:
            data["from"] = self.sender.as_json()
        if self.thread is not None:
            data |= {"message_thread_id": self.thread, "is_topic_message": True}
        if self.reply_to and with_reply and not self.reply_to.deleted:
            data["reply_to_message"] = self.reply_to.as_json(with_reply=False)
        if len(self.versions) > 1:
            data["edit_date"] = self.versions[-1].date
        return data | self.extra | self._content()

    def _content(self) -> Json:
        now, data = self.versions[-1], dict(self.media)
        text, entities = ("caption", "caption_entities") if self.media else ("text", "entities")
        if now.text or not self.media:
            data[text] = now.text
        if now.entities:
            data[entities] = list(now.entities)
        if self.buttons:
            data["reply_markup"] = now.markup
        return data


def _button(raw: Json) -> Button:
    return Button(raw["text"], {name: value for name, value in raw.items() if name != "text"})


class MemberStatus(StrEnum):
    """The status of a user, or of the bot, in a chat."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


ADMINISTRATORS = frozenset((MemberStatus.CREATOR, MemberStatus.ADMINISTRATOR))
GONE = frozenset((MemberStatus.LEFT, MemberStatus.KICKED))
# What a restricted member may do elsewhere, https://core.telegram.org/bots/api#chatmemberrestricted
_MAY_NOT = (
    "can_send_messages",
    "can_send_audios",
    "can_send_documents",
    "can_send_photos",
    "can_send_videos",
    "can_send_video_notes",
    "can_send_voice_notes",
    "can_send_polls",
    "can_send_other_messages",
    "can_add_web_page_previews",
    "can_change_info",
    "can_invite_users",
    "can_pin_messages",
    "can_manage_topics",
    "can_edit_tag",
    "can_react_to_messages",
)
_RIGHTS = [
    "can_manage_chat",
    "can_delete_messages",
    "can_manage_video_chats",
    "can_restrict_members",
    "can_promote_members",
    "can_change_info",
    "can_invite_users",
    "can_post_stories",
    "can_edit_stories",
    "can_delete_stories",
]
_IN_CHANNELS = ("can_post_messages", "can_edit_messages")


@dataclass(eq=False)
class User:
    """A person or a bot."""

    id: int
    first_name: str
    last_name: str | None = None
    username: str | None = None
    language_code: str | None = None
    is_bot: bool = False

    def as_json(self) -> Json:
        """The Bot API's User."""
        optional = {"last_name": self.last_name, "username": self.username}
        optional["language_code"] = self.language_code
        given = {name: value for name, value in optional.items() if value is not None}
        return {"id": self.id, "is_bot": self.is_bot, "first_name": self.first_name} | given


# The apparent author when an administrator writes in the group's name.
GROUP_ANONYMOUS = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)


def member_json(user: User, status: MemberStatus, *, may_post: bool | None = None) -> Json:
    """The Bot API's ChatMember; `may_post` is set for a channel's administrators."""
    member: Json = {"status": status.value, "user": user.as_json()}
    if status is MemberStatus.CREATOR:
        member["is_anonymous"] = False
    elif status is MemberStatus.ADMINISTRATOR:
        member |= {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_RIGHTS, True)
        if may_post is not None:
            member |= dict.fromkeys(_IN_CHANNELS, may_post)
    elif status is MemberStatus.RESTRICTED:
        member |= {"is_member": True, "until_date": 0} | dict.fromkeys(_MAY_NOT, False)
    elif status is MemberStatus.KICKED:
        member["until_date"] = 0
    return member
