from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from bot.logs import set_up_logging
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
