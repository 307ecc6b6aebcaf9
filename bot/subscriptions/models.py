"""What a subscription is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.subscriptions.schedule import EVERY_DAY
from retrieval.models import Length

if TYPE_CHECKING:
    from datetime import datetime


class State(StrEnum):
    """Where a subscription stands; only active ones come due."""

    # still being put together in the dialogue
    DRAFT = "draft"
    ACTIVE = "active"
    # by its owner
    PAUSED = "paused"
    # Telegram refused the chat
    BLOCKED = "blocked"


@dataclass(frozen=True, slots=True)
class Where:
    """A chat, and in a forum the topic of it; thread 0 outside topics."""

    chat_id: int
    thread_id: int = 0


@dataclass(frozen=True, slots=True)
class Terms:
    """What is subscribed to. `zone` is empty until it is known; no topics means everything.

    `weekly` is a summary of the last seven days, on one weekday, whatever was told of them.
    """

    minute: int = 8 * 60
    weekdays: int = EVERY_DAY
    zone: str = ""
    topics: tuple[str, ...] = ()
    length: Length = Length.STANDARD
    silent: bool = False
    weekly: bool = False


@dataclass(frozen=True, slots=True)
class Subscription:
    """A stored subscription; `next_due_at` is None unless it is active.

    `channel` is the name of the channel that it posts in, None in any other chat.
    """

    id: int
    where: Where
    created_by: int
    terms: Terms
    state: State
    next_due_at: datetime | None
    covered_until: datetime
    channel: str | None = None
