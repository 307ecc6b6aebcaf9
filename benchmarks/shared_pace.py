"""What it costs that several programs on one Postgres keep one pace of sending.

    python -m benchmarks.shared_pace     # about a minute; needs a Postgres from the development set

Each program is a pacer with a connection of its own, in this process, on the same Postgres. Results
go to benchmarks/results/shared-pace.md.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.places import RESULTS
from bot.telegram.rate_limit import RateLimits
from bot.telegram.shared_rate_limit import SharedRateStore, open_rate_limiter
from tests.support.postgres import postgres_server

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from bot.telegram.rate_limit import RateLimiter
    from bot.telegram.shared_rate_limit import Ask, Grant, Refusal
    from tests.support.postgres import Postgres

PROGRAMS = (1, 3, 10)
RATES = (30, 300)
FOR_S = 5.0
HEAD = """# One pace of sending for several programs

Written by `python -m benchmarks.shared_pace`: programs that always have messages waiting, each with
a connection of its own to one Postgres, for {seconds:.0f} s. A transaction serves all that waits
meanwhile; those counted are of all programs together. The processor's time is that of the programs,
without Postgres.

{day}, {cores} cores, load {load}.

| programs | allowed a second | sent a second | transactions a second | ms each | cpu ms a message |
|--:|--:|--:|--:|--:|--:|
"""


class Counted:
    """Transactions of all programs, and their seconds."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def in_place(
        self,
    ) -> Callable[[SharedRateStore, Sequence[Ask | Refusal]], Awaitable[list[Grant]]]:
        """What stands in the place of `SharedPace.settle`, and calls it."""

        async def settle(shared: SharedRateStore, batch: Sequence[Ask | Refusal]) -> list[Grant]:
            began = time.perf_counter()
            grants = await SETTLE(shared, batch)
            self.seconds.append(time.perf_counter() - began)
            return grants

        return settle


SETTLE = SharedRateStore.settle


async def saturated(url: str, programs: int, rate: int) -> str:
    """A line of the table."""
    sent, chats, counted = 0, count(1), Counted()

    async def send(pacer: RateLimiter) -> None:
        nonlocal sent
        while True:
            await pacer.turn(next(chats))
            sent += 1

    async with AsyncExitStack() as stack:
        stack.enter_context(patch.object(SharedRateStore, "settle", counted.in_place()))
        pacing = RateLimits(overall=rate, burst=rate * 2 / 3, kept=rate / 3)
        pacers = [
            await stack.enter_async_context(open_rate_limiter(url, pacing)) for _ in range(programs)
        ]
        tasks = [asyncio.create_task(send(pacer)) for pacer in pacers for _ in range(64)]
        await asyncio.sleep(2)  # the burst is over
        began, before, cpu = time.perf_counter(), sent, time.process_time()
        counted.seconds.clear()
        await asyncio.sleep(FOR_S)
        took, went, cost = (
            time.perf_counter() - began,
            sent - before,
            time.process_time() - cpu,
        )
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return (
        f"| {programs} | {rate} | {went / took:.1f} | {len(counted.seconds) / took:.0f} | "
        f"{1000 * statistics.median(counted.seconds):.1f} | {1000 * cost / max(went, 1):.1f} |\n"
    )


async def alone(url: str) -> str:
    """What an answer waits when nothing else is sent."""
    waits = []
    async with open_rate_limiter(url, RateLimits(overall=1000, burst=1000)) as pacer:
        for chat in range(1, 200):
            began = time.perf_counter()
            await pacer.urgent_turn(chat)
            waits.append(1000 * (time.perf_counter() - began))
    low, high = statistics.median(waits), sorted(waits)[int(len(waits) * 0.95)]
    return f"\nAn answer waits {low:.1f} ms (median), {high:.1f} ms (p95) for its turn.\n"


async def measured(server: Postgres) -> str:
    """The whole page."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    text = HEAD.format(
        seconds=FOR_S, day=f"{datetime.now(UTC):%d %B %Y}", cores=os.cpu_count(), load=load
    )
    for rate in RATES:
        for programs in PROGRAMS:
            text += await saturated(server.new_database(), programs, rate)
    return text + await alone(server.new_database())


def main() -> None:
    """Measure, print and write the file."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres_server(Path(folder) / "postgres") as server,
    ):
        text = asyncio.run(measured(server))
    print(text)
    (RESULTS / "shared-pace.md").write_text(text)


if __name__ == "__main__":
    main()
