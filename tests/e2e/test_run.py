"""`sitrep run` in a separate process against the local Bot API."""

from __future__ import annotations

import asyncio
import signal
from typing import TYPE_CHECKING

import pytest

from bot.local_api import Limits, LocalBotApi, local_bot_api
from retrieval.library import open_library
from tests.support.archives import cut, draft
from tests.support.bots import bot_settings
from tests.support.commands import Program, at_work

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

STORY = draft("The town of Sudzha is held by Ukraine. It rained.", "Sudzha", "Alpha")


def sitrep_run(api: LocalBotApi, folder: Path) -> AbstractAsyncContextManager[Program]:
    settings = {
        "DATA_DIR": str(folder),
        "TELEGRAM_BOT_TOKEN": api.token,
        "TELEGRAM_API_URL": api.address,
        "LOG_LEVEL": "DEBUG",
    }
    return at_work(Program(folder.parent, ["run"], settings, stderr=log_of(folder)))


def log_of(folder: Path) -> Path:
    return folder.with_suffix(".log")


async def ended(process: Program) -> int:
    async with asyncio.timeout(30):
        return await process.ended()


async def test_it_answers_ends_on_sigterm_and_its_log_holds_no_token(tmp_path: Path) -> None:
    async with local_bot_api(limits=Limits.off()) as api:
        async with open_library(bot_settings(api, tmp_path)) as library:
            await library.archive.articles.store(STORY, cut(STORY.text), added_by="test")
        rita = api.person("Rita")
        async with sitrep_run(api, tmp_path) as process:
            await rita.send("Who holds Sudzha?")
            reply = await rita.wait_for_reply(timeout=60)
            assert "held by Ukraine" in reply.text
            process.send_signal(signal.SIGTERM)
            code = await ended(process)
    log = log_of(tmp_path).read_text()
    assert code == 0, log
    assert "is answering from 1 articles" in log
    assert api.token not in log
    assert api.token.partition(":")[2] not in log


@pytest.mark.faults("Telegram: conflict, a second poller")
async def test_a_second_poller_takes_over_and_the_first_says_so_and_stops(tmp_path: Path) -> None:
    async with local_bot_api(limits=Limits.off()) as api:
        rita = api.person("Rita")
        async with sitrep_run(api, tmp_path / "first") as first:
            await rita.send("/help")
            await rita.wait_for_reply(timeout=60)
            async with sitrep_run(api, tmp_path / "second") as second:
                code = await ended(first)
                log = log_of(tmp_path / "first").read_text()
                assert code == 1, log
                assert "another program is fetching this bot's messages" in log
                second.send_signal(signal.SIGTERM)
                await ended(second)
