"""Turns: bounded in all and by host; a slow host keeps nobody else waiting."""

from __future__ import annotations

import asyncio

from bot.features.adding.reading import FetchLimits, PoliteQueues


async def test_no_more_than_allowed_at_once_and_of_one_host() -> None:
    turns = PoliteQueues(FetchLimits(at_once=3, per_host=2, pause_s=0))
    now: list[str] = []
    most_all, most_host = 0, 0

    async def one(host: str) -> None:
        nonlocal most_all, most_host
        async with turns.turn(host, is_host=True):
            now.append(host)
            most_all = max(most_all, len(now))
            most_host = max(most_host, now.count(host))
            await asyncio.sleep(0)
            now.remove(host)

    await asyncio.gather(*(one(f"{n % 2}.example") for n in range(60)))
    assert most_all == 3
    assert most_host == 2


async def test_who_waits_for_a_slow_host_keeps_nobody_from_another() -> None:
    turns = PoliteQueues(FetchLimits(at_once=2, per_host=1, pause_s=0))
    release = asyncio.Event()

    async def slow() -> None:
        async with turns.turn("slow.example", is_host=True):
            await release.wait()

    waiting = [asyncio.create_task(slow()) for _ in range(5)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5), turns.turn("quick.example", is_host=True):
        release.set()
    await asyncio.gather(*waiting)


async def test_other_queues_are_one_after_the_other_in_order() -> None:
    turns = PoliteQueues(FetchLimits(at_once=4))
    order: list[int] = []

    async def one(number: int) -> None:
        async with turns.turn("posts", is_host=False):
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*(one(n) for n in range(10)))
    assert order == list(range(10))
