"""A bot killed while adding articles continues after its restart, in the same message."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from bot.local_api import Limits, LocalBotApi, local_bot_api
from retrieval.library import open_library
from retrieval.settings import LibrarySettings
from tests.support.bots import ADMIN_ID
from tests.support.commands import Program, at_work
from tests.support.waiting import until
from tests.support.web import web_server

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from bot.local_api import Message

LINKS = 40
LINES = 160


def bot_process(api: LocalBotApi, folder: Path) -> AbstractAsyncContextManager[Program]:
    settings = {
        "DATA_DIR": str(folder / "data"),
        "TELEGRAM_BOT_TOKEN": api.token,
        "TELEGRAM_API_URL": api.address,
        "ADMIN_IDS": str(ADMIN_ID),
        "FETCH_ALLOW_PRIVATE": "true",
        "FETCH_HOST_PAUSE_S": "0",
        "LOG_LEVEL": "WARNING",
    }
    return at_work(Program(folder, ["run"], settings))


async def stored(folder: Path) -> tuple[int, int]:
    """How many articles there are, and how many of them have another revision than the first."""
    settings = LibrarySettings.read(_env_file=None, data_dir=folder / "data")
    async with open_library(settings) as library:
        articles = (await library.archive.catalogue.summary()).articles
        found = [await library.archive.articles.get(n + 1) for n in range(articles)]
    return articles, sum(one.revision > 1 for one in found)


def in_database(folder: Path) -> int:
    """How many articles are stored, seen from outside the process."""
    file = folder / "data" / "sitrep.db"
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return int(connection.execute("SELECT count(*) FROM article").fetchone()[0])


async def until_stored(folder: Path, articles: int) -> None:
    """Wait until there are so many."""

    def stored() -> bool:
        with suppress(sqlite3.OperationalError):  # before the first start there is no database
            return in_database(folder) >= articles
        return False

    await until(stored, 60)


def counted(message: Message) -> int:
    """The articles that the last line of counts speaks of."""
    line = message.text.splitlines()[0]
    return sum(int(word) for word in line.replace(",", " ").split() if word.isdigit())


@pytest.mark.faults("kill -9: adding in Telegram")
@pytest.mark.slow
@pytest.mark.parametrize("kind", ["links", "file"])
async def test_killed_while_adding_nothing_is_lost_doubled_or_told_in_two_messages(
    tmp_path: Path, kind: str
) -> None:
    expected = LINKS if kind == "links" else LINES
    chance = random.Random(7)  # noqa: S311  a test's
    with web_server() as web:
        async with local_bot_api(limits=Limits.off()) as api:
            admin = api.person("Ada", id=ADMIN_ID)
            if kind == "links":
                await admin.send("/add " + " ".join(f"{web.url}/n/{n}" for n in range(LINKS)))
            else:
                text = "The village of Testovo{0} reported {0} drones on Friday, its mayor said."
                lines = (
                    json.dumps({"title": f"Village {n}", "text": text.format(n)})
                    for n in range(LINES)
                )
                await admin.upload("many.jsonl", "\n".join(lines).encode())
            for part in (1, 2, 3):
                async with bot_process(api, tmp_path) as process:
                    await until_stored(tmp_path, part * expected // 4)
                    await asyncio.sleep(chance.random() / 20)  # killed at any instant
                    process.kill()
                    await process.ended()
                assert in_database(tmp_path) < expected
            reply = await admin.wait_for(lambda one: one.sender == api.bot)
            assert reply.text.startswith("Reading")
            async with bot_process(api, tmp_path):
                await reply.wait_until(lambda one: not one.text.startswith("Reading"), 60)
            assert [one for one in admin.messages() if one.sender == api.bot] == [reply]
    assert "rejected" not in reply.text
    assert counted(reply) == expected
    assert await stored(tmp_path) == (expected, 0)
