from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.features.questions.admission import FOR
from bot.settings import BotSettings
from retrieval.errors import SettingsError
from retrieval.settings import MOST_CHAT_TIMEOUT_S

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in BotSettings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


def test_the_environment_wins_over_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("CHAT_MODEL=openai:a\nADMIN_IDS=1, 2\nOTHER=x\n")
    monkeypatch.setenv("CHAT_MODEL", "openai:b")
    settings = BotSettings.read()
    assert settings.chat_model == "openai:b"
    assert settings.admin_ids == {1, 2}


def test_an_empty_value_is_the_default(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("OPENAI_API_KEY=\nDATA_DIR=\n")
    settings = BotSettings.read()
    assert settings.openai_api_key is None
    assert str(settings.data_dir) == "data"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ADMIN_IDS", "me", "separated by commas"),
        ("DATABASE_URL", "mysql://x", "sqlite"),
        ("CHROMA_URL", "localhost:8000", "http://"),
        ("CHAT_MODEL", "gpt-4o", "openai:NAME"),
        ("EMBEDDING_MODEL", "minilm", "local or openai:NAME"),
        ("CHAT_TIMEOUT_S", "soon", "number"),
        ("CHAT_TIMEOUT_S", "601", "at most 600 seconds: tokens are reserved for an answer for 15"),
        ("CHAT_TIMEOUT_S", "inf", "at most 600 seconds"),
        ("CHAT_TIMEOUT_S", "nan", "CHAT_TIMEOUT_S"),
        ("METRICS_TOKEN", "short", "16 to 256 letters"),
        ("ANSWER_THRESHOLD", "7", "less than or equal to 1"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO'"),
    ],
)
def test_a_wrong_setting_is_named_with_what_was_expected(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, expected: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as caught:
        BotSettings.read()
    assert name in str(caught.value)
    assert expected in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_no_text_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(b"CHAT_MODEL=\xff\xfe")
    with pytest.raises(SettingsError, match=r"\.env can't be read"):
        BotSettings.read()


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:not-to-be-seen")
    monkeypatch.setenv("WEBHOOK_SECRET", "not-to-be-seen-either")
    assert "not-to-be-seen" not in repr(BotSettings.read())


def test_tokens_are_put_aside_for_longer_than_a_model_may_take() -> None:
    assert timedelta(minutes=15) == FOR  # as the sentence about CHAT_TIMEOUT_S says
    assert timedelta(seconds=MOST_CHAT_TIMEOUT_S) < FOR
