"""How fast the bot may send: pure decisions, with the clock given by the caller.

All instants are seconds of one clock that only goes forward, all waits are seconds. A message is
urgent when somebody waits for it: an answer. Briefings are not.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

MINUTE_S = 60.0
# A message reaches Telegram a little later than it was counted here, and the one a minute ago may
# have done so by more than this one will.
MARGIN_S = 1.0
# So many different chats refused within so many seconds are not about those chats.
CHATS_REFUSED = 3
REFUSED_WITHIN_S = 2.0
_FORGET_BEYOND = 1000


@dataclass(frozen=True, slots=True)
class Pacing:
    """Messages (sent or edited) that Telegram lets one bot have: https://core.telegram.org/bots/faq.

    `overall` a second with `burst` in reserve, `kept` of which are for what is urgent; `per_chat` a
    second in one chat; `per_group` a minute in a group or channel, `kept_in_group` for the urgent.
    """

    overall: float = 30.0
    burst: float = 20.0
    kept: float = 10.0
    per_chat: float = 1.0
    per_group: int = 20
    kept_in_group: int = 4


@dataclass(slots=True)
class _Chat:
    last: float = float("-inf")
    held_until: float = float("-inf")
    minute: deque[float] = field(default_factory=deque)


class Pace:
    """What was sent lately, and so how long the next message has to wait."""

    def __init__(self, pacing: Pacing, now: float) -> None:
        self._pacing = pacing
        self._tokens = pacing.burst
        self._filled_at = now
        self._held_until = now
        self._chats: dict[int, _Chat] = {}
        self._refusals: deque[tuple[float, int]] = deque()

    def chat_wait(self, chat_id: int, now: float) -> float:
        """Until the chat may have another message that is not urgent."""
        chat = self._chats.get(chat_id)
        if chat is None:
            return 0.0
        waits = [chat.last + 1 / self._pacing.per_chat - now, chat.held_until - now]
        if chat_id < 0:
            _drop_before(chat.minute, now - MINUTE_S - MARGIN_S)
            room = self._pacing.per_group - self._pacing.kept_in_group
            if len(chat.minute) >= room:
                waits.append(chat.minute[-room] + MINUTE_S + MARGIN_S - now)
        return max(0.0, *waits)

    def overall_wait(self, now: float, *, urgent: bool) -> float:
        """Until the bot may send another message at all."""
        self._fill(now)
        kept = 0.0 if urgent else self._pacing.kept
        lacking = (1 + kept - self._tokens) / self._pacing.overall
        return max(0.0, lacking, self._held_until - now)

    def spend(self, chat_id: int, now: float) -> None:
        """Count a message."""
        self._fill(now)
        self._tokens -= 1
        chat = self._chats.setdefault(chat_id, _Chat())
        chat.last = now
        if chat_id < 0:
            chat.minute.append(now)
        self._forget(now)

    def refused(self, chat_id: int, seconds: float, now: float) -> None:
        """Telegram asked to wait. That holds the chat; several chats at once hold everything."""
        self._chats.setdefault(chat_id, _Chat()).held_until = now + seconds
        self._refusals.append((now, chat_id))
        while self._refusals[0][0] < now - REFUSED_WITHIN_S:
            self._refusals.popleft()
        if len({chat for _, chat in self._refusals}) >= CHATS_REFUSED:
            self._held_until = max(self._held_until, now + seconds)

    def _fill(self, now: float) -> None:
        gained = max(0.0, now - self._filled_at) * self._pacing.overall
        self._tokens = min(self._pacing.burst, self._tokens + gained)
        self._filled_at = now

    def _forget(self, now: float) -> None:
        """Chats that nothing holds any more."""
        if len(self._chats) <= _FORGET_BEYOND:
            return
        idle = now - max(MINUTE_S + MARGIN_S, 1 / self._pacing.per_chat)
        self._chats = {
            chat_id: chat
            for chat_id, chat in self._chats.items()
            if chat.held_until > now or chat.last > (idle if chat_id < 0 else now - 2)
        }


def _drop_before(minute: deque[float], instant: float) -> None:
    while minute and minute[0] <= instant:
        minute.popleft()
