"""What the bot asked for, kept so that a test can look."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.local_api.errors import Json


@dataclass
class Call:
    """One request. `code` is 0 until it is answered; `error` is the description of a refusal.

    `parameters` are the checked values (as received if the check failed), `unknown` the names
    that Telegram would have ignored, `ignored_entities` the number of entities beyond its limit.
    """

    method: str
    at: float
    parameters: Json = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    ignored_entities: int = 0
    code: int = 0
    result: object = None
    error: str | None = None
    fault: str | None = None

    @property
    def ok(self) -> bool:
        """Whether the call was carried out."""
        return self.code == 200  # noqa: PLR2004
