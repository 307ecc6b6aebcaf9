"""Users and chats, and who is what in them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.local_api.errors import Json


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


def member_json(user: User, status: Status, *, may_post: bool | None = None) -> Json:
    """The Bot API's ChatMember; `may_post`: an administrator of a channel, who may or may not."""
    member: Json = {"status": status.value, "user": user.as_json()}
    if status is Status.CREATOR:
        member["is_anonymous"] = False
    elif status is Status.ADMINISTRATOR:
        member |= {"can_be_edited": False, "is_anonymous": False} | dict.fromkeys(_RIGHTS, True)
        if may_post is not None:
            member |= dict.fromkeys(_IN_CHANNELS, may_post)
    elif status is Status.RESTRICTED:
        member |= {"is_member": True, "until_date": 0} | dict.fromkeys(_MAY_NOT, False)
    elif status is Status.KICKED:
        member["until_date"] = 0
    return member
