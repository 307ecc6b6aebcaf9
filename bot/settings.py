"""Settings of the bot: the library's, and Telegram's."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import NoDecode

from retrieval.settings import LibrarySettings


class BotSettings(LibrarySettings):
    """What the bot needs to know, on top of the library's settings."""

    telegram_bot_token: SecretStr | None = None
    telegram_api_url: str = "https://api.telegram.org"
    owner_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    admin_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    reader_access: Literal["open", "invited"] = "open"
    questions_at_once: int = Field(default=32, ge=1, le=1000)
    briefing_grace_h: float = Field(default=12, ge=0, le=168)
    messages_per_second: float = Field(default=30, gt=0, le=1000)
    keep_answers_days: int = Field(default=90, ge=1, le=3650)
    keep_briefings_days: int = Field(default=90, ge=7, le=3650)
    keep_audit_days: int = Field(default=365, ge=1, le=3650)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @property
    def owners(self) -> frozenset[int]:
        """Who appoints admins; whoever is in ADMIN_IDS, where nobody is named."""
        return self.owner_ids or self.admin_ids

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

    @field_validator("telegram_api_url")
    @classmethod
    def _api_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            msg = "expected an address that begins with http:// or https://"
            raise ValueError(msg)
        return value.rstrip("/")

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value
