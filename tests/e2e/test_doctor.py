"""`sitrep doctor`: its findings and its advice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from sqlalchemy import text

from bot.cli.maintenance import clock, webhook
from bot.local_api import Limits, local_bot_api
from bot.settings import BotSettings
from retrieval.diagnostics import Level, SqlState, chat_model, disk, examine, sql
from retrieval.index.chroma import connected
from retrieval.library import open_library, reindex
from retrieval.storage.database import HEAD, open_database
from tests.support.archives import cut, draft
from tests.support.commands import run_sitrep
from tests.support.openai_server import Reply, openai_server

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

    from tests.support.postgres import Postgres


@pytest.fixture(params=["sqlite and embedded chroma", "postgres and chroma server"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> BotSettings:
    stack = {}
    if request.param.startswith("postgres"):
        server: Postgres = request.getfixturevalue("postgres")
        stack["database_url"] = server.new_database()
        stack["chroma_url"] = request.getfixturevalue("chroma_url")
    return BotSettings.read(_env_file=None, data_dir=tmp_path / "data", **stack)


@pytest.fixture(autouse=True)
def no_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking for them takes seconds; `test_workers.py` does, and the command below."""
    monkeypatch.setattr("retrieval.diagnostics.workers", lambda _settings: [])


async def fill(settings: BotSettings) -> None:
    async with open_library(settings) as library:
        for word in ("alpha", "bravo"):
            one = draft(f"News of {word}.", url=f"https://a.example/{word}")
            await library.archive.articles.store(one, cut(one.text), added_by="test")
        await library.indexer.work()


async def problems(settings: BotSettings) -> list[tuple[str, str]]:
    found = await examine(settings)
    return [(one.what, one.do) for one in found if one.level is Level.PROBLEM]


async def test_index_and_sql_are_compared_both_ways_and_reindex_mends_both(
    settings: BotSettings,
) -> None:
    await reindex(settings, lambda _done, _total: None)  # a collection of this test's own
    await fill(settings)
    assert await problems(settings) == []
    with connected(settings.chroma_url, settings.data_dir / "chroma") as client:
        collection = client.get_collection("passages-2", embedding_function=None)
        collection.delete(ids=["1:0"])
        collection.upsert(ids=["9:0"], embeddings=np.full((1, 384), 0.1, dtype=np.float32))
    assert await problems(settings) == [
        ("1 revisions are marked as indexed but have no vectors.", "sitrep reindex"),
        ("1 vectors belong to passages that SQL doesn't have.", "sitrep reindex"),
    ]
    assert await reindex(settings, lambda _done, _total: None) == 2
    assert await problems(settings) == []
    with connected(settings.chroma_url, settings.data_dir / "chroma") as client:
        client.delete_collection("passages-3")


async def test_an_empty_data_directory_is_left_as_it_is(tmp_path: Path) -> None:
    settings = BotSettings.read(_env_file=None, data_dir=tmp_path / "none")
    assert await problems(settings) == []
    assert not settings.data_dir.exists()


async def test_another_schema_and_lost_words_are_told(tmp_path: Path) -> None:
    settings = BotSettings.read(_env_file=None, data_dir=tmp_path / "data")
    await fill(settings)
    database = await open_database(settings.sql_url)
    async with database.write() as connection:
        await connection.execute(text("INSERT INTO passage_fts(passage_fts) VALUES ('delete-all')"))
    assert any("passages are in the full text" in what for what, _ in await problems(settings))
    async with database.write() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    assert await problems(settings) == [
        ("A newer Sitrep wrote the archive (schema 9999).", "Update this program.")
    ]


async def test_servers_that_are_not_there_are_told(tmp_path: Path) -> None:
    here = {"_env_file": None, "data_dir": tmp_path / "data"}
    gone = BotSettings.read(**here, database_url="postgresql+asyncpg://a:b@127.0.0.1:9/x")
    [(what, do)] = await problems(gone)
    assert "can't be reached" in what
    assert "DATABASE_URL" in do
    await fill(BotSettings.read(**here))
    [(what, _)] = await problems(BotSettings.read(**here, chroma_url="http://127.0.0.1:9"))
    assert "vector index at http://127.0.0.1:9 can't be opened" in what


def doctor(folder: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    return run_sitrep(folder, ("doctor",), {"DATA_DIR": str(folder / "data"), **settings})


async def test_the_command_asks_telegram_and_its_exit_code_says_whether_all_is_well(
    tmp_path: Path,
) -> None:
    async with local_bot_api(limits=Limits.off()) as api:
        server = {"TELEGRAM_API_URL": api.address}
        well = await asyncio.to_thread(doctor, tmp_path, TELEGRAM_BOT_TOKEN=api.token, **server)
        assert well.returncode == 0, well.stdout + well.stderr
        assert "Workers that read files, pages and feeds start." in well.stdout
        assert "The token is @" in well.stdout
        assert "No webhook is set" in well.stdout
        wrong = await asyncio.to_thread(doctor, tmp_path, TELEGRAM_BOT_TOKEN="1:x", **server)
    assert wrong.returncode == 1
    assert "Telegram refuses the token" in wrong.stdout
    gone = doctor(tmp_path, TELEGRAM_BOT_TOKEN="1:secret", TELEGRAM_API_URL="http://127.0.0.1:9")
    assert "can't be reached (ConnectError)" in gone.stdout
    assert "secret" not in gone.stdout + gone.stderr
    broken = doctor(tmp_path, CHROMA_URL="nonsense")
    assert broken.returncode == 1
    assert "PROBLEM Wrong setting (in the environment or .env): CHROMA_URL" in broken.stdout


def test_the_clock_the_webhook_and_the_disk_are_judged(tmp_path: Path) -> None:
    now = datetime(2026, 1, 1, 12, 5, tzinfo=UTC)
    [off] = clock("Thu, 01 Jan 2026 12:00:00 GMT", now)
    assert (off.level, off.what) == (Level.PROBLEM, "The clock is 300 s fast.")
    assert clock("Thu, 01 Jan 2026 12:04:30 GMT", now)[0].level is Level.OK
    assert clock("nonsense", now)[0].level is Level.NOTE
    [failing] = webhook({"url": "https://a.example/secret", "last_error_message": "refused"})
    assert failing.level is Level.PROBLEM
    assert "secret" not in failing.what
    assert webhook({"pending_update_count": 500})[0].level is Level.PROBLEM
    (tmp_path / "file").write_text("")
    assert disk(tmp_path / "file" / "data")[0].level is Level.PROBLEM


def test_articles_that_were_never_compared_are_told() -> None:
    state = SqlState(HEAD, is_newer=False, is_older=False, articles=3, uncompared=2)
    [_, note] = sql(state)
    assert (note.level, note.what) == (
        Level.NOTE,
        "2 articles were not compared for near copies yet.",
    )


async def test_the_chat_model_is_asked_a_real_question_and_what_came_is_said(
    tmp_path: Path,
) -> None:
    async with openai_server() as server:
        chat = {
            "openai_base_url": server.base_url,
            "openai_api_key": server.api_key,
            "chat_model": "openai:fake-model",
        }
        settings = BotSettings.read(_env_file=None, data_dir=tmp_path / "data", **chat)
        server.tells = {"/props": {"default_generation_settings": {"n_ctx": 8192}}}
        right = Reply.thinking("Hm.", text="It carries 214 passengers [1.2].")
        server.reply_with(lambda body: "NO ANSWER" if "Lake Ferry" in str(body) else right)
        found = [one.what for one in await chat_model(settings)]
        assert "as JSON" in found[0]
        assert "It thinks before it answers" in found[1]
        assert "answered correctly, and kept the ids" in found[2]
        assert "8,192 tokens, says llama.cpp" in found[3]
        server.reply_with(lambda body: "NO ANSWER" if "Lake Ferry" in str(body) else "214")
        small = BotSettings.read(
            _env_file=None, data_dir=tmp_path / "data", chat_format="plain", **chat
        )
        found = [one.what for one in await chat_model(small)]
        assert "plainly" in found[0]
        assert "answered correctly, and its source was found" in " ".join(found)
        server.reply_with(lambda _: "It carries many passengers.")
        worse = [one for one in await chat_model(settings) if one.level is Level.NOTE]
        assert "a question that has no answer there" in worse[0].what
        assert worse[0].do.startswith("Set MODEL_THRESHOLD=0.5")
        assert "didn't answer correctly" in worse[1].what
        large = BotSettings.read(
            _env_file=None, data_dir=tmp_path / "data", chat_context_tokens=32_000, **chat
        )
        [problem] = [one for one in await chat_model(large) if one.level is Level.PROBLEM]
        assert problem.do.startswith("Set CHAT_CONTEXT_TOKENS=8192")
        server.reply_with(lambda _: Reply.status(400, "The model is on holiday."))
        [failed] = await chat_model(settings)
        assert failed.level is Level.PROBLEM
        assert "on holiday" in failed.what


@pytest.mark.parametrize(
    ("wrong", "what", "do"),
    [
        (
            {"openai_api_key": "sk-wrong"},  # pragma: allowlist secret
            "Incorrect API key",
            "OPENAI_API_KEY",
        ),
        ({"chat_model": "openai:fake"}, "does not exist", "knows fake-embedding, fake-model"),
        ({"without": "/v1"}, "404: Not Found", "end in /v1"),
        ({"with": "/chat/completions"}, "404: Not Found", "Leave /chat/completions out"),
        ({"chat_timeout_s": 0.4}, "in time", "Raise CHAT_TIMEOUT_S"),
    ],
)
async def test_of_a_wrong_setting_of_the_chat_model_the_doctor_says_which(
    tmp_path: Path, wrong: dict[str, Any], what: str, do: str
) -> None:
    async with openai_server() as server:
        server.reply_with(lambda _: Reply.hang("214"))
        address = server.base_url.removesuffix(wrong.pop("without", "-")) + wrong.pop("with", "")
        right = {
            "openai_base_url": address,
            "openai_api_key": server.api_key,
            "chat_model": "openai:fake-model",
        }
        settings = BotSettings.read(_env_file=None, data_dir=tmp_path / "data", **right | wrong)
        [found] = await chat_model(settings)
    assert found.level is Level.PROBLEM
    assert what in found.what
    assert do in found.do
