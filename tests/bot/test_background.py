from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bot.background import Background

if TYPE_CHECKING:
    import pytest


async def test_it_goes_on_after_any_failure_sleeps_and_wakes(
    caplog: pytest.LogCaptureFixture,
) -> None:
    calls = 0
    called = asyncio.Event()

    async def work() -> float:
        nonlocal calls
        calls += 1
        if calls == 1:
            raise ZeroDivisionError("a bug")
        called.set()
        return 3600

    background = Background("the worker", work, after_failure_s=0.01)
    async with background.running(), asyncio.timeout(5):
        await called.wait()
        await asyncio.sleep(0.05)
        assert calls == 2
        called.clear()
        background.wake()
        await called.wait()
    assert "the worker failed" in caplog.text
    background.wake()
    await asyncio.sleep(0.02)
    assert calls == 3
