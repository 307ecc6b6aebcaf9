from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from bot.ops.logs import set_up_logging
from bot.settings import BotSettings

if TYPE_CHECKING:
    from collections.abc import Iterator

TOKEN = "123456:very-secret-token"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    root.handlers[:], level = before
    root.setLevel(level)


def settings(form: str) -> BotSettings:
    return BotSettings.read(_env_file=None, telegram_bot_token=TOKEN, log_format=form)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_line_has_what_was_measured_and_no_secret(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(settings(form), "INFO")
    logging.getLogger("bot.x").info("answered %s", TOKEN, extra={"total_ms": 41})
    line = capsys.readouterr().err
    assert TOKEN not in line
    assert "total_ms" in line
    if form == "json":
        found = json.loads(line)
        assert found["message"] == "answered [secret]"
        assert (found["level"], found["logger"], found["total_ms"]) == ("info", "bot.x", 41)


def test_a_traceback_is_in_the_json_too_and_keeps_no_secret(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging(settings("json"), "INFO")
    logging.getLogger("bot.x").error("failed", exc_info=ValueError(TOKEN))
    line = capsys.readouterr().err
    assert TOKEN not in line
    assert "ValueError: [secret]" in json.loads(line)["exception"]


WORD = "hunter2"
LINK = f"https://ada:{WORD}@a.example/x?page=2&access_token=sesame77&api_key=sesame78#jwt=sesame79"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_link_is_logged_without_what_opens_it(
    form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(settings(form).model_copy(update={"log_level": "DEBUG"}))
    log = logging.getLogger("retrieval.x")
    log.debug("looking at %s", LINK)
    log.error("failed", exc_info=ValueError(f"nothing at {LINK!r}"), extra={"link": LINK})
    written = capsys.readouterr().err
    assert "a.example/x?page=2" in written
    assert WORD not in written
    assert "sesame" not in written


def test_libraries_are_heard_from_their_warnings_on(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging(settings("text"), "DEBUG")
    for name in ("telegram.ext.Application", "openai._base_client", "somebody"):
        logging.getLogger(name).debug("Processing: who holds Sudzha?")
        logging.getLogger(name).info("Processing: who holds Sudzha?")
        logging.getLogger(name).warning("slow")
    logging.getLogger("bot.x").debug("ours")
    written = capsys.readouterr().err
    assert "Sudzha" not in written
    assert written.count("slow") == 3
    assert "ours" in written


def test_a_flood_of_one_kind_is_a_few_lines_and_a_number(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("bot.ops.logs.time.monotonic", lambda: now[0])
    set_up_logging(settings("json"), "INFO")
    log = logging.getLogger("asyncio")

    def accept() -> None:
        log.error("socket.accept() out of system resource")

    for _ in range(60_000):
        accept()
    logging.getLogger("bot.x").warning("something else")
    for _ in range(100):
        logging.getLogger("bot.x").info("answered")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert sum("accept" in line["message"] for line in lines) == 30
    assert sum("something else" in line["message"] for line in lines) == 1
    assert sum("answered" in line["message"] for line in lines) == 100
    now[0] = 61.0
    accept()
    assert json.loads(capsys.readouterr().err)["unsaid"] == 60_000 - 30
