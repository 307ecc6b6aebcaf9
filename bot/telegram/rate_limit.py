"""How fast the bot may send: pure decisions, with the clock given by the caller.

All instants are seconds of one clock that only goes forward, all waits are seconds. A message is
urgent when somebody waits for it: an answer. Briefings are not.
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
# A message reaches Telegram a little later than it was counted here, and the one a minute ago may
# have done so by more than this one will.
MARGIN_S = 1.0
# So many different chats refused within so many seconds are not about those chats.
CHATS_REFUSED = 3
REFUSED_WITHIN_S = 2.0
_FORGET_BEYOND = 1000


@dataclass(frozen=True, slots=True)
class RateLimits:
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
class ChatRate:
    """What one chat had lately. `minute`: the instants of a group's messages.

    Nothing that is not urgent goes before `held_until`, nothing at all before `shut_until`.
    """

    last: float = float("-inf")
    held_until: float = float("-inf")
    shut_until: float = float("-inf")
    minute: deque[float] = field(default_factory=deque)


@dataclass(slots=True)
class RateLimitState:
    """All that has to be known to go on counting; `refusals` are (instant, chat)."""

    tokens: float
    filled_at: float
    held_until: float
    refusals: deque[tuple[float, int]] = field(default_factory=deque)
    chats: dict[int, ChatRate] = field(default_factory=dict)


class SendRate:
    """What was sent lately, and so how long the next message has to wait."""

    def __init__(self, pacing: RateLimits, now: float, kept: RateLimitState | None = None) -> None:
        self._pacing = pacing
        self.kept = kept or RateLimitState(tokens=pacing.burst, filled_at=now, held_until=now)

    def chat_wait(self, chat_id: int, now: float) -> float:
        """Until the chat may have another message that is not urgent."""
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
        """Until the chat may have a message at all, by what Telegram asked for."""
        chat = self.kept.chats.get(chat_id)
        return max(0.0, chat.shut_until - now) if chat is not None else 0.0

    def overall_wait(self, now: float, *, urgent: bool) -> float:
        """Until the bot may send another message at all."""
        self._fill(now)
        kept = 0.0 if urgent else self._pacing.kept
        lacking = (1 + kept - self.kept.tokens) / self._pacing.overall
        return max(0.0, lacking, self.kept.held_until - now)

    def spend(self, chat_id: int, now: float) -> None:
        """Count a message that goes now."""
        self._fill(now)
        self._count(chat_id, now)
        self._forget(now)

    def reserve(self, chat_id: int, now: float, *, urgent: bool) -> float:
        """Count a message that goes as soon as it may, in so many seconds; others come after it."""
        wait = self.overall_wait(now, urgent=urgent)
        self._count(chat_id, now + wait)
        return wait

    def refused(self, chat_id: int, seconds: float, now: float, *, draft: bool = False) -> None:
        """Telegram asked to wait. That holds the chat; several chats at once hold everything.

        An answer is tried all the same after one of its drafts was refused.
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
        """The instant from which on nothing depends on what the chat had."""
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
        """Chats that nothing holds any more."""
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


# Given as `rate_limit_args` by who has waited for a turn already.
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
# Telegram takes the answer to a press for about half a minute.
_PRESSED, _PRESS_LASTS_S = "answerCallbackQuery", 20.0


class RateLimiter:
    """One bot's pace, shared by the postman and, as `limiter`, by all that handlers send."""

    def __init__(
        self, pacing: RateLimits | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._pace = SendRate(pacing or RateLimits(), clock())
        self._queue = asyncio.Lock()

    async def turn(self, chat_id: int, patience_s: float = inf) -> float:
        """Wait until a message that is not urgent may go, and count it: 0.

        Where its chat has to wait for longer than `patience_s`: these seconds, at once, and nothing
        is counted.
        """
        while wait := self._pace.chat_wait(chat_id, self._clock()):
            if wait > patience_s:
                return wait
            await asyncio.sleep(wait)
        # One at a time asks for the next turn; all at once would wake for each that is given.
        async with self._queue:
            await self._overall(urgent=False)
            self._pace.spend(chat_id, self._clock())
        return 0.0

    async def urgent_turn(self, chat_id: int) -> None:
        """The same for a message that somebody waits for; passes by all that are not urgent."""
        await self._overall(urgent=True)
        self._pace.spend(chat_id, self._clock())

    def refused(self, chat_id: int, wait_s: float, *, draft: bool = False) -> None:
        """Telegram asked to wait so many seconds before another message to the chat."""
        self._pace.refused(chat_id, wait_s, self._clock(), draft=draft)

    def limiter(self) -> RequestRateLimiter:
        """For PTB's `ApplicationBuilder.rate_limiter`."""
        return RequestRateLimiter(self)

    async def _overall(self, *, urgent: bool) -> None:
        while wait := self._pace.overall_wait(  # noqa: ASYNC110  time is what it waits for
            self._clock(), urgent=urgent
        ):
            await asyncio.sleep(wait)


class RequestRateLimiter(BaseRateLimiter[str]):
    """Counts what handlers send, as urgent; what Telegram refuses is theirs to send again."""

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
                # what the postman was refused, it tells by itself
                draft = rate_limit_args == HAD_ITS_TURN
                self._pacer.refused(chat_id, seconds(error), draft=draft)
                raise


async def _repeated(request: Callable[[], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    """A request that may be made twice, and once more if Telegram wants it a little later."""
    try:
        return await request()
    except RetryAfter as error:
        if seconds(error) > _PRESS_LASTS_S:
            raise
        await asyncio.sleep(seconds(error))
    return await request()
