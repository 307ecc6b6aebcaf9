"""Parameters of a request: from what came over HTTP to checked values.

Values come as text (forms, query strings), where structured ones are JSON; a JSON body brings
them as they are. Telegram ignores parameters it does not know; here they are noted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

from bot.local_api.errors import Json, bad_request
from bot.local_api.schema import alternatives, required, schema
from bot.local_api.structures import any_of

TRUE = frozenset(("true", "yes", "1"))
# What Telegram says when a parameter is missing, or is no number where one is needed.
MISSING = {
    "chat_id": "chat_id is empty",
    "text": "message text is empty",
    "user_id": "invalid user_id specified",
    "message_id": "message identifier is not specified",
    "action": "wrong parameter action in request",
    "document": "there is no document in the request",
    "photo": "there is no photo in the request",
    "file_id": "invalid file_id",
}
UNREADABLE = {
    "reply_markup": "can't parse reply keyboard markup JSON object",
    "reply_parameters": "can't parse reply parameters JSON object",
    "entities": "can't parse entities JSON object",
    "caption_entities": "can't parse caption entities JSON object",
}


@dataclass(frozen=True, slots=True)
class Upload:
    """A file in a multipart request."""

    filename: str
    content: bytes
    mime_type: str


@dataclass
class Parameters:
    """The checked values of one request, and the names of what Telegram would ignore."""

    values: Json
    uploads: dict[str, Upload] = field(default_factory=dict)
    unknown: list[str] = field(default_factory=list)
    ignored_entities: int = 0

    def text(self, name: str) -> str:
        """A string, empty if absent."""
        return str(self.values.get(name, ""))

    def number(self, name: str, default: int = 0) -> int:
        """An integer, `default` if absent."""
        return int(self.values.get(name, default))

    def flag(self, name: str) -> bool:
        """A boolean, False if absent."""
        return bool(self.values.get(name, False))

    def object(self, name: str) -> Json | None:
        """A JSON object."""
        return self.values.get(name)

    def list(self, name: str) -> list[Json]:
        """A JSON array, empty if absent."""
        return self.values.get(name) or []


def check(method: str, raw: Json, uploads: dict[str, Upload]) -> Parameters:
    """Read and check the parameters of an implemented method."""
    fields = schema().methods[method]
    parameters = Parameters({}, uploads)
    parameters.unknown = [name for name in [*raw, *uploads] if not _known(name, fields, raw)]
    for name, types in fields.items():
        value = uploads.get(name) or raw.get(name)
        if value in (None, ""):
            if required(types):
                raise bad_request(MISSING.get(name, f'parameter "{name}" is required'))
            continue
        parameters.values[name] = _value(name, value, alternatives(types), parameters.unknown)
    _check_encoding(parameters.values)
    return parameters


def _check_encoding(values: Json) -> None:
    try:
        json.dumps(values, ensure_ascii=False, default=lambda _: None).encode()
    except UnicodeEncodeError:  # half a surrogate pair, by a \\u escape
        raise bad_request("strings must be encoded in UTF-8") from None


def _known(name: str, fields: dict[str, str], raw: Json) -> bool:
    return name in fields or f"attach://{name}" in map(str, raw.values())


def _value(name: str, value: object, types: list[str], unknown: list[str]) -> object:
    if isinstance(value, Upload):
        return value
    if types[0] in {"Integer", "String", "Boolean", "Float", "InputFile"}:
        return _scalar(name, value, types)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            raise bad_request(UNREADABLE.get(name, f"can't parse {name} JSON object")) from None
    return any_of(name, value, types, unknown)


def _scalar(name: str, value: object, types: list[str]) -> object:
    text = value if isinstance(value, str) else json.dumps(value)
    if "Integer" in types and re.fullmatch(r"[+-]?\d+", text.strip()):
        return int(text)
    if types[0] == "Boolean":
        return text.strip().lower() in TRUE
    if "String" in types or "InputFile" in types:
        return text
    raise bad_request(MISSING.get(name, f'parameter "{name}" must be of type {types[0]}'))
