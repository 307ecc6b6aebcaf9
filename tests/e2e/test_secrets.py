"""Secrets in the settings don't appear on the terminal or in the log when connections fail."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from sqlalchemy import text as sql_text
from sqlalchemy.exc import DBAPIError

from bot.ops.logs import set_up_logging
from bot.settings import BotSettings
from retrieval.errors import ArchiveError
from retrieval.storage.database import open_database
from tests.e2e.test_questions import ALPHA, QUESTION
from tests.support.bots import running_bot
from tests.support.commands import run_sitrep
from tests.support.openai_server import Reply, openai_server
from tests.support.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.postgres import Postgres

PASSWORD = 'pa/ss "wörd"'
SPELT = (PASSWORD, quote(PASSWORD, safe=""), quote(PASSWORD), json.dumps(PASSWORD)[1:-1])
TOKEN = "123456:AAH-token_secret"


def nowhere(scheme: str = "postgresql+asyncpg") -> str:
    path = "/sitrep" if scheme.startswith("postgres") else ""
    return f"{scheme}://ada:{SPELT[1]}@127.0.0.1:{free_port()}{path}"


def shown(text: str) -> list[str]:
    secrets = (*SPELT, TOKEN, quote(TOKEN, safe=""), TOKEN.partition(":")[2])
    return [secret for secret in secrets if secret in text]


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], level = before
    root.setLevel(level)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize(
    "command", [("doctor",), ("run",), ("stats",), ("migrate-to", "TARGET")], ids=" ".join
)
def test_no_command_shows_a_password_when_postgres_is_not_there(
    tmp_path: Path, form: str, command: tuple[str, ...]
) -> None:
    target = nowhere()
    ran = run_sitrep(
        tmp_path,
        tuple(one.replace("TARGET", target) for one in command),
        {
            "DATA_DIR": str(tmp_path / "data"),
            "DATABASE_URL": "" if "TARGET" in command else nowhere(),
            "TELEGRAM_BOT_TOKEN": TOKEN,
            "TELEGRAM_API_URL": nowhere("http"),
            "LOG_LEVEL": "DEBUG",
            "LOG_FORMAT": form,
        },
    )
    assert ran.returncode == 1
    assert "can't be reached" in ran.stdout + ran.stderr
    assert shown(ran.stdout + ran.stderr) == []


def test_a_chroma_server_that_is_not_there_is_named_without_its_password(tmp_path: Path) -> None:
    ran = run_sitrep(
        tmp_path,
        ("ask", "Who holds Sudzha?"),
        {"DATA_DIR": str(tmp_path / "data"), "CHROMA_URL": nowhere("http")},
    )
    assert ran.returncode == 1
    assert "The vector index at http://127.0.0.1:" in ran.stderr
    assert shown(ran.stderr) == []


@pytest.mark.parametrize("form", ["text", "json"])
async def test_the_most_talkative_log_holds_no_question_and_no_password_of_a_link(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    word = "hunter2"
    link = f"http://ada:{word}@127.0.0.1:9/x?token=sesame77 http://127.0.0.1:9/y?api_key=sesame77"
    async with openai_server() as server:
        server.reply_with(lambda _request: Reply("I do not know."))
        model: dict[str, Any] = {
            "chat_model": "openai:fake-model",
            "openai_base_url": server.base_url,
            "openai_api_key": server.api_key,
        }
        async with running_bot(tmp_path, [ALPHA], **model) as bot:
            settings = BotSettings.read(_env_file=None, log_format=form, log_level="DEBUG")
            set_up_logging(settings)
            for person, text in (
                (bot.reader, f"{QUESTION} xyzzy"),
                (bot.admin, f"/add {link}"),
                (bot.admin, "/feeds add http://127.0.0.1:9/f?token=sesame77"),
                (bot.admin, "/articles xyzzy"),
            ):
                await person.send(text)
                await person.wait_for_reply(timeout=60)
            async with bot.library.database.read() as connection:
                try:
                    await connection.execute(
                        sql_text("SELECT :word FROM nowhere"), {"word": "xyzzy"}
                    )
                except DBAPIError:
                    logging.getLogger("bot.x").exception("failed")
    written = capsys.readouterr().err
    assert "answered" in written or "declined" in written
    assert "Traceback" in written
    assert [one for one in ("xyzzy", word, "sesame") if one in written] == []


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("what", ["refused", "wrong name"])
async def test_the_log_of_a_failed_connection_at_its_most_talkative_has_no_password(
    form: str,
    what: str,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    url = nowhere()
    if what == "wrong name":
        server: Postgres = request.getfixturevalue("postgres")
        socket = server.new_database().partition("?")[2]
        url = f"postgresql+asyncpg://ada:{SPELT[1]}@/none?{socket}"
    settings = BotSettings.read(
        _env_file=None,
        telegram_bot_token=TOKEN,
        database_url=url,
        log_format=form,
        log_level="DEBUG",
    )
    set_up_logging(settings)
    for name in ("sqlalchemy.engine", "sqlalchemy.pool"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    log = logging.getLogger("bot.x")
    try:
        await open_database(settings.sql_url)
    except ArchiveError as error:
        # as of a library that says more than it should
        log.exception("failed on %s as %s", url, PASSWORD, extra={"url": url, "dsn": [url]})
        log.debug("%r and %s", error, f"https://api.example/bot{quote(TOKEN, safe='')}/getMe")
    finally:
        for name in ("sqlalchemy.engine", "sqlalchemy.pool"):
            logging.getLogger(name).setLevel(logging.WARNING)
    written = capsys.readouterr().err
    assert "Traceback" in written
    assert "[secret]" in written
    assert shown(written) == []
    if form == "json":
        assert all(json.loads(line) for line in written.splitlines())
