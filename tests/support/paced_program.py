"""One of several programs that deliver from one outbox: database URL, Bot API address, token.

It prints `ready` when it works, and ends on SIGTERM.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import Any

from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.telegram.postman import Postman, PostmanConfig
from bot.telegram.rate_limit import RateLimits
from bot.telegram.shared_rate_limit import open_rate_limiter
from retrieval.storage.database import open_database

# Short claims, so that the messages of a dead program are soon free.
HASTY = PostmanConfig(claim_s=3.0, sending_s=4.0, look_s=0.3, at_once=24)


async def deliver(url: str, address: str, token: str) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    database = await open_database(url)
    try:
        async with open_rate_limiter(url, RateLimits()) as pacer:
            request = HTTPXRequest(connection_pool_size=40)
            bot: ExtBot[Any] = ExtBot(
                token, f"{address}/bot", request=request, rate_limiter=pacer.limiter()
            )
            async with bot, Postman(bot, database, pacer, habits=HASTY).running():
                sys.stdout.write("ready\n")
                sys.stdout.flush()
                await stop.wait()
    finally:
        await database.close()


if __name__ == "__main__":
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    asyncio.run(deliver(*sys.argv[1:]))
