"""Who the bot is, how updates reach it, and files that people sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from bot.local_api.errors import (
    SET_WEBHOOK_CONFLICT,
    WEBHOOK_CONFLICT,
    bad_request,
    conflict,
)
from bot.local_api.files import DOWNLOAD_LIMIT
from bot.local_api.webhook import Webhook

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
    """Updates by POST to a URL from now on; http is allowed here."""
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
    """Back to getUpdates."""
    webhook, world.webhook = world.webhook, None
    if webhook:
        await webhook.stop()
    if parameters.flag("drop_pending_updates"):
        world.updates.drop()
    return True


def get_webhook_info(world: World, parameters: Parameters) -> Json:
    """Where updates go, and what went wrong."""
    del parameters
    if world.webhook:
        return world.webhook.as_json()
    waiting = len(world.updates)
    return {"url": "", "has_custom_certificate": False, "pending_update_count": waiting}


def get_file(world: World, parameters: Parameters) -> Json:
    """Where a file can be had."""
    stored = world.files.get(parameters.text("file_id"))
    if stored is None:
        raise bad_request("wrong file_id or the file is temporarily unavailable")
    if len(stored.content) > DOWNLOAD_LIMIT:
        raise bad_request("file is too big")
    return stored.as_json() | {"file_path": stored.path}


def log_out(world: World, parameters: Parameters) -> bool:
    """Nothing to leave here."""
    del world, parameters
    return True


def close(world: World, parameters: Parameters) -> bool:
    """Nothing to close here."""
    del world, parameters
    return True
