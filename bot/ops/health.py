"""`/healthz`, `/readyz` and `/metrics`, for monitoring."""

from __future__ import annotations

import hmac
import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.ops.http_server import ConnectionLimits, InProcessServer, listening, serving
from bot.ops.metrics import CONTENT_TYPE
from retrieval.errors import SettingsError, SitrepError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from starlette.requests import Request

    from bot.ops.metrics import Metrics

    Endpoint = Callable[[Request], Awaitable[Response]]

log = logging.getLogger(__name__)


@asynccontextmanager
async def listening_at(
    address: str, routes: Sequence[Route], name: str
) -> AsyncIterator[int | None]:
    """Serve routes on `address` ("host:port", "" for nothing) during the block; yields the port.

    Clients have the time and connections that `ConnectionLimits` allows.

    Raises:
        SettingsError: the address is invalid or taken; `name` is the setting's.
    """
    if not address:
        yield None
        return
    host, _, port = address.rpartition(":")
    try:
        listener = listening(host or "127.0.0.1", int(port))
        with listener as socket:
            server = InProcessServer(Starlette(routes=routes), ConnectionLimits().protocol)
            async with serving(server, socket):
                yield int(socket.getsockname()[1])
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"{name}={address}: expected host:port that is free, such as 127.0.0.1:9100."
        ) from error


def watched(
    address: str,
    metrics: Metrics,
    look: Callable[[], Awaitable[None]],
    token: str = "",
    name: str = "LISTEN",
) -> AbstractAsyncContextManager[int | None]:
    """Serve health and metrics on `address`, as `listening_at` does.

    With a `token`, clients without it only see `/healthz`. `look` refreshes the gauges; if it
    raises SitrepError, the archive can't be read, and the bot is alive but not ready.
    """
    return listening_at(address, watchers_routes(metrics, look, token), name)


async def _alive(_request: Request) -> Response:
    return PlainTextResponse("alive\n")


ALIVE = Route("/healthz", _alive)


def watchers_routes(
    metrics: Metrics, look: Callable[[], Awaitable[None]], token: str = ""
) -> list[Route]:
    """`/healthz`, `/readyz` and `/metrics`; see `watched`."""

    async def ready(_request: Request) -> Response:
        try:
            await look()
        except SitrepError as error:
            log.warning("not ready: %s", error)
            return PlainTextResponse("not ready\n", status_code=503)
        return PlainTextResponse("ready\n")

    async def counted(_request: Request) -> Response:
        try:
            await look()
        except SitrepError as error:
            log.warning("old gauges: %s", error)
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return [ALIVE, Route("/readyz", _with(token, ready)), Route("/metrics", _with(token, counted))]


def _with(token: str, endpoint: Endpoint) -> Endpoint:
    """The endpoint, only for clients with the token, if there is one."""
    if not token:
        return endpoint

    async def guarded(request: Request) -> Response:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        shown = given.strip() if scheme.lower() == "bearer" else ""
        if hmac.compare_digest(shown.encode(), token.encode()):
            return await endpoint(request)
        wanted = {"WWW-Authenticate": "Bearer"}
        return PlainTextResponse("METRICS_TOKEN is wanted here.\n", 401, headers=wanted)

    return guarded
