"""How fast the bot may send: pure decisions (`SendRate`), and the limiter that waits by them.

Instants are seconds of one clock that only goes forward, waits are in seconds. A message is urgent
if somebody waits for it: an answer is, a briefing isn't.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.telegram.client import seconds
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


MINUTE_S = 60.0
# Messages reach Telegram a little after they are counted here, and not all by the same delay: the
# one a minute ago may have been later than this one will be.
MARGIN_S = 1.0
# If so many different chats are refused within so many seconds, the whole bot is too fast.
CHATS_REFUSED = 3
REFUSED_WITHIN_S = 2.0
_FORGET_BEYOND = 1000


@dataclass(frozen=True, slots=True)
class RateLimits:
    """Telegram's limits on sent and edited messages: https://core.telegram.org/bots/faq.

    `overall` per second, with a `burst` of which `kept` are for urgent ones; `per_chat` per second
    in one chat; `per_group` per minute in a group or channel, `kept_in_group` for urgent ones.
    """

    overall: float = 30.0
    burst: float = 20.0
    kept: float = 10.0
    per_chat: float = 1.0
    per_group: int = 20
    kept_in_group: int = 4


@dataclass(slots=True)
class ChatRate:
    """What was sent to a chat lately. `minute`: the instants of a group's messages.

    Only urgent messages are sent before `held_until`, none before `shut_until`.
    """

    last: float = float("-inf")
    held_until: float = float("-inf")
    shut_until: float = float("-inf")
    minute: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class RateLimitState:
    """The state of a rate limit; `refusals` are (instant, chat id)."""

    tokens: float
    filled_at: float
    held_until: float
    refusals: deque[tuple[float, int]] = field(default_factory=deque)
    chats: dict[int, ChatRate] = field(default_factory=dict)


class SendRate:
    """Counts what was sent, and computes how long the next message has to wait."""

    def __init__(self, pacing: RateLimits, now: float, kept: RateLimitState | None = None) -> None:
        self._pacing = pacing
        self.kept = kept or RateLimitState(tokens=pacing.burst, filled_at=now, held_until=now)

    def chat_wait(self, chat_id: int, now: float) -> float:
        """Seconds until the chat may get another message that isn't urgent."""
        chat = self.kept.chats.get(chat_id)
        if chat is None:
            return 0.0
        waits = [chat.last + 1 / self._pacing.per_chat - now, chat.held_until - now]
        if chat_id < 0:
            _drop_before(chat.minute, now - MINUTE_S - MARGIN_S)
            room = self._pacing.per_group - self._pacing.kept_in_group
            if len(chat.minute) >= room:
                waits.append(chat.minute[-room] + MINUTE_S + MARGIN_S - now)
        return max(0.0, *waits)

    def shut_wait(self, chat_id: int, now: float) -> float:
        """Seconds until the chat may get any message, as Telegram asked."""
        chat = self.kept.chats.get(chat_id)
        return max(0.0, chat.shut_until - now) if chat is not None else 0.0

    def overall_wait(self, now: float, *, urgent: bool) -> float:
        """Seconds until the bot may send another message to anyone."""
        self._fill(now)
        kept = 0.0 if urgent else self._pacing.kept
        lacking = (1 + kept - self.kept.tokens) / self._pacing.overall
        return max(0.0, lacking, self.kept.held_until - now)

    def spend(self, chat_id: int, now: float) -> None:
        """Count a message that is sent now."""
        self._fill(now)
        self._count(chat_id, now)
        self._forget(now)

    def reserve(self, chat_id: int, now: float, *, urgent: bool) -> float:
        """Count a message ahead of time; returns the seconds until it may be sent."""
        wait = self.overall_wait(now, urgent=urgent)
        self._count(chat_id, now + wait)
        return wait

    def refused(self, chat_id: int, seconds: float, now: float, *, draft: bool = False) -> None:
        """Telegram asked to wait: hold the chat, or everything if several chats were refused.

        After a refused draft of an answer, the answer itself is still tried.
        """
        kept = self.kept
        chat = kept.chats.setdefault(chat_id, ChatRate())
        chat.held_until = now + seconds
        if not draft:
            chat.shut_until = now + seconds
        kept.refusals.append((now, chat_id))
        while kept.refusals[0][0] < now - REFUSED_WITHIN_S:
            kept.refusals.popleft()
        if len({chat for _, chat in kept.refusals}) >= CHATS_REFUSED:
            kept.held_until = max(kept.held_until, now + seconds)

    def matters_until(self, chat_id: int) -> float:
        """The instant after which the chat's state makes no difference."""
        chat = self.kept.chats[chat_id]
        spacing = MINUTE_S + MARGIN_S if chat_id < 0 else 1 / self._pacing.per_chat
        return max(chat.held_until, chat.last + spacing)

    def _count(self, chat_id: int, at: float) -> None:
        self.kept.tokens -= 1
        chat = self.kept.chats.setdefault(chat_id, ChatRate())
        chat.last = at
        if chat_id < 0:
            chat.minute.append(at)

    def _fill(self, now: float) -> None:
        kept = self.kept
        gained = max(0.0, now - kept.filled_at) * self._pacing.overall
        kept.tokens = min(self._pacing.burst, kept.tokens + gained)
        kept.filled_at = now

    def _forget(self, now: float) -> None:
        """Drop the state of chats that need not wait any more."""
        if len(self.kept.chats) <= _FORGET_BEYOND:
            return
        self.kept.chats = {
            chat_id: chat
            for chat_id, chat in self.kept.chats.items()
            if self.matters_until(chat_id) > now
        }


def _drop_before(minute: deque[float], instant: float) -> None:
    while minute and minute[0] <= instant:
        minute.popleft()


# The `rate_limit_args` of a request that has already waited for its turn.
HAD_ITS_TURN = "had its turn"
_COUNTED = frozenset(
    {
        "sendMessage",
        "sendMessageDraft",
        "sendDocument",
        "sendPhoto",
        "editMessageText",
        "editMessageReplyMarkup",
        "forwardMessage",
        "copyMessage",
    }
)
# Telegram accepts the answer to a press for about half a minute.
_PRESSED, _PRESS_LASTS_S = "answerCallbackQuery", 20.0


class RateLimiter:
    """One bot's rate limit, shared by the postman and (as `limiter`) by all handlers."""

    def __init__(
        self, pacing: RateLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._pace = SendRate(pacing or RateLimits(), clock())
        self._queue = asyncio.Lock()

    async def turn(self, chat_id: int, patience_s: float = inf) -> float:
        """Wait until a message that isn't urgent may be sent, and count it; returns 0.

        If the chat has to wait longer than `patience_s`, return those seconds at once and count
        nothing.
        """
        while wait := self._pace.chat_wait(chat_id, self._clock()):
            if wait > patience_s:
                return wait
            await asyncio.sleep(wait)
        # Only one asks for the next turn; otherwise all would wake up for each turn.
        async with self._queue:
            await self._overall(urgent=False)
            self._pace.spend(chat_id, self._clock())
        return 0.0

    async def urgent_turn(self, chat_id: int) -> None:
        """Wait until an urgent message may be sent, ahead of all others, and count it."""
        await self._overall(urgent=True)
        self._pace.spend(chat_id, self._clock())

    def refused(self, chat_id: int, wait_s: float, *, draft: bool = False) -> None:
        """Note that Telegram asked to wait so many seconds before another message to the chat."""
        self._pace.refused(chat_id, wait_s, self._clock(), draft=draft)

    def limiter(self) -> RequestRateLimiter:
        """This limit for PTB's `ApplicationBuilder.rate_limiter`."""
        return RequestRateLimiter(self)

    async def _overall(self, *, urgent: bool) -> None:
        while wait := self._pace.overall_wait(  # noqa: ASYNC110  it waits for time to pass
            self._clock(), urgent=urgent
        ):
            await asyncio.sleep(wait)


class RequestRateLimiter(BaseRateLimiter[str]):
    """Treats all that handlers send as urgent; they repeat refused requests themselves."""

    __slots__ = ("_pacer",)

    def __init__(self, pacer: RateLimiter) -> None:
        self._pacer = pacer

    async def initialize(self) -> None:
        """Nothing to open."""

    async def shutdown(self) -> None:
        """Nothing to close."""

    async def process_request(  # noqa: PLR0913, PLR0917  PTB's interface
        self,
        callback: Callable[..., Coroutine[Any, Any, Any]],
        args: Any,  # noqa: ANN401
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: str | None,
    ) -> Any:  # noqa: ANN401
        """Make the request when it is its turn."""
        if endpoint == _PRESSED:
            return await _repeated(partial(callback, *args, **kwargs))
        chat_id = data.get("chat_id")
        if endpoint not in _COUNTED or not isinstance(chat_id, int):
            return await callback(*args, **kwargs)
        with span("send", method=endpoint):
            if rate_limit_args != HAD_ITS_TURN:
                with span("pace"):
                    await self._pacer.urgent_turn(chat_id)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                # the postman reports its own refusals
                draft = rate_limit_args == HAD_ITS_TURN
                self._pacer.refused(chat_id, seconds(error), draft=draft)
                raise


async def _repeated(request: Callable[[], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    """Make a request, and repeat it once after the wait that Telegram asks for."""
    try:
        return await request()
    except RetryAfter as error:
        if seconds(error) > _PRESS_LASTS_S:
            raise
        await asyncio.sleep(seconds(error))
    return await request()
