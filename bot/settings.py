"""Settings of the bot, on top of the library's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import NoDecode

from retrieval.settings import LibrarySettings


class BotSettings(LibrarySettings):
    """The library's settings and the bot's own."""

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    owner_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    admin_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    reader_access: Literal["open", "invited"] = "open"
    questions_at_once: int = Field(default=32, ge=1, le=1000)
    conversation_hours: float = Field(default=6, gt=0, le=720)
    corrections_days: int = Field(default=7, ge=0, le=30)
    watch_messages_a_day: int = Field(default=5, ge=0, le=100)
    watch_quiet_hours: str = "22-7"
    briefing_grace_h: float = Field(default=12, ge=0, le=168)
    tokens_per_reader_a_day: int = Field(default=0, ge=0)
    tokens_a_day: int = Field(default=0, ge=0)
    price_read_per_million: float = Field(default=0, ge=0)
    price_written_per_million: float = Field(default=0, ge=0)
    price_currency: str = "USD"
    messages_per_second: float = Field(default=30, gt=0, le=1000)
    listen: str = ""
    metrics_listen: str = ""
    metrics_token: SecretStr | None = None
    webhook_url: str = ""
    webhook_secret: SecretStr | None = None
    log_format: Literal["text", "json"] = "text"
    streaming: Literal["edit", "draft", "off"] = "edit"
    otel_exporter_otlp_endpoint: str = ""
    otel_exporter_otlp_headers: SecretStr | None = None
    keep_answers_days: int = Field(default=90, ge=1, le=3650)
    keep_briefings_days: int = Field(default=90, ge=7, le=3650)
    keep_audit_days: int = Field(default=365, ge=1, le=3650)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def budget(self) -> Budget:
        """The limits on what answers may cost."""
        return Budget(
            self.tokens_per_reader_a_day,
            self.tokens_a_day,
            self.price_read_per_million,
            self.price_written_per_million,
            self.price_currency,
        )

    @property
    def quiet_hours(self) -> tuple[int, int]:
        """Start and end of the hours without alerts, in minutes after midnight."""
        return read_hours(self.watch_quiet_hours) or (0, 0)

    @property
    def owners(self) -> frozenset[int]:
        """Ids of those who appoint admins: OWNER_IDS, or ADMIN_IDS where that is empty."""
        return self.owner_ids or self.admin_ids

    @field_validator("watch_quiet_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        if read_hours(value) is None:
            msg = "expected hours such as 22-7 or 22:30-6:45, or off"
            raise ValueError(msg)
        return value

    @field_validator("owner_ids", "admin_ids", mode="before")
    @classmethod
    def _numbers(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        parts = value.replace(",", " ").split()
        if not all(part.isascii() and part.isdigit() for part in parts):
            msg = "expected Telegram user ids, separated by commas, such as 12345,67890"
            raise ValueError(msg)
        return frozenset(int(part) for part in parts)

    @model_validator(mode="after")
    def _webhook(self) -> Self:
        if not self.webhook_url:
            return self
        secret = self.webhook_secret.get_secret_value() if self.webhook_secret else ""
        if not self.webhook_url.startswith(("http://", "https://")):
            msg = (
                "WEBHOOK_URL: expected the address at which Telegram reaches LISTEN, with https://"
            )
            raise ValueError(msg)
        if not self.listen:
            msg = "WEBHOOK_URL needs LISTEN, such as LISTEN=0.0.0.0:8080"
            raise ValueError(msg)
        if not re.fullmatch(r"[A-Za-z0-9_-]{16,256}", secret):
            msg = "WEBHOOK_URL needs WEBHOOK_SECRET: 16 to 256 letters, digits, _ and -"
            raise ValueError(msg)
        return self

    @field_validator("metrics_token")
    @classmethod
    def _not_guessed(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and not re.fullmatch(r"[!-~]{16,256}", value.get_secret_value()):
            msg = "expected 16 to 256 letters, digits and signs, without a space"
            raise ValueError(msg)
        return value

    @field_validator("telegram_api_url")
    @classmethod
    def _api_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            msg = "expected an address that begins with http:// or https://"
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("otel_exporter_otlp_endpoint")
    @classmethod
    def _collector(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            msg = "expected the address of a collector's gRPC port, such as http://localhost:4317"
            raise ValueError(msg)
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value


_HOURS = re.compile(r"(\d{1,2})(?:[:.](\d\d))?\s*[-–—]\s*(\d{1,2})(?:[:.](\d\d))?")


def read_hours(text: str) -> tuple[int, int] | None:
    """Hours such as "22-7" in minutes after midnight: (1320, 420). (0, 0) for "off", else None."""
    if text.strip().casefold() in {"off", "none", "no", "never"}:
        return 0, 0
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute, last, end = (int(part or 0) for part in found.groups())
    if max(hour, last) > 24 or max(minute, end) > 59:  # noqa: PLR2004  a clock
        return None
    return (hour * 60 + minute) % 1440, (last * 60 + end) % 1440


@dataclass(frozen=True, slots=True)
class Budget:
    """Token limits per day, from midnight UTC (0: no limit), and prices per million tokens."""

    a_reader: int = 0
    altogether: int = 0
    read_price: float = 0.0
    written_price: float = 0.0
    currency: str = "USD"

    def cost(self, read: int, written: int) -> float:
        """The price of tokens, in `currency`."""
        return (read * self.read_price + written * self.written_price) / 1e6

    @property
    def has_limit(self) -> bool:
        """Whether any limit is set."""
        return self.a_reader > 0 or self.altogether > 0
