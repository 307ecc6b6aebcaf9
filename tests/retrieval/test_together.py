from __future__ import annotations

import asyncio

import pytest

from retrieval.concurrency import all_of, both


async def give(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def fail() -> int:
    await asyncio.sleep(0)
    raise LookupError


async def test_the_results_come_in_order() -> None:
    assert await both(give(1), give(2)) == (1, 2)
    assert await all_of(give(n) for n in range(3)) == [0, 1, 2]


async def test_when_one_fails_the_others_have_ended() -> None:
    ended = []

    async def long() -> int:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append(True)
        return 0

    with pytest.raises(LookupError):
        await both(long(), fail())
    with pytest.raises(LookupError):
        await all_of([long(), fail(), long()])
    assert ended == [True] * 3
