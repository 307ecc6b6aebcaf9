"""Logging, with the secrets kept out of it whatever a library writes."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import structlog

if TYPE_CHECKING:
    from bot.settings import BotSettings

    Processor = structlog.typing.Processor


# Among them what writes several lines for each SQL statement.
_NOISY = (
    "aiosqlite",
    "apscheduler",
    "chromadb",
    "httpcore",
    "httpx",
    "httpx2",
    "pypdf",
    "stevedore",
    "trafilatura",
)


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Formats a record, traceback included, and then strikes out every secret."""

    def __init__(self, secrets: tuple[str, ...], form: str) -> None:
        chain: list[Processor] = [
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.stdlib.ExtraAdder(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
        ]
        end: list[Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
        if form == "json":
            end += [
                structlog.processors.format_exc_info,
                structlog.processors.EventRenamer("message"),
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ]
        else:
            end.append(
                structlog.dev.ConsoleRenderer(
                    colors=False,
                    pad_event_to=0,
                    # without the values of variables, which may be what a reader asked
                    exception_formatter=structlog.dev.plain_traceback,
                )
            )
        super().__init__(foreign_pre_chain=chain, processors=end)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        """The record as one text."""
        text = super().format(record)
        for secret in self._secrets:
            text = text.replace(secret, "[secret]")
        return text


def set_up_logging(settings: BotSettings, level: str | None = None) -> None:
    """Log to standard error at `level`, or at the settings' level; as text or JSON lines."""
    found = (settings.telegram_bot_token, settings.openai_api_key, settings.webhook_secret)
    secrets = tuple(value for one in found if one and (value := one.get_secret_value()))
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(secrets, settings.log_format))
    logging.basicConfig(level=level or settings.log_level, handlers=[handler], force=True)
    # They log every request with its address, and Telegram's addresses hold the token.
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
