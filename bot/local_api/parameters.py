"""Parses and checks the parameters of a request.

In forms and query strings, values are text, and structured ones JSON; a JSON body has them as they
are. Telegram ignores unknown parameters; here they are recorded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, cast

from starlette.datastructures import UploadFile

from bot.local_api.errors import BotApiError, Json, bad_request

if TYPE_CHECKING:
    from starlette.requests import Request


TRUE = frozenset(("true", "yes", "1"))
# Telegram's errors for a missing parameter, or one that is no number.
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
class UploadedPart:
    """A file in a multipart request."""

    filename: str
    content: bytes
    mime_type: str


@dataclass
class Parameters:
    """The checked values of a request, and the names of ignored parameters."""

    values: Json
    uploads: dict[str, UploadedPart] = field(default_factory=dict)
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


def check(method: str, raw: Json, uploads: dict[str, UploadedPart]) -> Parameters:
    """Parse and check the parameters of an implemented method."""
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
    if isinstance(value, UploadedPart):
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


UPLOAD_LIMIT = 50 * 1024 * 1024


async def read(request: Request) -> tuple[Json, dict[str, UploadedPart]]:
    """The parameters as received, and the files."""
    raw: Json = dict(request.query_params)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if content_type == "application/json":
        return raw | await _json(request), {}
    if content_type not in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        return raw, {}
    uploads: dict[str, UploadedPart] = {}
    async with request.form() as form:
        for name, value in form.multi_items():
            if isinstance(value, UploadFile):
                uploads[name] = await _upload(value)
            else:
                raw[name] = value
    return raw, uploads


async def _json(request: Request) -> Json:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise bad_request("can't parse request body as a JSON object")
    return body


async def _upload(file: UploadFile) -> UploadedPart:
    content = await file.read(UPLOAD_LIMIT + 1)
    if len(content) > UPLOAD_LIMIT:
        raise BotApiError(413, "Request Entity Too Large")
    mime_type = file.content_type or "application/octet-stream"
    return UploadedPart(file.filename or "file", content, mime_type)


NAMES = {"InlineKeyboardButton": "inline keyboard button", "KeyboardButton": "keyboard button"}
LEAVES: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
}


def any_of(name: str, value: object, types: list[str], unknown: list[str]) -> object:
    """The value as the type with the fewest unknown fields; or the closest type's error."""
    failures: list[tuple[int, BotApiError]] = []
    fits: list[tuple[list[str], object]] = []
    for kind in types:
        extra: list[str] = []
        try:
            result = structure(name, value, kind, extra)
        except BotApiError as error:
            present = set(value) if isinstance(value, dict) else set()
            fields = schema().types.get(kind, {})
            failures.append((len(present & set(fields)), error))
        else:
            fits.append((extra, result))
    if fits:
        extra, best = min(fits, key=lambda fit: len(fit[0]))
        unknown += extra
        return best
    raise max(failures, key=lambda failure: failure[0])[1]


def structure(path: str, value: object, kind: str, unknown: list[str]) -> object:
    """A value within a JSON parameter, checked against a type of the schema."""
    if kind.startswith("Array of "):
        if not isinstance(value, list):
            raise bad_request(f"can't parse {path}: Array expected")
        inner = kind.removeprefix("Array of ")
        return [structure(path, item, inner, unknown) for item in value]
    definition = schema().types.get(kind)
    if definition is None:
        return _leaf(path, value, kind)
    if isinstance(definition, list):
        return any_of(path, value, definition, unknown)
    if not isinstance(value, dict):
        raise bad_request(f"can't parse {NAMES.get(kind, kind)}: expected an Object")
    return _object(path, value, kind, unknown)


def _object(path: str, value: Json, kind: str, unknown: list[str]) -> Json:
    fields = cast("dict[str, str]", schema().types[kind])
    unknown += [f"{path}.{name}" for name in value if name not in fields]
    for name, types in fields.items():
        if required(types) and value.get(name) is None:
            raise bad_request(f"can't parse {NAMES.get(kind, kind)}: Can't find field \"{name}\"")
    return {
        name: _member(f"{path}.{name}", item, kind, alternatives(fields[name]), unknown)
        for name, item in value.items()
        if name in fields and item is not None
    }


def _member(path: str, item: object, kind: str, types: list[str], unknown: list[str]) -> object:
    if types[0] in LEAVES and not any(_is(item, leaf) for leaf in types):
        name = path.rpartition(".")[2]
        wanted = "a valid Number" if types[0] == "Integer" else f"of type {types[0]}"
        raise bad_request(f'can\'t parse {NAMES.get(kind, kind)}: Field "{name}" must be {wanted}')
    return item if types[0] in LEAVES else any_of(path, item, types, unknown)


def _leaf(path: str, value: object, kind: str) -> object:
    if not _is(value, kind):
        raise bad_request(f"can't parse {path}: {kind} expected")
    return value


def _is(value: object, kind: str) -> bool:
    if kind not in LEAVES:
        return isinstance(value, (str, dict))
    return isinstance(value, LEAVES[kind]) and isinstance(value, bool) == (kind == "Boolean")


# `schema.json` has the parameters of the implemented methods and of the types within them: names,
# types, and whether required. `"!Integer|String"` means required, one of two types.

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Schema:
    """`types` maps an object's name to its fields, and a union's name to its member types."""

    version: str
    methods: dict[str, Fields]
    types: dict[str, Fields | list[str]]
    not_implemented: frozenset[str]


@cache
def schema() -> Schema:
    """The schema, read once."""
    raw = json.loads(files("bot.local_api").joinpath("schema.json").read_text("utf-8"))
    rest = frozenset(raw["not_implemented"])
    return Schema(raw["version"], raw["methods"], raw["types"], rest)


def required(field: str) -> bool:
    """Whether a field is required."""
    return field.startswith("!")


def alternatives(field: str) -> list[str]:
    """The possible types of a field."""
    return field.removeprefix("!").split("|")
