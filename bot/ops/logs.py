"""Logging with secrets redacted, whatever libraries write."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

import structlog

from bot.ops.redaction import secrets_of, striker

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.settings import BotSettings

    Processor = structlog.typing.Processor


# Some of these write several lines for each SQL statement.
_NOISY = (
    "aiosqlite",
    "apscheduler",
    "chromadb",
    "httpcore",
    "httpx",
    "httpx2",
    "pypdfium2",
    "stevedore",
    "trafilatura",
)
# Other libraries log their data below the level of warnings: updates with people's questions,
# prompts, links.
_OURS = ("bot", "retrieval", "prompts")
_AT_MOST, _WITHIN_S = 30, 60.0


def _is_ours(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] in _OURS


class Sparing(logging.Filter):
    """Lets each warning or error pass only a few times a minute, and counts the others.

    Their number is `unsaid` of the next one. Messages from the same line of code count as equal.
    """

    def __init__(self, at_most: int = _AT_MOST, within_s: float = _WITHIN_S) -> None:
        super().__init__()
        self._at_most, self._within_s = at_most, within_s
        self._kinds: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to write the record."""
        if record.levelno < logging.WARNING:
            return True
        kind, now = (record.pathname, record.lineno), time.monotonic()
        since, count = self._kinds.get(kind, (now, 0))
        if now - since >= self._within_s:
            if count > self._at_most:
                record.unsaid = count - self._at_most
            since, count = now, 0
        self._kinds[kind] = since, count + 1
        return count < self._at_most


class Redacting(structlog.stdlib.ProcessorFormatter):
    """Formats a record including its traceback, then redacts all secrets."""

    def __init__(self, secrets: Iterable[str], form: str) -> None:
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
                    # without values of variables, which may contain people's questions
                    exception_formatter=structlog.dev.plain_traceback,
                )
            )
        super().__init__(foreign_pre_chain=chain, processors=end)
        self.strike = striker(secrets)

    def format(self, record: logging.LogRecord) -> str:
        """The record as text without secrets."""
        return self.strike(super().format(record))


def struck(text: str) -> str:
    """A text without the secrets that the log redacts, for the terminal."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, Redacting):
            return handler.formatter.strike(text)
    return striker(())(text)


def set_up_logging(
    settings: BotSettings, level: str | None = None, also: Iterable[BotSettings] = ()
) -> None:
    """Log to standard error at `level`, or at the settings' level, as text or JSON lines.

    Libraries only log warnings and errors, and floods are cut. `also`: further settings whose
    secrets must be redacted.
    """
    handler = logging.StreamHandler()
    handler.setFormatter(Redacting(secrets_of(settings, *also), settings.log_format))
    handler.addFilter(_is_ours)
    handler.addFilter(Sparing())
    logging.basicConfig(level=level or settings.log_level, handlers=[handler], force=True)
    # These log the address of each request, and Telegram's addresses contain the token.
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)
