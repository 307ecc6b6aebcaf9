"""Who may do what."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import BotSettings


class Role(StrEnum):
    """What a person is to the bot."""

    ADMIN = "admin"
    READER = "reader"


def role_of(user_id: int | None, settings: BotSettings) -> Role:
    """The role of a Telegram user; None is somebody who posts as a group or channel."""
    return Role.ADMIN if user_id in settings.admin_ids else Role.READER
