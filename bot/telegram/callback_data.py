"""Buttons that are one person's only, and only for a while: their data is signed. Pure.

A client may send any data as a press, also what it saw in somebody else's message. Data is
`PURPOSE:USER:EXPIRES:MAC`, the instant in seconds since 1970, both in hexadecimal but the user.
"""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

GOOD_FOR = timedelta(minutes=10)
_MAC_CHARS = 20
_DATA = re.compile(rf"(.{{1,16}}):([0-9]{{1,16}}):([0-9a-f]{{1,9}}):([0-9a-f]{{{_MAC_CHARS}}})")


class Seal(Enum):
    """What a press is worth."""

    GOOD = "good"
    # of a button that was made for somebody else
    FOREIGN = "foreign"
    # too old, or made up
    VOID = "void"


class SignedCallback:
    """Signs with a secret, such as the bot's token, of which only a hash is held."""

    def __init__(self, secret: str) -> None:
        self._key = sha256(f"sitrep buttons:{secret}".encode()).digest()

    def sign(self, purpose: str, user_id: int, now: datetime) -> str:
        """Callback data for a button of one person's: at most 64 characters."""
        body = f"{purpose}:{user_id}:{int((now + GOOD_FOR).timestamp()):x}"
        return f"{body}:{self._mac(body)}"

    def check(self, data: str, purpose: str, user_id: int, now: datetime) -> Seal:
        """What it is worth that `user_id` sent this data."""
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
