"""The menu of commands, per scope and language."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from bot.local_api.errors import bad_request

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World

MAX_COMMANDS = 100
MAX_DESCRIPTION = 256


def set_my_commands(world: World, parameters: Parameters) -> bool:
    """Replace the menu of a scope and language; an empty list removes it."""
    commands = parameters.list("commands")
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    world.commands[_place(world, parameters)] = [_checked(command) for command in commands]
    return True


def get_my_commands(world: World, parameters: Parameters) -> list[Json]:
    """The menu of exactly this scope and language."""
    return world.commands.get(_place(world, parameters), [])


def delete_my_commands(world: World, parameters: Parameters) -> bool:
    """Remove the menu of a scope and language."""
    world.commands.pop(_place(world, parameters), None)
    return True


def _checked(command: Json) -> Json:
    name, description = command["command"].removeprefix("/"), command["description"]
    if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= MAX_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


def _place(world: World, parameters: Parameters) -> tuple[str, str]:
    scope = parameters.object("scope") or {"type": "default"}
    if "chat_id" in scope:
        world.chat(scope["chat_id"])
    return json.dumps(scope, sort_keys=True), parameters.text("language_code")
