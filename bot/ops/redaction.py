"""Redacts secrets in texts, in whatever encoding a library writes them. Pure."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from pydantic import BaseModel, SecretStr

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STRUCK = "[secret]"
# A shorter secret occurs in many words, so it is only redacted within its address.
_LEAST = 4
# Some header values are no secrets, such as team=news.
_LEAST_OF_HEADERS = 8
_SECRET_PARAMETER = re.compile(
    r"(?i:pass(word|wd)?|pwd?|sslpassword|sig|sid|session(id)?|jwt|(auth|access|private)?token"
    r"|(.*[-_.])?(secret|token|(api|auth)?key|signature|auth|password|credentials?))"
)
_PASSWORD_IN_ADDRESS = re.compile(r"(://[^\s/?#:@]*):[^\s/?#]+@")
# Without a password, the user name may be a secret.
_NAME_IN_ADDRESS = re.compile(r"(https?://)[^\s/?#:@]+@", re.IGNORECASE)
_PARAMETER = re.compile(r"([?&;#])([\w.%-]{1,60})=([^\s&;#\"'<>()\[\]]+)")
# As SQLAlchemy parses it: the password may contain a slash, but no @.
_IN_DATABASE_URL = re.compile(r"postgresql[^:]*://(?P<user>[^:/]*):(?P<password>[^@]+)@")


def secrets_of(*settings: BaseModel) -> frozenset[str]:
    """The secrets in settings: keys, tokens, and passwords within addresses."""
    found = set[str]()
    for one in settings:
        for name in type(one).model_fields:
            value = getattr(one, name)
            if isinstance(value, SecretStr):
                found |= _keys(value.get_secret_value())
            elif isinstance(value, str) and "://" in value:
                found |= in_address(value)
    return frozenset(secret for secret in found if len(secret) >= _LEAST)


def in_address(address: str) -> frozenset[str]:
    """The secrets in an address: its password (in http, without one, the name) and parameters.

    Each as written, decoded, and as in HTTP's `Authorization: Basic`.
    """
    scheme, _, rest = address.partition("://")
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[0]
    user, _, password = authority.partition(":")
    pairs = {(user, password)} if password or scheme.startswith("http") else set()
    if match := _IN_DATABASE_URL.match(address):
        pairs.add((match["user"], match["password"]))
    found = set[str]()
    for one, word in pairs:
        found |= {word or one, unquote(word or one)}
        for both in (f"{one}:{word}", f"{unquote(one)}:{unquote(word)}"):
            if both != ":":
                found.add(b64encode(both.encode(errors="replace")).decode().rstrip("="))
    for name, value in parse_qsl(rest.partition("?")[2].partition("#")[0]):
        if _SECRET_PARAMETER.fullmatch(name):
            found.add(value)
    return frozenset(found - {""})


def striker(secrets: Iterable[str]) -> Callable[[str], str]:
    """A function that redacts these secrets, and those in any address, in a text."""
    longest_first = sorted(secrets, key=lambda secret: (-len(secret), secret))
    known = re.compile("|".join(map(_spelt, longest_first))) if longest_first else None

    def strike(text: str) -> str:
        if known is not None:
            text = known.sub(STRUCK, text)
        text = _PASSWORD_IN_ADDRESS.sub(rf"\1:{STRUCK}@", text)
        text = _NAME_IN_ADDRESS.sub(rf"\1{STRUCK}@", text)
        return _PARAMETER.sub(_without_value, text)

    return strike


def _without_value(found: re.Match[str]) -> str:
    mark, name, value = found.groups()
    is_secret = _SECRET_PARAMETER.fullmatch(unquote(name))
    return f"{mark}{name}={STRUCK if is_secret else value}"


def _keys(value: str) -> set[str]:
    """A value's secret parts. Telegram's token is the bot's public id, a colon and a secret."""
    number, colon, secret = value.partition(":")
    found = {value, secret} if colon and number.isdigit() else {value}
    for pair in value.split(",") if "=" in value else ():  # headers: name=value,name=value
        inner = pair.partition("=")[2].strip()
        found |= {one for one in (inner, *inner.split()[-1:]) if len(one) >= _LEAST_OF_HEADERS}
    return found - {""}


def _spelt(secret: str) -> str:
    """A pattern for a secret: as it is, percent-encoded, or escaped as in JSON or by `repr`."""
    pattern = "".join(map(_character, secret))
    # otherwise any longer number that contains it would be redacted in part
    return rf"(?<!\d){pattern}(?!\d)" if secret.isdigit() else pattern


def _character(one: str) -> str:
    if one.isascii() and one.isalnum():
        return one
    percent = "".join(f"%{byte:02X}" for byte in one.encode(errors="surrogatepass"))
    escaped = {json.dumps(one)[1:-1], repr(one)[1:-1], f"\\{one}" if one in "'\"" else one, one}
    spellings = [re.escape(text) for text in sorted(escaped, key=len, reverse=True)]
    if one == " ":
        spellings.append(r"\+")
    return f"(?:(?i:{percent})|{'|'.join(spellings)})"
