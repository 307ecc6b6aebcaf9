"""Logging, with the secrets kept out of it whatever a library writes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import BotSettings


class Redacting(logging.Formatter):
    """Formats a record, traceback included, and then strikes out every secret."""

    def __init__(self, secrets: tuple[str, ...]) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The record as one text."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def set_up_logging(settings: BotSettings, level: str | None = None) -> None:
    """Log to standard error at `level`, or at the settings' level."""
    found = (settings.telegram_bot_token, settings.openai_api_key)
    secrets = tuple(value for one in found if one and (value := one.get_secret_value()))
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(secrets))
    logging.basicConfig(level=level or settings.log_level, handlers=[handler], force=True)
    # They log every request with its address, and Telegram's addresses hold the token.
    for noisy in ("httpx", "httpx2", "httpcore", "apscheduler", "chromadb", "pypdf", "trafilatura"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
