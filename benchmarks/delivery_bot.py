"""The bot's side of the delivery runs, as a process of its own that can be killed.

    python -m benchmarks.delivery_bot lean  SQL_URL  API_ADDRESS TOKEN ADMIN
    python -m benchmarks.delivery_bot whole DATA_DIR API_ADDRESS TOKEN ADMIN

Lean: schedule and outbox only; whole: the real bot with both. Prints `ready` when it works, and
works until SIGTERM. Briefings are made up, not written.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from datetime import timedelta
from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from pydantic import SecretStr
from telegram.ext import ExtBot
from telegram.request import HTTPXRequest

from bot.features.subscriptions.scheduler import Scheduler, SchedulerConfig
from bot.settings import BotSettings
from bot.telegram.outbox import OutgoingMessage, Prepared
from bot.telegram.postman import Postman, PostmanConfig
from bot.telegram.rate_limit import RateLimiter, RateLimits
from bot.telegram.rich_text import RichText, styled
from retrieval.storage.database import open_database

if TYPE_CHECKING:
    from datetime import datetime

    from retrieval.models import Length

# Leases as short as the kills are frequent; the postman's own are minutes.
HASTY = PostmanConfig(claim_s=0.6, sending_s=1.2, look_s=0.2, at_once=16)
# Twice Telegram's pace, so that a round is short.
FAST = RateLimits(overall=60, per_chat=20)
PARAGRAPH = (
    "Three outlets report that the line near the river has not moved since Sunday; two of them "
    "name the same officer, the third gives another figure for the losses. "
)


class MadeUp:
    """Briefings of a real one's size: about 2,000 characters and 12 entities a part."""

    def __init__(self, parts: int, paragraphs: int) -> None:
        self._parts, self._paragraphs = parts, paragraphs
        self._last: tuple[object, Prepared] | None = None

    async def write(  # noqa: PLR0913, PLR0917  the writer's words
        self,
        _reader: str,
        topics: tuple[str, ...],
        length: Length,
        start: datetime,
        end: datetime,
        zone: str,
        late: bool,  # noqa: FBT001
        weekly: bool = False,  # noqa: ARG002, FBT001, FBT002
    ) -> Prepared:
        """Written once for all who have the same in common, as the real writer does."""
        common = (topics, length, start, end, zone, late)
        if self._last is None or self._last[0] != common:
            parts = tuple(self._part(number) for number in range(1, self._parts + 1))
            self._last = (common, Prepared(None, parts, end))
        return self._last[1]

    def _part(self, number: int) -> OutgoingMessage:
        text = RichText(f"part {number}\n")
        for _ in range(self._paragraphs):
            text = text + styled("bold", "The line holds") + ": " + PARAGRAPH + "\n\n"
        return OutgoingMessage(text, ((("More", "more:1"),),))


def tomorrow(_minute: int, _weekdays: int, _zone: str, after: datetime) -> datetime:
    """Nothing else is due during a run."""
    return after + timedelta(days=1)


async def lean(url: str, address: str, token: str, admin: int) -> None:
    """Nothing but deliveries, at a pace that makes many kills possible."""
    pacer = RateLimiter(FAST)
    request = HTTPXRequest(connection_pool_size=32, read_timeout=0.5, connect_timeout=0.5)
    bot: ExtBot[Any] = ExtBot(
        token, f"{address}/bot", request=request, rate_limiter=pacer.limiter()
    )
    database = await open_database(url)
    postman = Postman(bot, database, pacer, admin_ids=[admin], habits=HASTY)
    scheduler = Scheduler(
        database, MadeUp(2, 1), tomorrow, enqueued=postman.wake, rounds=SchedulerConfig(claim_s=0.6)
    )
    try:
        async with bot, postman.running(), scheduler.running():
            await until_told()
    finally:
        await database.close()


async def whole(folder: Path, address: str, token: str, admin: int) -> None:
    """The real bot on the sample articles, at Telegram's pace."""
    from bot import app  # noqa: PLC0415  the lean one does without

    settings = BotSettings.read(
        _env_file=None,
        telegram_bot_token=SecretStr(token),
        telegram_api_url=address,
        admin_ids=frozenset({admin}),
        data_dir=folder,
    )
    # What writing costs is measured elsewhere; this is about bringing it to people.
    with patch("bot.services.BriefingWriter", lambda *_: MadeUp(1, 10)):
        async with app.serving(settings) as (_, library):
            with as_file(files("bot.demo") / "sample") as sample:
                path = str(sample / "articles.jsonl")
                async for _added in library.ingestor.add(path, added_by="benchmark"):
                    pass
            await library.indexer.work()
            await until_told()


async def until_told() -> None:
    """Say that everything works, and go on until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()


def main() -> None:
    """As the first argument says."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    kind, place, address, token, admin = sys.argv[1:]
    run: Any = {"lean": lean, "whole": whole}[kind]
    asyncio.run(run(Path(place) if kind == "whole" else place, address, token, int(admin)))


if __name__ == "__main__":
    main()
