"""Messages to people as values: an English text and its parameters.

The code that raises or returns a message doesn't know its reader. `str(message)` is the English
sentence, for logs, the command line and JSON; for a reader, `message.text` is looked up in the
catalogue of their language (`bot.language.translated`). So `text` is always a literal in the code;
words of an article, a model or a person are parameters.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_core import CoreSchema

T = TypeVar("T")
_GAP = re.compile(r"\{(\w+)\}")
# The beginning of a message with parameters as `as_column` writes it.
_IN_JSON = '{"text": '


@dataclass(frozen=True, slots=True)
class ShortDate:
    """A day as shown beside a source: "3 Nov 2024", or "date unknown" for None."""

    at: date | None

    def __post_init__(self) -> None:
        object.__setattr__(self, "at", _day(self.at))

    def __str__(self) -> str:
        return "date unknown" if self.at is None else f"{self.at.day} {self.at:%b %Y}"


@dataclass(frozen=True, slots=True, init=False)
class UserMessage:
    """A sentence for a person: `UserMessage("It's larger than {number} MB.", number=20)`.

    Numbers and dates are formatted for the reader's language. A date is written out
    ("3 November 2024") unless it is a `ShortDate`. Pass numbers that aren't counts, such as an
    article's, as text. A placeholder without a parameter stays as it is.
    """

    text: str
    params: tuple[tuple[str, Param], ...]

    def __init__(self, text: str, /, **params: Param) -> None:
        object.__setattr__(self, "text", text)
        days = ((name, _day(value)) for name, value in sorted(params.items()))
        object.__setattr__(self, "params", tuple(days))

    def __str__(self) -> str:
        return self.filled(self.text, _in_english)

    def filled(self, text: str, shown: Callable[[Param], str]) -> str:
        """Fill the placeholders of a translation; `shown` formats each parameter."""
        params = dict(self.params)

        def of_gap(found: re.Match[str]) -> str:
            return shown(params[found[1]]) if found[1] in params else found[0]

        return _GAP.sub(of_gap, text)

    def given(self, **params: Param) -> UserMessage:
        """A copy with other values for the named parameters."""
        mine = dict(self.params)
        return UserMessage(
            self.text, **mine | {name: value for name, value in params.items() if name in mine}
        )

    def as_json(self) -> str | dict[str, Any]:
        """For storage: the text, or an object with text and parameters if there are any."""
        return _as_object(self) if self.params else self.text

    @classmethod
    def from_json(cls, found: object) -> UserMessage:
        """The inverse of `as_json`; also reads plain sentences stored by older versions.

        Raises:
            ValueError: it is neither.
        """
        if isinstance(found, UserMessage):
            return found
        if isinstance(found, str):
            return UserMessage(found)
        value = _from_object(found)
        if not isinstance(value, UserMessage):
            raise ValueError("no message")  # noqa: TRY004  validation catches ValueError
        return value

    def as_column(self) -> str:
        """For a column of text."""
        return json.dumps(_as_object(self), ensure_ascii=False) if self.params else self.text

    @classmethod
    def from_column(cls, found: str) -> UserMessage:
        """The inverse of `as_column`; also reads plain sentences stored by older versions."""
        if found.startswith(_IN_JSON):
            try:
                return cls.from_json(json.loads(found))
            except (ValueError, RecursionError):
                pass  # a sentence after all
        return UserMessage(found)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: object, _handler: object) -> CoreSchema:
        from pydantic_core import core_schema  # noqa: PLC0415  only where something is stored

        return core_schema.no_info_plain_validator_function(
            cls.from_json,
            serialization=core_schema.plain_serializer_function_ser_schema(cls.as_json),
        )


Param: TypeAlias = str | int | float | date | ShortDate | UserMessage


def sentences(messages: tuple[UserMessage, ...]) -> str:
    """Several messages in English, joined by spaces."""
    return " ".join(map(str, messages))


def _day(value: T) -> T | date:
    """The day of an instant in its own zone, so that a stored message equals the original."""
    return value.date() if isinstance(value, datetime) else value


def _in_english(value: Param) -> str:
    match value:
        case int():
            return f"{value:,}"
        case float():
            return f"{value:g}"
        case date():
            return f"{value.day} {value:%B %Y}"
        case _:
            return str(value)


def _as_object(value: Param) -> Any:  # noqa: ANN401  JSON
    match value:
        case UserMessage():
            params = {name: _as_object(one) for name, one in value.params}
            return {"text": value.text, "params": params}
        case ShortDate():
            return {"short_date": None if value.at is None else value.at.isoformat()}
        case date():
            return {"date": value.isoformat()}
        case _:
            return value


def _from_object(found: object) -> Param:
    match found:
        case {"text": str() as text, "params": dict() as params}:
            return UserMessage(
                text, **{str(name): _from_object(one) for name, one in params.items()}
            )
        case {"short_date": None}:
            return ShortDate(None)
        case {"short_date": str() as at}:
            return ShortDate(date.fromisoformat(at))
        case {"date": str() as at}:
            return date.fromisoformat(at)
        case str() | int() | float():
            return found
        case _:
            raise ValueError("no message")
