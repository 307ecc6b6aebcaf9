"""When storage fails, people get one sentence, acknowledged data stays, and work resumes after."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import AsyncExitStack, closing, suppress
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event

from bot.settings import BotSettings
from retrieval.diagnostics import examine_index, examine_sql
from retrieval.errors import ArchiveError
from retrieval.models import Added
from retrieval.storage import database as databases
from retrieval.storage.database import open_database
from tests.e2e.test_questions import ALPHA, BETA, QUESTION
from tests.support.archives import cut, draft
from tests.support.bots import RunningBot, running_bot
from tests.support.chroma_server import chroma_server
from tests.support.ports import free_port
from tests.support.postgres import postgres_server
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

SENTENCE = "That didn't work: The archive's database "
NEW = draft("The bridge at Hlushkovo was destroyed on Friday, an officer said.", "Bridge", "Gamma")


async def asked(bot: RunningBot, question: str = QUESTION) -> str:
    await bot.reader.send(question)
    return (await bot.reader.wait_for_reply(timeout=60)).text


async def answered_again(bot: RunningBot, words: str, question: str = QUESTION) -> None:
    """After an outage; what was open when it began may fail once more."""
    async with asyncio.timeout(60):
        while words not in (text := await asked(bot, question)):
            assert text.startswith("That didn't work: "), text


async def begin(connection: sqlite3.Connection) -> None:
    """Take the lock, also while the bot is still writing what it writes when it starts."""

    def begun() -> bool:
        with suppress(sqlite3.OperationalError):
            connection.execute("BEGIN IMMEDIATE")
        return connection.in_transaction

    await until(begun)


@pytest.mark.faults("SQLite: locked by another program")
async def test_a_locked_database_is_waited_for_and_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_TIMEOUT_MS", 2_000)  # the bot writes when it starts, too
    async with running_bot(tmp_path, [ALPHA, BETA]) as bot:
        with closing(sqlite3.connect(tmp_path / "sitrep.db", 0, isolation_level=None)) as other:
            await begin(other)
            text = await asked(bot)
            assert text == f"{SENTENCE}failed: database is locked."
            with pytest.raises(ArchiveError, match="locked"):
                await bot.library.archive.articles.store(NEW, cut(NEW.text), added_by="test")
            other.execute("ROLLBACK")
        assert "50,000" in await asked(bot)
        await bot.library.archive.articles.store(NEW, cut(NEW.text), added_by="test")
        assert (await bot.library.archive.catalogue.summary()).articles == 3


@pytest.mark.faults("SQL: all connections in use")
async def test_who_gets_no_connection_in_time_is_told_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "CONNECTION_WITHIN_S", 0.05)
    database = await open_database(f"sqlite+aiosqlite:///{tmp_path / 'sitrep.db'}")
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        for _ in range(databases.CONNECTIONS):
            await stack.enter_async_context(database.read())
        with pytest.raises(ArchiveError, match=r"is busy; please try again\.$"):
            async with database.read():
                pass


def sitrep(
    folder: Path, *arguments: str, before: Callable[[], None] | None = None
) -> subprocess.CompletedProcess[str]:
    known = {name.upper() for name in BotSettings.model_fields}
    kept = {name: value for name, value in os.environ.items() if name not in known}
    return subprocess.run(  # noqa: S603  our own program
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env={**kept, "DATA_DIR": str(folder / "data"), "READ_WORKERS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=before,
    )


def articles(first: int, count: int) -> str:
    text = "The village of Testovo{0} reported {0} drones on Friday. " + "Its mayor said so. " * 40
    return "\n".join(
        json.dumps({"title": f"Village {n}", "text": text.format(n)})
        for n in range(first, first + count)
    )


async def consistent(data: Path) -> int:
    """How many articles there are, where index and SQL agree both ways."""
    url = f"sqlite+aiosqlite:///{data / 'sitrep.db'}"
    state, index = await examine_sql(url), await examine_index(url, "", data / "chroma")
    assert state is not None
    assert (index.lacking, index.orphans, state.waiting) == (0, 0, 0)
    return state.articles


@pytest.mark.slow
@pytest.mark.faults("Disk full")
async def test_a_full_disk_is_one_sentence_and_what_was_acknowledged_stays(tmp_path: Path) -> None:
    most = [2**31 - 2]
    (tmp_path / "many.jsonl").write_text(articles(0, 60))

    async def added(bot: RunningBot) -> int:
        sources = bot.library.ingestor.add(str(tmp_path / "many.jsonl"), added_by="test")
        return sum([isinstance(outcome, Added) async for _, outcome in sources])

    async with running_bot(tmp_path / "data", [ALPHA, BETA]) as bot:

        def limit(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {most[0]}")

        event.listen(bot.library.database._engine.sync_engine, "begin", limit)
        async with bot.library.database.read() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        most[0] = int(pages) + 20
        with pytest.raises(ArchiveError, match="database or disk is full"):
            await added(bot)
        kept = (await bot.library.archive.catalogue.summary()).articles - 2
        assert 0 < kept < 60
        text = await asked(bot)  # whether there is room for one more answer is luck
        assert "50,000" in text or text == f"{SENTENCE}failed: database or disk is full."
        most[0] = 2**31 - 2
        assert await added(bot) == 60 - kept
        await answered_again(bot, "50,000")
        await bot.library.indexer.work()
    assert await consistent(tmp_path / "data") == 62


def without_privileges() -> None:
    """In a child: permissions of files hold for root, too."""
    import ctypes  # noqa: PLC0415

    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
        libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP


@pytest.mark.faults("Read-only data directory")
@pytest.mark.skipif(sys.platform != "linux", reason="drops the privileges of root as Linux does it")
def test_a_read_only_data_directory_is_one_sentence(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o555)
    (tmp_path / "few.jsonl").write_text(articles(0, 2))
    try:
        ran = sitrep(tmp_path, "add", "few.jsonl", before=without_privileges)
    finally:
        data.chmod(0o755)
    assert ran.returncode != 0
    # What a library says because a process with threads was forked is not the program's.
    said = [line for line in ran.stderr.splitlines() if line.startswith("sitrep:")]
    [line] = said
    assert "Traceback" not in ran.stderr
    assert "can't be opened" in line or "can't be written" in line
    assert "DATA_DIR" in line
    assert list(data.iterdir()) == []


@pytest.mark.faults("Postgres: down and back")
async def test_while_postgres_is_down_people_get_a_sentence_and_then_answers(
    tmp_path: Path,
) -> None:
    with postgres_server(tmp_path / "postgres") as server:
        url = server.new_database()
        async with running_bot(tmp_path / "data", [ALPHA, BETA], database_url=url) as bot:
            assert "50,000" in await asked(bot)
            await asyncio.to_thread(server.stop)
            for _ in range(2):  # with a connection that broke, and with none
                text = await asked(bot)
                assert text.startswith(SENTENCE), text
            await asyncio.to_thread(server.start)
            await answered_again(bot, "50,000")
            await bot.library.archive.articles.store(NEW, cut(NEW.text), added_by="test")
            assert (await bot.library.archive.catalogue.summary()).articles == 3


@pytest.mark.faults("Chroma server: down and back")
async def test_while_chroma_is_down_people_get_a_sentence_and_what_is_added_waits(
    tmp_path: Path,
) -> None:
    port, folder = free_port(), tmp_path / "chroma"
    async with AsyncExitStack() as stack:
        with chroma_server(folder, port) as url:
            bot = await stack.enter_async_context(
                running_bot(tmp_path / "data", [ALPHA, BETA], chroma_url=url)
            )
            assert "50,000" in await asked(bot)
        await answered_again(bot, "50,000")  # few passages are compared without Chroma
        await bot.reader.send("/sources")
        assert "2 articles" in (await bot.reader.wait_for_reply(timeout=30)).text
        await bot.library.archive.articles.store(NEW, cut(NEW.text), added_by="test")
        with suppress(ArchiveError):
            await bot.library.indexer.work()
        assert (await bot.library.archive.catalogue.summary()).pending == 1
        with chroma_server(folder, port):
            await answered_again(bot, "50,000")
            await bot.library.indexer.work()
            assert (await bot.library.archive.catalogue.summary()).pending == 0
            await answered_again(bot, "Hlushkovo", "What happened to the bridge at Hlushkovo?")
            await stack.aclose()
