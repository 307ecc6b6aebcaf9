"""The committed table says what Telegram published, for what the server implements."""

import json
from typing import Any

import pytest

from bot.local_api.methods import NAMED
from bot.local_api.parameters import schema
from tests.bot.local_api.published import PUBLISHED

LEAVES = {"Integer", "String", "Boolean", "Float", "InputFile"}


def derived(published: dict[str, Any], implemented: set[str]) -> dict[str, Any]:
    """The table that belongs to the published description."""
    methods = {name: _fields(published["methods"][name]) for name in sorted(implemented)}
    types: dict[str, Any] = {}
    todo = [kind for fields in methods.values() for kind in _named(fields.values())]
    while todo:
        name = todo.pop()
        if name in types or name in LEAVES:
            continue
        definition = published["types"][name]
        kinds = definition.get("subtypes")
        types[name] = kinds or _fields(definition)
        todo += kinds or _named(types[name].values())
    rest = sorted(set(published["methods"]) - implemented)
    return {
        "version": published["version"],
        "methods": methods,
        "types": dict(sorted(types.items())),
        "not_implemented": rest,
    }


def _fields(definition: dict[str, Any]) -> dict[str, str]:
    return {
        field["name"]: "!" * field["required"] + "|".join(field["types"])
        for field in definition.get("fields", [])
    }


def _named(fields: Any) -> list[str]:
    kinds = [kind for field in fields for kind in field.removeprefix("!").split("|")]
    return [kind.removeprefix("Array of ").removeprefix("Array of ") for kind in kinds]


def test_the_table_is_what_telegram_published() -> None:
    if not PUBLISHED.exists():
        pytest.skip(f"needs the published Bot API: {PUBLISHED} is absent (SITREP_SHARED_DATA)")
    expected = derived(json.loads(PUBLISHED.read_text("utf-8")), set(NAMED))
    table = schema()
    assert table.version == expected["version"]
    assert table.methods == expected["methods"]
    assert table.types == expected["types"]
    assert sorted(table.not_implemented) == expected["not_implemented"]


def test_every_method_of_the_table_is_implemented_and_the_other_way_round() -> None:
    assert set(schema().methods) == set(NAMED)
    assert not set(NAMED) & schema().not_implemented
