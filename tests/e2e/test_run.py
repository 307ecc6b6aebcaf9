"""`sitrep run` as its own process against the local Bot API."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.local_api import Limits, LocalBotApi, local_bot_api
from bot.settings import BotSettings
from retrieval.library import open_library
from tests.support.archives import cut, draft
from tests.support.bots import bot_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

STORY = draft("The town of Sudzha is held by Ukraine. It rained.", "Sudzha", "Alpha")


@dataclass(frozen=True, slots=True)
class Run:
    """A running program; its log goes to a file, as nobody reads a pipe while it runs."""

    process: asyncio.subprocess.Process
    log: Path


@asynccontextmanager
async def sitrep_run(api: LocalBotApi, folder: Path) -> AsyncIterator[Run]:
    path = folder.parent / f"{folder.name}.log"
    log = await asyncio.to_thread(path.open, "wb")
    known = {name.upper() for name in BotSettings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        cwd=folder.parent,
        env={
            **kept,
            "DATA_DIR": str(folder),
            "TELEGRAM_BOT_TOKEN": api.token,
            "TELEGRAM_API_URL": api.address,
            "LOG_LEVEL": "DEBUG",
        },
        stderr=log,
    )
    log.close()
    try:
        yield Run(process, path)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ended(run: Run) -> tuple[int | None, str]:
    await asyncio.wait_for(run.process.wait(), 30)
    return run.process.returncode, await asyncio.to_thread(run.log.read_text, "utf-8")


async def test_it_answers_ends_on_sigterm_and_its_log_holds_no_token(tmp_path: Path) -> None:
    async with local_bot_api(limits=Limits.off()) as api:
        async with open_library(bot_settings(api, tmp_path)) as library:
            await library.archive.store(STORY, cut(STORY.text), added_by="test")
        rita = api.person("Rita")
        async with sitrep_run(api, tmp_path) as run:
            await rita.send("Who holds Sudzha?")
            reply = await rita.wait_for_reply(timeout=60)
            assert "held by Ukraine" in reply.text
            run.process.send_signal(signal.SIGTERM)
            code, log = await ended(run)
    assert code == 0, log
    assert "is answering from 1 articles" in log
    assert api.token not in log
    assert api.token.partition(":")[2] not in log


async def test_a_second_poller_takes_over_and_the_first_says_so_and_stops(tmp_path: Path) -> None:
    async with local_bot_api(limits=Limits.off()) as api:
        rita = api.person("Rita")
        async with sitrep_run(api, tmp_path / "first") as first:
            await rita.send("/help")
            await rita.wait_for_reply(timeout=60)
            async with sitrep_run(api, tmp_path / "second") as second:
                code, log = await ended(first)
                assert code == 1, log
                assert "another program is fetching this bot's messages" in log
                second.process.send_signal(signal.SIGTERM)
                await ended(second)
