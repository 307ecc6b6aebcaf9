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
    admin_ids: Annotated[frozenset[int], NoDecode] = frozenset()
    questions_at_once: int = Field(default=32, ge=1, le=1000)
    conversation_hours: float = Field(default=6, gt=0, le=720)
    briefing_grace_h: float = Field(default=12, ge=0, le=168)
    messages_per_second: float = Field(default=30, gt=0, le=1000)
    streaming: Literal["edit", "draft", "off"] = "edit"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("admin_ids", mode="before")
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
