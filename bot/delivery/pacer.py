"""Waiting for one's turn, for everything that the bot sends."""

from __future__ import annotations

import asyncio
import time
from functools import partial
from math import inf
from typing import TYPE_CHECKING, Any

from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from bot.delivery.pacing import Pace, Pacing
from bot.delivery.verdicts import seconds
from retrieval.tracing import span

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

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


class Pacer:
    """One bot's pace, shared by the postman and, as `limiter`, by all that handlers send."""

    def __init__(
        self, pacing: Pacing | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._clock = clock
        self._pace = Pace(pacing or Pacing(), clock())
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

    def limiter(self) -> PacedRequests:
        """For PTB's `ApplicationBuilder.rate_limiter`."""
        return PacedRequests(self)

    async def _overall(self, *, urgent: bool) -> None:
        while wait := self._pace.overall_wait(  # noqa: ASYNC110  time is what it waits for
            self._clock(), urgent=urgent
        ):
            await asyncio.sleep(wait)


class PacedRequests(BaseRateLimiter[str]):
    """Counts what handlers send, as urgent; what Telegram refuses is theirs to send again."""

    __slots__ = ("_pacer",)

    def __init__(self, pacer: Pacer) -> None:
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
