from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from telegram.error import RetryAfter

from bot.telegram.rate_limit import HAD_ITS_TURN, RateLimiter, RateLimits
from tests.support.waiting import until


async def request(
    pacer: RateLimiter, method: str, args: str | None = None, **data: object
) -> object:
    async def callback(*_: Any, **__: Any) -> bool:
        return True

    return await pacer.limiter().process_request(callback, (), {}, method, data, args)


async def test_an_answer_passes_by_the_briefings_that_wait() -> None:
    pacer = RateLimiter(RateLimits(overall=20, burst=8, kept=4))
    waiting = [asyncio.create_task(pacer.turn(chat)) for chat in range(1, 31)]
    await until(lambda: sum(task.done() for task in waiting) == 4)
    began = time.monotonic()
    for _ in range(3):
        assert await request(pacer, "sendMessage", chat_id=999)
    assert sum(task.done() for task in waiting) < 20
    await asyncio.gather(*waiting)
    assert time.monotonic() - began > 1.0


async def test_what_is_no_message_costs_nothing() -> None:
    pacer = RateLimiter(RateLimits(overall=1, burst=1, kept=0))
    began = time.monotonic()
    for _ in range(10):
        await request(pacer, "sendChatAction", chat_id=1)
        await request(pacer, "answerCallbackQuery")
        await request(pacer, "sendMessage", HAD_ITS_TURN, chat_id=1)
    assert time.monotonic() - began < 0.5


async def test_a_refusal_of_an_answer_holds_the_chats_briefings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    pacer = RateLimiter()

    async def refused(*_: Any, **__: Any) -> bool:
        raise RetryAfter(30)

    with pytest.raises(RetryAfter):
        await pacer.limiter().process_request(
            refused, (), {}, "editMessageText", {"chat_id": 1}, None
        )
    assert 29 < await pacer.turn(1, patience_s=5) <= 30
    assert await pacer.turn(2, patience_s=5) == 0
