"""Methods on the bot itself, updates, files, chats, commands and queries."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.local_api.errors import (
    QUERY_TOO_OLD,
    SET_WEBHOOK_CONFLICT,
    WEBHOOK_CONFLICT,
    bad_request,
    conflict,
)
from bot.local_api.formatting import formatted, utf16_length
from bot.local_api.messages import ADMINISTRATORS
from bot.local_api.methods.sending import known_chat
from bot.local_api.updates import Webhook
from bot.local_api.world import DOWNLOAD_LIMIT, CallbackAnswer

if TYPE_CHECKING:
    from bot.local_api.errors import Json
    from bot.local_api.parameters import Parameters
    from bot.local_api.world import World


MAX_BATCH = 100
LONGEST_POLL = 50


def get_me(world: World, parameters: Parameters) -> Json:
    """The bot itself."""
    del parameters
    abilities = dict.fromkeys(_CANNOT, False)
    abilities |= {"can_join_groups": True, "supports_inline_queries": True}
    abilities |= {"can_read_all_group_messages": not world.privacy_mode}
    return world.bot.as_json() | abilities


_CANNOT = [
    "can_connect_to_business",
    "has_main_web_app",
    "has_topics_enabled",
    "allows_users_to_create_topics",
    "can_manage_bots",
]


async def get_updates(world: World, parameters: Parameters) -> list[Json]:
    """Updates, by long polling."""
    if world.webhook:
        raise conflict(WEBHOOK_CONFLICT)
    if "allowed_updates" in parameters.values:
        world.updates.allow(parameters.values["allowed_updates"])
    world.updates.confirm(parameters.number("offset"))
    limit = parameters.number("limit", MAX_BATCH)
    limit = limit if 1 <= limit <= MAX_BATCH else MAX_BATCH
    timeout = min(max(parameters.number("timeout"), 0), LONGEST_POLL)
    return await world.updates.poll(limit, timeout)


async def set_webhook(world: World, parameters: Parameters) -> bool:
    """Deliver updates by POST to a URL; here, http is allowed."""
    url, secret = parameters.text("url"), parameters.text("secret_token")
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret):
        raise bad_request("secret token contains unallowed characters")
    await delete_webhook(world, parameters)
    world.updates.allow(parameters.values.get("allowed_updates"))
    world.updates.interrupt(conflict(SET_WEBHOOK_CONFLICT))
    connections = parameters.number("max_connections", 40)
    pause = world.webhook_pause
    world.webhook = Webhook(url, secret, connections, world.updates, world.clock, pause)
    world.webhook.start()
    return True


async def delete_webhook(world: World, parameters: Parameters) -> bool:
    """Return to getUpdates."""
    webhook, world.webhook = world.webhook, None
    if webhook:
        await webhook.stop()
    if parameters.flag("drop_pending_updates"):
        world.updates.drop()
    return True


def get_webhook_info(world: World, parameters: Parameters) -> Json:
    """The webhook's URL and last error."""
    del parameters
    if world.webhook:
        return world.webhook.as_json()
    waiting = len(world.updates)
    return {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}


def get_file(world: World, parameters: Parameters) -> Json:
    """A file's path for download."""
    stored = world.files.get(parameters.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return stored.as_json() | {"file_path": stored.path}


def log_out(world: World, parameters: Parameters) -> bool:
    """Does nothing here."""
    del world, parameters
    return True


def close(world: World, parameters: Parameters) -> bool:
    """Does nothing here."""
    del world, parameters
    return True


_GIFTS = [
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
]


def get_chat(world: World, parameters: Parameters) -> Json:
    """A chat with the required fields of ChatFullInfo."""
    full: Json = {"accent_color_id": 0, "max_reaction_count": 11}
    full["accepted_gift_types"] = dict.fromkeys(_GIFTS, False)
    return known_chat(world, parameters).as_json() | full


def get_chat_member(world: World, parameters: Parameters) -> Json:
    """A user's status in a chat."""
    chat = known_chat(world, parameters)
    user = world.users.get(parameters.number("user_id"))
    if user is None or (chat.type == "private" and user.id not in chat.members):
        raise bad_request("member not found")
    return chat.member_json(user, chat.status(user.id))


def get_chat_administrators(world: World, parameters: Parameters) -> list[Json]:
    """A chat's administrators, without other bots: there are none."""
    chat = known_chat(world, parameters)
    if chat.type == "private":
        raise bad_request("there are no administrators in the private chat")
    members = [member for member in chat.members.values() if member[1] in ADMINISTRATORS]
    bots_too = parameters.flag("return_bots")
    return [
        chat.member_json(user, status) for user, status in members if bots_too or not user.is_bot
    ]


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


MAX_ANSWER = 200
MAX_TEXT = 4096
MAX_RESULTS = 50
MAX_NAME = 64
START_PARAMETER = re.compile(r"[A-Za-z0-9_-]{1,64}")


def answer_callback_query(world: World, parameters: Parameters) -> bool:
    """Show a notice to the person who pressed; works once, and not too late."""
    text = parameters.text("text")
    if len(text) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    url = parameters.text("url") or None
    answer = CallbackAnswer(text, parameters.flag("show_alert"), url)
    if not world.answer(parameters.text("callback_query_id"), answer):
        raise bad_request(QUERY_TOO_OLD)
    return True


def answer_inline_query(world: World, parameters: Parameters) -> bool:
    """Offer results to the person who typed."""
    results = parameters.list("results")
    if len(results) > MAX_RESULTS:
        raise bad_request("RESULTS_TOO_MUCH")
    names = [str(one["id"]) for one in results]
    if not all(0 < len(name.encode()) <= MAX_NAME for name in names):
        raise bad_request("RESULT_ID_INVALID")
    if len(set(names)) < len(names):
        raise bad_request("RESULT_ID_DUPLICATE")
    for one in results:
        _check_content(one.get("input_message_content"))
    button = parameters.object("button")
    if button is not None and not START_PARAMETER.fullmatch(button.get("start_parameter", "")):
        raise bad_request("START_PARAM_INVALID")
    if not world.answer(parameters.text("inline_query_id"), results):
        raise bad_request(QUERY_TOO_OLD)
    return True


def _check_content(content: Json | None) -> None:
    """Check a result's content like any other message."""
    if content is None or "message_text" not in content:
        return
    text = formatted(content["message_text"], content.get("entities") or [])
    if utf16_length(text.text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG")
