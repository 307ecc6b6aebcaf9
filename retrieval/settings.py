"""Settings of the library, read once from the environment and `.env` (the environment wins)."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from retrieval.errors import SettingsError

MOST_CHAT_TIMEOUT_S = 600
_PROVIDER_AND_NAME = re.compile(r"[a-z_]+:\S.*")
_LOCAL_EMBEDDINGS = ("local", "local-static", "local-multilingual")


class LibrarySettings(BaseSettings):
    """The library's settings; each field is a variable of the same name in upper case."""

    model_config = SettingsConfigDict(
        env_file=".env",
        env_file_encoding="utf-8",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
    )

    data_dir: Path = Path("data")
    database_url: str = ""
    chroma_url: str = ""

    openai_api_key: SecretStr | None = None
    openai_base_url: str = ""
    chat_model: str = ""
    chat_timeout_s: float = Field(default=60, gt=0)
    chat_first_words_s: float = Field(default=0, ge=0, le=MOST_CHAT_TIMEOUT_S)
    chat_max_tokens: int = Field(default=1200, ge=100, le=100_000)
    chat_context_tokens: int = Field(default=0, ge=0, le=10_000_000)
    chat_format: Literal["auto", "lines", "json", "plain"] = "auto"
    chat_reasoning_effort: str = Field(default="", pattern=r"^[a-z]*$")
    chat_extra: str = ""
    embedding_model: str = "local"

    answer_passages: int = Field(default=4, ge=1, le=50)
    rerank: bool = False
    claim_judge: bool = False
    answer_threshold: float = Field(default=0.5, ge=0, le=1)
    model_threshold: float = Field(default=0.1, ge=0, le=1)

    briefing_max_days: int = Field(default=7, ge=1, le=366)
    briefing_max_tokens: int = Field(default=60_000, ge=0)
    briefing_weight_outlets: float = Field(default=1.0, ge=0, le=10)
    briefing_weight_recency: float = Field(default=0.3, ge=0, le=10)
    briefing_weight_topics: float = Field(default=1.0, ge=0, le=10)
    briefing_weight_asked: float = Field(default=0.5, ge=0, le=10)
    briefing_weight_followed: float = Field(default=1.5, ge=0, le=10)
    briefing_weight_novelty: float = Field(default=0.05, ge=0, le=10)

    fetch_timeout_s: float = Field(default=30, gt=0, le=600)
    fetch_max_mb: float = Field(default=20, gt=0, le=500)
    fetch_user_agent: str = "Sitrep/0.1 (news archive bot)"
    fetch_at_once: int = Field(default=16, ge=1, le=500)
    fetch_per_host: int = Field(default=2, ge=1, le=50)
    fetch_host_pause_s: float = Field(default=0.5, ge=0, le=60)
    fetch_allow_private: bool = False
    read_timeout_s: float = Field(default=20, gt=0, le=600)
    read_memory_mb: int = Field(default=512, ge=400, le=16_000)
    read_workers: int = Field(default=2, ge=1, le=64)

    feed_least_minutes: float = Field(default=10, ge=1, le=1440)
    feed_most_hours: float = Field(default=24, ge=1, le=168)
    feed_trust_days: float = Field(default=7, ge=0, le=365)

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite+aiosqlite:", "postgresql+asyncpg:")):
            msg = (
                "expected sqlite+aiosqlite:///PATH or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
            )
            raise ValueError(msg)
        return value

    @field_validator("chroma_url", "openai_base_url")
    @classmethod
    def _http_address(cls, value: str) -> str:
        if value and not value.startswith(("http://", "https://")):
            msg = "expected an address that begins with http:// or https://"
            raise ValueError(msg)
        return value

    @field_validator("chat_timeout_s")
    @classmethod
    def _not_longer_than_is_put_aside(cls, value: float) -> float:
        if not value <= MOST_CHAT_TIMEOUT_S:  # written so that it rejects NaN, too
            msg = (
                f"expected at most {MOST_CHAT_TIMEOUT_S} seconds: tokens are reserved for an "
                "answer for 15 minutes, so a slower one could exceed the day's budget"
            )
            raise ValueError(msg)
        return value

    @field_validator("chat_model")
    @classmethod
    def _known_chat_model(cls, value: str) -> str:
        if value and not _PROVIDER_AND_NAME.fullmatch(value):
            msg = (
                "expected openai:NAME or another LangChain provider, such as ollama:NAME, "
                "or nothing for quote mode"
            )
            raise ValueError(msg)
        return value

    @field_validator("chat_extra")
    @classmethod
    def _is_object(cls, value: str) -> str:
        if value and not isinstance(_as_json(value), dict):
            msg = 'expected a JSON object, such as {"top_k": 20}'
            raise ValueError(msg)
        return value

    def model_asked_from(self, chat_format: str) -> float:
        """`MODEL_THRESHOLD`; unless it is set, at least `ANSWER_THRESHOLD` for small models.

        Small models get plain prompts, and our own reader checks their answers.
        """
        if chat_format == "plain" and "model_threshold" not in self.model_fields_set:
            return max(self.model_threshold, self.answer_threshold)
        return self.model_threshold

    @property
    def extra(self) -> dict[str, Any]:
        """The fields that `CHAT_EXTRA` adds to each request."""
        return dict(json.loads(self.chat_extra)) if self.chat_extra else {}

    @field_validator("embedding_model")
    @classmethod
    def _known_embedding_model(cls, value: str) -> str:
        if value not in _LOCAL_EMBEDDINGS and not _names_openai_model(value):
            msg = "expected local-static, local-multilingual, local or openai:NAME"
            raise ValueError(msg)
        return value

    @property
    def sql_url(self) -> str:
        """`DATABASE_URL`, or the SQLite file in the data directory."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'sitrep.db'}"

    @classmethod
    def read(cls, **overrides: Any) -> Self:  # noqa: ANN401  pydantic checks them
        """Read the settings from the environment and `.env`; `overrides` win.

        Raises:
            SettingsError: with the name of each wrong setting, and what was expected.
        """
        try:
            return cls(**overrides)
        except ValidationError as error:
            raise SettingsError(_sentence(error)) from None
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"The file .env can't be read: {error}.") from error


def _as_json(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _names_openai_model(value: str) -> bool:
    return value.startswith("openai:") and value != "openai:"


def _sentence(error: ValidationError) -> str:
    """Each wrong setting by the name of its variable, and what was expected."""
    wrong = (
        f"{'.'.join(str(part) for part in item['loc'][:1]).upper()}: "
        f"{item['msg'].removeprefix('Value error, ')}"
        for item in error.errors(include_url=False, include_context=False, include_input=False)
    )
    return f"Wrong setting (in the environment or .env): {'; '.join(wrong)}."
