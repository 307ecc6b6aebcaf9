"""Starts and stops the server within an event loop."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette

from bot.local_api.control import control_routes
from bot.local_api.facade import LocalBotApi
from bot.local_api.gateway import Gateway
from bot.local_api.limits import Limits
from bot.local_api.messages import User
from bot.local_api.world import World
from bot.ops.http_server import InProcessServer, listening, serving

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

TOKEN = "5000000001:LocalBotApiServerTokenForTests00000"  # noqa: S105 - opens nothing elsewhere
USERNAME = "sitrep_local_bot"


@contextlib.asynccontextmanager
async def local_bot_api(  # noqa: PLR0913 - each has a default
    *,
    token: str = TOKEN,
    username: str = USERNAME,
    host: str = "127.0.0.1",
    port: int = 0,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.time,
    privacy_mode: bool = True,
    query_lifetime: float = 30.0,
    webhook_pause: float = 1.0,
    control: bool = False,
    keep_calls: int = 100_000,
) -> AsyncIterator[LocalBotApi]:
    """Serve in this event loop during the block; waiting long polls end with it.

    `port` 0 takes a free one. `limits` default to Telegram's (see `Limits.off()`). `control` serves
    the control API under `/_local/` for other processes.
    """
    bot = User(int(token.partition(":")[0]), "Sitrep", username=username, is_bot=True)
    world = World(bot, clock, limits or Limits(), query_lifetime, privacy_mode, webhook_pause)
    app = Starlette()
    server = InProcessServer(app)
    gateway = Gateway(world, {token}, server.abort, keep_calls)
    with listening(host, port) as listener:
        address = f"http://{host}:{listener.getsockname()[1]}"
        api = LocalBotApi(world, gateway, address, token)
        app.router.routes += gateway.routes() + (control_routes(api) if control else [])
        async with serving(server, listener):
            try:
                yield api
            finally:
                gateway.close()
                if world.webhook:
                    await world.webhook.stop()
