"""Users and chats, and who is what in them."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.local_api.pulse import Pulse

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.messages import Message


class Status(StrEnum):
    """What a user, or the bot, is in a chat."""

    CREATOR = "creator"
    ADMINISTRATOR = "administrator"
    MEMBER = "member"
    RESTRICTED = "restricted"
    LEFT = "left"
    KICKED = "kicked"


ADMINISTRATORS = frozenset((Status.CREATOR, Status.ADMINISTRATOR))
GONE = frozenset((Status.LEFT, Status.KICKED))
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


# Who seems to write when an administrator writes in the group's name.
GROUP_ANONYMOUS = User(1087968824, "Group", username="GroupAnonymousBot", is_bot=True)


@dataclass(eq=False)
class Chat:
    """A chat with its members (by user id, the bot among them), topics and messages (by id).

    In a private chat `user` is the person; `started` says that they wrote to the bot before.
    `may_not_post` are those administrators of a channel who have no right to post there.
    """

    id: int
    type: str
    title: str | None = None
    username: str | None = None
    user: User | None = None
    is_forum: bool = False
    started: bool = False
    migrated_to: int | None = None
    members: dict[int, tuple[User, Status]] = field(default_factory=dict)
    topics: dict[int, str] = field(default_factory=dict)
    messages: dict[int, Message] = field(default_factory=dict)
    changes: Pulse = field(default_factory=Pulse)
    last_id: int = 0
    may_not_post: set[int] = field(default_factory=set)

    @property
    def is_group(self) -> bool:
        """Whether it is a group or a supergroup."""
        return self.type in {"group", "supergroup"}

    def status(self, user_id: int) -> Status:
        """What a user is here; who never was, has left."""
        return self.members[user_id][1] if user_id in self.members else Status.LEFT

    def may_post(self, user_id: int) -> bool:
        """Whether somebody may write in this channel."""
        return self.status(user_id) in ADMINISTRATORS and user_id not in self.may_not_post

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


def member_json(user: User, status: Status, chat: Chat) -> Json:
    """The Bot API's ChatMember, for a user of this status in a chat."""
    member: Json = {"status": status.value, "user": user.as_json()}
    if status is Status.CREATOR:
        member["is_anonymous"] = False
    elif status is Status.ADMINISTRATOR:
        member |= {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_RIGHTS, True)
        if chat.type == "channel":
            member |= dict.fromkeys(_IN_CHANNELS, user.id not in chat.may_not_post)
    elif status is Status.RESTRICTED:
        member |= {"is_member": True, "until_date": 0} | dict.fromkeys(_MAY_NOT, False)
    elif status is Status.KICKED:
        member["until_date"] = 0
    return member
