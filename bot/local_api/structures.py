"""Values inside a JSON parameter, checked against the types of the table."""

from __future__ import annotations

from typing import cast

from bot.local_api.errors import BotApiError, Json, bad_request
from bot.local_api.schema import alternatives, required, schema

NAMES = {"InlineKeyboardButton": "inline keyboard button", "KeyboardButton": "keyboard button"}
LEAVES: dict[str, type | tuple[type, ...]] = {
    "Integer": int,
    "String": str,
    "Boolean": bool,
    "Float": (int, float),
}


def any_of(name: str, value: object, types: list[str], unknown: list[str]) -> object:
    """The type that fits with the fewest unknown fields; or the error of the nearest one."""
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
    """A value within a JSON parameter, checked against a type of the table."""
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
