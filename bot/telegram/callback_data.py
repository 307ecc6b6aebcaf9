"""The data behind buttons: one class for each kind, and signed data. Pure.

A client may send any data as a press, including data from somebody else's message. So each class
defines both how its data is written and what is accepted when it comes back.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import MISSING, dataclass, fields
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Literal,
    Self,
    get_args,
    get_origin,
    get_type_hints,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

MOST_BYTES = 64
_NUMBER = "[0-9]{1,15}"
# Fits an id column of every supported database.
SmallNumber = Annotated[int, "[0-9]{1,9}"]


@dataclass(frozen=True)
class CallbackData:
    """The data of one kind of button, `PREFIX:FIELD:FIELD`; each kind is a frozen dataclass.

    A field is an int, a bool or a `Literal` of words; `Annotated` gives it another regular
    expression. A field that has its default value is left out of the data.

        @dataclass(frozen=True)
        class VoteButton(CallbackData):
            PREFIX: ClassVar[str] = "vote"
            answer_id: int
            helpful: bool

        VoteButton(12, helpful=True).pack() == "vote:12:1"
        VoteButton.unpack("vote:12:0") == VoteButton(12, helpful=False)
        VoteButton.unpack("vote:12:maybe") is None
    """

    PREFIX: ClassVar[str]

    def pack(self) -> str:
        """This button's data.

        Raises:
            ValueError: it is longer than Telegram allows, or `unpack` would not read it.
        """
        values = [self.PREFIX]
        for one in fields(self):
            value = getattr(self, one.name)
            if value != one.default or one.default is MISSING:
                values.append(str(int(value) if isinstance(value, bool) else value))
        data = ":".join(values)
        if len(data.encode()) > MOST_BYTES or self.unpack(data) != self:
            raise ValueError(f"no data for a button: {data!r}")
        return data

    @classmethod
    def unpack(cls, data: str | None) -> Self | None:
        """The button that was pressed; None if the data is of another kind."""
        found = re.fullmatch(cls.pattern(), data or "")
        if found is None:
            return None
        read = zip(cls._forms(), found.groups(), strict=True)
        return cls(**{name: of(text) for (name, _, of), text in read if text is not None})

    @classmethod
    def pattern(cls) -> str:
        """A regular expression that matches exactly what `unpack` accepts."""
        parts = [re.escape(cls.PREFIX)]
        for one, (_name, form, _of) in zip(fields(cls), cls._forms(), strict=True):
            parts.append(f":({form})" if one.default is MISSING else f"(?::({form}))?")
        return f"^{''.join(parts)}$"

    @classmethod
    def _forms(cls) -> list[tuple[str, str, Callable[[str], Any]]]:
        """Each field's name, its regular expression, and the function that parses its text."""
        hints = get_type_hints(cls, include_extras=True)
        return [(one.name, *_form(hints[one.name])) for one in fields(cls)]


def _form(hint: Any) -> tuple[str, Callable[[str], Any]]:  # noqa: ANN401  any type annotation
    """The regular expression of a field of this type, and the function that parses its text."""
    if get_origin(hint) is Annotated:
        inner, form = get_args(hint)[:2]
        return form, _form(inner)[1]
    if get_origin(hint) is Literal:
        return "|".join(map(re.escape, get_args(hint))), str
    if hint is bool:
        return "[01]", "1".__eq__
    return (_NUMBER, int) if hint is int else ("[^:]+", str)


GOOD_FOR = timedelta(minutes=10)
_MAC_CHARS = 20
_DATA = re.compile(rf"(.{{1,16}}):([0-9]{{1,16}}):([0-9a-f]{{1,9}}):([0-9a-f]{{{_MAC_CHARS}}})")


class Seal(Enum):
    """The result of checking a press."""

    GOOD = "good"
    # the button was made for somebody else
    FOREIGN = "foreign"
    # expired, or forged
    VOID = "void"


class SignedCallback:
    """Buttons that work for one person only, and only for a while: `PURPOSE:USER:EXPIRES:MAC`.

    They are signed with a hash of a secret, such as the bot's token. EXPIRES is in seconds since
    1970, in hexadecimal.
    """

    def __init__(self, secret: str) -> None:
        self._key = sha256(f"sitrep buttons:{secret}".encode()).digest()

    def sign(self, purpose: str, user_id: int, now: datetime) -> str:
        """Callback data for one person's button, at most 64 characters."""
        body = f"{purpose}:{user_id}:{int((now + GOOD_FOR).timestamp()):x}"
        return f"{body}:{self._mac(body)}"

    def check(self, data: str, purpose: str, user_id: int, now: datetime) -> Seal:
        """Check data that `user_id` sent."""
        found = _DATA.fullmatch(data)
        if found is None or found[1] != purpose:
            return Seal.VOID
        if not hmac.compare_digest(found[4], self._mac(data.rpartition(":")[0])):
            return Seal.VOID
        if int(found[2]) != user_id:
            return Seal.FOREIGN
        return Seal.GOOD if now.timestamp() < int(found[3], 16) else Seal.VOID

    def _mac(self, body: str) -> str:
        return hmac.new(self._key, body.encode(), sha256).hexdigest()[:_MAC_CHARS]
