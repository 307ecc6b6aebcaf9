"""Many readers due in the same minute, at Telegram's limits, and questions meanwhile.

    python -m benchmarks.briefing_delivery                    # 10,000 readers: about seven minutes
    python -m benchmarks.briefing_delivery --readers 1000

The local Bot API server runs here, the real bot in a process of its own. Results go to
benchmarks/results/delivery.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from sqlalchemy import func, insert, select

from benchmarks.places import RESULTS
from bot.demo.chat import ANSWERED, DECLINED
from bot.local_api import Limits, LocalBotApi, local_bot_api
from bot.tables import outbox, subscription
from retrieval.storage.database import Database, open_database

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator, Callable

ADMIN = 900
FIRST_READER = 1_000_000
FIRST_ASKER = 100_000_000
EVERY_S = 0.7
PATIENCE_S = 30.0
QUESTIONS = (*ANSWERED, DECLINED, "What did Syrskyi say on Monday?")
HEAD = """# Briefings for many readers at once

Written by `python -m benchmarks.briefing_delivery`: {readers:,} readers ({groups} of them groups)
due at the same instant, one message of 2,000 characters each, SQLite; the local Bot API server at
Telegram's limits (30 messages a second, 1 a second and private chat, 20 a minute and group).
Questions are asked of the sample articles in quote mode, one after the other.

{day}, {cores} cores, load {load}.

|  |  |
|---|--:|
"""


@dataclass
class Run:
    """What was measured; seconds, megabytes."""

    readers: int
    groups: int
    idle: list[float] = field(default_factory=list)
    during: list[float] = field(default_factory=list)
    last_s: float = 0.0
    queued_s: float = 0.0
    least_s: float = 0.0
    lost: int = 0
    doubled: int = 0
    refused: int = 0
    states: dict[str, int] = field(default_factory=dict)
    megabytes: dict[str, float] = field(default_factory=dict)


async def measure(readers: int, groups: int, questions: int, folder: Path) -> Run:
    """One run."""
    run = Run(readers, groups)
    limits = Limits()
    async with local_bot_api(limits=limits) as api:
        chats = _chats(api, readers, groups)
        async with _bot(api, folder) as process:
            database = await open_database(f"sqlite+aiosqlite:///{folder / 'sitrep.db'}")
            try:
                await _ask(api, questions // 4, lambda: False)  # warm up
                run.idle = await _ask(api, questions, lambda: False)
                run.megabytes["before"] = _megabytes(process.pid, "VmRSS")
                await _deliver(api, database, chats, run)
                run.megabytes["at most"] = _megabytes(process.pid, "VmHWM")
            finally:
                await database.close()
    answers = _answered(api) if run.during else 0
    allowance = limits.overall or 0
    run.least_s = (len(chats) + answers - allowance) / allowance
    return run


def _chats(api: LocalBotApi, readers: int, groups: int) -> list[int]:
    """Readers who wrote to the bot before, and groups that it is in."""
    owner = api.person("Owner", id=ADMIN)
    owner.private_chat().started = True
    chats = [api.group(f"Group {n}", owner).id for n in range(groups)]
    for number in range(readers - groups):
        person = api.person(f"Reader {number}", id=FIRST_READER + number)
        person.private_chat().started = True
        chats.append(person.id)
    return chats


@asynccontextmanager
async def _bot(api: LocalBotApi, folder: Path) -> AsyncIterator[Process]:
    more = ("whole", str(folder), api.address, api.token, str(ADMIN))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.delivery_bot", *more, stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None or await process.stdout.readline() != b"ready\n":
            raise AssertionError("the bot did not start")
        yield process
        process.terminate()
    finally:
        await process.wait()


async def _ask(api: LocalBotApi, most: int, over: Callable[[], bool]) -> list[float]:
    """Seconds from a question to its answer; each is asked by somebody else."""
    took: list[float] = []
    while len(took) < most and not over():
        asker = api.person("Asker", id=FIRST_ASKER + len(api.world.users))
        began = time.perf_counter()
        await asker.send(QUESTIONS[len(took) % len(QUESTIONS)])
        await asker.wait_for_reply(timeout=PATIENCE_S)
        took.append(time.perf_counter() - began)
        await asyncio.sleep(EVERY_S)
    return took


async def _deliver(api: LocalBotApi, database: Database, chats: list[int], run: Run) -> None:
    # beyond the minute in which the scheduler may not have heard of them
    due = datetime.now(UTC) + timedelta(seconds=len(chats) / 2000 + 65)
    await _enrol(database, chats, due)
    await asyncio.sleep((due - datetime.now(UTC)).total_seconds())
    over = asyncio.Event()
    asking = asyncio.create_task(_ask(api, 10**9, over.is_set))
    limit = time.monotonic() + len(chats) / 10 + 120
    while time.monotonic() < limit:
        if await _settled(database, len(chats)):
            break
        await asyncio.sleep(1)
    over.set()
    run.during = await asking
    calls = [call for call in api.calls("sendMessage") if call.at >= due.timestamp()]
    got = Counter(call.parameters["chat_id"] for call in calls if call.ok)
    arrived = [call.at for call in calls if call.ok and call.parameters["chat_id"] in set(chats)]
    run.last_s = max(arrived, default=0.0) - due.timestamp()
    run.lost = sum(not got[chat] for chat in chats)
    run.doubled = sum(got[chat] > 1 for chat in chats)
    run.refused = sum(call.code == 429 for call in calls)
    await _from_the_outbox(database, due, run)


async def _enrol(database: Database, chats: list[int], due: datetime) -> None:
    async with database.write() as connection:
        await connection.execute(
            insert(subscription),
            [
                {
                    "chat_id": chat,
                    "thread_id": 0,
                    "created_by": abs(chat),
                    "created_at": due,
                    "minute": 420,
                    "weekdays": 127,
                    "zone": "UTC",
                    "topics": [],
                    "length": "standard",
                    "silent": False,
                    "state": "active",
                    "next_due_at": due,
                    "covered_until": due - timedelta(days=1),
                }
                for chat in chats
            ],
        )


async def _settled(database: Database, count: int) -> bool:
    done = outbox.c.state.in_(("sent", "unknown", "failed"))
    async with database.read() as connection:
        query = select(func.count()).where(done, outbox.c.subscription_id.is_not(None))
        return (await connection.execute(query)).scalar_one() >= count


async def _from_the_outbox(database: Database, due: datetime, run: Run) -> None:
    async with database.read() as connection:
        last = (await connection.execute(select(func.max(outbox.c.created_at)))).scalar_one()
        query = select(outbox.c.state, func.count()).group_by(outbox.c.state)
        run.states = {row[0]: row[1] for row in await connection.execute(query)}
    run.queued_s = (last - due).total_seconds()


def _answered(api: LocalBotApi) -> int:
    """Messages to askers since the first briefing."""
    calls = [call for call in api.calls("sendMessage") if call.ok]
    to_askers = [call.parameters["chat_id"] >= FIRST_ASKER for call in calls]
    return sum(to_askers[to_askers.index(False) :])


def _megabytes(pid: int, name: str) -> float:
    """Of a process, as Linux has it; 0 where that is not to be had."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(name))


def report(run: Run) -> str:
    """The results in Markdown."""
    idle, during = (
        [f"{np.percentile(t, p):.2f}" for p in (50, 95)] for t in (run.idle, run.during)
    )
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    rows = [
        ("until the last message", f"{run.last_s:.0f} s"),
        ("least possible at 30 messages a second, answers included", f"{run.least_s:.0f} s"),
        ("until all were in the outbox", f"{run.queued_s:.1f} s"),
        ("lost", str(run.lost)),
        ("more than once", str(run.doubled)),
        ("refused by Telegram (429), then sent", str(run.refused)),
        (f"answer to a question, idle, p50 and p95 of {len(run.idle)}", " and ".join(idle) + " s"),
        (f"the same meanwhile, of {len(run.during)}", " and ".join(during) + " s"),
        ("memory of the bot, before", f"{run.megabytes['before']:.0f} MB"),
        ("memory of the bot, at most", f"{run.megabytes['at most']:.0f} MB"),
    ]
    head = HEAD.format(
        readers=run.readers,
        groups=run.groups,
        day=f"{datetime.now(UTC):%d %B %Y}",
        cores=os.cpu_count(),
        load=load,
    )
    return head + "".join(f"| {name} | {value} |\n" for name, value in rows)


def main() -> None:
    """Run, print, and write the file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=10_000)
    parser.add_argument("--groups", type=int, default=50)
    parser.add_argument("--questions", type=int, default=80, help="asked while idle")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = asyncio.run(measure(options.readers, options.groups, options.questions, Path(folder)))
    text = report(run)
    print(text)
    print("outbox:", run.states)
    RESULTS.mkdir(parents=True, exist_ok=True)
    (RESULTS / "delivery.md").write_text(text)
    sys.exit(1 if run.lost or run.doubled else 0)


if __name__ == "__main__":
    main()
