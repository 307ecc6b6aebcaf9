"""Telegram's limits on sending: bursts pass, then 429 with the seconds to wait."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.local_api.errors import too_many_requests

if TYPE_CHECKING:
    from collections.abc import Callable


DUST = 1e-6  # tolerance for floating point errors, in seconds


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits on sent and edited messages; None switches a limit off.

    `per_chat` per second and chat with bursts of `chat_burst`, `overall` per second, and
    `per_group` per minute in a group. Telegram publishes 1, 30 and 20, but not the burst.
    """

    per_chat: float | None = 1.0
    chat_burst: int = 5
    overall: int | None = 30
    per_group: int | None = 20

    @classmethod
    def off(cls) -> Limits:
        """No limits."""
        return cls(per_chat=None, overall=None, per_group=None)


@dataclass
class Bucket:
    """A token bucket that fills at `rate` per second, up to `size`."""

    rate: float
    size: float
    tokens: float
    filled_at: float

    def wait(self, now: float) -> float:
        """Seconds until there is a token."""
        self.tokens = min(self.size, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        return max(0.0, (1 - self.tokens) / self.rate)


@dataclass
class Pace:
    """Counts messages by the injected clock. `limits` may be replaced at any time."""

    clock: Callable[[], float]
    limits: Limits = field(default_factory=Limits)
    _buckets: dict[int | None, Bucket] = field(default_factory=dict)
    _minutes: dict[int, deque[float]] = field(default_factory=dict)

    def spend(self, chat_id: int, *, group: bool) -> None:
        """Count a message to a chat, or raise 429 and count nothing."""
        now = self.clock()
        buckets = self._buckets_for(chat_id, now)
        waits = [bucket.wait(now) for bucket in buckets]
        minute = self._minute(chat_id, now) if group else None
        if minute is not None and len(minute) >= (self.limits.per_group or 0):
            waits.append(minute[0] + 60 - now)
        if (wait := max(waits, default=0.0)) > DUST:
            raise too_many_requests(max(1, math.ceil(wait - DUST)))
        for bucket in buckets:
            bucket.tokens -= 1
        if minute is not None:
            minute.append(now)

    def _buckets_for(self, chat_id: int, now: float) -> list[Bucket]:
        limits, chosen = self.limits, []
        if limits.per_chat:
            new = Bucket(limits.per_chat, limits.chat_burst, limits.chat_burst, now)
            chosen.append(self._buckets.setdefault(chat_id, new))
        if limits.overall:
            new = Bucket(limits.overall, limits.overall, limits.overall, now)
            chosen.append(self._buckets.setdefault(None, new))
        return chosen

    def _minute(self, chat_id: int, now: float) -> deque[float] | None:
        if self.limits.per_group is None:
            return None
        sent = self._minutes.setdefault(chat_id, deque())
        while sent and sent[0] <= now - 60:
            sent.popleft()
        return sent
