"""Deliveries under kill -9: every message exactly once, but for those whose fate nobody can know.

    python -m benchmarks.delivery_kills --rounds 100      # about ten minutes

A round: some readers fall due, a bot starts, is killed at a random instant, another finishes. What
Telegram saw is then compared with the outbox, message by message. A hundred rounds or more are
written to benchmarks/results/delivery-kills.md.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import func, insert, select

from benchmarks.places import RESULTS
from bot.local_api import Fault, Limits, LocalBotApi, local_bot_api
from bot.tables import outbox, subscription
from retrieval.storage.database import Database, open_database

if TYPE_CHECKING:
    from asyncio.subprocess import Process
    from collections.abc import AsyncIterator

ADMIN = 900
READERS = 20
PARTS = 2
# How long one bot takes for a round, about; kills fall anywhere in it.
ROUND_S = 1.0
ANSWER_S = 0.02
PATIENCE_S = 60
CHATS_A_ROUND = 1000
WORTH_KEEPING = 100


@dataclass
class Tally:
    """What was counted; `arrived` of the `unknown` had. `wrong` tells what must not be."""

    rounds: int = 0
    sent: int = 0
    unknown: int = 0
    arrived: int = 0
    reported: int = 0
    wrong: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        return (
            f"{self.rounds} rounds: {self.sent} messages sent exactly once, {self.unknown} of "
            f"unknown fate ({self.arrived} of them had arrived), {self.reported} of these reported "
            f"to the owner, {len(self.wrong)} lost or doubled"
        )


async def run(rounds: int, folder: Path, seed: int = 1) -> Tally:
    """So many rounds on a database in `folder`."""
    rng, tally = random.Random(seed), Tally()  # noqa: S311
    url = f"sqlite+aiosqlite:///{folder / 'kills.db'}"
    database = await open_database(url)
    try:
        async with local_bot_api(limits=Limits.off()) as api:
            await api.person("Owner", id=ADMIN).send("/start")
            api.faults.next("sendMessage", Fault.timeout_after_effect(ANSWER_S), times=10**9)
            for number in range(1, rounds + 1):
                await _round(api, database, url, number, rng.uniform(0, ROUND_S))
                await _compare(api, database, number, tally)
            tally.reported = _reported(api)
    finally:
        await database.close()
    return tally


async def _round(
    api: LocalBotApi, database: Database, url: str, number: int, killed_after_s: float
) -> None:
    await _readers(api, database, number)
    async with _bot(api, url) as process:
        await asyncio.sleep(killed_after_s)
        process.kill()
    async with _bot(api, url) as process, asyncio.timeout(PATIENCE_S):
        while not await _over(database):  # noqa: ASYNC110  the database tells nobody
            await asyncio.sleep(0.05)
        process.terminate()
        await process.wait()


async def _readers(api: LocalBotApi, database: Database, number: int) -> None:
    now = datetime.now(UTC)
    async with database.write() as connection:
        for chat in _chats(number):
            await api.person(f"Reader {chat}", id=chat).send("/start")
            await connection.execute(
                insert(subscription).values(
                    chat_id=chat,
                    thread_id=0,
                    created_by=chat,
                    created_at=now,
                    minute=0,
                    weekdays=127,
                    zone="UTC",
                    topics=[],
                    length="standard",
                    silent=False,
                    state="active",
                    next_due_at=now,
                    covered_until=now - timedelta(days=1),
                )
            )


def _chats(number: int) -> range:
    return range(number * CHATS_A_ROUND, number * CHATS_A_ROUND + READERS)


@asynccontextmanager
async def _bot(api: LocalBotApi, url: str) -> AsyncIterator[Process]:
    arguments = ("-m", "benchmarks.delivery_bot", "lean", url, api.address, api.token, str(ADMIN))
    process = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        if process.stdout is None or await process.stdout.readline() != b"ready\n":
            raise AssertionError("the bot did not start")
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _over(database: Database) -> bool:
    """Nothing due, nothing waiting, nothing to report."""
    waiting = outbox.c.state.in_(("queued", "sending"))
    hidden = (outbox.c.state == "unknown") & outbox.c.claimed_by.is_not(None)
    hidden &= outbox.c.once.not_like("report:%")
    due = subscription.c.next_due_at <= datetime.now(UTC)
    async with database.read() as connection:
        left = [
            (await connection.execute(select(func.count()).where(which))).scalar_one()
            for which in (waiting, hidden, due)
        ]
    return not any(left)


async def _compare(api: LocalBotApi, database: Database, number: int, tally: Tally) -> None:
    """The outbox of a round with what its readers got."""
    tally.rounds += 1
    chats = _chats(number)
    async with database.read() as connection:
        query = select(outbox.c.chat_id, outbox.c.once, outbox.c.state)
        found = (await connection.execute(query.where(outbox.c.chat_id.in_(chats)))).all()
    if len(found) != READERS * PARTS:
        tally.wrong.append(f"round {number}: {len(found)} rows")
    for row in found:
        part = row.once.rpartition(":")[2]
        got = [one[5] for one in _texts(api, row.chat_id)].count(part)
        if row.state == "sent" and got == 1:
            tally.sent += 1
        elif row.state == "unknown" and got <= 1:
            tally.unknown += 1
            tally.arrived += got
        else:
            tally.wrong.append(f"{row.once} is {row.state} and arrived {got} times")
    for chat in chats:
        order = [one[5] for one in _texts(api, chat)]
        if order != sorted(order):
            tally.wrong.append(f"chat {chat} got {order}")


def _texts(api: LocalBotApi, chat: int) -> list[str]:
    messages = api.world.chat(chat).messages.values()
    return [message.text for message in messages if message.sender is api.bot]


def _reported(api: LocalBotApi) -> int:
    """How many messages of unknown fate the owner read of."""
    return sum(int(re.findall(r"\d+", text)[0]) for text in _texts(api, ADMIN))


def report(tally: Tally) -> str:
    """The results in Markdown."""
    return (
        "# Deliveries under kill -9\n\n"
        f"Written by `python -m benchmarks.delivery_kills --rounds {tally.rounds}`: a round is "
        f"{READERS} readers who\nfall due, {PARTS} messages each, a bot that is killed at a random "
        "instant and another that finishes.\n\n"
        f"{datetime.now(UTC):%d %B %Y}.\n\n"
        "|  |  |\n|---|--:|\n"
        f"| messages sent exactly once | {tally.sent} |\n"
        f"| of unknown fate, not sent again | {tally.unknown} |\n"
        f"| of these had arrived | {tally.arrived} |\n"
        f"| of these reported to the owner | {tally.reported} |\n"
        f"| lost, doubled or out of order | {len(tally.wrong)} |\n"
    )


def main() -> None:
    """Run and print; fails if anything was lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        tally = asyncio.run(run(options.rounds, Path(folder), options.seed))
    print(tally)
    for line in tally.wrong:
        print(" ", line)
    if tally.rounds >= WORTH_KEEPING:
        (RESULTS / "delivery-kills.md").write_text(report(tally))
    sys.exit(1 if tally.wrong else 0)


if __name__ == "__main__":
    main()
