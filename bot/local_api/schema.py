"""The table of the Bot API's methods and types that this server checks requests against.

`schema.json` holds names, types and what is required, of the implemented methods and the types
that their parameters reach. A field reads `"!Integer|String"`: required, one of two types.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Schema:
    """`types` maps an object's name to its fields, and a union's name to the list of its kinds."""

    version: str
    methods: dict[str, Fields]
    types: dict[str, Fields | list[str]]
    not_implemented: frozenset[str]


@cache
def schema() -> Schema:
    """The table, read once."""
    raw = json.loads(files("bot.local_api").joinpath("schema.json").read_text("utf-8"))
    rest = frozenset(raw["not_implemented"])
    return Schema(raw["version"], raw["methods"], raw["types"], rest)


def required(field: str) -> bool:
    """Whether a field of the table has to be there."""
    return field.startswith("!")


def alternatives(field: str) -> list[str]:
    """The types that a field may have."""
    return field.removeprefix("!").split("|")
